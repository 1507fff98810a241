//! A few connections that only read, each used by one thread at a time.
//!
//! A read blocks the thread that asks for it, after the runtime has given the other tasks of that
//! thread to another one: most take less time than it takes to wake a thread and to be woken by it
//! again. A runtime of one thread has no other to give them to, and there the read goes to a thread
//! made for blocking.
//!
//! The usual pools hand out connections to async code and keep one kind of them. Here both databases
//! are behind the same functions, which wait, and a turn and a list of idle connections is all that it
//! takes; a connection that ended is left out when it is its turn.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio::task;

use crate::error::{StoreError, chain};
use crate::location::Location;
use crate::store;
use crate::store::db::Db;

/// How many reads run at once. More would only queue at the disk.
const CONNECTIONS_MAX: usize = 4;

/// The pool.
pub(crate) struct Readers {
    at: Location,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Db>>>,
}

impl Readers {
    pub(crate) fn new(at: Location) -> Self {
        Self { at, turns: Arc::new(Semaphore::new(CONNECTIONS_MAX)), idle: Arc::default() }
    }

    /// Runs a read on a blocking thread, all of it on one state of the store.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| closed())?;
        let (at, idle) = (self.at.clone(), Arc::clone(&self.idle));
        let read = move || {
            let _turn = turn;
            let known = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let known = known.filter(|db| !db.is_closed());
            let db = known.map_or_else(|| store::open_reader(&at), Ok).map_err(unreachable)?;
            let outcome = db.on_one_state(work);
            if db.is_closed() {
                return outcome.and_then(|result| result).map_err(unreachable);
            }
            let result = outcome?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
            result
        };
        if Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
            return task::block_in_place(read);
        }
        let read = task::spawn_blocking(read).await;
        read.map_err(|_| StoreError::Stopped("a read was interrupted; try again".into()))?
    }

    /// Lets running reads finish and closes the connections.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
        let _all_turns = self.turns.acquire_many(all).await;
        self.turns.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
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
