//! Items that cannot be recorded, with the reason, so that nothing is skipped in silence.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::values::At;
use crate::error::StoreError;
use crate::ids::SourceId;
use crate::model::change::{Unrecorded, UnrecordedItem};

const UPSERT: &str = "
    insert into unrecorded (source, key, path, reason, first_seen, last_seen)
    values (?1, ?2, ?3, ?4, ?5, ?5)
    on conflict do update set path = excluded.path, reason = excluded.reason,
        last_seen = excluded.last_seen";
const DELETE: &str = "delete from unrecorded where source = ?1 and key = ?2";
const HAS: &str = "select exists (select 1 from unrecorded where source = ?1)";
const COUNT: &str = "
    select count(*) from unrecorded join source on source.id = unrecorded.source
    where source.uuid = ?1";
const LIST: &str = "
    select key, path, reason, first_seen, last_seen
    from unrecorded join source on source.id = unrecorded.source
    where source.uuid = ?1 and key > ?2 order by key limit ?3";

pub(crate) fn note(
    db: &Connection,
    source: i64,
    item: &Unrecorded,
    now: Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached(UPSERT)?.execute(params![
        source,
        item.key,
        item.path,
        item.reason,
        At(now),
    ])?;
    Ok(())
}

pub(crate) fn any(db: &Connection, source: i64) -> Result<bool, StoreError> {
    Ok(db.prepare_cached(HAS)?.query_row([source], |row| row.get(0))?)
}

pub(crate) fn forget(db: &Connection, source: i64, key: &str) -> Result<(), StoreError> {
    db.prepare_cached(DELETE)?.execute((source, key))?;
    Ok(())
}

pub(crate) fn count(db: &Connection, id: SourceId) -> Result<u64, StoreError> {
    Ok(db.prepare_cached(COUNT)?.query_row([id], |row| row.get(0))?)
}

pub(crate) fn list(
    db: &Connection,
    id: SourceId,
    after_key: &str,
    limit: u32,
) -> Result<Vec<UnrecordedItem>, StoreError> {
    let mut statement = db.prepare_cached(LIST)?;
    let items = statement.query_map((id, after_key, limit), |row| {
        Ok(UnrecordedItem {
            item: Unrecorded { key: row.get(0)?, path: row.get(1)?, reason: row.get(2)? },
            first_seen: row.get::<_, At>(3)?.0,
            last_seen: row.get::<_, At>(4)?.0,
        })
    })?;
    Ok(items.collect::<Result<_, _>>()?)
}
