//! Where a published log is read from: one question, the bytes of a file.
//!
//! A reader gives bytes and no opinion: whether they are a tile, and the right one, is found out by
//! whoever asked. It keeps to [`LogFile::bytes_max`], whatever it is sent.

mod directory;
mod published;
mod site;

use std::io;

pub use directory::Directory;
pub(crate) use directory::read_at_most;
pub use published::{Published, TargetError};
pub use site::Site;

use crate::LogFile;

/// How many files are read at once. A hostile log could make each of them a bundle of 16 MiB.
pub(crate) const READS_MAX: usize = 8;

/// A published log, wherever it is.
pub trait LogReader: Send + Sync {
    /// The bytes of a file; `None` when it isn't there.
    fn read(
        &self,
        file: LogFile,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, ReadError>> + Send;

    /// What to call a file so that a person finds it: a path, an address.
    fn place(&self, file: LogFile) -> String;

    /// The partial tiles and bundles that are there, where that can be found out. A log keeps those
    /// of earlier checkpoints until the full ones exist.
    fn partial_files(&self) -> impl Future<Output = Result<Vec<LogFile>, ReadError>> + Send {
        async { Ok(Vec::new()) }
    }
}

impl<R: LogReader> LogReader for &R {
    async fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, ReadError> {
        R::read(self, file).await
    }

    fn place(&self, file: LogFile) -> String {
        R::place(self, file)
    }

    async fn partial_files(&self) -> Result<Vec<LogFile>, ReadError> {
        R::partial_files(self).await
    }
}

/// Why a file couldn't be read. That it isn't there is no error.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It has more bytes than such a file can have.
    #[error("{place} is longer than {bytes_max} bytes, the most that it may have")]
    TooLarge {
        /// Which file.
        place: String,
        /// Its limit.
        bytes_max: usize,
    },
    /// The disk or the file system refused.
    #[error("{place} cannot be read; check the disk and your permission to read it")]
    File {
        /// Which file.
        place: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The server couldn't be reached, or the answer broke off.
    #[error("{place} cannot be fetched; check the address and the network, then try again")]
    Network {
        /// Which file.
        place: String,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// The server answered with something else than the file or that it has none.
    #[error("{place} cannot be fetched: the server answered {status}; try again later")]
    Status {
        /// Which file.
        place: String,
        /// The HTTP status.
        status: u16,
    },
    /// The store behind a log couldn't give it.
    #[error("{place} cannot be read from the store")]
    Store {
        /// Which file.
        place: String,
        /// What the store said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ReadError {
    /// Whether the file itself is bad, rather than the way to it: asking again will not help.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::TooLarge { .. } | Self::File { .. } | Self::Store { .. } => true,
            Self::Network { .. } | Self::Status { .. } => false,
        }
    }
}
