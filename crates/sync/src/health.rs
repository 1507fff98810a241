//! How an integration is, as its owner sees it.
//!
//! Every value is derived from facts (what the worker does at this moment, what the ledger holds),
//! never from a flag that somebody could forget to take down. Gathering them is `engine`'s.

use jiff::Timestamp;
use ledger::{DisconnectedBy, SourceId, TenancyId};
use schemars::JsonSchema;
use serde::Serialize;

/// How an integration is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Health {
    /// What it is doing.
    #[serde(flatten)]
    pub state: State,
    /// How many documents it has made.
    pub documents: u64,
    /// When something last changed in the linked folders.
    pub last_change_seen: Option<Timestamp>,
    /// When we last knew that nothing was missing.
    pub last_checked: Option<Timestamp>,
    /// Files a second, while everything is read.
    pub files_per_second: Option<f64>,
    /// How long that will take, where it is known how many files there are.
    pub seconds_left: Option<u64>,
    /// From the last change by Dropbox's clock until it was signed here.
    pub lag_ms: Option<u64>,
    /// How many files can't be recorded; the ledger lists them with their reasons.
    pub not_recorded: u64,
    /// How many are recorded without the SHA-256 that is wanted; listed in the same way.
    pub without_sha256: u64,
    /// How far the reading of contents is, while versions wait for theirs.
    pub contents: Option<Contents>,
    /// Linked folders that aren't there at the moment, by the paths they had.
    pub missing_folders: Vec<String>,
}

/// How far the reading of contents is, since last none waited or the instance was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ContentsProgress")]
pub struct Contents {
    /// Versions whose content was read, and which are published.
    pub read: u64,
    /// These and those that wait.
    pub total: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
    /// These and those that wait.
    pub bytes_total: u64,
}

/// What an integration is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "HealthState")]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Connected; its owner hasn't linked a folder.
    ChoosingFolders,
    /// Reading everything in the linked folders.
    Scanning {
        /// Files seen so far.
        seen: u64,
        /// Of these, files recorded with their events signed.
        recorded: u64,
        /// How many there were when they were last counted.
        total: Option<u64>,
    },
    /// Everything is listed, and the contents of the versions that are new are being read.
    ReadingContents,
    /// Everything that Dropbox told is recorded, and we wait for more.
    UpToDate,
    /// Its owner has it paused.
    Paused {
        /// Since when.
        since: Timestamp,
    },
    /// Dropbox asked for patience.
    Waiting {
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// Something keeps failing. It is tried again by itself.
    Failed {
        /// What, and what to do about it.
        reason: String,
        /// Since when.
        since: Timestamp,
        /// When it is tried again.
        next_try: Timestamp,
    },
    /// The account can't be reached until it is connected again.
    Disconnected {
        /// Who ended it.
        by: DisconnectedBy,
        /// When.
        at: Timestamp,
    },
}

/// The health of this integration may have changed: read it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthChange {
    /// Whose integration it is.
    pub tenancy: TenancyId,
    /// The integration.
    pub source: SourceId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_one_flat_object_tagged_by_its_state() {
        let health = Health {
            state: State::Scanning { seen: 2, recorded: 1, total: None },
            documents: 1,
            last_change_seen: None,
            last_checked: None,
            files_per_second: None,
            seconds_left: None,
            lag_ms: None,
            not_recorded: 0,
            without_sha256: 0,
            contents: None,
            missing_folders: Vec::new(),
        };
        let json = serde_json::to_value(&health).unwrap();
        assert_eq!(json["state"], "scanning");
        assert_eq!(json["seen"], 2);
        assert_eq!(json["documents"], 1);
    }
}
