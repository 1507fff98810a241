//! Lists of assets and events: which rows may pass is found by an index where there is one, and
//! whether they do is asked of the filter.
//!
//! Assets that follow linked files are many and alike, so the filter says first whether all, none or
//! some of them pass; registered ones are found by an attribute that the filter fixes. What other
//! tenancies share is listed among a tenancy's own; it is found next door.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::ControlFlow::{self, Break, Continue};

use super::assets::{ReadAsset, as_signed, asset_columns, of_event, read_row};
use super::db::{Db, Params, Texts, params};
use super::log::signed_size;
use super::registered::{attribute_tag, tenancy_row};
use super::{events, lookup, shared};
use crate::error::StoreError;
use crate::ids::{AssetId, TenancyId};
use crate::model::asset::{
    Asset, AssetPage, AssetQuery, Content, EventPage, EventQuery, FullEvent, Order,
    PAGE_ASSETS_MAX, PAGE_EVENTS_MAX,
};
use crate::model::filter::Filter;
use crate::model::registered::Sharing;

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
/// `PostgreSQL` has no text with a NUL, and reads no JSON that holds one.
const SEARCH: Texts = Texts {
    sqlite: concat!(
        "select ",
        asset_columns!(),
        " where asset.tenancy = ?1 and asset.id < ?2
            and (instr(folder.path_key || item.leaf_key, ?3) > 0
                or instr(lower(item.name), ?3) > 0
                or instr(lower(json_extract(
                    registered_asset.attributes, '$.arc_display_name')), ?3) > 0)
          order by asset.id desc"
    ),
    postgres: concat!(
        "select ",
        asset_columns!(),
        " where asset.tenancy = ?1 and asset.id < ?2
            and (strpos(folder.path_key || item.leaf_key, ?3) > 0
                or strpos(lower(item.name), ?3) > 0
                or strpos(lower(cast(
                    replace(registered_asset.attributes, '\\u0000', '\\ufffd') as json)
                    ->> 'arc_display_name'), ?3) > 0)
          order by asset.id desc"
    ),
};
const BY_IDENTITY: &str = concat!(
    "select ",
    asset_columns!(),
    " where asset.tenancy = ?1 and asset.id < ?2 and asset.uuid > ?3 order by asset.uuid"
);
const FOLLOWED: &str = concat!(
    "select ",
    asset_columns!(),
    " where asset.tenancy = ?1 and asset.id < ?2 and asset.item <> 0 order by asset.id desc"
);
/// Sources count what they make; counting a million rows for every page would be felt.
const COUNT_FOLLOWED: &str = "
    select cast(coalesce(sum(documents), 0) as bigint) from source join tenancy on tenancy.id = source.tenancy
    where tenancy.uuid = ?1";
const COUNT_REGISTERED: &str =
    "select count(*) from registered_asset where tenancy = ?1 and asset < ?2";
const COUNT_EVENTS: &str = "
    select count(*) from event join asset on asset.id = event.asset
    where asset.tenancy = ?1 and event.id < ?2";
const SELECT_LATEST: &str = "select latest_event from asset where uuid = ?1";

/// How many assets are remembered while their events are listed.
const REMEMBERED_MAX: usize = 1_000;

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
    each_asset(db, (tenancy, row), query, |read| {
        found.push((read.id, (read.asset, Some(read.private))));
        found.len() <= size
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
    match filter.decide_followed() {
        Some(true) => count += count_followed(db, tenancy)?,
        Some(false) => {}
        None => each(db, FOLLOWED, params![row, signed], signed, filter, |_| {
            count += 1;
            true
        })?,
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

/// Visits what passes in the order asked for, until the visitor has enough.
fn each_asset(
    db: &Db,
    tenancy: (TenancyId, i64),
    query: &AssetQuery,
    visit: impl FnMut(ReadAsset) -> bool,
) -> Result<(), StoreError> {
    let (signed, filter) = (signed_size(db)?, &query.filter);
    if query.order == Order::Identity {
        let after = after(query)?;
        return each(db, BY_IDENTITY, params![tenancy.1, signed, after], signed, filter, visit);
    }
    let before = before(query.page_token.as_deref())?.min(signed);
    if let Some(search) = query.search.as_deref().filter(|search| !search.is_empty()) {
        let search = search.to_lowercase();
        return each(db, SEARCH.on(db), params![tenancy.1, before, search], signed, filter, visit);
    }
    match filter.decide_followed() {
        Some(false) => each_registered(db, tenancy, before, filter, visit),
        _ => each(db, NEWEST, params![tenancy.1, before], signed, filter, visit),
    }
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
    match filter.exact() {
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

/// A page of an asset's events; `None` if there is no such asset.
pub(crate) fn events_of_asset(
    db: &Db,
    asset: AssetId,
    query: &EventQuery,
) -> Result<Option<EventPage>, StoreError> {
    let latest: Option<u64> = db.optional(SELECT_LATEST, params![asset], |row| row.get(0))?;
    let Some(latest) = latest else { return Ok(None) };
    let mut list = EventList::new(db, query)?;
    events::visit_chain(db, latest, list.before, |event| list.offer(event))?;
    Ok(Some(list.page()))
}

/// How many events of an asset pass, on whatever page.
pub(crate) fn count_events_of_asset(
    db: &Db,
    asset: AssetId,
    query: &EventQuery,
) -> Result<u64, StoreError> {
    let latest: Option<u64> = db.optional(SELECT_LATEST, params![asset], |row| row.get(0))?;
    let Some(latest) = latest else { return Ok(0) };
    let (mut list, mut count) = (EventList::new(db, query)?, 0);
    events::visit_chain(db, latest, u64::MAX, |event| {
        count += u64::from(list.passing(event)?.is_some());
        Ok(Continue(()))
    })?;
    Ok(count)
}

/// A page of the events of all of a tenancy's assets.
pub(crate) fn events_of_tenancy(
    db: &Db,
    tenancy: TenancyId,
    query: &EventQuery,
) -> Result<EventPage, StoreError> {
    let mut list = EventList::new(db, query)?;
    let Some(row) = tenancy_row(db, tenancy)? else { return Ok(list.page()) };
    if query.filter.passes_nothing() {
        return Ok(list.page());
    }
    let before = list.before.min(signed_size(db)?);
    events::visit_tenancy(db, row, before, |event| list.offer(event))?;
    list.found.extend(shared::events(db, tenancy, query, before, list.size + 1)?);
    list.found.sort_by_key(|full| std::cmp::Reverse(full.event.log_index));
    Ok(list.page())
}

/// How many events of a tenancy pass.
pub(crate) fn count_events_of_tenancy(
    db: &Db,
    tenancy: TenancyId,
    filter: &Filter,
) -> Result<u64, StoreError> {
    let Some(row) = tenancy_row(db, tenancy)? else { return Ok(0) };
    if filter.passes_nothing() {
        return Ok(0);
    }
    let signed = signed_size(db)?;
    if filter.is_empty() {
        return db.query_row(COUNT_EVENTS, params![row, signed], |row| row.get(0));
    }
    let (query, mut count) = (EventQuery { filter: filter.clone(), ..EventQuery::default() }, 0);
    let mut list = EventList::new(db, &query)?;
    events::visit_tenancy(db, row, signed, |event| {
        count += u64::from(list.passing(event)?.is_some());
        Ok(Continue(()))
    })?;
    Ok(count)
}

/// The events that published exactly this content for everybody to see, the first ones first.
pub(crate) fn public_events_with(db: &Db, content: Content) -> Result<Vec<FullEvent>, StoreError> {
    let mut found = Vec::new();
    for index in lookup::events_with(db, content)? {
        let Some(event) = events::full_at(db, index)? else { continue };
        let asset = of_event(db, index)?;
        if asset.is_some_and(|asset| asset.sharing == Sharing::Public) {
            found.push(event);
        }
    }
    Ok(found)
}

/// Events of a page while they are found.
struct EventList<'a> {
    db: &'a Db,
    query: &'a EventQuery,
    before: u64,
    size: usize,
    found: Vec<FullEvent>,
    assets: HashMap<AssetId, Option<Asset>>,
}

impl<'a> EventList<'a> {
    fn new(db: &'a Db, query: &'a EventQuery) -> Result<Self, StoreError> {
        let before = before(query.page_token.as_deref())?;
        let size = page_size(query.page_size, PAGE_EVENTS_MAX);
        let (found, assets) = (Vec::new(), HashMap::new());
        Ok(Self { db, query, before, size, found, assets })
    }

    /// Takes an event if it passes; says whether more are wanted.
    fn offer(&mut self, event: FullEvent) -> Result<ControlFlow<()>, StoreError> {
        let passing = self.passing(event)?;
        self.found.extend(passing);
        Ok(if self.found.len() <= self.size { Continue(()) } else { Break(()) })
    }

    /// As much of an event as is seen, if it passes. What is not seen passes no filter either.
    fn passing(&mut self, event: FullEvent) -> Result<Option<FullEvent>, StoreError> {
        let EventQuery { filter, seen, .. } = self.query;
        let event = match seen {
            Some(seen) => seen.event(event),
            None => Some(event),
        };
        let Some(event) = event else { return Ok(None) };
        if filter.is_empty() {
            return Ok(Some(event));
        }
        let Some(asset) = self.asset(&event)? else { return Ok(None) };
        let asset = match seen {
            Some(seen) => seen.asset(asset),
            None => asset,
        };
        Ok(filter.matches_event(&event, &asset).then_some(event))
    }

    fn asset(&mut self, event: &FullEvent) -> Result<Option<Asset>, StoreError> {
        if self.assets.len() >= REMEMBERED_MAX {
            self.assets.clear();
        }
        Ok(match self.assets.entry(event.event.asset) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) => place.insert(of_event(self.db, event.event.log_index)?).clone(),
        })
    }

    fn page(mut self) -> EventPage {
        let has_more = self.found.len() > self.size;
        self.found.truncate(self.size);
        let last = self.found.last().filter(|_| has_more);
        let next_page_token = last.map(|last| last.event.log_index.to_string());
        EventPage { events: self.found, next_page_token }
    }
}

fn page_size(asked: u32, most: u32) -> usize {
    let size = if asked == 0 { most } else { asked.min(most) };
    usize::try_from(size).unwrap_or(usize::MAX)
}
