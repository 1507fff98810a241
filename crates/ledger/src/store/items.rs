//! Items: a source's files as last seen.

use std::collections::HashSet;

use super::db::{Db, Insert, Params, Row, Texts, ToSql, params};
use super::folders::{prefix_of, range_end, split};
use super::values::tag_of;
use crate::error::StoreError;
use crate::ids::SourceId;
use crate::model::source::{Item, Presence};
use crate::store::sources;

macro_rules! item_columns {
    () => {
        "item.key, asset.uuid, item.revision, item.content_hash, folder.path, folder.path_key,
         item.leaf, item.leaf_key, item.name, item.presence, item.generation,
         exists (select 1 from awaited where awaited.item = item.id)
         from item join folder on folder.id = item.folder left join asset on asset.id = item.asset"
    };
}

const SELECT: &str = concat!("select ", item_columns!(), " where item.id = ?1");
/// `PostgreSQL` indexes the first 256 letters of a path, because a path may be longer than the row of an
/// index: there, these are asked for beside the whole.
const SELECT_BY_PATH: Texts = Texts {
    sqlite: concat!(
        "select ",
        item_columns!(),
        " where folder.source = ?1 and folder.path_key = ?2 and item.leaf_key = ?3"
    ),
    postgres: concat!(
        "select ",
        item_columns!(),
        " where folder.source = ?1 and folder.path_key = ?2 and item.leaf_key = ?3
            and left(folder.path_key, 256) = left(?2, 256)
            and left(item.leaf_key, 256) = left(?3, 256)"
    ),
};
const SELECT_BELOW: Texts = Texts {
    sqlite: concat!(
        "select ",
        item_columns!(),
        " where folder.source = ?1 and folder.path_key >= ?2 and folder.path_key < ?3
            and (folder.path_key, folder.path, item.leaf_key, item.id) > (?2, ?4, ?5, ?6)
          order by folder.path_key, folder.path, item.leaf_key, item.id limit ?7"
    ),
    postgres: concat!(
        "select ",
        item_columns!(),
        " where folder.source = ?1 and folder.path_key >= ?2 and folder.path_key < ?3
            and left(folder.path_key, 256) >= left(?2, 256)
            and left(folder.path_key, 256) <= left(?3, 256)
            and (folder.path_key, folder.path, item.leaf_key, item.id) > (?2, ?4, ?5, ?6)
          order by left(folder.path_key, 256), folder.path_key, folder.path, item.leaf_key, item.id
          limit ?7"
    ),
};
const SELECT_UNSEEN: Texts = Texts {
    sqlite: concat!(
        "select ",
        item_columns!(),
        " where folder.source = ?1 and folder.path_key >= ?2 and folder.path_key < ?3
            and item.presence = 1 and item.generation < ?4
          order by folder.path_key, folder.path, item.leaf_key, item.id limit ?5"
    ),
    postgres: concat!(
        "select ",
        item_columns!(),
        " where folder.source = ?1 and folder.path_key >= ?2 and folder.path_key < ?3
            and left(folder.path_key, 256) >= left(?2, 256)
            and left(folder.path_key, 256) <= left(?3, 256)
            and item.presence = 1 and item.generation < ?4
          order by left(folder.path_key, 256), folder.path_key, folder.path, item.leaf_key, item.id
          limit ?5"
    ),
};
const SELECT_PLACE: &str = "
    select folder.path_key, folder.path, item.leaf_key, item.id
    from item join folder on folder.id = item.folder where item.id = ?1";
/// Both levels of the index, newer first. One `in (0, 1)` would build a set each time, and the cross
/// join says which table leads.
const SELECT_ROW: Texts = Texts {
    sqlite: "
        select item.id, item.asset from item_key cross join item on item.id = item_key.item
        where item_key.level = 0 and item_key.tag = ?1 and item.source = ?2 and item.key = ?3
        union all
        select item.id, item.asset from item_key cross join item on item.id = item_key.item
        where item_key.level = 1 and item_key.tag = ?1 and item.source = ?2 and item.key = ?3",
    postgres: "
        select item.id, item.asset from item_key join item on item.id = item_key.item
        where item_key.level = 0 and item_key.tag = ?1 and item.source = ?2 and item.key = ?3",
};
const SELECT_NEXT: &str = "select coalesce(max(id), 0) + 1 from item";
static INSERT: Insert = Insert(
    "
    insert into item (id, source, key, asset, revision, content_hash, folder, leaf, leaf_key,
        name, presence, generation)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, ?11)",
);
const UPDATE: &str = "
    update item set asset = ?2, revision = ?3, content_hash = ?4, folder = ?5, leaf = ?6,
        leaf_key = ?7, name = ?8, presence = 1, generation = ?9
    where id = ?1";
const ATTACH: &str = "update item set asset = ?2 where id = ?1";
const DETACH: &str = "update item set asset = null where id = ?1";
const MARK_GONE: &str = "update item set presence = 0 where id = ?1";
const HAS_REVISION: &str = "
    select exists (select 1 from recorded where item = ?1 and revision_tag = ?2)";
static INSERT_KEY: Insert = Insert("insert into item_key (level, tag, item) values (0, ?1, ?2)");
const CLAIM: &str = "
    insert into recorded (item, revision_tag, event) values (?1, ?2, ?3) on conflict do nothing";
static INSERT_RECORDED: Insert =
    Insert("insert into recorded (item, revision_tag, event) values (?1, ?2, ?3)");

const KEY_DOMAIN: &str = "proofbox/item/v1\n";

/// What the writer needs of an item before it changes it.
pub(crate) struct ItemRow {
    pub(crate) id: i64,
    pub(crate) asset: Option<u64>,
}

/// An item's new state.
pub(crate) struct ItemState<'a> {
    pub(crate) asset: Option<u64>,
    pub(crate) revision: &'a str,
    pub(crate) content_hash: &'a [u8; 32],
    pub(crate) folder: i64,
    pub(crate) leaf: &'a str,
    pub(crate) leaf_key: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) generation: u32,
}

/// The number of the next item, and the items that a batch adds: their rows may wait to be inserted, so
/// they are known here.
#[derive(Clone)]
pub(crate) struct NewItems {
    next: i64,
    tags: HashSet<i64>,
}

impl NewItems {
    pub(crate) fn load(db: &Db) -> Result<Self, StoreError> {
        let next = db.query_row(SELECT_NEXT, params![], |row| row.get(0))?;
        Ok(Self { next, tags: HashSet::new() })
    }

    /// Forgets which those of a batch were: all of them are stored.
    pub(crate) fn settle(&mut self) {
        // With what it takes to hold them, which each copy would take, too.
        self.tags = HashSet::new();
    }

    /// The number of the next one.
    pub(crate) fn next(&self) -> i64 {
        self.next
    }

    /// Adds the next one.
    pub(crate) fn insert(
        &mut self,
        db: &Db,
        source: i64,
        key: &str,
        state: &ItemState<'_>,
    ) -> Result<(), StoreError> {
        let (id, tag) = (self.next, key_tag(source, key));
        self.next += 1;
        self.tags.insert(tag);
        db.insert(
            &INSERT,
            params![
                id,
                source,
                key,
                state.asset,
                state.revision,
                state.content_hash,
                state.folder,
                state.leaf,
                state.leaf_key,
                state.name,
                state.generation,
            ],
        )?;
        db.insert(&INSERT_KEY, params![tag, id])
    }
}

/// Finds an item among its neighbours in the index; the key itself decides.
pub(crate) fn key_tag(source: i64, key: &str) -> i64 {
    tag_of(KEY_DOMAIN, &[&source.to_be_bytes(), key.as_bytes()])
}

pub(crate) fn row(db: &Db, source: i64, key: &str) -> Result<Option<ItemRow>, StoreError> {
    db.optional(SELECT_ROW.on(db), params![key_tag(source, key), source, key], |row| {
        Ok(ItemRow { id: row.get(0)?, asset: row.get(1)? })
    })
}

/// The same for many keys.
pub(crate) fn rows(
    db: &Db,
    source: i64,
    keys: &[&str],
    new: &NewItems,
) -> Result<Vec<Option<ItemRow>>, StoreError> {
    let tags: Vec<i64> = keys.iter().map(|key| key_tag(source, key)).collect();
    if tags.iter().any(|tag| new.tags.contains(tag)) {
        db.settle()?;
    }
    let all = tags.iter().zip(keys).map(|(tag, key)| [tag as &dyn ToSql, &source, key]);
    let all: Vec<[&dyn ToSql; 3]> = all.collect();
    let all: Vec<Params<'_>> = all.iter().map(<[_; 3]>::as_slice).collect();
    db.optional_of_each(SELECT_ROW.on(db), &all, |row| {
        Ok(ItemRow { id: row.get(0)?, asset: row.get(1)? })
    })
}

pub(crate) fn update(db: &Db, id: i64, state: &ItemState<'_>) -> Result<(), StoreError> {
    db.execute(
        UPDATE,
        params![
            id,
            state.asset,
            state.revision,
            state.content_hash,
            state.folder,
            state.leaf,
            state.leaf_key,
            state.name,
            state.generation,
        ],
    )
}

/// Gives an item the asset that it publishes to.
pub(crate) fn attach(db: &Db, id: i64, asset: u64) -> Result<(), StoreError> {
    db.execute(ATTACH, params![id, asset])
}

/// Takes an item's asset away from it.
pub(crate) fn detach(db: &Db, id: i64) -> Result<(), StoreError> {
    db.execute(DETACH, params![id])
}

pub(crate) fn mark_gone(db: &Db, id: i64) -> Result<(), StoreError> {
    db.execute(MARK_GONE, params![id])
}

pub(crate) fn get(db: &Db, id: i64) -> Result<Item, StoreError> {
    db.query_row(SELECT, params![id], read)
}

/// Whether this revision of the item has an event.
pub(crate) fn has_revision(db: &Db, item: i64, tag: i64) -> Result<bool, StoreError> {
    db.query_row(HAS_REVISION, params![item, tag], |row| row.get(0))
}

/// Whether this revision of the item had no event yet; from now on it has.
pub(crate) fn claim_revision(
    db: &Db,
    item: i64,
    revision_tag: i64,
    event: u64,
) -> Result<bool, StoreError> {
    Ok(db.changed(CLAIM, params![item, revision_tag, event])? == 1)
}

/// Gives a revision its event that cannot have one yet, because its item is new.
pub(crate) fn insert_revision(
    db: &Db,
    item: i64,
    revision_tag: i64,
    event: u64,
) -> Result<(), StoreError> {
    db.insert(&INSERT_RECORDED, params![item, revision_tag, event])
}

pub(crate) fn by_key(db: &Db, source: SourceId, keys: &[String]) -> Result<Vec<Item>, StoreError> {
    let Some(source) = sources::row_id(db, source)? else { return Ok(Vec::new()) };
    let mut items = Vec::with_capacity(keys.len());
    for key in keys {
        if let Some(found) = row(db, source, key)? {
            items.push(get(db, found.id)?);
        }
    }
    Ok(items)
}

pub(crate) fn by_path(
    db: &Db,
    source: SourceId,
    path_keys: &[String],
) -> Result<Vec<Item>, StoreError> {
    let Some(source) = sources::row_id(db, source)? else { return Ok(Vec::new()) };
    let mut items = Vec::new();
    for path_key in path_keys {
        let (folder, leaf) = split(path_key);
        items.extend(db.query_all(SELECT_BY_PATH.on(db), params![source, folder, leaf], read)?);
    }
    Ok(items)
}

pub(crate) fn below(
    db: &Db,
    source: SourceId,
    folder_path_key: &str,
    after_key: Option<&str>,
    limit: u32,
) -> Result<Vec<Item>, StoreError> {
    let Some(source) = sources::row_id(db, source)? else { return Ok(Vec::new()) };
    let prefix = prefix_of(folder_path_key);
    let end = range_end(&prefix);
    let place = match after_key {
        Some(key) => place(db, source, key)?,
        None => None,
    };
    // Without a place to go on from: before everything in the range.
    let (start, path, leaf, id) =
        place.unwrap_or_else(|| (prefix.clone(), String::new(), String::new(), 0));
    let start = if start < prefix { prefix } else { start };
    db.query_all(SELECT_BELOW.on(db), params![source, start, end, path, leaf, id, limit], read)
}

pub(crate) fn unseen(
    db: &Db,
    source: SourceId,
    folder_path_key: &str,
    generation: u32,
    limit: u32,
) -> Result<Vec<Item>, StoreError> {
    let Some(source) = sources::row_id(db, source)? else { return Ok(Vec::new()) };
    let prefix = prefix_of(folder_path_key);
    let end = range_end(&prefix);
    db.query_all(SELECT_UNSEEN.on(db), params![source, prefix, end, generation, limit], read)
}

/// Where an item stands in the order of [`below`].
fn place(
    db: &Db,
    source: i64,
    key: &str,
) -> Result<Option<(String, String, String, i64)>, StoreError> {
    let Some(item) = row(db, source, key)? else { return Ok(None) };
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    db.query_row(SELECT_PLACE, params![item.id], read).map(Some)
}

fn read(row: &Row<'_>) -> Result<Item, StoreError> {
    let (folder, folder_key): (String, String) = (row.get(4)?, row.get(5)?);
    let (leaf, leaf_key): (String, String) = (row.get(6)?, row.get(7)?);
    let name: Option<String> = row.get(8)?;
    Ok(Item {
        key: row.get(0)?,
        asset: row.get(1)?,
        revision: row.get(2)?,
        fingerprint: row.get(3)?,
        path: folder + &leaf,
        path_key: folder_key + &leaf_key,
        name: name.unwrap_or(leaf),
        presence: row.get::<Presence>(9)?,
        generation: row.get(10)?,
        awaits: row.get(11)?,
    })
}
