//! Why an export ends early, in words that say what to do.

use std::path::PathBuf;

use tlog::ProofError;

use crate::TrustError;
use crate::disk::DiskError;
use crate::fetch::FetchError;

/// Why an export ended early. What was there before is there still.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A part of the log couldn't be read.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The directory couldn't be written to.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The checkpoint isn't the log's.
    #[error("the checkpoint is not to be trusted")]
    Trust(#[from] TrustError),
    /// The directory holds a log of another name.
    #[error("the directory holds the log {found}, not {expected}; export to another directory")]
    OtherLog {
        /// The name of the log to export.
        expected: String,
        /// The name of the one that is there.
        found: String,
    },
    /// The log has fewer entries than the directory.
    #[error(
        "the log has {size} entries, but {exported} were exported before: it was rolled back, or this \
         is an old copy of it; nothing was changed"
    )]
    Smaller {
        /// The log's size.
        size: u64,
        /// The directory's.
        exported: u64,
    },
    /// The log contradicts what was exported.
    #[error(
        "the log does not continue the {exported} entries that were exported before: it has another \
         history; nothing was changed"
    )]
    Fork {
        /// How many entries the directory has.
        exported: u64,
    },
    /// The log contradicts itself.
    #[error(
        "the log's entries up to {size} do not lead to its checkpoint; check it with \"proofbox log fsck\""
    )]
    NotProven {
        /// Up to where.
        size: u64,
        /// How.
        #[source]
        source: ProofError,
    },
    /// The directory's own files don't fit its checkpoint.
    #[error("{0} is damaged; check it with \"proofbox log fsck\", or export to another directory")]
    Damaged(PathBuf),
}
