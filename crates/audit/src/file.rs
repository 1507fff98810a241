//! The files that a published log is made of: how they are called, and how large they may be.

use std::fmt;

use tlog::{BundleId, ENTRY_BYTES_MAX, NOTE_BYTES_MAX, TileId};

/// An entry stands behind its length in two bytes.
const ENTRY_PREFIX_BYTES: usize = 2;
/// The longest key that a log can have, with room.
const KEY_BYTES_MAX: usize = 4 * 1024;

/// A file of a published log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogFile {
    /// What the log signed last.
    Checkpoint,
    /// The log's key. C2SP doesn't know it; Proofbox publishes it beside the checkpoint.
    Key,
    /// A tile of hashes.
    Tile(TileId),
    /// A bundle of entries.
    Bundle(BundleId),
}

impl LogFile {
    /// Its path under the log's address, without a slash in front.
    pub fn path(self) -> String {
        match self {
            Self::Checkpoint => "checkpoint".to_owned(),
            Self::Key => "vkey".to_owned(),
            Self::Tile(tile) => tile.path(),
            Self::Bundle(bundle) => bundle.path(),
        }
    }

    /// The file that a path under the log's address names, if it is one.
    pub fn parse(path: &str) -> Option<Self> {
        match path {
            "checkpoint" => Some(Self::Checkpoint),
            "vkey" => Some(Self::Key),
            _ => {
                let tile = TileId::parse(path).map(Self::Tile);
                tile.or_else(|_| BundleId::parse(path).map(Self::Bundle)).ok()
            }
        }
    }

    /// More bytes than this it cannot have.
    pub fn bytes_max(self) -> usize {
        match self {
            Self::Checkpoint => NOTE_BYTES_MAX,
            Self::Key => KEY_BYTES_MAX,
            Self::Tile(tile) => tile.byte_length(),
            Self::Bundle(bundle) => {
                usize::from(bundle.width()) * (ENTRY_PREFIX_BYTES + ENTRY_BYTES_MAX)
            }
        }
    }

    /// Whether it is a tile or a bundle that will be replaced by a wider one.
    pub fn is_partial(self) -> bool {
        match self {
            Self::Checkpoint | Self::Key => false,
            Self::Tile(tile) => !tile.is_full(),
            Self::Bundle(bundle) => !bundle.is_full(),
        }
    }
}

impl fmt::Display for LogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}
