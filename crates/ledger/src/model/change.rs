//! What a commit says, what it answers, and what watchers are told afterwards.

use jiff::Timestamp;

use crate::ids::{AssetId, EventId, SourceId, TenancyId};
use crate::model::asset::{Fingerprint, Origin};

/// The most items in one commit.
pub const COMMIT_ITEMS_MAX: usize = 10_000;
/// The most versions of one item in one commit.
pub const ITEM_VERSIONS_MAX: usize = 1_000;
/// The longest id, revision, name of an editor or reason.
pub const WORD_BYTES_MAX: usize = 1_024;
/// The longest name or path.
pub const PATH_BYTES_MAX: usize = 32_768;
/// The longest cursor or set of rules.
pub const OPAQUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What one step of a sync found. All of it happens, or none.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The source it is about.
    pub source: SourceId,
    /// How far the source is read with it; `None` leaves the cursor where it is.
    pub cursor: Option<String>,
    /// Items that are there.
    pub updates: Vec<ItemUpdate>,
    /// Keys of items that are not there any more.
    pub gone: Vec<String>,
    /// What of the items that could not be recorded is settled. Applies to those of before.
    pub settled: Vec<Settled>,
    /// Items that cannot be recorded, and why.
    pub unrecorded: Vec<Unrecorded>,
    /// Keys of items that left and turned out to be deleted, or not: nobody asks about them again.
    pub settled_departures: Vec<Departure>,
    /// The lease that it is made under; `None` is nobody's competitor.
    pub lease: Option<Lease>,
}

/// The right to sync a source, until somebody takes a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lease(pub(crate) u64);

/// What became of an item that left while its source withdraws what is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The item.
    pub key: String,
    /// Where it went.
    pub whereabouts: Whereabouts,
}

/// Where an item went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// It was deleted: its document is withdrawn.
    Deleted,
    /// It is somewhere where nobody looks.
    Elsewhere,
}

impl Commit {
    /// A commit that says nothing yet.
    pub fn new(source: SourceId) -> Self {
        Self {
            source,
            cursor: None,
            updates: Vec::new(),
            gone: Vec::new(),
            settled: Vec::new(),
            unrecorded: Vec::new(),
            settled_departures: Vec::new(),
            lease: None,
        }
    }
}

/// What is now known of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemUpdate {
    /// Its stable id at the provider.
    pub key: String,
    /// The revision seen.
    pub revision: String,
    /// The content seen.
    pub fingerprint: Fingerprint,
    /// Its name.
    pub name: String,
    /// Where it is, as it is shown.
    pub path: String,
    /// Where it is, as the provider compares paths.
    pub path_key: String,
    /// The listing that saw it.
    pub generation: u32,
    /// The document it publishes to.
    pub asset: AssetChoice,
    /// What to publish, oldest first; empty when only name, place or listing changed.
    pub versions: Vec<Version>,
}

/// The document that an item publishes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssetChoice {
    /// Its own: the one it has, or a new one with its first version.
    Own,
    /// The one of an item that it took the place of, which thereby loses it. If that item has
    /// none, as [`AssetChoice::Own`].
    Replaces {
        /// The key of the item replaced, of the same source.
        key: String,
    },
}

/// One revision of an item's content, to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The provider's revision. With tenancy, account and key it makes the event exactly-once.
    pub revision: String,
    /// The content.
    pub fingerprint: Fingerprint,
    /// When the provider says that it was written.
    pub declared_at: Timestamp,
    /// How we learned of it.
    pub origin: Origin,
    /// Who edited, if the provider says so.
    pub editor: Option<String>,
}

/// What need not be listed as unrecorded any more. Updates and what is gone settle themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The item with this key.
    Key(String),
    /// Whatever was at this path key.
    At(String),
    /// Whatever was at this path key or below it.
    Within(String),
    /// Whatever no listing of this generation or later has met.
    Unmet {
        /// The generation of the listing that is complete.
        generation: u32,
    },
}

/// An item that cannot be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecorded {
    /// Its stable id at the provider.
    pub key: String,
    /// Where it is, as it is shown.
    pub path: String,
    /// Where it is, as the provider compares paths. One place holds one item.
    pub path_key: String,
    /// The listing that met it.
    pub generation: u32,
    /// Why it cannot be recorded.
    pub reason: String,
}

/// An item that could not be recorded, as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnrecordedItem {
    /// What was said when it was last seen.
    pub item: Unrecorded,
    /// When it was first met.
    pub first_seen: Timestamp,
    /// When it was last met.
    pub last_seen: Timestamp,
}

/// What a commit added. A repeated commit adds nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The new events, in the order of the commit.
    pub events: Vec<CommittedEvent>,
    /// The size of the log, signed.
    pub size: u64,
}

/// One new event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedEvent {
    /// The item that published.
    pub key: String,
    /// The document.
    pub asset: AssetId,
    /// The event.
    pub event: EventId,
    /// Its place in the log.
    pub index: u64,
    /// The version it made.
    pub version: u32,
}

/// Something that watchers may want to read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose it is.
    pub tenancy: TenancyId,
    /// What changed.
    pub kind: ChangeKind,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// There are new events, signed.
    Events,
    /// A source's row changed.
    Source(SourceId),
    /// The tenancy's own data changed.
    Tenancy,
}
