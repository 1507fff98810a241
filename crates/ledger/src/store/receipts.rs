//! From an event's row back to what was committed to: openings, receipts, erasure.

use std::sync::Arc;

use tlog::{
    Checkpoint, Policy, Receipt, SignedNote, VerifierKey, leaf_hash, prove_inclusion,
    verify_inclusion,
};

use super::db::{Db, params};
use super::log::{self, CheckpointRow, Nodes, TileCache};
use super::{events, registered, witnesses};
use crate::entry::{Field, Opened, Previous, Salts, Statement};
use crate::error::StoreError;
use crate::ids::{EventId, TenancyId};
use crate::model::asset::{Event, Origin, OwnedEvent, PrivateField, PrivateFields};
use crate::model::registered::Said;

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

/// Receipts out of one read. What they share is read and verified once: the checkpoints that they
/// are under, and the tiles that their proofs meet in.
pub(crate) struct Issuer<'a> {
    db: &'a Db,
    /// The newest checkpoint that the policy's quorum cosigned, and the newest of all.
    under: [Option<Under<'a>>; 2],
}

/// A checkpoint to prove events under.
struct Under<'a> {
    head: Checkpoint,
    note: SignedNote,
    nodes: Nodes<'a>,
}

impl<'a> Issuer<'a> {
    pub(crate) fn new(db: &'a Db, trust: &Trust, tiles: &'a TileCache) -> Result<Self, StoreError> {
        let witnessed = match trust.witnesses.as_deref() {
            Some(policy) => witnesses::newest_witnessed(db)?
                .map(|row| Under::witnessed(db, tiles, &row, policy))
                .transpose()?,
            None => None,
        };
        let newest = log::newest_checkpoint(db)?;
        let newest = newest.map(|row| Under::signed(db, tiles, &row, &trust.key)).transpose()?;
        Ok(Self { db, under: [witnessed, newest] })
    }

    /// The receipt of an event as everybody may have it.
    pub(crate) fn receipt(&mut self, event: EventId) -> Result<Option<String>, StoreError> {
        let Some(event) = events::public(self.db, event)? else { return Ok(None) };
        self.showing(&event, Field::is_public)
    }

    /// The receipt of an event that its owner hands to somebody: these private fields are opened
    /// beside the public ones. Erased fields stay closed.
    pub(crate) fn owner_receipt(
        &mut self,
        tenancy: TenancyId,
        event: EventId,
        open: &[PrivateField],
    ) -> Result<Option<String>, StoreError> {
        let event = events::get(self.db, event)?.filter(|event| event.tenancy == tenancy);
        let Some(event) = event else { return Ok(None) };
        let is_chosen = |field| open.iter().any(|&chosen| Field::from(chosen) == field);
        self.showing(&event, |field| field.is_public() || is_chosen(field))
    }

    /// A receipt under the first checkpoint that covers the event, checked before it leaves.
    fn showing(
        &mut self,
        event: &Event,
        show: impl Fn(Field) -> bool,
    ) -> Result<Option<String>, StoreError> {
        let index = event.log_index;
        let mut under = self.under.iter_mut().flatten();
        let Some(under) = under.find(|under| under.head.size > index) else { return Ok(None) };
        let extra = Some(opened(self.db, event, show)?.to_extra());
        let nodes = &mut under.nodes;
        let path = prove_inclusion(index, under.head.size, |node| nodes.read(node))
            .map_err(|error| damaged(event, &error))?;
        let receipt = Receipt { extra, index, path, checkpoint: under.note.clone() }.to_text();
        under.verify(&receipt).map_err(|error| damaged(event, error.as_ref()))?;
        Ok(Some(receipt))
    }
}

impl<'a> Under<'a> {
    fn witnessed(
        db: &'a Db,
        tiles: &'a TileCache,
        row: &CheckpointRow,
        policy: &Policy,
    ) -> Result<Self, StoreError> {
        let note = witnesses::cosigned(db, row)?;
        let head = policy.check(&note).map_err(|error| damaged_checkpoint(row, &error))?;
        Ok(Self::new(db, tiles, head.checkpoint, note))
    }

    fn signed(
        db: &'a Db,
        tiles: &'a TileCache,
        row: &CheckpointRow,
        key: &VerifierKey,
    ) -> Result<Self, StoreError> {
        let note = SignedNote::parse(&row.note).map_err(|error| damaged_checkpoint(row, &error))?;
        let head = Checkpoint::open(&note, key).map_err(|error| damaged_checkpoint(row, &error))?;
        Ok(Self::new(db, tiles, head, note))
    }

    fn new(db: &'a Db, tiles: &'a TileCache, head: Checkpoint, note: SignedNote) -> Self {
        let nodes = Nodes::cached(db, head.size, tiles);
        Self { head, note, nodes }
    }

    /// Checks a receipt the way that anybody else would, from its text; the signatures of this
    /// very note were checked when it was read.
    fn verify(&self, receipt: &str) -> Result<(), Box<dyn std::error::Error>> {
        let receipt = Receipt::parse_under(receipt, &self.note)?;
        let leaf = Opened::parse(receipt.extra.as_deref().unwrap_or_default())?.leaf();
        let Checkpoint { size, root, .. } = &self.head;
        Ok(verify_inclusion(&leaf, receipt.index, *size, &receipt.path, root)?)
    }
}

/// An event as its owner sees it.
pub(crate) fn owned(
    db: &Db,
    tenancy: TenancyId,
    event: EventId,
) -> Result<Option<OwnedEvent>, StoreError> {
    let full = events::full(db, event)?.filter(|full| full.event.tenancy == tenancy);
    let Some(full) = full else { return Ok(None) };
    let Hidden { salts, private, .. } = hidden(db, &full.event)?;
    // A field that the event never had is `None`, too; only an erased one has no salt any more.
    let is_erased = |field: &PrivateField| salts.salt((*field).into()).is_none();
    let erased = PrivateField::ALL.into_iter().filter(is_erased).collect();
    Ok(Some(OwnedEvent { full, private, erased }))
}

/// Erases a private field: its value and its salt, with the seed that would bring it back.
pub(crate) fn erase(
    db: &Db,
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
    db.execute(
        ERASE,
        params![event.log_index, salts.to_bytes(), is_path, left.name, left.revision, left.editor,],
    )?;
    Ok(true)
}

/// An event's fields: those that `show` says with their salts, the others closed.
fn opened(db: &Db, event: &Event, show: impl Fn(Field) -> bool) -> Result<Opened, StoreError> {
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
        attributes: match event.origin {
            Origin::Registered => {
                registered::said(db, event.log_index)?.as_deref().map(Said::hash_of)
            }
            Origin::Observed | Origin::FilledIn => None,
        },
    };
    Ok(Opened::showing(&statement.values(&hidden.private), &hidden.salts, show))
}

fn previous(db: &Db, index: u64) -> Result<Previous, StoreError> {
    let entry = log::entry(db, index)?
        .ok_or_else(|| StoreError::Damaged(format!("log entry {index} is missing")))?;
    Ok(Previous { index, leaf: leaf_hash(&entry) })
}

fn hidden(db: &Db, event: &Event) -> Result<Hidden, StoreError> {
    let found = db.optional(SELECT, params![event.log_index], |row| {
        let salts = read_salts(&row.get::<Vec<u8>>(0)?)?;
        let (folder, leaf, name) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let private = private_fields(&salts, folder, leaf, name, row.get(5)?, row.get(6)?);
        Ok(Hidden { salts, previous: row.get(1)?, private })
    })?;
    found.ok_or_else(|| StoreError::Damaged(format!("event {} is missing", event.log_index)))
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

fn damaged(event: &Event, error: &dyn std::error::Error) -> StoreError {
    StoreError::Damaged(format!("the receipt of event {} does not verify: {error}", event.id))
}

fn damaged_checkpoint(row: &CheckpointRow, error: &dyn std::error::Error) -> StoreError {
    StoreError::Damaged(format!("the checkpoint of {} entries does not verify: {error}", row.size))
}
