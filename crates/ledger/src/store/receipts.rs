//! From an event's row back to what was committed to: openings, receipts, erasure.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use tlog::{Policy, Receipt, SignedNote, VerifierKey, leaf_hash, prove_inclusion};

use super::log::{self, Nodes};
use super::{events, witnesses};
use crate::entry::{Field, Opened, Previous, Salts, Statement};
use crate::error::StoreError;
use crate::ids::{EventId, TenancyId};
use crate::model::asset::{Event, PrivateField, PrivateFields};

const SELECT: &str = "
    select salts, previous, folder.path, leaf, name, revision, editor
    from event left join folder on folder.id = event.folder where event.id = ?1";
const ERASE: &str = "
    update event set salts = ?2, folder = case when ?3 then null else folder end,
        leaf = case when ?3 then null else leaf end, name = ?4, revision = ?5, editor = ?6
    where id = ?1";

const SEED_BYTES: usize = 32;

/// What an event's row holds beyond what everybody sees.
struct Hidden {
    salts: Salts,
    previous: Option<u64>,
    private: PrivateFields,
}

/// Whose signatures a receipt must have.
pub(crate) struct Trust {
    /// The log's key.
    pub(crate) key: VerifierKey,
    /// The witnesses, if there is a policy.
    pub(crate) witnesses: Option<Arc<Policy>>,
}

/// The receipt of an event as everybody may have it.
pub(crate) fn receipt(
    db: &Connection,
    trust: &Trust,
    event: EventId,
) -> Result<Option<String>, StoreError> {
    let Some(event) = events::get(db, event)? else { return Ok(None) };
    receipt_showing(db, trust, &event, Field::is_public)
}

/// The receipt of an event that its owner hands to somebody: these private fields are opened
/// beside the public ones. Erased fields stay closed.
pub(crate) fn owner_receipt(
    db: &Connection,
    trust: &Trust,
    tenancy: TenancyId,
    event: EventId,
    open: &[PrivateField],
) -> Result<Option<String>, StoreError> {
    let event = events::get(db, event)?.filter(|event| event.tenancy == tenancy);
    let Some(event) = event else { return Ok(None) };
    let is_chosen = |field| open.iter().any(|&chosen| Field::from(chosen) == field);
    receipt_showing(db, trust, &event, |field| field.is_public() || is_chosen(field))
}

/// A receipt, checked before it leaves: under the newest checkpoint that the policy's quorum
/// cosigned, or under the newest of all while none of those covers the event.
fn receipt_showing(
    db: &Connection,
    trust: &Trust,
    event: &Event,
    show: impl Fn(Field) -> bool,
) -> Result<Option<String>, StoreError> {
    let Some(over) = checkpoint_over(db, trust, event.log_index)? else { return Ok(None) };
    let opened = opened(db, event, show)?;
    let mut nodes = Nodes::new(db, over.size);
    let path = prove_inclusion(event.log_index, over.size, |node| nodes.read(node))
        .map_err(|error| damaged(event, &error))?;
    let extra = Some(opened.to_extra());
    let checkpoint = over.note;
    let receipt = Receipt { extra, index: event.log_index, path, checkpoint }.to_string();
    verify(&receipt, over.policy, &trust.key).map_err(|error| damaged(event, error.as_ref()))?;
    Ok(Some(receipt))
}

/// A checkpoint to prove something under.
struct Over<'t> {
    size: u64,
    note: SignedNote,
    /// What its cosignatures satisfy.
    policy: Option<&'t Policy>,
}

fn checkpoint_over<'t>(
    db: &Connection,
    trust: &'t Trust,
    index: u64,
) -> Result<Option<Over<'t>>, StoreError> {
    if let Some(policy) = trust.witnesses.as_deref() {
        let witnessed = witnesses::newest_witnessed(db)?.filter(|found| found.size > index);
        if let Some(checkpoint) = witnessed {
            let note = witnesses::cosigned(db, &checkpoint)?;
            return Ok(Some(Over { size: checkpoint.size, note, policy: Some(policy) }));
        }
    }
    let newest = log::newest_checkpoint(db)?.filter(|newest| newest.size > index);
    let Some(newest) = newest else { return Ok(None) };
    let note =
        SignedNote::parse(&newest.note).map_err(|error| StoreError::Damaged(error.to_string()))?;
    Ok(Some(Over { size: newest.size, note, policy: None }))
}

/// What only the owner sees of an event.
pub(crate) fn private(
    db: &Connection,
    tenancy: TenancyId,
    event: EventId,
) -> Result<Option<PrivateFields>, StoreError> {
    let event = events::get(db, event)?.filter(|event| event.tenancy == tenancy);
    event.map(|event| hidden(db, &event).map(|hidden| hidden.private)).transpose()
}

/// Erases a private field: its value and its salt, with the seed that would bring it back.
pub(crate) fn erase(
    db: &Connection,
    tenancy: TenancyId,
    event: EventId,
    field: PrivateField,
) -> Result<bool, StoreError> {
    let event = events::get(db, event)?.filter(|event| event.tenancy == tenancy);
    let Some(event) = event else { return Ok(false) };
    let Hidden { mut salts, private, .. } = hidden(db, &event)?;
    let mut left = private.clone();
    let value = match field {
        PrivateField::Name => left.name.take(),
        PrivateField::Path => left.path.take(),
        PrivateField::Revision => left.revision.take(),
        PrivateField::Editor => left.editor.take(),
    };
    salts.erase(field.into(), value.as_deref());
    let is_path = field == PrivateField::Path;
    db.prepare_cached(ERASE)?.execute(params![
        event.log_index,
        salts.to_bytes(),
        is_path,
        left.name,
        left.revision,
        left.editor,
    ])?;
    Ok(true)
}

/// An event's fields: those that `show` says with their salts, the others closed.
fn opened(
    db: &Connection,
    event: &Event,
    show: impl Fn(Field) -> bool,
) -> Result<Opened, StoreError> {
    let hidden = hidden(db, event)?;
    let statement = Statement {
        kind: event.kind,
        asset: event.asset,
        event: event.id,
        version: event.version,
        fingerprint: event.fingerprint,
        declared_at: event.declared_at,
        accepted_at: event.accepted_at,
        publisher: event.tenancy,
        origin: event.origin,
        previous: hidden.previous.map(|index| previous(db, index)).transpose()?,
    };
    Ok(Opened::showing(&statement.values(&hidden.private), &hidden.salts, show))
}

fn previous(db: &Connection, index: u64) -> Result<Previous, StoreError> {
    let entry = log::entry(db, index)?
        .ok_or_else(|| StoreError::Damaged(format!("log entry {index} is missing")))?;
    Ok(Previous { index, leaf: leaf_hash(&entry) })
}

fn hidden(db: &Connection, event: &Event) -> Result<Hidden, StoreError> {
    type Row = (
        Vec<u8>,
        Option<u64>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
    );
    let row: Option<Row> =
        db.prepare_cached(SELECT)?.query_row([event.log_index], |row| row.try_into()).optional()?;
    let (salts, previous, folder, leaf, name, revision, editor) =
        row.ok_or_else(|| StoreError::Damaged(format!("event {} is missing", event.log_index)))?;
    let salts = read_salts(&salts)?;
    let private = private_fields(&salts, folder, leaf, name, revision, editor);
    Ok(Hidden { salts, previous, private })
}

/// The private fields of an event out of their columns.
pub(super) fn private_fields(
    salts: &Salts,
    folder: Option<String>,
    leaf: Option<String>,
    name: Option<String>,
    revision: Option<String>,
    editor: Option<String>,
) -> PrivateFields {
    // A null name is the leaf, unless the name was erased.
    let name = name.or_else(|| salts.salt(Field::Name).and(leaf.clone()));
    let path = folder.zip(leaf).map(|(folder, leaf)| folder + &leaf);
    PrivateFields { name, path, revision, editor }
}

/// Salts are a seed until something is erased.
pub(super) fn read_salts(bytes: &[u8]) -> Result<Salts, StoreError> {
    match <&[u8; SEED_BYTES]>::try_from(bytes) {
        Ok(seed) => Ok(Salts::from_seed(seed)),
        Err(_) => Salts::from_bytes(bytes)
            .map_err(|_| StoreError::Damaged("the salts of an event".into())),
    }
}

/// Checks a receipt the way that anybody else would: from its text.
fn verify(
    receipt: &str,
    policy: Option<&Policy>,
    key: &VerifierKey,
) -> Result<(), Box<dyn std::error::Error>> {
    let receipt = Receipt::parse(receipt)?;
    let leaf = Opened::parse(receipt.extra.as_deref().unwrap_or_default())?.leaf();
    match policy {
        Some(policy) => drop(receipt.verify_witnessed(&leaf, policy)?),
        None => drop(receipt.verify(&leaf, key)?),
    }
    Ok(())
}

fn damaged(event: &Event, error: &dyn std::error::Error) -> StoreError {
    StoreError::Damaged(format!("the receipt of event {} does not verify: {error}", event.id))
}
