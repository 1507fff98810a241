//! A few connections that only read, each used by one thread at a time.
//!
//! A read of a few rows by their keys is done at once by the thread that asks, where the database is
//! embedded: it takes some ten microseconds, less than it takes to wake another thread. One that may
//! meet many rows, or waits for a server, blocks the thread after the runtime has given its other tasks
//! to another one. A runtime of one thread has no other to give them to, and there such a read goes to a
//! thread made for blocking.
//!
//! The usual pools hand out connections to async code and keep one kind of them. Here both databases
//! are behind the same functions, which wait, and a turn and a list of idle connections is all that it
//! takes; a connection that ended is left out when it is its turn.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task;

use crate::error::{StoreError, chain};
use crate::location::{Database, Location};
use crate::store;
use crate::store::db::Db;

/// How many reads run at once. More would only queue at the disk.
const CONNECTIONS_MAX: usize = 4;

/// Who may read, and with what.
pub(crate) struct Readers {
    turns: Arc<Semaphore>,
    pool: Arc<Pool>,
}

/// The connections that nobody uses.
struct Pool {
    at: Location,
    idle: Mutex<Vec<Db>>,
}

impl Readers {
    pub(crate) fn new(at: Location) -> Self {
        let pool = Pool { at, idle: Mutex::default() };
        Self { turns: Arc::new(Semaphore::new(CONNECTIONS_MAX)), pool: Arc::new(pool) }
    }

    /// Reads a few rows by their keys, all on one state of the store.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match self.pool.at.database {
            Database::Embedded => self.pool.run(self.turn().await?, work),
            Database::Postgres(_) => self.scan(work).await,
        }
    }

    /// Reads what may be many rows, all on one state of the store.
    pub(crate) async fn scan<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (turn, pool) = (self.turn().await?, Arc::clone(&self.pool));
        let read = move || pool.run(turn, work);
        if Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
            return task::block_in_place(read);
        }
        let read = task::spawn_blocking(read).await;
        read.map_err(|_| StoreError::Stopped("a read was interrupted; try again".into()))?
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        Arc::clone(&self.turns).acquire_owned().await.map_err(|_| closed())
    }

    /// Lets running reads finish and closes the connections.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
        let _all_turns = self.turns.acquire_many(all).await;
        self.turns.close();
        self.pool.idle().clear();
    }
}

impl Pool {
    /// Reads with a connection that is idle, or a new one.
    fn run<T>(
        &self,
        _turn: OwnedSemaphorePermit,
        work: impl FnOnce(&Db) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let known = self.idle().pop().filter(|db| !db.is_closed());
        let db = known.map_or_else(|| store::open_reader(&self.at), Ok).map_err(unreachable)?;
        let outcome = db.on_one_state(work);
        if db.is_closed() {
            return outcome.and_then(|result| result).map_err(unreachable);
        }
        let result = outcome?;
        self.idle().push(db);
        result
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Db>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server that is gone, or was. Embedded databases are always there.
fn unreachable(error: StoreError) -> StoreError {
    match error {
        StoreError::Postgres(_) | StoreError::Session(_) => {
            tracing::warn!(error = chain(&error), "the database cannot be reached");
            StoreError::Interrupted(
                "the database cannot be reached at the moment; try again in a minute",
            )
        }
        other => other,
    }
}

fn closed() -> StoreError {
    StoreError::Stopped("Proofbox is shutting down".into())
}
