//! Assets and events as they are read, and the Document Profile attributes that follow from them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AssetId, EventId, TenancyId};

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
}

impl EventKind {
    /// The word that the entry commits to.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewAsset => "NewAsset",
            Self::Publish => "Publish",
            Self::Withdraw => "Withdraw",
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
}

impl Origin {
    /// The word that the entry commits to.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::FilledIn => "filled-in",
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
    /// The content it published.
    pub fingerprint: Fingerprint,
    /// When we accepted it.
    pub accepted_at: Timestamp,
}

/// A document.
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
}

impl Asset {
    /// The fold of its events' asset attributes, in the words of the Document Profile.
    pub fn attributes(&self) -> BTreeMap<&'static str, String> {
        let fingerprint = &self.last_event.fingerprint;
        BTreeMap::from([
            ("arc_display_name", MASKED_NAME.to_owned()),
            ("arc_display_type", "Document".to_owned()),
            ("arc_profile", "Document".to_owned()),
            ("document_hash_alg", fingerprint.algorithm().to_owned()),
            ("document_hash_value", fingerprint.value()),
            ("document_status", self.status.as_str().to_owned()),
            ("document_version", self.version.to_string()),
        ])
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
    pub fingerprint: Fingerprint,
    /// When the source says that the content was written.
    pub declared_at: Timestamp,
    /// When we accepted it.
    pub accepted_at: Timestamp,
    /// How we learned of it.
    pub origin: Origin,
    /// The first checkpoint that covers it. An event is shown from then on; `None` would be one
    /// that waits for its signature.
    pub checkpoint: Option<CheckpointSeen>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
}

/// The most assets on one page.
pub const PAGE_ASSETS_MAX: u32 = 200;

/// A page of assets, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetPage {
    /// The assets with what their owner may see.
    pub assets: Vec<(Asset, Option<PrivateFields>)>,
    /// What continues the list, if anything does.
    pub next_page_token: Option<String>,
}
