//! What a job has at its disposal inside the transaction, and how jobs share one.
//!
//! A job that is refused is undone alone; the others of its batch are not touched. Nearly all are
//! refused before they write anything, so that there is nothing to undo. For the rest a savepoint
//! around every job would cost each of them a tenth of its time: instead the transaction is rolled
//! back, and its jobs run again, this time each in a savepoint of its own.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::job::{Job, Ran, is_fatal};
use super::{Edge, HighWater, Randomness, Shared, Stop};
use crate::error::StoreError;
use crate::keys::Vault;
use crate::model::activity::Step;
use crate::model::change::Change;
use crate::store::activity::Notes;
use crate::store::db::{Db, Savepoint};
use crate::store::folders::Folders;
use crate::store::tally::Tally;

/// A batch takes no further jobs once it has so many entries.
const BATCH_ENTRIES_MAX: u64 = 4_096;
/// A batch takes no further jobs once it has run so many.
const BATCH_JOBS_MAX: usize = 1_024;

/// One transaction in the making.
pub(crate) struct Batch<'a> {
    /// The transaction.
    pub(crate) db: &'a Db,
    /// The time that everything in it happens at.
    pub(crate) now: Timestamp,
    /// Seals secrets.
    pub(crate) vault: &'a Vault,
    /// The log as it will be.
    pub(crate) edge: &'a mut Edge,
    /// Folder ids.
    pub(crate) folders: &'a mut Folders,
    /// What integrations did.
    pub(crate) activity: &'a mut Notes,
    /// What is counted in memory.
    pub(crate) tally: &'a mut Tally,
    /// Salts and ids.
    pub(crate) random: &'a mut Randomness,
    /// What to tell watchers.
    pub(crate) changes: &'a mut Vec<Change>,
    /// Whether what is overwritten must also leave the write-ahead log before anybody is told.
    pub(crate) must_fold: &'a mut bool,
    /// What everybody is told.
    pub(crate) shared: &'a Shared,
    /// What remembers the newest head.
    pub(crate) high_water: &'a HighWater,
}

/// What became of jobs that ran together.
pub(super) enum Together {
    /// All were kept, or refused without a trace.
    Kept,
    /// One was refused after it had written: all are to be undone, and to run again apart.
    Spoiled,
}

impl Batch<'_> {
    /// Runs jobs one after the other while there is room, and moves them from `waiting` to `done`.
    pub(super) fn run_together(
        &mut self,
        waiting: &mut VecDeque<Box<dyn Job>>,
        done: &mut Vec<Box<dyn Job>>,
    ) -> Result<Together, Stop> {
        let entries_max = self.edge.size() + BATCH_ENTRIES_MAX;
        while self.edge.size() < entries_max && done.len() < BATCH_JOBS_MAX {
            let Some(mut job) = waiting.pop_front() else { break };
            let written = self.db.written();
            let ran = job.run(self);
            done.push(job);
            match ran {
                Ran::Kept => {}
                Ran::Refused if self.db.written() == written => {}
                Ran::Refused => return Ok(Together::Spoiled),
                Ran::Failed(reason) => return Err(Stop(reason)),
            }
        }
        // Whose statement was refused on its way shows when the jobs run apart.
        match self.db.settle() {
            Err(error) if is_fatal(&error) => Err(error.into()),
            Err(_) => Ok(Together::Spoiled),
            Ok(()) => Ok(Together::Kept),
        }
    }

    /// Runs jobs again, each in a savepoint of its own.
    pub(super) fn run_apart(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<Together, Stop> {
        for job in jobs {
            let (edge, tally, changes) =
                (self.edge.clone(), self.tally.clone(), self.changes.len());
            self.db.in_savepoint(|| match job.run(self) {
                Ran::Kept => Ok(Savepoint::Kept),
                Ran::Refused => {
                    (*self.edge, *self.tally) = (edge, tally);
                    self.changes.truncate(changes);
                    self.folders.forget();
                    Ok(Savepoint::Undone)
                }
                Ran::Failed(reason) => Err(Stop(reason)),
            })?;
        }
        Ok(Together::Kept)
    }

    /// Remembers a step of an integration.
    pub(crate) fn note(&mut self, source: i64, step: &Step) -> Result<(), StoreError> {
        self.activity.note(self.db, source, self.now, step)
    }

    /// Why nothing may be added to the log, if so.
    pub(crate) fn read_only(&self) -> Option<&str> {
        self.shared.read_only.get().map(String::as_str)
    }
}
