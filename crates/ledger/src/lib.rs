//! Tenancies, assets, events and their log, in one store and one transaction.
//!
//! What this room promises: a [`Ledger::commit`] that answered has its events, its log entries,
//! its items and its cursor on disk, under a signed checkpoint; one that did not answer either
//! happened whole or not at all, and repeating it adds nothing.
//!
//! - [`model`] holds the words: assets, events, sources, items, and what a commit says.
//! - [`entry`] is the log entry: salted commitments and the openings that a receipt carries. Pure.
//! - [`lookup`] is the padded range lookup behind Instaproof. Pure, and used by clients too.
//! - [`Ledger`] is the door to everything that is kept.
//!
//! Deliberately not here: Dropbox (a source is an opaque cursor and its items), HTTP, rendering,
//! and the arithmetic of the log, which is the crate `tlog`.

pub mod entry;
pub mod lookup;
pub mod model;

mod clock;
mod copy;
mod error;
mod fsck;
mod ids;
mod keys;
mod ledger;
mod location;
mod lock;
mod profile;
mod readers;
mod rebuild;
mod registry;
mod store;
mod writer;

#[cfg(test)]
mod vectors;

pub use clock::Clock;
pub use copy::{Copied, CopyError, copy};
pub use error::{CommitError, KeyProblem, LookupError, OpenError, StoreError, TlsProblem};
pub use fsck::{FINDINGS_MAX, Finding, Fsck, Progress, Repair, fsck};
pub use ids::{
    ApplicationId, AssetId, BlobId, EventId, IamId, InvitationId, SourceId, TenancyId, UserId,
    WebhookId,
};
pub use keys::{Missing as MissingKey, derive as derive_key, load as load_key};
pub use ledger::{Attached, Ledger, Opening, Options, Turn, WitnessSeen};
pub use location::{Database, DatabaseError, Location, Postgres};
pub use model::access::{ApiToken, Publisher, Role, Tenancy, User};
pub use model::activity::{ACTIVITY_KEPT, Activity, Step, StepKind};
pub use model::applications::{
    Application, ApplicationChange, ApplicationRole, NewApplication, WithSecret,
};
pub use model::asset::{
    Asset, AssetPage, AssetQuery, CheckpointSeen, Content, DocumentStatus, Event, EventKind,
    EventPage, EventQuery, EventSummary, Fingerprint, FullEvent, Order, Origin, OwnedEvent,
    PrivateField, PrivateFields, RegisteredAsset,
};
pub use model::attributes::{AttributeValue, Attributes};
pub use model::blob::{Blob, NewBlob};
pub use model::change::{
    AssetChoice, Awaited, Awaiting, Change, ChangeKind, Commit, Committed, CommittedEvent,
    ContentOutcome, ContentRead, Departure, ItemUpdate, Lack, Lease, Settled, Unrecorded,
    UnrecordedItem, Version, Whereabouts,
};
pub use model::domains;
pub use model::iam::{IamItem, IamKind};
pub use model::log::{ProvedEntry, SignedCheckpoint};
pub use model::members::{
    Invitation, MEMBERS_MAX, Member, MemberError, MemberState, NewInvitation,
};
pub use model::registered::{
    Answer, Answered, NewAsset, NewEvent, OnceKey, Principal, Principals, RegisterError,
    Registered, Said, Sharing, Tracking,
};
pub use model::shares::{Grant, Names, Seen, Share, Shares};
pub use model::source::{
    Beginning, DisconnectedBy, Fingerprints, Item, NewSource, OnDeletion, Presence, Source,
    SourceSettings, SourceStatus,
};
pub use model::webhooks;
pub use rebuild::{Rebuilt, rebuild};
pub use writer::Remembered;
