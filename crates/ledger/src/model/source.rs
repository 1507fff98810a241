//! Sources (linked accounts) and their items (files): what lets the ledger commit a source's
//! progress together with the events that it led to, without knowing what kind of source it is.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

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
    /// What is linked, in the words of whoever syncs it; empty while nothing was chosen.
    pub rules: String,
    /// How far the source was read, in the words of whoever syncs it.
    pub cursor: Option<String>,
    /// When the app registration's secret ends; `None` once it is gone.
    pub secret_valid_until: Option<Timestamp>,
    /// When it was first connected.
    pub created_at: Timestamp,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
}
