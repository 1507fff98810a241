//! Items that left while their source withdraws what is deleted, until somebody has asked about
//! them.

use super::db::{Db, params};
use crate::error::StoreError;
use crate::ids::SourceId;

const INSERT: &str = "
    insert into departed (source, item) values (?1, ?2) on conflict do nothing";
const DELETE: &str = "delete from departed where source = ?1 and item = ?2";
const HAS: &str = "select exists (select 1 from departed where source = ?1 and item = ?2)";
const LIST: &str = "
    select item.key from departed
    join source on source.id = departed.source join item on item.id = departed.item
    where source.uuid = ?1 order by departed.item limit ?2";

pub(crate) fn add(db: &Db, source: i64, item: i64) -> Result<(), StoreError> {
    db.execute(INSERT, params![source, item])
}

pub(crate) fn forget(db: &Db, source: i64, item: i64) -> Result<(), StoreError> {
    db.execute(DELETE, params![source, item])
}

pub(crate) fn has(db: &Db, source: i64, item: i64) -> Result<bool, StoreError> {
    db.query_row(HAS, params![source, item], |row| row.get(0))
}

/// Keys of items to ask about.
pub(crate) fn list(db: &Db, id: SourceId, limit: u32) -> Result<Vec<String>, StoreError> {
    db.query_all(LIST, params![id, limit], |row| row.get(0))
}
