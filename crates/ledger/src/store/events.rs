//! Events as everybody reads them: from their checkpoint on, not before.

use std::ops::ControlFlow::{self, Continue};

use super::db::{Db, Row, Texts, ToSql, params};
use super::log::signed_size;
use super::registered;
use super::values::{At, read_content};
use crate::error::StoreError;
use crate::ids::{AssetId, EventId, TenancyId};
use crate::model::asset::{CheckpointSeen, Event, FullEvent, Origin};
use crate::model::registered::{Principals, Said};

/// The columns that [`read`] reads, and where they come from. The checkpoint is the first one over the
/// event.
macro_rules! event_columns {
    () => {
        "event.uuid, asset.uuid, tenancy.uuid, event.id, event.version, event.kind,
         event.content_hash, event.sha256, event.declared_at, event.accepted_at, event.origin,
         (select min(checkpoint.size) from checkpoint where checkpoint.size > event.id),
         (select checkpoint.signed_at from checkpoint where checkpoint.size > event.id
             order by checkpoint.size limit 1), asset.sharing"
    };
}

macro_rules! event_joins {
    () => {
        " join asset on asset.id = event.asset join tenancy on tenancy.id = asset.tenancy "
    };
}

/// What [`read_full`] reads beyond that.
macro_rules! full_columns {
    () => {
        concat!(event_columns!(), ", registered_event.said, event.editor, recorder.uuid")
    };
}

macro_rules! full_joins {
    () => {
        concat!(
            event_joins!(),
            "left join registered_event on registered_event.event = event.id
             left join tenancy as recorder on recorder.id = registered_event.recorder "
        )
    };
}

macro_rules! select_event {
    ($rest:literal) => {
        concat!("select ", event_columns!(), " from event", event_joins!(), $rest)
    };
}

macro_rules! select_full {
    ($rest:literal) => {
        concat!("select ", full_columns!(), " from event", full_joins!(), $rest)
    };
}

/// Those of registered assets, which are few beside those of linked files.
macro_rules! select_registered {
    ($and:literal) => {
        concat!(
            "select ",
            full_columns!(),
            " from registered_event join event on event.id = registered_event.event",
            event_joins!(),
            "left join tenancy as recorder on recorder.id = registered_event.recorder
             where asset.tenancy = ?1 and registered_event.event < ?2 ",
            $and,
            " order by registered_event.event desc"
        )
    };
}

macro_rules! select_withdrawing {
    ($event:literal) => {
        concat!(
            "select ",
            full_columns!(),
            " from ",
            $event,
            full_joins!(),
            "where asset.tenancy = ?1 and event.id < ?2 and event.kind = 2 and event.origin <> 2
             order by event.id desc"
        )
    };
}

/// The events of an asset from one of them back to its first, each found by the one behind it.
macro_rules! with_chain {
    () => {
        "with recursive chain (id) as (
            select cast(?1 as bigint)
            union all
            select event.previous from chain join event on event.id = chain.id
            where event.previous is not null
         ) "
    };
}

macro_rules! select_of_chain {
    ($join:literal) => {
        concat!(
            with_chain!(),
            "select ",
            full_columns!(),
            " from chain ",
            $join,
            " event on event.id = chain.id",
            full_joins!(),
            "where chain.id < ?2 order by chain.id desc"
        )
    };
}

const SELECT_LATEST: &str = "select latest_event from asset where uuid = ?1";
const SELECT: &str = select_event!("where event.uuid = ?1");
const SELECT_PUBLIC: &str = select_event!("where event.uuid = ?1 and asset.sharing = 1");
const SELECT_AT: &str = select_event!("where event.id = ?1");
const SELECT_FULL: &str = select_full!("where event.uuid = ?1");
const SELECT_FULL_AT: &str = select_full!("where event.id = ?1");
const SELECT_OF_TENANCY: &str =
    select_full!("where asset.tenancy = ?1 and event.id < ?2 order by event.id desc");
const SELECT_REGISTERED: &str = select_registered!("");
/// Only registered events can be shared: those of linked files, which may be millions, are not met.
const SELECT_SHAREABLE: &str = select_registered!("and asset.sharing = 0");
/// Those that withdraw a document that follows a linked file, by an index that has no others.
const SELECT_WITHDRAWING: Texts = Texts {
    sqlite: select_withdrawing!("event indexed by event_withdrawing"),
    postgres: select_withdrawing!("event"),
};
/// The cross join says which table leads: there is a plan in which every event of the ledger is met.
const SELECT_OF_CHAIN: Texts =
    Texts { sqlite: select_of_chain!("cross join"), postgres: select_of_chain!("join") };
const SELECT_CHAIN: &str =
    concat!(with_chain!(), "select id from chain where id < ?2 order by id desc");
const SELECT_PREVIOUS: &str = "select previous from event where id = ?1";

/// An asset's events, walking from each to the one before: no index is needed for that.
pub(crate) fn of_asset(
    db: &Db,
    asset: AssetId,
    before: Option<u64>,
    limit: u32,
) -> Result<Option<Vec<Event>>, StoreError> {
    let Some(latest) = latest(db, asset)? else { return Ok(None) };
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

/// The newest event of an asset, signed or not, by its place in the log.
pub(crate) fn latest(db: &Db, asset: AssetId) -> Result<Option<u64>, StoreError> {
    db.optional(SELECT_LATEST, params![asset], |row| row.get(0))
}

pub(crate) fn get(db: &Db, id: EventId) -> Result<Option<Event>, StoreError> {
    Ok(db.optional(SELECT, params![id], read)?.flatten())
}

/// An event that everybody may see.
pub(crate) fn public(db: &Db, id: EventId) -> Result<Option<Event>, StoreError> {
    Ok(db.optional(SELECT_PUBLIC, params![id], read)?.flatten())
}

/// An event with its words and who made it.
pub(crate) fn full(db: &Db, id: EventId) -> Result<Option<FullEvent>, StoreError> {
    Ok(db.optional(SELECT_FULL, params![id], read_full)?.flatten())
}

/// The same by its place in the log.
pub(crate) fn full_at(db: &Db, index: u64) -> Result<Option<FullEvent>, StoreError> {
    Ok(db.optional(SELECT_FULL_AT, params![index], read_full)?.flatten())
}

/// Which of a tenancy's events are met.
#[derive(Clone, Copy)]
pub(crate) enum Among {
    /// All of them.
    All,
    /// Those that withdraw a document that follows a linked file.
    Withdrawing,
    /// Those that somebody registered.
    Registered,
}

/// Visits the signed events of a tenancy before a place in the log, newest first, until the visitor has
/// enough.
pub(crate) fn visit_tenancy(
    db: &Db,
    tenancy: i64,
    among: Among,
    before: u64,
    visit: impl FnMut(FullEvent) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let statement = match among {
        Among::All => SELECT_OF_TENANCY,
        Among::Withdrawing => SELECT_WITHDRAWING.on(db),
        Among::Registered => SELECT_REGISTERED,
    };
    visit_each(db, statement, &tenancy, before, visit)
}

/// The same for those of its assets that it may share.
pub(crate) fn visit_shareable(
    db: &Db,
    tenancy: i64,
    before: u64,
    visit: impl FnMut(FullEvent) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    visit_each(db, SELECT_SHAREABLE, &tenancy, before, visit)
}

/// The same for an asset, from one of its events back.
pub(crate) fn visit_chain(
    db: &Db,
    latest: u64,
    before: u64,
    visit: impl FnMut(FullEvent) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    visit_each(db, SELECT_OF_CHAIN.on(db), &latest, before, visit)
}

fn visit_each(
    db: &Db,
    statement: &str,
    whose: &dyn ToSql,
    before: u64,
    mut visit: impl FnMut(FullEvent) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let before = before.min(signed_size(db)?);
    db.visit(statement, params![whose, before], |row| match read_full(row)? {
        Some(event) => visit(event),
        None => Ok(Continue(())),
    })
}

/// The signed events of an asset from one of them back to its first, by their indexes.
pub(crate) fn chain(db: &Db, latest: u64) -> Result<Vec<u64>, StoreError> {
    db.query_all(SELECT_CHAIN, params![latest, signed_size(db)?], |row| row.get(0))
}

pub(crate) fn at(db: &Db, index: u64) -> Result<Option<Event>, StoreError> {
    Ok(db.optional(SELECT_AT, params![index], read)?.flatten())
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

/// `None` for an event that is not signed yet.
fn read(row: &Row<'_>) -> Result<Option<Event>, StoreError> {
    let (size, at): (Option<u64>, Option<At>) = (row.get(11)?, row.get(12)?);
    let Some((size, At(at))) = size.zip(at) else { return Ok(None) };
    Ok(Some(Event {
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
        checkpoint: Some(CheckpointSeen { size, at }),
        sharing: row.get(13)?,
    }))
}

fn read_full(row: &Row<'_>) -> Result<Option<FullEvent>, StoreError> {
    let Some(event) = read(row)? else { return Ok(None) };
    if event.origin != Origin::Registered {
        let (said, recorder) = (event.followed_said(), event.tenancy);
        return Ok(Some(FullEvent { event, said, principals: Principals::default(), recorder }));
    }
    let index = event.log_index;
    let said: Option<String> = row.get(14)?;
    let said =
        said.ok_or_else(|| StoreError::Damaged(format!("the words of event {index} are missing")))?;
    let principals = registered::read_principals(index, row.get::<Option<String>>(15)?)?;
    let recorder = row.get::<Option<TenancyId>>(16)?.unwrap_or(event.tenancy);
    Ok(Some(FullEvent { event, said: Said::read(&said)?, principals, recorder }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Location;
    use crate::store;

    #[test]
    fn walking_an_assets_events_meets_no_others() {
        let directory = tempfile::tempdir().unwrap();
        let db = store::open_writer(&Location::embedded(directory.path())).unwrap();
        for statement in [SELECT_OF_CHAIN.sqlite, SELECT_CHAIN] {
            let explain = format!("explain query plan {statement}");
            let step = |row: &Row<'_>| row.get::<String>(3);
            let plan = db.query_all(&explain, params![1, 2], step).unwrap();
            let of_event = plan.iter().filter(|step| step.contains(" event "));
            assert!(of_event.clone().all(|step| step.ends_with("(rowid=?)")), "{plan:#?}");
            assert_ne!(of_event.count(), 0, "{plan:#?}");
        }
    }
}
