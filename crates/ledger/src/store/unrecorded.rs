//! Items that cannot be recorded, with the reason, so that nothing is skipped in silence.

use jiff::Timestamp;

use super::db::{Db, Texts, params};
use super::folders::{prefix_of, range_end};
use super::values::At;
use crate::error::StoreError;
use crate::ids::SourceId;
use crate::model::change::{Lack, Settled, Unrecorded, UnrecordedItem};

const UPSERT: &str = "
    insert into unrecorded (source, key, path, path_key, generation, reason, first_seen, last_seen,
        lack)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)
    on conflict (source, key) do update set path = excluded.path, path_key = excluded.path_key,
        generation = excluded.generation, reason = excluded.reason,
        last_seen = excluded.last_seen, lack = excluded.lack";
const DELETE: &str = "delete from unrecorded where source = ?1 and key = ?2";
const DELETE_OF_LACK: &str = "delete from unrecorded where source = ?1 and key = ?2 and lack = ?3";
/// `PostgreSQL` finds them by the first letters of the path; `items.rs` says why.
const DELETE_AT: Texts = Texts {
    sqlite: "delete from unrecorded where source = ?1 and path_key = ?2 and lack = 0",
    postgres: "
        delete from unrecorded where source = ?1 and path_key = ?2 and lack = 0
            and left(path_key, 256) = left(?2, 256)",
};
const DELETE_OTHERS_AT: Texts = Texts {
    sqlite: "delete from unrecorded where source = ?1 and path_key = ?2 and key <> ?3",
    postgres: "
        delete from unrecorded where source = ?1 and path_key = ?2 and key <> ?3
            and left(path_key, 256) = left(?2, 256)",
};
const DELETE_BELOW: Texts = Texts {
    sqlite: "delete from unrecorded where source = ?1 and path_key >= ?2 and path_key < ?3 and lack = 0",
    postgres: "
        delete from unrecorded where source = ?1 and path_key >= ?2 and path_key < ?3 and lack = 0
            and left(path_key, 256) >= left(?2, 256) and left(path_key, 256) <= left(?3, 256)",
};
const DELETE_UNMET: &str =
    "delete from unrecorded where source = ?1 and generation < ?2 and lack = 0";
const COUNT: &str = "
    select count(*) from unrecorded join source on source.id = unrecorded.source
    where source.uuid = ?1 and lack = ?2";
const LIST: &str = "
    select key, path, path_key, generation, reason, first_seen, last_seen, lack
    from unrecorded join source on source.id = unrecorded.source
    where source.uuid = ?1 and key > ?2 order by key limit ?3";

pub(crate) fn note(
    db: &Db,
    source: i64,
    item: &Unrecorded,
    lack: Lack,
    now: Timestamp,
) -> Result<(), StoreError> {
    db.execute(DELETE_OTHERS_AT.on(db), params![source, &item.path_key, &item.key])?;
    db.execute(
        UPSERT,
        params![
            source,
            item.key,
            item.path,
            item.path_key,
            item.generation,
            item.reason,
            At(now),
            lack,
        ],
    )
}

pub(crate) fn forget(db: &Db, source: i64, key: &str) -> Result<(), StoreError> {
    db.execute(DELETE, params![source, key])
}

/// Forgets an item if this is what it lacks.
pub(crate) fn forget_lack(db: &Db, source: i64, key: &str, lack: Lack) -> Result<(), StoreError> {
    db.execute(DELETE_OF_LACK, params![source, key, lack])
}

pub(crate) fn settle(db: &Db, source: i64, settled: &Settled) -> Result<(), StoreError> {
    match settled {
        Settled::Key(key) => forget_lack(db, source, key, Lack::Event),
        Settled::At(path_key) => forget_at(db, source, path_key),
        Settled::Within(path_key) => forget_within(db, source, path_key),
        Settled::Unmet { generation } => db.execute(DELETE_UNMET, params![source, generation]),
    }
}

fn forget_at(db: &Db, source: i64, path_key: &str) -> Result<(), StoreError> {
    db.execute(DELETE_AT.on(db), params![source, path_key])
}

fn forget_within(db: &Db, source: i64, path_key: &str) -> Result<(), StoreError> {
    forget_at(db, source, path_key)?;
    let prefix = prefix_of(path_key);
    db.execute(DELETE_BELOW.on(db), params![source, &prefix, range_end(&prefix)])
}

pub(crate) fn count(db: &Db, id: SourceId, lack: Lack) -> Result<u64, StoreError> {
    db.query_row(COUNT, params![id, lack], |row| row.get(0))
}

pub(crate) fn list(
    db: &Db,
    id: SourceId,
    after_key: &str,
    limit: u32,
) -> Result<Vec<UnrecordedItem>, StoreError> {
    db.query_all(LIST, params![id, after_key, limit], |row| {
        Ok(UnrecordedItem {
            item: Unrecorded {
                key: row.get(0)?,
                path: row.get(1)?,
                path_key: row.get(2)?,
                generation: row.get(3)?,
                reason: row.get(4)?,
            },
            first_seen: row.get::<At>(5)?.0,
            last_seen: row.get::<At>(6)?.0,
            lack: row.get(7)?,
        })
    })
}
