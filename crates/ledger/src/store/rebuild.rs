//! Emptying and filling again what follows from other rows. In which order and whether at all is
//! `crate::rebuild`'s business.

use rusqlite::Connection;

use crate::error::StoreError;
use crate::store::items::key_tag;

const DELETE_TILES: &str = "delete from log_tile";
const DELETE_LOOKUP: &str = "delete from lookup";
const DELETE_ITEM_KEYS: &str = "delete from item_key";
const INSERT_LOOKUP: &str = "insert into lookup (level, prefix, event) values (1, ?1, ?2)";
const INSERT_ITEM_KEY: &str = "insert into item_key (level, tag, item) values (1, ?1, ?2)";
const SELECT_ITEMS: &str = "select id, source, key from item";

pub(crate) fn delete_tiles(db: &Connection) -> Result<(), StoreError> {
    db.execute(DELETE_TILES, [])?;
    Ok(())
}

pub(crate) fn delete_lookup(db: &Connection) -> Result<(), StoreError> {
    db.execute(DELETE_LOOKUP, [])?;
    Ok(())
}

pub(crate) fn insert_lookup(db: &Connection, prefix: i64, event: u64) -> Result<(), StoreError> {
    db.prepare_cached(INSERT_LOOKUP)?.execute((prefix, event))?;
    Ok(())
}

/// Fills the index of items from the items; gives how many there are.
pub(crate) fn item_keys(db: &Connection) -> Result<u64, StoreError> {
    db.execute(DELETE_ITEM_KEYS, [])?;
    let mut select = db.prepare(SELECT_ITEMS)?;
    let mut insert = db.prepare(INSERT_ITEM_KEY)?;
    let mut items = select.query([])?;
    let mut count = 0;
    while let Some(row) = items.next()? {
        let (id, source, key): (i64, i64, String) = row.try_into()?;
        insert.execute((key_tag(source, &key), id))?;
        count += 1;
    }
    Ok(count)
}
