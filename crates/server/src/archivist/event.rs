//! The event object, field by field in the order in which RKVST emits it, with what the log and the
//! document say of it at the end.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ledger::{
    DocumentStatus, Event, EventKind, PrivateField, PrivateFields, model::asset::MASKED_NAME,
};
use serde::Serialize;

use super::{View, private, rfc3339, tenant};
use crate::standing::Standing;

type Attributes = BTreeMap<&'static str, String>;

#[derive(Serialize)]
pub(crate) struct EventBody {
    identity: String,
    asset_identity: String,
    event_attributes: Attributes,
    asset_attributes: Attributes,
    operation: &'static str,
    behaviour: &'static str,
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
#[derive(Serialize)]
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

/// Blank in public. The owner's are blank too until events know who made them.
#[derive(Default, Serialize)]
struct Principal {
    issuer: &'static str,
    subject: &'static str,
    display_name: &'static str,
    email: &'static str,
}

/// RKVST's own log is another structure; ours is under `log`.
#[derive(Default, Serialize)]
struct MerklelogEntry {
    commit: Option<()>,
    confirm: Option<()>,
    unequivocal: Option<()>,
}

#[derive(Serialize)]
struct LogEntry {
    index: u64,
    state: &'static str,
    state_meaning: &'static str,
    checkpoint_size: Option<u64>,
    checkpoint_at: Option<String>,
    receipt: String,
}

#[derive(Serialize)]
struct Document {
    version: u32,
    content_hash: String,
    sha256: Option<String>,
    origin: &'static str,
}

impl EventBody {
    pub(crate) fn new(
        event: &Event,
        view: View,
        standing: Standing,
        private: Option<PrivateBody>,
    ) -> Self {
        let (operation, behaviour) = operation(event.kind);
        let checkpoint = event.checkpoint;
        let committed_at = checkpoint.map_or(Timestamp::UNIX_EPOCH, |checkpoint| checkpoint.at);
        Self {
            identity: view.event(event.asset, event.id),
            asset_identity: view.asset(event.asset),
            event_attributes: event_attributes(event.kind),
            asset_attributes: asset_attributes(event),
            operation,
            behaviour,
            timestamp_declared: rfc3339(event.declared_at),
            timestamp_accepted: rfc3339(event.accepted_at),
            timestamp_committed: rfc3339(committed_at),
            principal_declared: Principal::default(),
            principal_accepted: Principal::default(),
            confirmation_status: standing.confirmation_status(),
            transaction_id: "",
            block_number: 0,
            transaction_index: 0,
            from: "",
            tenant_identity: tenant(event.tenancy),
            merklelog_entry: MerklelogEntry::default(),
            log: log_entry(event, standing),
            document: document(event),
            private,
        }
    }
}

fn operation(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::NewAsset => ("NewAsset", "AssetCreator"),
        EventKind::Publish | EventKind::Withdraw => ("Record", "RecordEvidence"),
    }
}

fn event_attributes(kind: EventKind) -> Attributes {
    match kind {
        EventKind::NewAsset => Attributes::new(),
        EventKind::Publish | EventKind::Withdraw => {
            Attributes::from([("arc_display_type", kind.as_str().to_owned())])
        }
    }
}

/// What the event does to its asset; folded in order they give the asset's attributes.
fn asset_attributes(event: &Event) -> Attributes {
    let status = match event.kind {
        EventKind::NewAsset | EventKind::Publish => DocumentStatus::Published,
        EventKind::Withdraw => DocumentStatus::Withdrawn,
    };
    let mut attributes = Attributes::from([("document_status", status.as_str().to_owned())]);
    if event.kind != EventKind::Withdraw {
        attributes.insert("document_hash_alg", event.fingerprint.algorithm().to_owned());
        attributes.insert("document_hash_value", event.fingerprint.value());
        attributes.insert("document_version", event.version.to_string());
    }
    if event.kind == EventKind::NewAsset {
        attributes.insert("arc_display_name", MASKED_NAME.to_owned());
        attributes.insert("arc_display_type", "Document".to_owned());
        attributes.insert("arc_profile", "Document".to_owned());
    }
    attributes
}

fn log_entry(event: &Event, standing: Standing) -> LogEntry {
    let receipt = format!("/{}/receipt", View::Public.event(event.asset, event.id));
    LogEntry {
        index: event.log_index,
        state: standing.as_str(),
        state_meaning: standing.meaning(),
        checkpoint_size: event.checkpoint.map(|checkpoint| checkpoint.size),
        checkpoint_at: event.checkpoint.map(|checkpoint| rfc3339(checkpoint.at)),
        receipt,
    }
}

fn document(event: &Event) -> Document {
    Document {
        version: event.version,
        content_hash: hex::encode(event.fingerprint.content_hash),
        sha256: event.fingerprint.sha256.map(hex::encode),
        origin: event.origin.as_str(),
    }
}
