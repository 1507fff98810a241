//! The event object, field by field in the order in which RKVST emits it, with what the log and the
//! document say of it at the end.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ledger::{
    Attributes, Event, FullEvent, Principal, Principals, PrivateField, PrivateFields, Sharing,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{View, private, rfc3339, tenant};
use crate::standing::Standing;

/// An event of an asset.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Event")]
pub(crate) struct EventBody {
    identity: String,
    asset_identity: String,
    event_attributes: Attributes,
    asset_attributes: Attributes,
    operation: String,
    behaviour: String,
    timestamp_declared: String,
    timestamp_accepted: String,
    timestamp_committed: String,
    principal_declared: Principal,
    principal_accepted: Principal,
    confirmation_status: &'static str,
    transaction_id: &'static str,
    block_number: u32,
    transaction_index: u32,
    from: &'static str,
    tenant_identity: String,
    merklelog_entry: MerklelogEntry,
    log: LogEntry,
    document: Document,
    #[serde(skip_serializing_if = "Option::is_none")]
    private: Option<PrivateBody>,
}

/// What only the owner sees. A field that was erased is null, as is one that the event never had,
/// so those that were are named too.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PrivateEvent")]
pub(crate) struct PrivateBody {
    #[serde(flatten)]
    fields: PrivateFields,
    erased: Vec<&'static str>,
}

impl PrivateBody {
    pub(crate) fn new(fields: PrivateFields, erased: Vec<PrivateField>) -> Self {
        Self { fields, erased: erased.into_iter().map(private::name).collect() }
    }
}

/// RKVST's own log is another structure; ours is under `log`.
#[derive(Default, Serialize, JsonSchema)]
struct MerklelogEntry {
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    commit: Option<()>,
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    confirm: Option<()>,
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    unequivocal: Option<()>,
}

/// Where an event is in the log. There is no checkpoint for the moment between the commit and its
/// signature.
#[derive(Serialize, JsonSchema)]
struct LogEntry {
    index: u64,
    state: Standing,
    /// What the state means, in one sentence.
    state_meaning: &'static str,
    checkpoint_size: Option<u64>,
    checkpoint_at: Option<String>,
    /// Where the receipt is: for everybody, if the asset is public, and otherwise for whoever reads the
    /// event.
    receipt: String,
}

/// What a document's version is known by.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DocumentVersion")]
struct Document {
    version: u32,
    content_hash: Option<String>,
    sha256: Option<String>,
    origin: &'static str,
}

impl EventBody {
    pub(crate) fn new(
        full: &FullEvent,
        view: View,
        witnessed: u64,
        private: Option<PrivateBody>,
    ) -> Self {
        let FullEvent { event, said, principals, recorder } = full;
        let standing = Standing::of(event, witnessed);
        // Who made an event is the owner's alone.
        let principals = match view {
            View::Owner => principals.clone(),
            View::Public => Principals::default(),
        };
        let checkpoint = event.checkpoint;
        let committed_at = checkpoint.map_or(Timestamp::UNIX_EPOCH, |checkpoint| checkpoint.at);
        Self {
            identity: view.event(event.asset, event.id),
            asset_identity: view.asset(event.asset),
            event_attributes: said.event_attributes.clone(),
            asset_attributes: said.asset_attributes.clone(),
            operation: said.operation.clone(),
            behaviour: said.behaviour.clone(),
            timestamp_declared: rfc3339(event.declared_at),
            timestamp_accepted: rfc3339(event.accepted_at),
            timestamp_committed: rfc3339(committed_at),
            principal_declared: principals.declared,
            principal_accepted: principals.accepted,
            confirmation_status: standing.confirmation_status(),
            transaction_id: "",
            block_number: 0,
            transaction_index: 0,
            from: "",
            tenant_identity: tenant(*recorder),
            merklelog_entry: MerklelogEntry::default(),
            log: log_entry(event, standing),
            document: document(event),
            private,
        }
    }
}

fn log_entry(event: &Event, standing: Standing) -> LogEntry {
    let receipt = match event.sharing {
        Sharing::Public => format!("/{}/receipt", View::Public.event(event.asset, event.id)),
        Sharing::Private => {
            format!("/archivist/v2/{}/receipt", View::Owner.event(event.asset, event.id))
        }
    };
    LogEntry {
        index: event.log_index,
        state: standing,
        state_meaning: standing.meaning(),
        checkpoint_size: event.checkpoint.map(|checkpoint| checkpoint.size),
        checkpoint_at: event.checkpoint.map(|checkpoint| rfc3339(checkpoint.at)),
        receipt,
    }
}

fn document(event: &Event) -> Document {
    Document {
        version: event.version,
        content_hash: event.fingerprint.content_hash.map(hex::encode),
        sha256: event.fingerprint.sha256.map(hex::encode),
        origin: event.origin.as_str(),
    }
}
