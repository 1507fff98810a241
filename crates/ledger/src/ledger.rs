//! The door: a handle that everything else holds. Each file below is one topic of it; the work is
//! done by the writer thread and by readers on blocking threads, never on the async threads.

mod access;
mod assets;
mod attached;
mod items;
mod log;
mod open;
mod sources;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::broadcast;

use crate::clock::Clock;
use crate::error::{CommitError, OpenError};
use crate::model::change::{Change, Commit, Committed};

pub use attached::Attached;

/// Where a ledger lives and what it is called.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data directory; made when it is not there.
    pub directory: PathBuf,
    /// The name of a new log: where it is published, without scheme. A log that exists keeps the
    /// name that it began with, wherever it moves.
    pub origin: String,
    /// What time it is.
    pub clock: Clock,
}

/// Tenancies, assets, events and their log. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<()>,
}

impl Ledger {
    /// Opens the directory for this process alone, and brings it to the state after the last
    /// commit: a head that was committed but not signed is signed now.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        todo!()
    }

    /// Opens the directory beside the process that has it, to make sign-in links. It never
    /// commits.
    pub fn attach(directory: impl Into<PathBuf>) -> Result<Attached, OpenError> {
        todo!()
    }

    /// Records what a sync found: all of it with its cursor, or nothing. When this returns, every
    /// new event is durable, in the log, and under a signed checkpoint.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        todo!()
    }

    /// What changes from now on. A receiver that lags is told so, and reads everything again.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        todo!()
    }

    /// Why nothing may be signed, if so: everything can be read, and nothing is recorded.
    pub fn read_only(&self) -> Option<String> {
        todo!()
    }

    /// Ends when the writer has stopped because the store failed, with the reason. The process
    /// should exit then; the next start finds out what became of the last commit.
    pub async fn failed(&self) -> String {
        todo!()
    }

    /// Finishes what is queued and closes the store. Later calls fail.
    pub async fn close(&self) {
        todo!()
    }
}
