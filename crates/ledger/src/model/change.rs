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
    /// What is linked from now on, in the words of whoever syncs it; `None` leaves it as it is.
    pub rules: Option<String>,
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
    /// Versions that waited for their content to be read. A version of an item that is gone, or
    /// that another one of its item comes before, waits on.
    pub contents: Vec<ContentRead>,
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
            rules: None,
            updates: Vec::new(),
            gone: Vec::new(),
            settled: Vec::new(),
            unrecorded: Vec::new(),
            settled_departures: Vec::new(),
            contents: Vec::new(),
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
    /// How long it is, as the provider says; 0 where it doesn't.
    pub bytes: u64,
    /// When the provider says that it was written.
    pub declared_at: Timestamp,
    /// How we learned of it.
    pub origin: Origin,
    /// Who edited, if the provider says so.
    pub editor: Option<String>,
}

/// A version that is published as soon as its content was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// Names it in [`ContentRead`].
    pub id: u64,
    /// The provider's revision, to read it by.
    pub revision: String,
    /// What its content must hash to.
    pub content_hash: [u8; 32],
    /// How long it is, as the provider says.
    pub bytes: u64,
}

/// How much waits to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Awaiting {
    /// How many versions.
    pub versions: u64,
    /// How long they are together.
    pub bytes: u64,
}

/// What came of reading the content of a version that waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentRead {
    /// The version, by its [`Awaited::id`].
    pub version: u64,
    /// What came of it.
    pub outcome: ContentOutcome,
}

/// What came of reading some content. The version is published in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentOutcome {
    /// Its SHA-256. It is the content that was declared.
    Sha256([u8; 32]),
    /// It can't be had, for this reason: published without, and listed.
    Unavailable(String),
    /// Nobody wants it any more: published without.
    NotWanted,
}

/// What something that is listed as not recorded lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It has no event.
    Event,
    /// It has one, without the SHA-256 that its source wants.
    Sha256,
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
    /// What it lacks.
    pub lack: Lack,
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
