//! Why an edit was not done.

use std::io;

use thiserror::Error;

use crate::account::PerformError;
use crate::namespace::{Node, Refusal};

#[derive(Debug, Error)]
pub(crate) enum Trouble {
    #[error("something else is in the way")]
    Conflict(Obstacle),
    #[error("what was to be changed is not there")]
    Gone,
    #[error("somebody else is changing it")]
    Busy,
    #[error("the disk is full")]
    NoSpace,
    #[error("the disk can't be written to")]
    NotWritable,
    #[error("the disk can't hold this name")]
    Unnameable,
    #[error("a folder can't be put into itself")]
    IntoItself,
    #[error("a folder of the team stays where it is")]
    TeamFolder,
    #[error("somebody else has locked it")]
    Locked,
    #[error("a shared folder can't be put into another")]
    Nested,
    #[error("too many files at once")]
    TooManyFiles,
    #[error("the disk failed")]
    Failed(#[source] io::Error),
}

/// What is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    File,
    Folder,
    /// A file where a folder would have to be.
    FileAncestor,
}

impl Trouble {
    pub(super) fn in_the_way(node: &Node) -> Self {
        Self::Conflict(if node.is_folder() { Obstacle::Folder } else { Obstacle::File })
    }
}

impl From<PerformError> for Trouble {
    fn from(error: PerformError) -> Self {
        match error {
            PerformError::Refused(Refusal::NotFound) => Self::Gone,
            PerformError::Refused(Refusal::Conflict) => Self::Conflict(Obstacle::File),
            PerformError::Refused(Refusal::IntoItself) => Self::IntoItself,
            PerformError::Unrecorded(error) | PerformError::Unreadable(error) => {
                Self::Failed(error)
            }
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::Conflict(Obstacle::File),
            io::ErrorKind::IsADirectory => Self::Conflict(Obstacle::Folder),
            io::ErrorKind::NotADirectory => Self::Conflict(Obstacle::FileAncestor),
            io::ErrorKind::NotFound => Self::Gone,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable
            }
            io::ErrorKind::InvalidFilename => Self::Unnameable,
            // A symbolic link where a folder would be: it is not followed.
            _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                Self::Conflict(Obstacle::FileAncestor)
            }
            _ => Self::Failed(error),
        }
    }
}
