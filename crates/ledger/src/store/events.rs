//! Events as everybody reads them: from their checkpoint on, not before.

use super::db::{Db, Row, params};
use super::log::{checkpoint_over, signed_size};
use super::registered;
use super::values::{At, read_content};
use crate::error::StoreError;
use crate::ids::{AssetId, EventId};
use crate::model::asset::{Event, FullEvent, Origin};
use crate::model::registered::{Principals, Said};

macro_rules! event_columns {
    () => {
        "event.uuid, asset.uuid, tenancy.uuid, event.id, event.version, event.kind,
         event.content_hash, event.sha256, event.declared_at, event.accepted_at, event.origin
         from event
         join asset on asset.id = event.asset
         join tenancy on tenancy.id = asset.tenancy"
    };
}

const SELECT_LATEST: &str = "select latest_event from asset where uuid = ?1";
const SELECT: &str = concat!("select ", event_columns!(), " where event.uuid = ?1");
const SELECT_PUBLIC: &str =
    concat!("select ", event_columns!(), " where event.uuid = ?1 and asset.sharing = 1");
const SELECT_AT: &str = concat!("select ", event_columns!(), " where event.id = ?1");
const SELECT_PREVIOUS: &str = "select previous from event where id = ?1";

/// An asset's events, walking from each to the one before: no index is needed for that.
pub(crate) fn of_asset(
    db: &Db,
    asset: AssetId,
    before: Option<u64>,
    limit: u32,
) -> Result<Option<Vec<Event>>, StoreError> {
    let latest: Option<u64> = db.optional(SELECT_LATEST, params![asset], |row| row.get(0))?;
    let Some(latest) = latest else { return Ok(None) };
    let mut next = match before {
        Some(index) => at(db, index)?
            .filter(|event| event.asset == asset)
            .map_or(Ok(None), |event| previous(db, event.log_index))?,
        None => signed_from(db, latest, signed_size(db)?)?,
    };
    let mut events = Vec::new();
    while let Some(index) = next.filter(|_| events.len() < limit as usize) {
        let event = at(db, index)?
            .ok_or_else(|| StoreError::Damaged(format!("event {index} is missing")))?;
        events.push(event);
        next = previous(db, index)?;
    }
    // An asset whose first event is not signed is not there yet.
    Ok((before.is_some() || !events.is_empty() || limit == 0).then_some(events))
}

pub(crate) fn get(db: &Db, id: EventId) -> Result<Option<Event>, StoreError> {
    let event = db.optional(SELECT, params![id], read)?;
    event.map_or(Ok(None), |event| with_checkpoint(db, event))
}

/// An event that everybody may see.
pub(crate) fn public(db: &Db, id: EventId) -> Result<Option<Event>, StoreError> {
    let event = db.optional(SELECT_PUBLIC, params![id], read)?;
    event.map_or(Ok(None), |event| with_checkpoint(db, event))
}

/// An event with its words and who made it.
pub(crate) fn full(db: &Db, event: Event) -> Result<FullEvent, StoreError> {
    if event.origin != Origin::Registered {
        let said = event.followed_said();
        return Ok(FullEvent { event, said, principals: Principals::default() });
    }
    let index = event.log_index;
    let said = registered::said(db, index)?
        .ok_or_else(|| StoreError::Damaged(format!("the words of event {index} are missing")))?;
    let (said, principals) = (Said::read(&said)?, registered::principals(db, index)?);
    Ok(FullEvent { event, said, principals })
}

/// The signed events of an asset from one of them back to its first, by their indexes.
pub(crate) fn chain(db: &Db, latest: u64) -> Result<Vec<u64>, StoreError> {
    let mut next = signed_from(db, latest, signed_size(db)?)?;
    let mut events = Vec::new();
    while let Some(index) = next {
        events.push(index);
        next = previous(db, index)?;
    }
    Ok(events)
}

pub(crate) fn at(db: &Db, index: u64) -> Result<Option<Event>, StoreError> {
    let event = db.optional(SELECT_AT, params![index], read)?;
    event.map_or(Ok(None), |event| with_checkpoint(db, event))
}

/// The event at this index, or the last one of its asset before it that is signed.
pub(crate) fn signed_from(db: &Db, index: u64, signed: u64) -> Result<Option<u64>, StoreError> {
    let mut next = Some(index);
    while let Some(index) = next.filter(|index| *index >= signed) {
        next = previous(db, index)?;
    }
    Ok(next)
}

fn previous(db: &Db, index: u64) -> Result<Option<u64>, StoreError> {
    db.query_row(SELECT_PREVIOUS, params![index], |row| row.get(0))
}

fn with_checkpoint(db: &Db, mut event: Event) -> Result<Option<Event>, StoreError> {
    event.checkpoint = checkpoint_over(db, event.log_index)?;
    Ok(event.checkpoint.is_some().then_some(event))
}

fn read(row: &Row<'_>) -> Result<Event, StoreError> {
    Ok(Event {
        id: row.get(0)?,
        asset: row.get(1)?,
        tenancy: row.get(2)?,
        log_index: row.get(3)?,
        version: row.get(4)?,
        kind: row.get(5)?,
        fingerprint: read_content(row, 6)?,
        declared_at: row.get::<At>(8)?.0,
        accepted_at: row.get::<At>(9)?.0,
        origin: row.get(10)?,
        checkpoint: None,
    })
}
