//! Registering: an asset or event that the API asks for becomes rows, a log entry and a place in the
//! lookup, in the transaction of the batch. Every check is made before the first row is written.

use crate::clock::to_milliseconds;
use crate::entry::{Previous, Salts, Statement, event_entry_of};
use crate::error::StoreError;
use crate::ids::{AssetId, EventId, TenancyId, id_near};
use crate::model::asset::{DocumentStatus, EventKind, Origin, PrivateFields};
use crate::model::attributes::Attributes;
use crate::model::change::{Change, ChangeKind};
use crate::model::registered::{
    NewAsset, NewEvent, OnceKey, Principal, Principals, RegisterError, Registered, Said, Sharing,
};
use crate::model::shares::Shares;
use crate::profile::{self, Effect};
use crate::store::lookup;
use crate::store::registered::{self as rows, Before, RegisteredRow};
use crate::writer::Batch;

/// An event about to be written.
struct Entry<'a> {
    asset_row: u64,
    asset: AssetId,
    tenancy: TenancyId,
    sharing: Sharing,
    version: u32,
    effect: Effect,
    declared_at: jiff::Timestamp,
    previous: Option<Previous>,
    said: &'a Said,
    principals: Principals,
    /// The row of another tenancy that records it.
    recorder: Option<i64>,
}

/// Registers an asset with its first event.
pub(crate) fn create(
    batch: &mut Batch<'_>,
    tenancy: TenancyId,
    new: &NewAsset,
    once: Option<OnceKey>,
) -> Result<Registered, RegisterError> {
    let said = Said {
        asset_attributes: new.attributes.clone(),
        behaviour: "AssetCreator".to_owned(),
        event_attributes: Attributes::default(),
        operation: "NewAsset".to_owned(),
    };
    said.check()?;
    let effect = profile::creation(&new.attributes)?;
    check_writable(batch)?;
    let tenancy_row = tenancy_row(batch, tenancy)?;
    let once = once.map(|key| (tenancy_row, key));
    if let Some([asset, event]) = made_before(batch, once)? {
        return Ok(registered(asset, event));
    }
    let index = batch.edge.size();
    let asset = AssetId::from_bytes(id_near(index, batch.random.take()?));
    let accepted = new.accepted.clone();
    let entry = Entry {
        asset_row: index,
        asset,
        tenancy,
        sharing: new.sharing,
        version: 1,
        effect,
        declared_at: batch.now,
        previous: None,
        said: &said,
        principals: Principals { declared: accepted.clone(), accepted },
        recorder: None,
    };
    let event = append(batch, &entry)?;
    let status = effect.status.unwrap_or(DocumentStatus::Published);
    let owner = (tenancy, tenancy_row);
    rows::insert_asset(batch.db, index, asset, owner, new.sharing, status, &new.attributes)?;
    finish(batch, tenancy, once, Registered { asset, event })
}

/// Records an event on a registered asset of the tenancy; with shares, on whatever these let it.
pub(crate) fn add(
    batch: &mut Batch<'_>,
    tenancy: TenancyId,
    shares: Option<&Shares>,
    asset: AssetId,
    new: &NewEvent,
    once: Option<OnceKey>,
) -> Result<Registered, RegisterError> {
    new.said.check()?;
    new.declared.iter().try_for_each(Principal::check)?;
    check_writable(batch)?;
    let once = once.map(|key| Ok::<_, RegisterError>((tenancy_row(batch, tenancy)?, key)));
    let once = once.transpose()?;
    if let Some([asset, event]) = made_before(batch, once)? {
        return Ok(registered(asset, event));
    }
    let known = rows::asset(batch.db, asset, &batch.tally.assets)?;
    let known = known.ok_or(RegisterError::UnknownAsset)?;
    let is_own = known.tenancy == tenancy;
    match shares {
        Some(shares) => check_shared(&known, shares, &new.said)?,
        None if is_own => {}
        None => return Err(RegisterError::UnknownAsset),
    }
    let (mut attributes, tracking) = known.details.clone().ok_or(RegisterError::FollowsSource)?;
    let effect = profile::later(&attributes, &new.said)?;
    let index = batch.edge.size();
    let (mut entry, versions) = next_entry(batch, asset, &known, effect, new);
    if !is_own {
        entry.recorder = Some(tenancy_row(batch, tenancy)?);
    }
    let event = append(batch, &entry)?;
    attributes.fold(&new.said.asset_attributes);
    let now = (&attributes, tracking.after(&new.said));
    let status = effect.status.unwrap_or(known.status);
    rows::update_asset(batch.db, &known, index, versions, status, now)?;
    finish(batch, known.tenancy, once, Registered { asset, event })
}

/// Refuses an event that no share allows. What no share is about is not there.
fn check_shared(known: &RegisteredRow, shares: &Shares, said: &Said) -> Result<(), RegisterError> {
    let Some((attributes, tracking)) = &known.details else {
        return Err(RegisterError::UnknownAsset);
    };
    let state = (attributes, *tracking, known.sharing);
    match shares.may_record(known.tenancy, state, said) {
        None => Err(RegisterError::UnknownAsset),
        Some(false) => Err(RegisterError::NotShared),
        Some(true) => Ok(()),
    }
}

/// The entry that continues an asset, and how many versions there are with it.
fn next_entry<'a>(
    batch: &Batch<'_>,
    asset: AssetId,
    known: &RegisteredRow,
    mut effect: Effect,
    new: &'a NewEvent,
) -> (Entry<'a>, u32) {
    let is_version = effect.kind == EventKind::Publish;
    let versions = known.versions + u32::from(is_version);
    if !is_version {
        effect.content = known.content;
    }
    let declared = new.declared.clone().unwrap_or_else(|| new.accepted.clone());
    let entry = Entry {
        asset_row: known.row,
        asset,
        tenancy: known.tenancy,
        sharing: known.sharing,
        version: versions,
        effect,
        declared_at: new.declared_at.map_or(batch.now, to_milliseconds),
        previous: Some(known.latest),
        said: &new.said,
        principals: Principals { accepted: new.accepted.clone(), declared },
        recorder: None,
    };
    (entry, versions)
}

/// Writes the log entry of an event, its rows, and where its content is found.
fn append(batch: &mut Batch<'_>, entry: &Entry<'_>) -> Result<EventId, StoreError> {
    let Batch { db, now, edge, random, tally, .. } = batch;
    let index = edge.size();
    let seed: [u8; 32] = random.take()?;
    let event = EventId::from_bytes(id_near(index, random.take()?));
    let (said, principals) = (entry.said.to_canonical(), entry.principals.to_canonical());
    let statement = Statement {
        kind: entry.effect.kind,
        asset: entry.asset,
        event,
        version: entry.version,
        fingerprint: entry.effect.content,
        declared_at: entry.declared_at,
        accepted_at: *now,
        publisher: entry.tenancy,
        origin: Origin::Registered,
        previous: entry.previous,
        attributes: Some(Said::hash_of(&said)),
    };
    let private = PrivateFields { editor: Some(principals.clone()), ..PrivateFields::default() };
    edge.append(db, &event_entry_of(&statement.values(&private), &Salts::from_seed(&seed)))?;
    let words = (said.as_str(), principals.as_str());
    rows::insert_event(db, index, entry.asset_row, &statement, &seed, words, entry.recorder)?;
    tally.count_event(entry.tenancy);
    tally.assets.add(entry.asset);
    let is_version = matches!(entry.effect.kind, EventKind::NewAsset | EventKind::Publish);
    if entry.sharing == Sharing::Public && is_version {
        let fingerprints = lookup::insert(db, entry.effect.content, index)?;
        edge.add_fingerprints(fingerprints);
        tally.recent.add_fingerprints(fingerprints);
    }
    Ok(event)
}

/// Refuses while nothing may be added to the log.
fn check_writable(batch: &Batch<'_>) -> Result<(), RegisterError> {
    match batch.read_only() {
        Some(reason) => Err(RegisterError::ReadOnly(reason.to_owned())),
        None => Ok(()),
    }
}

fn registered(asset: [u8; 16], event: [u8; 16]) -> Registered {
    Registered { asset: AssetId::from_bytes(asset), event: EventId::from_bytes(event) }
}

/// What a request with this key, of the tenancy with this row, made before, if it was made before.
pub(crate) fn made_before<const IDS: usize>(
    batch: &Batch<'_>,
    once: Option<(i64, OnceKey)>,
) -> Result<Option<[[u8; 16]; IDS]>, RegisterError> {
    let Some((tenancy, key)) = once else { return Ok(None) };
    match rows::once(batch.db, tenancy, &key)? {
        None => Ok(None),
        Some(Before::Other) => Err(RegisterError::KeyReused),
        Some(Before::Same(made)) => {
            let (ids, _) = made.as_chunks::<16>();
            let damaged = |_| StoreError::Damaged("what an idempotency key made".to_owned());
            Ok(Some(<[[u8; 16]; IDS]>::try_from(ids).map_err(damaged)?))
        }
    }
}

/// Remembers what a request with this key made.
pub(crate) fn remember(
    batch: &Batch<'_>,
    once: Option<(i64, OnceKey)>,
    ids: &[&[u8; 16]],
) -> Result<(), StoreError> {
    let Some((tenancy, key)) = once else { return Ok(()) };
    let made: Vec<u8> = ids.iter().flat_map(|id| id.iter().copied()).collect();
    rows::insert_once(batch.db, tenancy, &key, &made, batch.now)
}

/// The tenancy's row.
pub(crate) fn tenancy_row(batch: &Batch<'_>, tenancy: TenancyId) -> Result<i64, RegisterError> {
    rows::tenancy_row(batch.db, tenancy)?.ok_or(RegisterError::UnknownAsset)
}

/// Remembers what was made under the key of whoever asked, and tells the owner.
fn finish(
    batch: &mut Batch<'_>,
    owner: TenancyId,
    once: Option<(i64, OnceKey)>,
    made: Registered,
) -> Result<Registered, RegisterError> {
    remember(batch, once, &[made.asset.as_bytes(), made.event.as_bytes()])?;
    batch.changes.push(Change { tenancy: owner, kind: ChangeKind::Events });
    Ok(made)
}
