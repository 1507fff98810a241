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
//! 4. the checkpoint is signed and its row is written; what flushes it is the next batch, since the same
//!    head may be signed again;
//! 5. the newest entry is proved from what was stored, and the proof is checked;
//! 6. whoever asked is told.
//!
//! A crash between any two steps loses nothing that was acknowledged: the next start finds a head
//! without a checkpoint and goes on at step 3. When a step fails, the writer stops for good: what
//! became of a failed flush is unknown until the files are read again by a new process. Only a
//! connection that is lost is made again, and what became of the batch is read back over it.

mod batch;
mod edge;
mod folding;
mod high_water;
mod job;
mod random;
mod reconnect;
mod record;
mod remembered;
mod sign;
mod steps;

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use tlog::Hash;
use tokio::sync::{broadcast, mpsc, watch};

use crate::clock::Clock;
use crate::error::StoreError;
use crate::keys::Vault;
use crate::location::Location;
use crate::lock::DirectoryLock;
use crate::model::change::Change;
use crate::store::activity::Notes;
use crate::store::db::Db;
use crate::store::folders::Folders;
use crate::store::log;
use crate::store::tally::Tally;

pub(crate) use batch::Batch;
pub(crate) use edge::Edge;
pub(crate) use folding::Folding;
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

use batch::Together;
use reconnect::{Found, NOT_KNOWN, NOT_RECORDED};

/// How many jobs may wait. Whoever finds the queue full waits before it.
pub(crate) const QUEUE_JOBS_MAX: usize = 1_024;

/// So often jobs run again whose connection was lost. What loses it each time must not go on for ever.
const UNDONE_MAX: u32 = 3;

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
    pub(crate) db: Db,
    /// Where that is, to connect again.
    pub(crate) at: Location,
    pub(crate) edge: Edge,
    pub(crate) folders: Folders,
    pub(crate) activity: Notes,
    pub(crate) tally: Tally,
    pub(crate) random: Randomness,
    pub(crate) vault: Arc<Vault>,
    pub(crate) signing: Signing,
    pub(crate) clock: Clock,
    pub(crate) shared: Arc<Shared>,
    pub(crate) steps: Steps,
    /// Where the store needs it.
    pub(crate) folding: Option<Folding>,
    /// Given back last.
    pub(crate) lock: DirectoryLock,
    /// How many batches in a row came to nothing because the connection was lost.
    pub(crate) undone: u32,
}

/// Why the writer stops.
pub(crate) struct Stop(pub(crate) String);

/// What one batch leaves for its acknowledgement.
#[derive(Default)]
struct Round {
    /// The jobs that ran.
    jobs: Vec<Box<dyn Job>>,
    /// What to tell watchers.
    changes: Vec<Change>,
    /// Whether what is overwritten must also leave the write-ahead log before anybody is told.
    must_fold: bool,
    /// Whether the store was asked to make it durable.
    is_sent: bool,
}

impl Writer {
    /// Starts the thread. It ends when the queue is closed and empty, or when a step fails.
    pub(crate) fn spawn(
        self,
        queue: mpsc::Receiver<Box<dyn Job>>,
    ) -> Result<JoinHandle<()>, std::io::Error> {
        std::thread::Builder::new().name("ledger-writer".into()).spawn(move || self.run(queue))
    }

    fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Job>>) {
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
    fn batch(&mut self, waiting: &mut VecDeque<Box<dyn Job>>) -> Result<(), Stop> {
        let mut round = Round::default();
        let outcome = self.see_through(waiting, &mut round);
        if let Ok(Found::Undone) = outcome
            && self.undone < UNDONE_MAX
        {
            // As if they had never run.
            self.undone += 1;
            round.jobs.into_iter().rev().for_each(|job| waiting.push_front(job));
            return Ok(());
        }
        self.undone = 0;
        // Step 6. Whoever is watching reads again, whoever asked gets the answer.
        match &outcome {
            Err(Stop(reason)) => drop(self.shared.failed.send_replace(Some(reason.clone()))),
            Ok(Found::Undone | Found::Unknown) => {}
            Ok(Found::Committed) => {
                round.changes.dedup();
                for change in round.changes {
                    // Nobody watching is no error.
                    drop(self.shared.changes.send(change));
                }
            }
        }
        for job in round.jobs {
            job.release(match &outcome {
                Ok(Found::Committed) => Ok(()),
                Ok(Found::Undone) => Err(StoreError::Interrupted(NOT_RECORDED)),
                Ok(Found::Unknown) => Err(StoreError::Interrupted(NOT_KNOWN)),
                Err(Stop(reason)) => Err(StoreError::Stopped(reason.clone())),
            });
        }
        outcome.map(drop)
    }

    /// Steps 1 to 5, over as many connections as it takes.
    fn see_through(
        &mut self,
        waiting: &mut VecDeque<Box<dyn Job>>,
        round: &mut Round,
    ) -> Result<Found, Stop> {
        let old = (self.edge.size(), self.edge.root());
        let mut outcome = self.make_durable(old, waiting, round);
        loop {
            match outcome {
                Ok(()) => return Ok(Found::Committed),
                Err(stop) if !self.db.is_closed() => return Err(stop),
                Err(stop) => match self.reconnect(&stop, old, round.is_sent)? {
                    Found::Committed => outcome = self.sign(),
                    other => return Ok(other),
                },
            }
        }
    }

    /// Steps 1 to 5.
    fn make_durable(
        &mut self,
        old: (u64, Hash),
        waiting: &mut VecDeque<Box<dyn Job>>,
        round: &mut Round,
    ) -> Result<(), Stop> {
        self.commit(old, waiting, round)?;
        self.fold(round.must_fold)?;
        if self.edge.size() == old.0 { Ok(()) } else { self.sign() }
    }

    /// Steps 3 to 5.
    fn sign(&self) -> Result<(), Stop> {
        self.signing.sign(&self.db, &self.edge, self.clock.now(), &self.steps)
    }

    /// Brings the write-ahead log back into the database, where the store leaves that to us.
    fn fold(&self, must_fold: bool) -> Result<(), Stop> {
        match &self.folding {
            None => Ok(()),
            Some(folding) if must_fold => Ok(folding.empty(&self.db)?),
            Some(folding) => folding.look(&self.db),
        }
    }

    /// Steps 1 and 2.
    fn commit(
        &mut self,
        old: (u64, Hash),
        waiting: &mut VecDeque<Box<dyn Job>>,
        round: &mut Round,
    ) -> Result<(), Stop> {
        let (edge, tally) = (self.edge.clone(), self.tally.clone());
        let work = |batch: &mut Batch<'_>, jobs: &mut Vec<_>| batch.run_together(waiting, jobs);
        if let Together::Spoiled = self.transact(old, round, work)? {
            (self.edge, self.tally) = (edge, tally);
            self.folders.forget();
            round.changes.clear();
            let work = |batch: &mut Batch<'_>, jobs: &mut Vec<_>| batch.run_apart(jobs);
            self.transact(old, round, work)?;
        }
        Ok(())
    }

    /// One transaction: rolled back when its jobs spoiled it, durable otherwise.
    fn transact(
        &mut self,
        old: (u64, Hash),
        round: &mut Round,
        work: impl FnOnce(&mut Batch<'_>, &mut Vec<Box<dyn Job>>) -> Result<Together, Stop>,
    ) -> Result<Together, Stop> {
        let transaction = self.steps.run(Operation::Begin, || Ok(self.db.transaction()?))?;
        let Round { jobs, changes, must_fold, is_sent } = round;
        let mut batch = Batch {
            db: &transaction,
            now: self.clock.now(),
            vault: &self.vault,
            edge: &mut self.edge,
            folders: &mut self.folders,
            activity: &mut self.activity,
            tally: &mut self.tally,
            random: &mut self.random,
            changes,
            must_fold,
            shared: &self.shared,
            high_water: &self.signing.high_water,
        };
        if let Together::Spoiled = work(&mut batch, jobs)? {
            transaction.rollback()?;
            return Ok(Together::Spoiled);
        }
        self.tally.settle(&transaction)?;
        self.steps.run(Operation::Apply, || swap_head(&transaction, old, &self.edge))?;
        self.steps.run(Operation::Commit, || {
            *is_sent = true;
            Ok(transaction.commit()?)
        })?;
        Ok(Together::Kept)
    }

    /// Leaves one file that is the whole of it.
    fn close(self) {
        let Self { db, folding, lock, .. } = self;
        if let Some(folding) = folding {
            if let Err(error) = folding.empty(&db) {
                tracing::warn!(%error, "the write-ahead log stays as it is");
            }
            folding.end();
        }
        drop(db);
        drop(lock);
    }
}

/// Compare-and-swap: an older writer, or a file that was exchanged under us, never gets past.
fn swap_head(db: &Db, old: (u64, Hash), edge: &Edge) -> Result<(), Stop> {
    if edge.size() == old.0 {
        return Ok(());
    }
    if log::advance_head(db, old, &edge.to_row())? {
        return Ok(());
    }
    Err(other_head(old.0))
}

fn other_head(size: u64) -> Stop {
    Stop(format!(
        "the stored log is no longer the one of {size} entries that this process knows: somebody else \
         wrote to it; find out who before you start Proofbox again"
    ))
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self(job::explain(&error))
    }
}
