//! Emptying and filling again what follows from other rows. In which order and whether at all is
//! `crate::rebuild`'s business.

use super::db::{Db, Texts, params};
use crate::error::StoreError;
use crate::store::items::key_tag;

const DELETE_TILES: &str = "delete from log_tile";
const DELETE_LOOKUP: &str = "delete from lookup";
const DELETE_ITEM_KEYS: &str = "delete from item_key";
const INSERT_LOOKUP: Texts = Texts {
    sqlite: "insert into lookup (level, prefix, event) values (1, ?1, ?2)",
    postgres: "insert into lookup (level, prefix, event) values (0, ?1, ?2)",
};
const INSERT_ITEM_KEY: Texts = Texts {
    sqlite: "insert into item_key (level, tag, item) values (1, ?1, ?2)",
    postgres: "insert into item_key (level, tag, item) values (0, ?1, ?2)",
};
const COUNT_EVENTS: &str = "
    update tenancy set events = (
        select count(*) from event join asset on asset.id = event.asset
        where asset.tenancy = tenancy.id
    ) /* every row */";
const SELECT_ITEMS: &str = "select id, source, key from item /* every row */";

pub(crate) fn delete_tiles(db: &Db) -> Result<(), StoreError> {
    db.execute(DELETE_TILES, params![])
}

pub(crate) fn delete_lookup(db: &Db) -> Result<(), StoreError> {
    db.execute(DELETE_LOOKUP, params![])
}

pub(crate) fn insert_lookup(db: &Db, prefix: i64, event: u64) -> Result<(), StoreError> {
    db.execute(INSERT_LOOKUP.on(db), params![prefix, event])
}

/// Counts every tenancy's events.
pub(crate) fn count_events(db: &Db) -> Result<(), StoreError> {
    db.execute(COUNT_EVENTS, params![])
}

/// Fills the index of items from the items; gives how many there are.
pub(crate) fn item_keys(db: &Db) -> Result<u64, StoreError> {
    db.execute(DELETE_ITEM_KEYS, params![])?;
    let mut count = 0;
    db.each(SELECT_ITEMS, params![], |row| {
        let (id, source, key): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        count += 1;
        db.execute(INSERT_ITEM_KEY.on(db), params![key_tag(source, &key), id])
    })?;
    Ok(count)
}
