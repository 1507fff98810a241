//! What other tenancies share with one, among what it lists. Only registered assets can be shared, so
//! that those that follow linked files, which may be millions, are not met here.
//!
//! What is seen of an asset is cut to size before any filter is asked: nobody finds out by filters what
//! they cannot read.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow::{Break, Continue};

use super::assets::{ReadAsset, asset_columns, by_id, of_event};
use super::db::{Db, params};
use super::event_lists::FirstEvents;
use super::events;
use super::lists::{after, before, each};
use super::log::signed_size;
use super::registered::{attribute_tag, tenancy_row};
use crate::error::StoreError;
use crate::ids::{AssetId, TenancyId};
use crate::model::asset::{Asset, AssetQuery, EventQuery, FullEvent, Order};
use crate::model::filter::Filter;
use crate::model::shares::{Seen, Shares};

const NEWEST: &str = concat!(
    "select ",
    asset_columns!(),
    " where registered_asset.tenancy = ?1 and asset.sharing = 0 and registered_asset.asset < ?2
      order by registered_asset.asset desc"
);
const NEWEST_TAGGED: &str = concat!(
    "select ",
    asset_columns!(),
    " join attribute_tag on attribute_tag.asset = asset.id
      where asset.tenancy = ?1 and asset.sharing = 0 and attribute_tag.tag = ?3
          and attribute_tag.asset < ?2
      order by attribute_tag.asset desc"
);
const BY_IDENTITY: &str = concat!(
    "select ",
    asset_columns!(),
    " where registered_asset.tenancy = ?1 and asset.sharing = 0 and registered_asset.asset < ?2
          and asset.uuid > ?3
      order by asset.uuid"
);
const ASSETS: &str = "
    select asset.uuid, asset.latest_event from registered_asset
    join asset on asset.id = registered_asset.asset
    where registered_asset.tenancy = ?1 and asset.sharing = 0 and asset.uuid >= ?2
    order by asset.uuid";

/// How many assets are remembered while their events are listed.
const REMEMBERED_MAX: usize = 1_000;

/// An asset of another tenancy, and what `viewer` sees of it.
pub(crate) fn asset(
    db: &Db,
    viewer: TenancyId,
    shares: &Shares,
    id: AssetId,
) -> Result<Option<(Asset, Seen)>, StoreError> {
    let asset = by_id(db, id)?;
    Ok(asset.and_then(|asset| shares.seen(viewer, &asset).map(|seen| (asset, seen))))
}

/// The tenancies whose events gave these attributes of an asset the values that they have.
pub(crate) fn attribute_recorders(
    db: &Db,
    asset: AssetId,
    mut names: BTreeSet<String>,
) -> Result<BTreeSet<TenancyId>, StoreError> {
    let mut recorders = BTreeSet::new();
    let Some(asset) = by_id(db, asset)? else { return Ok(recorders) };
    for index in events::chain(db, asset.last_event.log_index)? {
        if names.is_empty() {
            break;
        }
        let Some(FullEvent { said, recorder, .. }) = events::full_at(db, index)? else { continue };
        let unset = names.len();
        names.retain(|name| said.asset_attributes.get(name).is_none());
        if names.len() < unset {
            recorders.insert(recorder);
        }
    }
    Ok(recorders)
}

/// As many of each sharing tenancy's assets as a page may need, with their rows.
pub(super) fn assets(
    db: &Db,
    viewer: TenancyId,
    query: &AssetQuery,
    limit: usize,
) -> Result<Vec<(u64, Asset)>, StoreError> {
    let mut found = Vec::new();
    for owner in query.shares.owners() {
        let begun = found.len();
        each_asset(db, owner, viewer, query, |id, asset| {
            found.push((id, asset));
            found.len() - begun < limit
        })?;
    }
    Ok(found)
}

/// How many assets of other tenancies pass.
pub(crate) fn count_assets(
    db: &Db,
    viewer: TenancyId,
    query: &AssetQuery,
) -> Result<u64, StoreError> {
    let mut count = 0;
    for owner in query.shares.owners() {
        each_asset(db, owner, viewer, query, |_, _| {
            count += 1;
            true
        })?;
    }
    Ok(count)
}

/// Visits what is seen of an owner's assets, and passes, in the order asked for.
fn each_asset(
    db: &Db,
    owner: TenancyId,
    viewer: TenancyId,
    query: &AssetQuery,
    mut visit: impl FnMut(u64, Asset) -> bool,
) -> Result<(), StoreError> {
    let Some(row) = tenancy_row(db, owner)? else { return Ok(()) };
    let (signed, everything) = (signed_size(db)?, Filter::default());
    let search = query.search.as_deref().unwrap_or_default().to_lowercase();
    let offer = |read: ReadAsset| {
        let Some(seen) = query.shares.seen(viewer, &read.asset) else { return true };
        let asset = seen.asset(read.asset);
        let is_listed = query.filter.matches_asset(&asset) && is_called(&asset, &search);
        !is_listed || visit(read.id, asset)
    };
    if query.order == Order::Identity {
        let after = after(query)?;
        return each(db, BY_IDENTITY, params![row, signed, after], signed, &everything, offer);
    }
    let before = before(query.page_token.as_deref())?.min(signed);
    let only = query.shares.only_filter(owner);
    match query.filter.exact().chain(only.into_iter().flat_map(Filter::exact)).next() {
        Some((name, text)) => {
            let tag = attribute_tag(owner, name, text);
            each(db, NEWEST_TAGGED, params![row, before, tag], signed, &everything, offer)
        }
        None => each(db, NEWEST, params![row, before], signed, &everything, offer),
    }
}

fn is_called(asset: &Asset, search: &str) -> bool {
    let name = asset.attributes().text("arc_display_name").unwrap_or_default().to_lowercase();
    name.contains(search)
}

/// As many of each sharing tenancy's events as a page may need, before a place in the log.
pub(super) fn events(
    db: &Db,
    viewer: TenancyId,
    query: &EventQuery,
    before: u64,
    limit: usize,
) -> Result<Vec<FullEvent>, StoreError> {
    let mut found = Vec::new();
    for owner in query.shares.owners() {
        let begun = found.len();
        each_event(db, owner, viewer, query, before, |full| {
            found.push(full);
            found.len() - begun < limit
        })?;
    }
    Ok(found)
}

/// The same by identity.
pub(super) fn events_by_identity(
    db: &Db,
    viewer: TenancyId,
    query: &EventQuery,
    first: &mut FirstEvents,
) -> Result<(), StoreError> {
    let mut sight = Sight::new(db, viewer, query);
    for owner in query.shares.owners() {
        let Some(row) = tenancy_row(db, owner)? else { continue };
        first.gather(db, ASSETS, row, |full| sight.passing(full))?;
    }
    Ok(())
}

/// How many events of other tenancies' assets pass.
pub(crate) fn count_events(
    db: &Db,
    viewer: TenancyId,
    query: &EventQuery,
) -> Result<u64, StoreError> {
    let (before, mut count) = (signed_size(db)?, 0);
    for owner in query.shares.owners() {
        each_event(db, owner, viewer, query, before, |_| {
            count += 1;
            true
        })?;
    }
    Ok(count)
}

/// Visits what is seen of the events of an owner's assets, and passes, the newest first.
fn each_event(
    db: &Db,
    owner: TenancyId,
    viewer: TenancyId,
    query: &EventQuery,
    before: u64,
    mut visit: impl FnMut(FullEvent) -> bool,
) -> Result<(), StoreError> {
    let Some(row) = tenancy_row(db, owner)? else { return Ok(()) };
    let mut sight = Sight::new(db, viewer, query);
    events::visit_shareable(db, row, before, |full| {
        let is_enough = sight.passing(full)?.is_some_and(|full| !visit(full));
        Ok(if is_enough { Break(()) } else { Continue(()) })
    })
}

/// What a tenancy sees of others' events that pass a query.
struct Sight<'a> {
    db: &'a Db,
    viewer: TenancyId,
    query: &'a EventQuery,
    known: HashMap<AssetId, Option<(Asset, Seen)>>,
}

impl<'a> Sight<'a> {
    fn new(db: &'a Db, viewer: TenancyId, query: &'a EventQuery) -> Self {
        Self { db, viewer, query, known: HashMap::new() }
    }

    fn passing(&mut self, full: FullEvent) -> Result<Option<FullEvent>, StoreError> {
        if self.known.len() >= REMEMBERED_MAX {
            self.known.clear();
        }
        let known = match self.known.entry(full.event.asset) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let asset = of_event(self.db, full.event.log_index)?;
                place.insert(asset.and_then(|asset| {
                    let seen = self.query.shares.seen(self.viewer, &asset)?;
                    Some((seen.asset(asset), seen))
                }))
            }
        };
        let Some((asset, seen)) = known else { return Ok(None) };
        let seen = seen.event(full);
        Ok(seen.filter(|full| self.query.filter.matches_event(full, asset)))
    }
}
