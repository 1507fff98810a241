//! What a receipt proves about a file, with no server: the chain from the file's bytes over the
//! opened fields and the log entry to the signed checkpoint. No I/O.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ledger::entry::{Field, Opened, Statement};
use ledger::lookup::Answer;
use ledger::{AssetId, EventId, EventKind, Fingerprint, TenancyId};
use serde::Serialize;
use tlog::VerifierKey;

use crate::fingerprint::Fingerprints;
use crate::receipt::{Sound, Unsound};

/// An event that was proven to be in the log, and to be about this very file.
#[derive(Debug, Serialize)]
pub(super) struct Proof {
    /// The log that signed.
    pub(super) log: String,
    /// The event's place in it.
    pub(super) index: u64,
    /// How many entries the log had when it signed.
    pub(super) size: u64,
    /// What the event did: `NewAsset`, `Publish` or `Withdraw`.
    pub(super) kind: &'static str,
    /// The asset.
    pub(super) asset: AssetId,
    /// The event.
    pub(super) event: EventId,
    /// The version that the file is.
    pub(super) version: u32,
    /// When Dropbox says that it was modified: proven to have been said, not to be true.
    pub(super) declared_at: Timestamp,
    /// When the instance recorded it.
    pub(super) accepted_at: Timestamp,
    /// The publisher's tenancy.
    pub(super) publisher: TenancyId,
    /// The private fields that the publisher opened in this receipt, each with its value, or none
    /// where the event has no such field. Proven like the rest.
    pub(super) private: BTreeMap<&'static str, Option<String>>,
}

/// Why a receipt proves nothing about this file.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProofError {
    /// It proves nothing at all.
    #[error(transparent)]
    Unsound(#[from] Unsound),
    /// A sound receipt, of another content.
    #[error("the receipt is about another file, or the file was changed after it was published")]
    OtherFile,
    /// A sound receipt, of another event than the server said.
    #[error("the server's receipt is about another event than the one that it named")]
    OtherEvent,
}

impl Proof {
    /// Checks every link of the chain.
    pub(super) fn check(
        fingerprints: &Fingerprints,
        receipt: &str,
        log: &VerifierKey,
    ) -> Result<Self, ProofError> {
        let Sound { index, checkpoint, opened, statement, .. } = Sound::check(receipt, log)?;
        if !is_about(&statement, fingerprints) {
            return Err(ProofError::OtherFile);
        }
        Ok(Self {
            log: checkpoint.origin.to_string(),
            index,
            size: checkpoint.size,
            kind: statement.kind.as_str(),
            asset: statement.asset,
            event: statement.event,
            version: statement.version,
            declared_at: statement.declared_at,
            accepted_at: statement.accepted_at,
            publisher: statement.publisher,
            private: private(&opened),
        })
    }

    /// Holds a server to what it said: its receipt must be of the event that it named.
    pub(super) fn of(self, answer: &Answer) -> Result<Self, ProofError> {
        let same = self.event == answer.event && self.version == answer.version;
        if same { Ok(self) } else { Err(ProofError::OtherEvent) }
    }

    /// Whether the event withdrew the document.
    pub(super) fn withdraws(&self) -> bool {
        self.kind == EventKind::Withdraw.as_str()
    }
}

fn private(opened: &Opened) -> BTreeMap<&'static str, Option<String>> {
    let fields = Field::ALL.into_iter().filter(|field| !field.is_public());
    let value = |field: Field| Some((field.name(), opened.opened_value(field)?.map(str::to_owned)));
    fields.filter_map(value).collect()
}

/// Every fingerprint that the event carries must be the file's, and it must carry one.
fn is_about(statement: &Statement, fingerprints: &Fingerprints) -> bool {
    let Fingerprints { content_hash, sha256 } = *fingerprints;
    statement.fingerprint.is_of(&Fingerprint { content_hash, sha256: Some(sha256) })
}
