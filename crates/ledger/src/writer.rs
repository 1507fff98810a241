//! The one thread that writes. It owns the connection, the log's right edge and the signing key,
//! takes jobs from a queue, and commits together whatever has queued up while it was busy: no
//! timer, so one job alone waits for nothing and a thousand share one flush to disk.
//!
//! The order of durability, which is the heart of the ledger:
//!
//! 1. one transaction takes rows, log entries, tiles and the new head, and swaps the head only if
//!    it still is the one that we know (size and root);
//! 2. the transaction is durable;
//! 3. the high-water file remembers the head, so that an older copy can be told apart for ever;
//! 4. the checkpoint is signed and its row is durable;
//! 5. the newest entry is proved from what was stored, and the proof is checked;
//! 6. whoever asked is told.
//!
//! A crash between any two steps loses nothing that was acknowledged: the next start finds a head
//! without a checkpoint and goes on at step 3. When a step fails, the writer stops for good: what
//! became of a failed flush is unknown until the files are read again by a new process.

mod batch;
mod edge;
mod high_water;
mod job;
mod random;
mod record;
mod remembered;
mod sign;
mod steps;

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tlog::Hash;
use tokio::sync::{broadcast, mpsc, watch};

use crate::clock::Clock;
use crate::error::StoreError;
use crate::keys::Vault;
use crate::lock::DirectoryLock;
use crate::model::change::Change;
use crate::store::folders::Folders;
use crate::store::log;
use crate::store::recent::Recent;

pub(crate) use batch::Batch;
pub(crate) use edge::Edge;
pub(crate) use high_water::{HighWater, Mark};
pub(crate) use job::{Job, WriteError, job};
pub(crate) use random::Randomness;
pub(crate) use record::{check_limits, record};
pub use remembered::Remembered;
pub(crate) use sign::{Signing, check_last_entry};
#[cfg(test)]
pub(crate) use steps::Moment;
pub(crate) use steps::Operation;
pub(crate) use steps::Steps;

use job::{Ran, Release};

/// How many jobs may wait. Whoever finds the queue full waits before it.
pub(crate) const QUEUE_JOBS_MAX: usize = 1_024;
/// A batch takes no further jobs once it has so many entries.
const BATCH_ENTRIES_MAX: u64 = 4_096;
/// A batch takes no further jobs once it has run so many.
const BATCH_JOBS_MAX: usize = 1_024;

/// What the writer tells everybody.
pub(crate) struct Shared {
    /// Why the writer has stopped.
    pub(crate) failed: watch::Sender<Option<String>>,
    /// Why nothing may be signed.
    pub(crate) read_only: OnceLock<String>,
    /// What changed.
    pub(crate) changes: broadcast::Sender<Change>,
}

/// The state of the writing thread. Nobody else touches any of it.
pub(crate) struct Writer {
    pub(crate) db: Connection,
    pub(crate) edge: Edge,
    pub(crate) folders: Folders,
    pub(crate) recent: Recent,
    pub(crate) random: Randomness,
    pub(crate) vault: Arc<Vault>,
    pub(crate) signing: Signing,
    pub(crate) clock: Clock,
    pub(crate) shared: Arc<Shared>,
    pub(crate) steps: Steps,
    /// Given back last.
    pub(crate) lock: DirectoryLock,
}

/// Why the writer stops.
pub(crate) struct Stop(pub(crate) String);

impl Writer {
    /// Starts the thread. It ends when the queue is closed and empty, or when a step fails.
    pub(crate) fn spawn(
        self,
        queue: mpsc::Receiver<Job>,
    ) -> Result<JoinHandle<()>, std::io::Error> {
        std::thread::Builder::new().name("ledger-writer".into()).spawn(move || self.run(queue))
    }

    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut waiting = VecDeque::new();
        while let Some(first) = waiting.pop_front().or_else(|| queue.blocking_recv()) {
            waiting.push_front(first);
            while let Ok(job) = queue.try_recv() {
                waiting.push_back(job);
            }
            if let Err(stop) = self.batch(&mut waiting) {
                // Everything stays on disk as it is, for the next start to read.
                tracing::error!(reason = stop.0, "the ledger has stopped; nothing is recorded");
                return;
            }
        }
        self.close();
    }

    /// Runs one batch to its acknowledgement.
    fn batch(&mut self, waiting: &mut VecDeque<Job>) -> Result<(), Stop> {
        let mut releases = Vec::new();
        let mut changes = Vec::new();
        let outcome = self.make_durable(waiting, &mut releases, &mut changes);
        // Step 6. Whoever is watching reads again, whoever asked gets the answer.
        match outcome {
            Ok(()) => {
                changes.dedup();
                for change in changes {
                    // Nobody watching is no error.
                    drop(self.shared.changes.send(change));
                }
                for release in releases {
                    release(Ok(()));
                }
                Ok(())
            }
            Err(stop) => {
                self.shared.failed.send_replace(Some(stop.0.clone()));
                for release in releases {
                    release(Err(stop.0.clone()));
                }
                Err(stop)
            }
        }
    }

    /// Steps 1 to 5.
    fn make_durable(
        &mut self,
        waiting: &mut VecDeque<Job>,
        releases: &mut Vec<Release>,
        changes: &mut Vec<Change>,
    ) -> Result<(), Stop> {
        let old = (self.edge.size(), self.edge.root());
        let mut must_fold = false;
        self.commit(old, waiting, releases, changes, &mut must_fold)?;
        if must_fold {
            fold(&self.db)?;
        }
        if self.edge.size() == old.0 {
            return Ok(());
        }
        self.signing.sign(&self.db, &self.edge, self.clock.now(), &self.steps)
    }

    /// Steps 1 and 2.
    fn commit(
        &mut self,
        old: (u64, Hash),
        waiting: &mut VecDeque<Job>,
        releases: &mut Vec<Release>,
        changes: &mut Vec<Change>,
        must_fold: &mut bool,
    ) -> Result<(), Stop> {
        let transaction = self.steps.run(Operation::Begin, || {
            Ok(Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?)
        })?;
        let mut batch = Batch {
            db: &transaction,
            now: self.clock.now(),
            vault: &self.vault,
            edge: &mut self.edge,
            folders: &mut self.folders,
            recent: &mut self.recent,
            random: &mut self.random,
            changes,
            must_fold,
            shared: &self.shared,
            high_water: &self.signing.high_water,
        };
        while let Some(job) = waiting.pop_front() {
            match batch.run(job)? {
                Ran::Kept(release) | Ran::Undone { release, fatal: None } => releases.push(release),
                Ran::Undone { release, fatal: Some(reason) } => {
                    releases.push(release);
                    return Err(Stop(reason));
                }
            }
            let entries = batch.edge.size() - old.0;
            if entries >= BATCH_ENTRIES_MAX || releases.len() >= BATCH_JOBS_MAX {
                break;
            }
        }
        self.recent.settle(&transaction)?;
        self.steps.run(Operation::Apply, || swap_head(&transaction, old, &self.edge))?;
        self.steps.run(Operation::Commit, || Ok(transaction.commit()?))
    }

    /// Leaves one file that is the whole of it.
    fn close(self) {
        let Self { db, lock, .. } = self;
        if let Err(error) = fold(&db) {
            tracing::warn!(%error, "the write-ahead log stays as it is");
        }
        drop(db);
        drop(lock);
    }
}

/// Folds the write-ahead log into the database and empties it. A reader that is still at an older
/// state holds the emptying back until the next time, which is told and no failure.
fn fold(db: &Connection) -> Result<(), StoreError> {
    let is_held_back: bool =
        db.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if is_held_back {
        tracing::warn!("a long read keeps what was overwritten in the write-ahead log for now");
    }
    Ok(())
}

/// Compare-and-swap: an older writer, or a file that was exchanged under us, never gets past.
fn swap_head(db: &Connection, old: (u64, Hash), edge: &Edge) -> Result<(), Stop> {
    if edge.size() == old.0 {
        return Ok(());
    }
    if log::advance_head(db, old, &edge.to_row())? {
        return Ok(());
    }
    Err(Stop(format!(
        "the stored log is no longer the one of {} entries that this process knows: somebody else \
         wrote to it; find out who before you start Proofbox again",
        old.0
    )))
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self(job::explain(&error))
    }
}
