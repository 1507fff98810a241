//! Assets by a part of their name or path, in any case: what an owner types above the list.
//!
//! No index finds the middle of a word. So the names of a source's files stand in an index of their own, in
//! the order of their assets, and it is read from the newest on until the page is full: all of it where
//! nothing is found. Which folders match is found once and looked up for each file. Registered assets are
//! read the same way, by the name that they display.
//!
//! Each source, and what is registered, is a stream of assets that may match; the newest of them is read
//! next, and asked once more whether it does.

use std::collections::VecDeque;

use super::assets::{ReadAsset, asset_columns};
use super::db::{Db, Texts, ToSql, params};
use super::lists::each;
use crate::error::StoreError;
use crate::model::filter::Filter;

const SOURCES: &str = "select id from source where tenancy = ?1";
/// A path is its folder's and the leaf, so a text with a slash may begin in the one and end in the other:
/// then the folder ends with all of it up to the slash.
const OF_SOURCE: Texts = Texts {
    sqlite: "
        select item.asset from item indexed by item_by_asset
        where item.source = ?1 and item.asset < ?2
            and (instr(item.leaf_key, ?4) > 0
                or instr(lower(item.name), ?4) > 0
                or item.folder in (
                    select folder.id from folder where folder.source = ?1
                        and (instr(folder.path_key, ?4) > 0
                            or ?5 <> '' and substr(folder.path_key, -length(?5)) = ?5)))
        order by item.asset desc limit ?3",
    postgres: "
        select item.asset from item
        where item.source = ?1 and item.asset < ?2
            and (strpos(item.leaf_key, ?4) > 0
                or strpos(lower(item.name), ?4) > 0
                or item.folder in (
                    select folder.id from folder where folder.source = ?1
                        and (strpos(folder.path_key, ?4) > 0
                            or ?5 <> '' and right(folder.path_key, length(?5)) = ?5)))
        order by item.asset desc limit ?3",
};
/// `PostgreSQL` has no text with a NUL, and reads no JSON that holds one.
const OF_REGISTERED: Texts = Texts {
    sqlite: "
        select asset from registered_asset indexed by registered_asset_by_name
        where tenancy = ?1 and asset < ?2
            and instr(lower(json_extract(attributes, '$.arc_display_name')), ?4) > 0
        order by asset desc limit ?3",
    postgres: "
        select asset from registered_asset
        where tenancy = ?1 and asset < ?2
            and strpos(lower(cast(replace(attributes, '\\u0000', '\\ufffd') as json)
                ->> 'arc_display_name'), ?4) > 0
        order by asset desc limit ?3",
};
const MATCHING: Texts = Texts {
    sqlite: concat!(
        "select ",
        asset_columns!(),
        " where asset.id = ?1 and asset.tenancy = ?2
            and (instr(folder.path_key || item.leaf_key, ?3) > 0
                or instr(lower(item.name), ?3) > 0
                or instr(lower(json_extract(
                    registered_asset.attributes, '$.arc_display_name')), ?3) > 0)"
    ),
    postgres: concat!(
        "select ",
        asset_columns!(),
        " where asset.id = ?1 and asset.tenancy = ?2
            and (strpos(folder.path_key || item.leaf_key, ?3) > 0
                or strpos(lower(item.name), ?3) > 0
                or strpos(lower(cast(
                    replace(registered_asset.attributes, '\\u0000', '\\ufffd') as json)
                    ->> 'arc_display_name'), ?3) > 0)"
    ),
};

/// So many candidates are looked up at a time.
const CANDIDATES: usize = 128;

/// Assets that may match, newest first.
struct Stream<'a> {
    statement: &'static str,
    /// The row of their source, or of the tenancy that registered them.
    owner: i64,
    texts: &'a [String],
    /// Those that follow are older.
    before: u64,
    next: VecDeque<u64>,
    has_more: bool,
}

/// Visits a tenancy's assets that match and pass, newest first, until the visitor has enough.
pub(super) fn each_matching(
    db: &Db,
    tenancy: i64,
    search: &str,
    (before, signed): (u64, u64),
    filter: &Filter,
    mut visit: impl FnMut(ReadAsset) -> bool,
) -> Result<(), StoreError> {
    let text = search.to_lowercase();
    let folder = text.rfind('/').map_or("", |slash| text.get(..=slash).unwrap_or_default());
    let texts = [text.clone(), folder.to_owned()];
    let (text, of_source) = (&texts[..1], OF_SOURCE.on(db));
    let sources: Vec<i64> = db.query_all(SOURCES, params![tenancy], |row| row.get(0))?;
    let mut streams: Vec<_> =
        sources.into_iter().map(|source| Stream::new(of_source, source, &texts, before)).collect();
    streams.push(Stream::new(OF_REGISTERED.on(db), tenancy, text, before));
    let mut wants_more = true;
    while wants_more {
        let Some(asset) = take_newest(db, &mut streams)? else { break };
        let matching = params![asset, tenancy, texts[0]];
        each(db, MATCHING.on(db), matching, signed, filter, |read| {
            wants_more = visit(read);
            wants_more
        })?;
    }
    Ok(())
}

/// Takes the newest asset out of the streams.
fn take_newest(db: &Db, streams: &mut [Stream<'_>]) -> Result<Option<u64>, StoreError> {
    for stream in &mut *streams {
        stream.look_ahead(db)?;
    }
    let newest = streams.iter_mut().max_by_key(|stream| stream.next.front().copied());
    Ok(newest.and_then(|stream| stream.next.pop_front()))
}

impl<'a> Stream<'a> {
    fn new(statement: &'static str, owner: i64, texts: &'a [String], before: u64) -> Self {
        Self { statement, owner, texts, before, next: VecDeque::new(), has_more: true }
    }

    /// Finds what comes next, if that is not known.
    fn look_ahead(&mut self, db: &Db) -> Result<(), StoreError> {
        if !self.next.is_empty() || !self.has_more {
            return Ok(());
        }
        let mut bound: Vec<&dyn ToSql> = vec![&self.owner, &self.before, &CANDIDATES];
        bound.extend(self.texts.iter().map(|text| text as &dyn ToSql));
        self.next = db.query_all(self.statement, &bound, |row| row.get(0))?.into();
        self.has_more = self.next.len() == CANDIDATES;
        self.before = self.next.back().copied().unwrap_or_default();
        Ok(())
    }
}
