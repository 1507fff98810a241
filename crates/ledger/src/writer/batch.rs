//! What a job has at its disposal inside the transaction. A job that fails is undone alone; the
//! others of its batch are not touched.

use jiff::Timestamp;
use rusqlite::Connection;

use super::job::{Job, Ran};
use super::{Edge, HighWater, Randomness, Shared, Stop};
use crate::error::StoreError;
use crate::keys::Vault;
use crate::model::change::Change;
use crate::store::folders::Folders;
use crate::store::recent::Recent;

/// One transaction in the making.
pub(crate) struct Batch<'a> {
    /// The transaction.
    pub(crate) db: &'a Connection,
    /// The time that everything in it happens at.
    pub(crate) now: Timestamp,
    /// Seals secrets.
    pub(crate) vault: &'a Vault,
    /// The log as it will be.
    pub(crate) edge: &'a mut Edge,
    /// Folder ids.
    pub(crate) folders: &'a mut Folders,
    /// The small level of the random indexes.
    pub(crate) recent: &'a mut Recent,
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

impl Batch<'_> {
    /// Runs a job, and undoes it if it failed.
    pub(super) fn run(&mut self, job: Job) -> Result<Ran, Stop> {
        let (edge, changes) = (self.edge.clone(), self.changes.len());
        self.execute("savepoint job")?;
        let ran = job(self);
        match &ran {
            Ran::Kept(_) => self.execute("release job")?,
            Ran::Undone { fatal: Some(_), .. } => {}
            Ran::Undone { fatal: None, .. } => {
                self.execute("rollback to job")?;
                self.execute("release job")?;
                *self.edge = edge;
                self.changes.truncate(changes);
                self.folders.forget();
            }
        }
        Ok(ran)
    }

    /// Why nothing may be added to the log, if so.
    pub(crate) fn read_only(&self) -> Option<&str> {
        self.shared.read_only.get().map(String::as_str)
    }

    fn execute(&self, statement: &str) -> Result<(), StoreError> {
        self.db.prepare_cached(statement)?.execute([])?;
        Ok(())
    }
}
