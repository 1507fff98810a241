//! Sources (linked accounts) and their items (files): what lets the ledger commit a source's
//! progress together with the events that it led to, without knowing what kind of source it is.

use jiff::Timestamp;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::ids::{AssetId, SourceId, TenancyId};

/// A linked account of a tenancy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its identity, and the client id of its app registration.
    pub id: SourceId,
    /// Whose it is.
    pub tenancy: TenancyId,
    /// The account's id at the provider.
    pub account: String,
    /// The account holder's name.
    pub account_name: String,
    /// The account holder's address.
    pub account_email: String,
    /// What the owner calls the integration.
    pub display_name: String,
    /// Where it stands.
    pub status: SourceStatus,
    /// How it works, as its owner decided.
    pub settings: SourceSettings,
    /// What its credentials allow, in the provider's words; empty where that isn't known.
    pub scope: String,
    /// Since when its owner has it paused, if so.
    pub paused_at: Option<Timestamp>,
    /// What is linked, in the words of whoever syncs it; empty while nothing was chosen.
    pub rules: String,
    /// How far the source was read, in the words of whoever syncs it.
    pub cursor: Option<String>,
    /// When the app registration's secret ends; `None` once it is gone.
    pub secret_valid_until: Option<Timestamp>,
    /// When it was first connected.
    pub created_at: Timestamp,
}

/// How a source works, as its owner decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// What a deletion publishes.
    pub on_deletion: OnDeletion,
    /// What identifies content.
    pub fingerprints: Fingerprints,
    /// Where the history of a file that is new here begins.
    pub history: Beginning,
}

/// What becomes of a document whose file was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDeletion {
    /// Its trail pauses, and goes on if the file comes back.
    #[default]
    PauseTrail,
    /// It is withdrawn, and published again if the file comes back.
    Withdraw,
}

/// Which fingerprints are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fingerprints {
    /// What the provider tells with the metadata. Nothing is downloaded.
    #[default]
    Metadata,
    /// SHA-256 of the whole content beside it: every version is read once.
    Sha256,
}

/// Where the history of a file that is new here begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Beginning {
    /// With the version that is found.
    #[default]
    Now,
    /// With the oldest one that the provider still keeps.
    Kept,
}

/// Where a source stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum SourceStatus {
    /// Connected; nothing chosen yet.
    Connected,
    /// Its rules say what is linked.
    Linked,
    /// The account is no longer reachable; what was published stays.
    Disconnected {
        /// Who ended it.
        by: DisconnectedBy,
        /// When.
        at: Timestamp,
    },
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisconnectedBy {
    /// The tenancy, here.
    Owner,
    /// The account's holder or the provider, there.
    Provider,
}

/// An account to connect.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// Whose it becomes.
    pub tenancy: TenancyId,
    /// The account's id at the provider.
    pub account: String,
    /// The account holder's name.
    pub account_name: String,
    /// The account holder's address.
    pub account_email: String,
    /// What reaches the account; sealed at rest.
    pub credentials: SecretString,
    /// What that allows, in the provider's words.
    pub scope: String,
}

/// Whether an item is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Seen when last looked.
    Present,
    /// Known once, not there now. Its asset waits for it.
    Gone,
}

/// A file of a source, as last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its stable id at the provider.
    pub key: String,
    /// The document it publishes to.
    pub asset: Option<AssetId>,
    /// The revision last seen.
    pub revision: String,
    /// The content last seen, by its block hash.
    pub fingerprint: [u8; 32],
    /// Its name.
    pub name: String,
    /// Where it is, as it is shown.
    pub path: String,
    /// Where it is, as the provider compares paths.
    pub path_key: String,
    /// Whether it is there.
    pub presence: Presence,
    /// The listing that saw it last.
    pub generation: u32,
    /// Whether versions of it wait for their content to be read.
    pub awaits: bool,
}

impl Item {
    /// Whether it publishes to a document, or will.
    pub fn has_trail(&self) -> bool {
        self.asset.is_some() || self.awaits
    }
}
