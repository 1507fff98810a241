//! Folding the write-ahead log back into the database, beside the writer.
//!
//! Copying a log of 16 MiB takes as long as several commits, and whoever commits meanwhile would
//! wait for it. So a thread with a connection of its own copies what is durable, while the writer
//! goes on at the log's end. A log can begin anew only when all of it was copied and the database
//! flushed, and a busy writer leaves no such moment: once the log is long, the writer copies the
//! little that came in during the last fold itself. All wait for that flush, so it is to be rare.
//!
//! `SQLite` can do this unasked after a commit, but it keeps the error of a failed flush to itself.
//! Here such an error stops the ledger.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::JoinHandle;

use rusqlite::ErrorCode;

use super::{Shared, Stop};
use crate::error::{OpenError, StoreError};
use crate::location::Location;
use crate::store;
use crate::store::db::{Db, params};

/// So many pages of 4 KiB that are not in the database yet are worth a fold.
const FOLD_PAGES: u32 = 4_096;
/// A log of so many pages, 128 MiB, is to begin anew: every few seconds at most.
const LONG_PAGES: u32 = 32_768;
/// `SQLite` flushes the database only at the end of a fold that nothing was added behind. The second
/// and third have so little to copy that a writer seldom comes between.
const PASSES_MAX: u32 = 4;

const MEASURE: &str = "pragma wal_checkpoint(noop)";
const FOLD: &str = "pragma wal_checkpoint(passive)";
const EMPTY: &str = "pragma wal_checkpoint(truncate)";

/// The thread that folds. Whoever folds holds the connection's lock, the writer too: of two at
/// once, `SQLite` sends one away.
pub(crate) struct Folding {
    beside: Arc<Mutex<Db>>,
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
    shared: Arc<Shared>,
}

impl Folding {
    /// Starts the thread. The database must be there.
    pub(crate) fn start(at: &Location, shared: Arc<Shared>) -> Result<Self, OpenError> {
        let beside = Arc::new(Mutex::new(store::open_beside(at)?));
        let (wake, woken) = sync_channel(1);
        let (connection, tells) = (Arc::clone(&beside), Arc::clone(&shared));
        let thread = std::thread::Builder::new()
            .name("ledger-fold".into())
            .spawn(move || run(&woken, &connection, &tells))
            .map_err(|source| OpenError::Directory { path: at.directory.clone(), source })?;
        Ok(Self { beside, wake, thread, shared })
    }

    /// Looks after each commit whether there is something to fold.
    pub(super) fn look(&self, db: &Db) -> Result<(), Stop> {
        if let Some(reason) = self.shared.failed.borrow().as_ref() {
            return Err(Stop(reason.clone()));
        }
        let Some((pages, folded)) = measure(db)? else { return Ok(()) };
        if pages >= LONG_PAGES {
            self.fold_the_rest(db)?;
        } else if pages.saturating_sub(folded) >= FOLD_PAGES {
            // When it is full, the thread is about to look anyway.
            let _is_full = self.wake.try_send(()).is_err();
        }
        Ok(())
    }

    /// Leaves nothing in the log, not even what was overwritten. A reader that is still at an older
    /// state holds that back until the next time, which is told and no failure.
    pub(super) fn empty(&self, db: &Db) -> Result<(), StoreError> {
        let _alone = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        let is_held_back: bool = db.query_row(EMPTY, params![], |row| row.get(0))?;
        if is_held_back {
            tracing::warn!("a long read keeps what was overwritten in the write-ahead log for now");
        }
        Ok(())
    }

    /// Waits for the thread.
    pub(super) fn end(self) {
        drop(self.wake);
        if self.thread.join().is_err() {
            tracing::error!("the folding thread panicked");
        }
    }

    fn fold_the_rest(&self, db: &Db) -> Result<(), StoreError> {
        match self.beside.try_lock() {
            // Nothing is lost by waiting for the next commit.
            Err(TryLockError::WouldBlock) => Ok(()),
            Ok(_) | Err(TryLockError::Poisoned(_)) => fold(db),
        }
    }
}

fn run(woken: &Receiver<()>, beside: &Mutex<Db>, shared: &Shared) {
    while woken.recv().is_ok() {
        let folded = fold_all(&beside.lock().unwrap_or_else(PoisonError::into_inner));
        if let Err(error) = folded {
            let Stop(reason) = error.into();
            tracing::error!(reason, "the write-ahead log cannot be folded back");
            shared.failed.send_replace(Some(reason));
            return;
        }
    }
}

/// Copies until nothing is left, or the writer is too quick.
fn fold_all(db: &Db) -> Result<(), StoreError> {
    for _ in 0..PASSES_MAX {
        fold(db)?;
        if measure(db)?.is_some_and(|(pages, folded)| pages == folded) {
            break;
        }
    }
    Ok(())
}

/// How many pages the log has, and how many of them are in the database. `None` at a moment when
/// another connection is writing that down: `SQLite` says -1 then.
fn measure(db: &Db) -> Result<Option<(u32, u32)>, StoreError> {
    let (pages, folded): (i64, i64) =
        db.query_row(MEASURE, params![], |row| Ok((row.get(1)?, row.get(2)?)))?;
    Ok(u32::try_from(pages).ok().zip(u32::try_from(folded).ok()))
}

/// Copies what can be copied now. Busy is whoever makes a sign-in link in another process.
fn fold(db: &Db) -> Result<(), StoreError> {
    match db.query_row(FOLD, params![], |_| Ok(())) {
        Err(StoreError::Database(error))
            if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) =>
        {
            Ok(())
        }
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use tokio::sync::{broadcast, watch};

    use super::*;

    const PAGE: [u8; 4_000] = [7; 4_000];

    struct Bench {
        db: Db,
        folding: Folding,
        _directory: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let at = Location::embedded(directory.path());
            let db = store::open_writer(&at).unwrap();
            db.execute("create table page (bytes blob)", params![]).unwrap();
            let shared = Arc::new(Shared {
                failed: watch::Sender::new(None),
                read_only: OnceLock::new(),
                changes: broadcast::Sender::new(1),
            });
            let folding = Folding::start(&at, shared).unwrap();
            Self { db, folding, _directory: directory }
        }

        /// Writes pages, a hundred in a commit.
        fn write(&self, pages: u32) {
            for _ in 0..pages / 100 {
                let transaction = self.db.transaction().unwrap();
                for _ in 0..100 {
                    transaction.execute("insert into page values (?1)", params![PAGE]).unwrap();
                }
                transaction.commit().unwrap();
                assert!(self.folding.look(&self.db).is_ok());
            }
        }

        fn measure(&self) -> (u32, u32) {
            measure(&self.db).unwrap().unwrap()
        }

        fn wait_until(&self, is_so: impl Fn((u32, u32)) -> bool) {
            let started = Instant::now();
            while !is_so(self.measure()) {
                assert!(started.elapsed() < Duration::from_mins(1), "{:?}", self.measure());
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn short_log_is_left_alone() {
        let bench = Bench::new();
        bench.write(FOLD_PAGES / 2);
        let (pages, folded) = bench.measure();
        assert!(pages > FOLD_PAGES / 2 && folded == 0, "{pages} pages, {folded} folded");
    }

    #[test]
    fn log_is_folded_beside_the_writer() {
        let bench = Bench::new();
        bench.write(FOLD_PAGES + 100);
        bench.wait_until(|(_, folded)| folded >= FOLD_PAGES);
    }

    #[test]
    fn log_begins_anew_however_busy_the_writer_is() {
        let bench = Bench::new();
        let mut longest = 0;
        for _ in 0..2 * LONG_PAGES / 100 {
            bench.write(100);
            longest = longest.max(bench.measure().0);
        }
        assert!((LONG_PAGES..2 * LONG_PAGES).contains(&longest), "{longest} pages");
    }

    #[test]
    fn emptying_waits_for_the_thread_and_leaves_nothing() {
        let bench = Bench::new();
        for _ in 0..8 {
            bench.write(FOLD_PAGES + 100);
            bench.folding.empty(&bench.db).unwrap();
            assert_eq!(bench.measure(), (0, 0));
        }
    }

    #[test]
    fn log_is_measured_while_another_connection_writes_it() {
        let bench = Bench::new();
        let beside = bench.folding.beside.clone();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let looking = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                measure(&beside.lock().unwrap()).unwrap();
            }
        });
        for _ in 0..3_000 {
            bench.db.execute("insert into page values (?1)", params![[1_u8; 10]]).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        looking.join().unwrap();
    }

    #[test]
    fn writer_stops_once_a_fold_has_failed() {
        let bench = Bench::new();
        bench.folding.shared.failed.send_replace(Some("the disk is gone".into()));
        let Err(Stop(reason)) = bench.folding.look(&bench.db) else { panic!("it goes on") };
        assert_eq!(reason, "the disk is gone");
    }
}
