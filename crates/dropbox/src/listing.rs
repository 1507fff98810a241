//! The arguments and answers of the calls that list: folders, changes, revisions.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::metadata::{self, WireEntry};
use crate::{Entry, FileMetadata, PathRef};

/// The most revisions that one call gives.
pub const REVISIONS_MAX: u32 = 100;

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListFolder {
    /// The folder.
    pub path: PathRef,
    /// With everything below it, rather than its immediate entries.
    pub recursive: bool,
    /// About how many entries a page may have, 1 to 2,000. None leaves it to Dropbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// With what was deleted before the listing began. Later deletions are told anyway.
    pub include_deleted: bool,
}

impl ListFolder {
    /// The immediate entries of a folder.
    pub fn children(path: PathRef) -> Self {
        Self { path, recursive: false, limit: None, include_deleted: false }
    }

    /// A folder and everything below it.
    pub fn tree(path: PathRef) -> Self {
        Self { recursive: true, ..Self::children(path) }
    }
}

/// A place in a listing. Whoever has it can wait for changes without any other permission, so it
/// is treated as a secret: stored, but never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// Takes back a cursor that was stored.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to store.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor([REDACTED])")
    }
}

/// Some entries of a listing, in the order in which they apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The entries; there may be none although there is more.
    pub entries: Vec<Entry>,
    /// Where the listing goes on. The newest one is the one to keep, always.
    pub cursor: Cursor,
    /// Whether to continue at once.
    pub has_more: bool,
}

/// What waiting for a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Longpoll {
    /// Whether something may have changed: continue the listing.
    pub changes: bool,
    /// How long to leave Dropbox alone before waiting again.
    pub backoff: Option<Duration>,
}

/// The revisions of a file, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revisions {
    /// The revisions.
    pub entries: Vec<FileMetadata>,
    /// Whether the file is gone by now.
    pub is_deleted: bool,
    /// Whether there are older ones.
    pub has_more: bool,
}

#[derive(Deserialize)]
pub(crate) struct WirePage {
    entries: Vec<WireEntry>,
    cursor: Cursor,
    has_more: bool,
}

impl From<WirePage> for Page {
    fn from(wire: WirePage) -> Self {
        let entries = wire.entries.into_iter().map(Entry::from).collect();
        Self { entries, cursor: wire.cursor, has_more: wire.has_more }
    }
}

#[derive(Deserialize)]
pub(crate) struct WireLongpoll {
    changes: bool,
    backoff: Option<u64>,
}

impl From<WireLongpoll> for Longpoll {
    fn from(wire: WireLongpoll) -> Self {
        Self { changes: wire.changes, backoff: wire.backoff.map(Duration::from_secs) }
    }
}

#[derive(Deserialize)]
pub(crate) struct WireRevisions {
    entries: Vec<WireEntry>,
    #[serde(default)]
    is_deleted: bool,
    #[serde(default)]
    has_more: bool,
}

impl TryFrom<WireRevisions> for Revisions {
    type Error = IncompleteRevision;

    /// Refuses a revision that can't be read: leaving it out would be a hole in a history.
    fn try_from(wire: WireRevisions) -> Result<Self, IncompleteRevision> {
        let entries = wire.entries.iter().map(metadata::file).collect::<Option<_>>();
        Ok(Self {
            entries: entries.ok_or(IncompleteRevision)?,
            is_deleted: wire.is_deleted,
            has_more: wire.has_more,
        })
    }
}

/// A revision without its id, name, revision or times.
pub(crate) struct IncompleteRevision;
