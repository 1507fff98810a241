//! Versions that wait until their content was read. Those of one item come one after the other;
//! those of different items in any order, the newest first, so that a change doesn't wait for
//! everything that was there before it.

use jiff::Timestamp;

use super::db::{Db, Row, params};
use super::values::At;
use crate::error::StoreError;
use crate::ids::SourceId;
use crate::model::asset::Origin;
use crate::model::change::{Awaited, Awaiting};

const INSERT: &str = "
    insert into awaited (source, item, revision_of, revision_tag, revision, content_hash, bytes, declared_at,
        origin, editor, folder, leaf, name, held)
    values (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0) on conflict do nothing";
const SELECT: &str = "
    select awaited.item, revision_of, revision_tag, revision, content_hash, bytes, declared_at, origin, editor,
        awaited.folder, folder.path, awaited.leaf, awaited.name
    from awaited join folder on folder.id = awaited.folder
    where awaited.id = ?1 and awaited.source = ?2 and held = 0 and not exists (
        select 1 from awaited as older where older.item = awaited.item and older.id < awaited.id)";
const DELETE: &str = "delete from awaited where id = ?1";
const HAS_ITEM: &str = "select exists (select 1 from awaited where item = ?1)";
const TALLY: &str = "
    select count(*), cast(coalesce(sum(bytes), 0) as bigint) from awaited where item = ?1 and held = ?2";
const SET_HELD: &str = "update awaited set held = ?2 where item = ?1";
const HAND_OVER: &str = "update awaited set item = ?2 where item = ?1";
const COUNT: &str = "select awaited, awaited_bytes from source where uuid = ?1";
const ADJUST: &str = "
    update source set awaited = awaited + ?2, awaited_bytes = awaited_bytes + ?3 where id = ?1";
const LIST: &str = "
    select awaited.id, revision, content_hash, bytes from awaited
    where source = (select id from source where uuid = ?1) and held = 0 and bytes <= ?2
        and not exists (
            select 1 from awaited as older where older.item = awaited.item and older.id < awaited.id)
    order by awaited.id desc limit ?3";

/// A version as it begins to wait.
pub(crate) struct NewAwaited<'a> {
    pub(crate) source: i64,
    pub(crate) item: i64,
    pub(crate) revision_tag: i64,
    pub(crate) revision: &'a str,
    pub(crate) content_hash: &'a [u8; 32],
    pub(crate) bytes: u64,
    pub(crate) declared_at: Timestamp,
    pub(crate) origin: Origin,
    pub(crate) editor: Option<&'a str>,
    pub(crate) folder: i64,
    pub(crate) leaf: &'a str,
    pub(crate) name: Option<&'a str>,
}

/// A version whose turn it is.
pub(crate) struct AwaitedRow {
    pub(crate) item: i64,
    pub(crate) revision_of: i64,
    pub(crate) revision_tag: i64,
    pub(crate) revision: String,
    pub(crate) content_hash: [u8; 32],
    pub(crate) bytes: u64,
    pub(crate) declared_at: Timestamp,
    pub(crate) origin: Origin,
    pub(crate) editor: Option<String>,
    pub(crate) folder: i64,
    pub(crate) folder_path: String,
    pub(crate) leaf: String,
    pub(crate) name: Option<String>,
}

/// By how much there is more to read, or less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) versions: i64,
    pub(crate) bytes: i64,
}

impl Difference {
    pub(crate) fn more(&mut self, other: Self) {
        self.versions += other.versions;
        self.bytes += other.bytes;
    }

    pub(crate) fn less(&mut self, other: Self) {
        self.versions -= other.versions;
        self.bytes -= other.bytes;
    }

    /// One version of so many bytes.
    pub(crate) fn one(bytes: u64) -> Self {
        Self { versions: 1, bytes: i64::try_from(bytes).unwrap_or(i64::MAX) }
    }
}

/// Says whether it waits now and did not before.
pub(crate) fn insert(db: &Db, new: &NewAwaited<'_>) -> Result<bool, StoreError> {
    let inserted = db.changed(
        INSERT,
        params![
            new.source,
            new.item,
            new.revision_tag,
            new.revision,
            new.content_hash,
            new.bytes,
            At(new.declared_at),
            new.origin,
            new.editor,
            new.folder,
            new.leaf,
            new.name,
        ],
    )?;
    Ok(inserted == 1)
}

/// The version, if its turn has come.
pub(crate) fn next(db: &Db, source: i64, id: u64) -> Result<Option<AwaitedRow>, StoreError> {
    db.optional(SELECT, params![id, source], read)
}

pub(crate) fn delete(db: &Db, id: u64) -> Result<(), StoreError> {
    db.execute(DELETE, params![id])
}

pub(crate) fn any_of(db: &Db, item: i64) -> Result<bool, StoreError> {
    db.query_row(HAS_ITEM, params![item], |row| row.get(0))
}

/// Holds back what waits of an item that is gone. Says how much less there is to read.
pub(crate) fn hold(db: &Db, item: i64) -> Result<Difference, StoreError> {
    let held = tally(db, item, 0)?;
    if held.versions > 0 {
        db.execute(SET_HELD, params![item, 1])?;
    }
    Ok(held)
}

/// Lets what waits of an item that is there have its turn. Says how much more there is to read.
pub(crate) fn release(db: &Db, item: i64) -> Result<Difference, StoreError> {
    let released = tally(db, item, 1)?;
    if released.versions > 0 {
        db.execute(SET_HELD, params![item, 0])?;
    }
    Ok(released)
}

/// What waits of an item is another's from now on.
pub(crate) fn hand_over(db: &Db, from: i64, to: i64) -> Result<(), StoreError> {
    db.execute(HAND_OVER, params![from, to])
}

pub(crate) fn adjust(db: &Db, source: i64, by: Difference) -> Result<(), StoreError> {
    if by == Difference::default() {
        return Ok(());
    }
    db.execute(ADJUST, params![source, by.versions, by.bytes])
}

/// How much of a source has to be read.
pub(crate) fn count(db: &Db, id: SourceId) -> Result<Awaiting, StoreError> {
    let counted = db.optional(COUNT, params![id], |row| {
        Ok(Awaiting { versions: row.get(0)?, bytes: row.get(1)? })
    })?;
    Ok(counted.unwrap_or_default())
}

/// Versions whose turn it is, the newest first.
pub(crate) fn list(
    db: &Db,
    id: SourceId,
    bytes_max: u64,
    limit: u32,
) -> Result<Vec<Awaited>, StoreError> {
    let bytes_max = i64::try_from(bytes_max).unwrap_or(i64::MAX);
    db.query_all(LIST, params![id, bytes_max, limit], |row| {
        Ok(Awaited {
            id: row.get(0)?,
            revision: row.get(1)?,
            content_hash: row.get(2)?,
            bytes: row.get(3)?,
        })
    })
}

fn tally(db: &Db, item: i64, held: i64) -> Result<Difference, StoreError> {
    db.query_row(TALLY, params![item, held], |row| {
        Ok(Difference { versions: row.get(0)?, bytes: row.get(1)? })
    })
}

fn read(row: &Row<'_>) -> Result<AwaitedRow, StoreError> {
    Ok(AwaitedRow {
        item: row.get(0)?,
        revision_of: row.get(1)?,
        revision_tag: row.get(2)?,
        revision: row.get(3)?,
        content_hash: row.get(4)?,
        bytes: row.get(5)?,
        declared_at: row.get::<At>(6)?.0,
        origin: row.get(7)?,
        editor: row.get(8)?,
        folder: row.get(9)?,
        folder_path: row.get(10)?,
        leaf: row.get(11)?,
        name: row.get(12)?,
    })
}
