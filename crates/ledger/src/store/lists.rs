//! Lists of assets: which rows may pass is found by an index where there is one, and
//! whether they do is asked of the filter.
//!
//! Assets that follow linked files are many and alike, so the filter says first whether all, none or
//! some of them pass; registered ones are found by an attribute that the filter fixes. What other
//! tenancies share is listed among a tenancy's own; it is found next door.

use std::ops::ControlFlow::{Break, Continue};

use super::assets::{ReadAsset, as_signed, asset_columns, read_row};
use super::db::{Db, Params, Texts, params};
use super::log::signed_size;
use super::registered::{attribute_tag, tenancy_row};
use super::{lookup, search, shared};
use crate::error::StoreError;
use crate::ids::{AssetId, TenancyId};
use crate::model::asset::{AssetPage, AssetQuery, DocumentStatus, Order, PAGE_ASSETS_MAX};
use crate::model::filter::Filter;

const NEWEST: &str = concat!(
    "select ",
    asset_columns!(),
    " where asset.tenancy = ?1 and asset.id < ?2 order by asset.id desc"
);
const NEWEST_REGISTERED: &str = concat!(
    "select ",
    asset_columns!(),
    " where registered_asset.tenancy = ?1 and registered_asset.asset < ?2
      order by registered_asset.asset desc"
);
const NEWEST_TAGGED: &str = concat!(
    "select ",
    asset_columns!(),
    " join attribute_tag on attribute_tag.asset = asset.id
      where asset.tenancy = ?1 and attribute_tag.tag = ?3 and attribute_tag.asset < ?2
      order by attribute_tag.asset desc"
);
/// The plus says that a page is read from the index of identities, and not all assets sorted.
const BY_IDENTITY: Texts = Texts {
    sqlite: concat!(
        "select ",
        asset_columns!(),
        " where +asset.tenancy = ?1 and asset.id < ?2 and asset.uuid > ?3 order by asset.uuid"
    ),
    postgres: concat!(
        "select ",
        asset_columns!(),
        " where asset.tenancy = ?1 and asset.id < ?2 and asset.uuid > ?3 order by asset.uuid"
    ),
};
/// Those that have, or had, this content, and registered ones that say so.
const NEWEST_WITH_CONTENT: &str = concat!(
    "select ",
    asset_columns!(),
    " where asset.tenancy = ?1 and asset.id < ?2 and asset.id in (
        select event.asset from lookup join event on event.id = lookup.event
        where lookup.level in (0, 1) and lookup.prefix in (?4, ?5)
        union select attribute_tag.asset from attribute_tag where attribute_tag.tag = ?3
     ) order by asset.id desc"
);
const FOLLOWED: &str = concat!(
    "select ",
    asset_columns!(),
    " where asset.tenancy = ?1 and asset.id < ?2 and asset.item <> 0 order by asset.id desc"
);
/// Those of linked files that were withdrawn, by an index that has no others. Which index `SQLite` takes
/// is said, since it counts nothing.
const WITHDRAWN: Texts = Texts {
    sqlite: concat!(
        "select ",
        asset_columns!("asset indexed by asset_withdrawn"),
        " where asset.tenancy = ?1 and asset.id < ?2 and asset.status = 0 and asset.item <> 0
          order by asset.id desc"
    ),
    postgres: concat!(
        "select ",
        asset_columns!(),
        " where asset.tenancy = ?1 and asset.id < ?2 and asset.status = 0 and asset.item <> 0
          order by asset.id desc"
    ),
};
/// Sources count what they make; counting a million rows for every page would be felt.
const COUNT_FOLLOWED: &str = "
    select cast(coalesce(sum(documents), 0) as bigint) from source join tenancy on tenancy.id = source.tenancy
    where tenancy.uuid = ?1";
const COUNT_REGISTERED: &str =
    "select count(*) from registered_asset where tenancy = ?1 and asset < ?2";

const DOCUMENT_HASH_VALUE: &str = "document_hash_value";

/// A page of a tenancy's assets.
pub(crate) fn assets(
    db: &Db,
    tenancy: TenancyId,
    query: &AssetQuery,
) -> Result<AssetPage, StoreError> {
    let Some(row) = tenancy_row(db, tenancy)? else { return Ok(AssetPage::default()) };
    let size = page_size(query.page_size, PAGE_ASSETS_MAX);
    let mut found = Vec::new();
    // One more than asked for tells whether there is a next page.
    each_asset(db, (tenancy, row), query, size + 1, &mut |read| {
        found.push((read.id, (read.asset, Some(read.private))));
    })?;
    // Whose they are does not matter to the order: each tenancy gives as many as a page may need.
    for (id, asset) in shared::assets(db, tenancy, query, size + 1)? {
        found.push((id, (asset, None)));
    }
    match query.order {
        Order::Newest => found.sort_by_key(|(id, _)| std::cmp::Reverse(*id)),
        Order::Identity => found.sort_by_key(|(_, (asset, _))| *asset.id.as_bytes()),
    }
    let has_more = found.len() > size;
    found.truncate(size);
    let next_page_token = found.last().filter(|_| has_more).map(|last| match query.order {
        Order::Newest => last.0.to_string(),
        Order::Identity => last.1.0.id.to_string(),
    });
    let assets = found.into_iter().map(|(_, asset)| asset).collect();
    Ok(AssetPage { assets, next_page_token })
}

/// How many assets of a tenancy pass.
pub(crate) fn count_assets(
    db: &Db,
    tenancy: TenancyId,
    filter: &Filter,
) -> Result<u64, StoreError> {
    let Some(row) = tenancy_row(db, tenancy)? else { return Ok(0) };
    let (signed, mut count) = (signed_size(db)?, 0);
    if content_wanted(tenancy, filter).is_some() {
        let query = AssetQuery { filter: filter.clone(), ..AssetQuery::default() };
        each_asset(db, (tenancy, row), &query, usize::MAX, &mut |_| count += 1)?;
        return Ok(count);
    }
    match filter.decide_followed() {
        Some(true) => count += count_followed(db, tenancy)?,
        Some(false) => {}
        None => {
            let all = if may_be_published(filter) { FOLLOWED } else { WITHDRAWN.on(db) };
            each(db, all, params![row, signed], signed, filter, |_| {
                count += 1;
                true
            })?;
        }
    }
    if filter.groups.is_empty() {
        let registered: u64 =
            db.query_row(COUNT_REGISTERED, params![row, signed], |row| row.get(0))?;
        return Ok(count + registered);
    }
    each_registered(db, (tenancy, row), u64::MAX, filter, |_| {
        count += 1;
        true
    })?;
    Ok(count)
}

fn count_followed(db: &Db, tenancy: TenancyId) -> Result<u64, StoreError> {
    db.query_row(COUNT_FOLLOWED, params![tenancy], |row| row.get(0))
}

/// Whether an asset that follows a linked file and is published may pass.
fn may_be_published(filter: &Filter) -> bool {
    filter.decide_followed_that_is(DocumentStatus::Published) != Some(false)
}

/// Visits what passes in the order asked for, up to `most`; where that is found in two places, up to
/// `most` of either.
fn each_asset(
    db: &Db,
    tenancy: (TenancyId, i64),
    query: &AssetQuery,
    most: usize,
    visit_one: &mut dyn FnMut(ReadAsset),
) -> Result<(), StoreError> {
    let (signed, filter) = (signed_size(db)?, &query.filter);
    let mut found = 0;
    let mut visit = |read| {
        visit_one(read);
        found += 1;
        found < most
    };
    if query.order == Order::Identity {
        let after = after(query)?;
        let statement = BY_IDENTITY.on(db);
        return each(db, statement, params![tenancy.1, signed, after], signed, filter, visit);
    }
    let before = before(query.page_token.as_deref())?.min(signed);
    if let Some(text) = query.search.as_deref().filter(|text| !text.is_empty()) {
        return search::each_matching(db, tenancy.1, text, (before, signed), filter, visit);
    }
    if let Some((tag, [content, sha256])) = content_wanted(tenancy.0, filter) {
        let wanted = params![tenancy.1, before, tag, content, sha256];
        return each(db, NEWEST_WITH_CONTENT, wanted, signed, filter, visit);
    }
    let newest = params![tenancy.1, before];
    match filter.decide_followed() {
        Some(false) => each_registered(db, tenancy, before, filter, visit),
        None if !may_be_published(filter) => {
            each(db, WITHDRAWN.on(db), newest, signed, filter, &mut visit)?;
            found = 0;
            each_registered(db, tenancy, before, filter, |read| {
                visit_one(read);
                found += 1;
                found < most
            })
        }
        _ => each(db, NEWEST, newest, signed, filter, visit),
    }
}

/// Where assets are found whose document must have exactly one hash: by attribute and by content.
fn content_wanted(tenancy: TenancyId, filter: &Filter) -> Option<(i64, [i64; 2])> {
    let (name, text) = filter.exact().find(|(name, _)| *name == DOCUMENT_HASH_VALUE)?;
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).ok()?;
    Some((attribute_tag(tenancy, name, text), lookup::keys_of(&hash)))
}

/// Where a page by identity begins.
pub(super) fn after(query: &AssetQuery) -> Result<Vec<u8>, StoreError> {
    let after = query.page_token.as_deref().map(str::parse::<AssetId>).transpose();
    let after = after.map_err(|_| StoreError::PageToken)?;
    Ok(after.map_or(Vec::new(), |id| id.as_bytes().to_vec()))
}

/// Where a page that begins with the newest begins.
pub(super) fn before(token: Option<&str>) -> Result<u64, StoreError> {
    token.map_or(Ok(u64::MAX), str::parse).map_err(|_| StoreError::PageToken)
}

fn each_registered(
    db: &Db,
    (tenancy, row): (TenancyId, i64),
    before: u64,
    filter: &Filter,
    visit: impl FnMut(ReadAsset) -> bool,
) -> Result<(), StoreError> {
    let signed = signed_size(db)?;
    let before = before.min(signed);
    // Only registered assets have tags; those that follow files are not met here.
    match filter.exact().next() {
        Some((name, text)) => {
            let tag = attribute_tag(tenancy, name, text);
            each(db, NEWEST_TAGGED, params![row, before, tag], signed, filter, visit)
        }
        None => each(db, NEWEST_REGISTERED, params![row, before], signed, filter, visit),
    }
}

pub(super) fn each(
    db: &Db,
    statement: &str,
    bound: Params<'_>,
    signed: u64,
    filter: &Filter,
    mut visit: impl FnMut(ReadAsset) -> bool,
) -> Result<(), StoreError> {
    db.visit(statement, bound, |row| {
        let Some(read) = as_signed(db, read_row(row)?, signed)? else { return Ok(Continue(())) };
        let is_enough = filter.matches_asset(&read.asset) && !visit(read);
        Ok(if is_enough { Break(()) } else { Continue(()) })
    })
}

pub(super) fn page_size(asked: u32, most: u32) -> usize {
    let size = if asked == 0 { most } else { asked.min(most) };
    usize::try_from(size).unwrap_or(usize::MAX)
}
