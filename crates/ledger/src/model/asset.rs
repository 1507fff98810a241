//! Assets and events as they are read, and the Document Profile attributes that follow from them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{AssetId, EventId, TenancyId};
use crate::model::attributes::Attributes;
use crate::model::filter::Filter;
use crate::model::registered::{Principals, Said, Sharing, Tracking};
use crate::model::shares::{Seen, Shares};

/// What a document is called where its name stays private.
pub const MASKED_NAME: &str = "xxx...";

/// What identifies content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// SHA-256 over the SHA-256 of each block of 4 MiB.
    pub content_hash: [u8; 32],
    /// SHA-256 of the whole content, where it was computed.
    pub sha256: Option<[u8; 32]>,
}

impl Fingerprint {
    /// The algorithm that [`Fingerprint::value`] was made with, as `document_hash_alg` says it.
    pub fn algorithm(&self) -> &'static str {
        if self.sha256.is_some() { "sha256" } else { "dropbox-content-hash" }
    }

    /// The value that the document is known by: SHA-256 where there is one. Lower-case hex.
    pub fn value(&self) -> String {
        hex::encode(self.sha256.unwrap_or(self.content_hash))
    }
}

/// What is known of the content that an event published; nothing where it published none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Content {
    /// SHA-256 over the SHA-256 of each block of 4 MiB, where it is known.
    pub content_hash: Option<[u8; 32]>,
    /// SHA-256 of the whole content, where it is known.
    pub sha256: Option<[u8; 32]>,
}

impl Content {
    /// Of an event that published no content.
    pub const NONE: Self = Self { content_hash: None, sha256: None };

    /// The algorithm of [`Content::value`], as `document_hash_alg` says it.
    pub fn algorithm(&self) -> Option<&'static str> {
        let content_hash = self.content_hash.map(|_| "dropbox-content-hash");
        self.sha256.map(|_| "sha256").or(content_hash)
    }

    /// The value that the document is known by: SHA-256 where there is one. Lower-case hex.
    pub fn value(&self) -> Option<String> {
        self.sha256.or(self.content_hash).map(hex::encode)
    }

    /// The content hash of a file that has one block: its SHA-256, hashed again. It is that of a
    /// larger file never, so it may be looked up, and is not stated.
    pub fn content_hash_of_one_block(sha256: &[u8; 32]) -> [u8; 32] {
        Sha256::digest(sha256).into()
    }

    /// Whether a file with these hashes is this content.
    pub fn is_of(&self, file: &Fingerprint) -> bool {
        let hash = self.content_hash.or_else(|| {
            self.sha256
                .filter(|_| file.sha256.is_none())
                .as_ref()
                .map(Self::content_hash_of_one_block)
        });
        let sha256 = self.sha256.zip(file.sha256);
        let same_sha256 = sha256.map(|(one, other)| one == other);
        let same_hash = hash.map(|hash| hash == file.content_hash);
        (same_sha256.is_some() || same_hash.is_some())
            && same_sha256 != Some(false)
            && same_hash != Some(false)
    }
}

impl From<Fingerprint> for Content {
    fn from(fingerprint: Fingerprint) -> Self {
        Self { content_hash: Some(fingerprint.content_hash), sha256: fingerprint.sha256 }
    }
}

/// Whether the publisher stands by the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentStatus {
    /// The latest version is the valid one.
    Published,
    /// The publisher withdrew it.
    Withdrawn,
}

impl DocumentStatus {
    /// The word of the Document Profile.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "Published",
            Self::Withdrawn => "Withdrawn",
        }
    }
}

/// What an event did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum EventKind {
    /// Created the asset with its first version.
    NewAsset,
    /// Published another version.
    Publish,
    /// Withdrew the document.
    Withdraw,
    /// Anything else that was recorded about the asset.
    Record,
}

impl EventKind {
    /// The word that the entry commits to.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewAsset => "NewAsset",
            Self::Publish => "Publish",
            Self::Withdraw => "Withdraw",
            Self::Record => "Record",
        }
    }

    /// What every event of the kind says that follows a linked file, but for what it sets on its asset.
    pub(crate) fn followed_said(self) -> Said {
        let (operation, behaviour) = match self {
            Self::NewAsset => ("NewAsset", "AssetCreator"),
            _ => ("Record", "RecordEvidence"),
        };
        Said {
            asset_attributes: Attributes::default(),
            behaviour: behaviour.to_owned(),
            event_attributes: match self {
                Self::NewAsset => Attributes::default(),
                kind => Attributes::from([("arc_display_type", kind.as_str())]),
            },
            operation: operation.to_owned(),
        }
    }
}

/// How we learned of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Seen while it was the current revision.
    Observed,
    /// Filled in from the source's own list of revisions.
    FilledIn,
    /// Registered over the API.
    Registered,
}

impl Origin {
    /// The word that the entry commits to.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::FilledIn => "filled-in",
            Self::Registered => "registered",
        }
    }
}

/// The first checkpoint that covers an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointSeen {
    /// Its tree size.
    pub size: u64,
    /// When it was signed.
    pub at: Timestamp,
}

/// The part of an asset's last event that lists show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSummary {
    /// The event.
    pub id: EventId,
    /// What it did.
    pub kind: EventKind,
    /// Its place in the log.
    pub log_index: u64,
    /// The content of the version that is current with it.
    pub fingerprint: Content,
    /// When we accepted it.
    pub accepted_at: Timestamp,
}

/// An asset: a document that follows a linked file, or what somebody registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its identity and public address.
    pub id: AssetId,
    /// Who publishes it.
    pub tenancy: TenancyId,
    /// Whether it stands.
    pub status: DocumentStatus,
    /// The current version, counted from 1.
    pub version: u32,
    /// How many versions there are.
    pub versions: u32,
    /// When its first event was accepted.
    pub created_at: Timestamp,
    /// Its last event.
    pub last_event: EventSummary,
    /// Who may see it.
    pub sharing: Sharing,
    /// What it was registered with; `None` for one that follows a linked file.
    pub registered: Option<RegisteredAsset>,
}

/// What only a registered asset has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredAsset {
    /// The fold of its events' asset attributes.
    pub attributes: Attributes,
    /// Whether it is still followed.
    pub tracking: Tracking,
}

impl Asset {
    /// The fold of its events' asset attributes.
    pub fn attributes(&self) -> Attributes {
        if let Some(registered) = &self.registered {
            return registered.attributes.clone();
        }
        let mut attributes = followed();
        state_content(&mut attributes, &self.last_event.fingerprint);
        attributes.set("document_status", self.status.as_str());
        attributes.set("document_version", self.version.to_string());
        attributes
    }

    /// Whether it is still followed.
    pub fn tracking(&self) -> Tracking {
        self.registered.as_ref().map_or(Tracking::Tracked, |registered| registered.tracking)
    }
}

/// What every asset that follows a linked file says.
pub(crate) fn followed() -> Attributes {
    Attributes::from([
        ("arc_display_name", MASKED_NAME),
        ("arc_display_type", "Document"),
        ("arc_profile", "Document"),
    ])
}

fn state_content(attributes: &mut Attributes, content: &Content) {
    if let (Some(algorithm), Some(value)) = (content.algorithm(), content.value()) {
        attributes.set("document_hash_alg", algorithm);
        attributes.set("document_hash_value", value);
    }
}

/// One entry of an asset's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identity, and with the asset's its public address.
    pub id: EventId,
    /// The asset it belongs to.
    pub asset: AssetId,
    /// Who published it.
    pub tenancy: TenancyId,
    /// Its place in the log.
    pub log_index: u64,
    /// The version it made, or withdrew.
    pub version: u32,
    /// What it did.
    pub kind: EventKind,
    /// The content it published.
    pub fingerprint: Content,
    /// When the source says that the content was written.
    pub declared_at: Timestamp,
    /// When we accepted it.
    pub accepted_at: Timestamp,
    /// How we learned of it.
    pub origin: Origin,
    /// The first checkpoint that covers it. An event is shown from then on; `None` would be one
    /// that waits for its signature.
    pub checkpoint: Option<CheckpointSeen>,
    /// Who may see its asset.
    pub sharing: Sharing,
}

impl Event {
    /// What it says, in the published words; of an event that follows a linked file.
    pub fn followed_said(&self) -> Said {
        Said { asset_attributes: self.followed_attributes(), ..self.kind.followed_said() }
    }

    /// What the event does to its asset; folded in order they give the asset's attributes.
    fn followed_attributes(&self) -> Attributes {
        let mut attributes = Attributes::default();
        if self.kind == EventKind::NewAsset {
            attributes = followed();
        }
        if self.kind == EventKind::Withdraw {
            attributes.set("document_status", DocumentStatus::Withdrawn.as_str());
            return attributes;
        }
        state_content(&mut attributes, &self.fingerprint);
        attributes.set("document_status", DocumentStatus::Published.as_str());
        attributes.set("document_version", self.version.to_string());
        attributes
    }
}

/// An event with everything that the API says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullEvent {
    /// The event.
    pub event: Event,
    /// Its words.
    pub said: Said,
    /// Who made it; blank where nobody knows, and for everybody but the owner and whoever recorded
    /// it.
    pub principals: Principals,
    /// The tenancy that recorded it: the asset's, or one that an access policy let in.
    pub recorder: TenancyId,
}

/// An event with everything that its owner sees of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedEvent {
    /// What others may see, too.
    pub full: FullEvent,
    /// What only the owner sees.
    pub private: PrivateFields,
    /// Which of its private fields were erased.
    pub erased: Vec<PrivateField>,
}

/// A field that only the owner sees, and may have erased for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateField {
    /// The file's name.
    Name,
    /// Where the file was.
    Path,
    /// The source's revision.
    Revision,
    /// Who edited.
    Editor,
}

impl PrivateField {
    /// All of them, in the order in which people are shown them.
    pub const ALL: [Self; 4] = [Self::Name, Self::Path, Self::Revision, Self::Editor];
}

/// What only the owner sees of an asset or an event. `None` where unknown or erased.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PrivateFields {
    /// The file's name.
    pub name: Option<String>,
    /// Where the file is (of an asset) or was (of an event).
    pub path: Option<String>,
    /// The source's revision.
    pub revision: Option<String>,
    /// Who edited.
    pub editor: Option<String>,
}

/// Which assets to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetQuery {
    /// Part of a name or path, in any case.
    pub search: Option<String>,
    /// Where the page before ended.
    pub page_token: Option<String>,
    /// How many to return: 1 to [`PAGE_ASSETS_MAX`], which is also what 0 means.
    pub page_size: u32,
    /// Which ones.
    pub filter: Filter,
    /// In which order; a search knows the first alone.
    pub order: Order,
    /// What of other tenancies' assets is listed among its own.
    pub shares: Shares,
}

impl AssetQuery {
    /// The same for counting, which has no pages.
    pub(crate) fn counted(self) -> Self {
        Self { page_token: None, order: Order::Newest, ..self }
    }
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// By identity.
    Identity,
}

/// Which events to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Which ones.
    pub filter: Filter,
    /// In which order: the newest first, or by the identities of assets, then of events.
    pub order: Order,
    /// Where the page before ended.
    pub page_token: Option<String>,
    /// How many to return: 1 to [`PAGE_EVENTS_MAX`], which is also what 0 means.
    pub page_size: u32,
    /// What of other tenancies' events is listed among a tenancy's own.
    pub shares: Shares,
    /// Of one asset's events: what the caller sees of them; all of it without.
    pub seen: Option<Seen>,
}

/// The most events on one page.
pub const PAGE_EVENTS_MAX: u32 = 200;

/// A page of events, in the order that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<FullEvent>,
    /// What continues the list, if anything does.
    pub next_page_token: Option<String>,
}

/// The most assets on one page.
pub const PAGE_ASSETS_MAX: u32 = 200;

/// A page of assets, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetPage {
    /// The assets with what their owner may see: nothing of those that others share.
    pub assets: Vec<(Asset, Option<PrivateFields>)>,
    /// What continues the list, if anything does.
    pub next_page_token: Option<String>,
}
