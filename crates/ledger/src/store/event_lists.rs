//! Lists of events: an asset's, all of a tenancy's, and those of exactly some content. What other
//! tenancies share is listed among a tenancy's own; it is found next door.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow::{self, Break, Continue};

use super::assets::of_event;
use super::db::{Db, Texts, params};
use super::events::Among;
use super::lists::{before, page_size};
use super::log::signed_size;
use super::registered::tenancy_row;
use super::{events, lookup, shared};
use crate::error::StoreError;
use crate::ids::{AssetId, EventId, TenancyId};
use crate::model::asset::{
    Asset, Content, EventKind, EventPage, EventQuery, FullEvent, Order, PAGE_EVENTS_MAX,
};
use crate::model::filter::Filter;
use crate::model::registered::Sharing;

/// Counted as they come: to count a million events for a page would be felt.
const COUNT_EVENTS: &str = "select events from tenancy where id = ?1";
/// The plus says that it is read from the index of identities, and not all assets sorted.
const ASSETS: Texts = Texts {
    sqlite: "
        select asset.uuid, asset.latest_event from asset
        where +asset.tenancy = ?1 and asset.uuid >= ?2 order by asset.uuid",
    postgres: "
        select asset.uuid, asset.latest_event from asset
        where asset.tenancy = ?1 and asset.uuid >= ?2 order by asset.uuid",
};

/// How many assets are remembered while their events are listed.
const REMEMBERED_MAX: usize = 1_000;

/// A page of an asset's events; `None` if there is no such asset.
pub(crate) fn events_of_asset(
    db: &Db,
    asset: AssetId,
    query: &EventQuery,
) -> Result<Option<EventPage>, StoreError> {
    let Some(latest) = events::latest(db, asset)? else { return Ok(None) };
    let mut sieve = Sieve::new(db, query);
    if query.order == Order::Identity {
        let mut first = FirstEvents::of(query)?;
        first.gather_chain(db, latest, &mut |event| sieve.passing(event))?;
        return Ok(Some(page(first.into_events(), query)));
    }
    let (before, mut found) = (before(query.page_token.as_deref())?, Vec::new());
    events::visit_chain(db, latest, before, |event| {
        found.extend(sieve.passing(event)?);
        Ok(until(found.len() > size_of(query)))
    })?;
    Ok(Some(page(found, query)))
}

/// How many events of an asset pass, on whatever page.
pub(crate) fn count_events_of_asset(
    db: &Db,
    asset: AssetId,
    query: &EventQuery,
) -> Result<u64, StoreError> {
    let Some(latest) = events::latest(db, asset)? else { return Ok(0) };
    let (mut sieve, mut count) = (Sieve::new(db, query), 0);
    events::visit_chain(db, latest, u64::MAX, |event| {
        count += u64::from(sieve.passing(event)?.is_some());
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
    let Some(row) = tenancy_row(db, tenancy)? else { return Ok(EventPage::default()) };
    if query.filter.passes_nothing() {
        return Ok(EventPage::default());
    }
    let mut sieve = Sieve::new(db, query);
    if query.order == Order::Identity {
        let mut first = FirstEvents::of(query)?;
        first.gather(db, ASSETS.on(db), row, |event| sieve.passing(event))?;
        shared::events_by_identity(db, tenancy, query, &mut first)?;
        return Ok(page(first.into_events(), query));
    }
    let (size, mut found) = (size_of(query), Vec::new());
    let before = before(query.page_token.as_deref())?.min(signed_size(db)?);
    for among in places_of(&query.filter) {
        let enough = found.len() + size;
        events::visit_tenancy(db, row, *among, before, |event| {
            found.extend(sieve.passing(event)?);
            Ok(until(found.len() > enough))
        })?;
    }
    found.extend(shared::events(db, tenancy, query, before, size + 1)?);
    found.sort_by_key(|full| std::cmp::Reverse(full.event.log_index));
    Ok(page(found, query))
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
    if filter.is_empty() {
        return db.query_row(COUNT_EVENTS, params![row], |row| row.get(0));
    }
    let (query, mut count) = (EventQuery { filter: filter.clone(), ..EventQuery::default() }, 0);
    let (mut sieve, signed) = (Sieve::new(db, &query), signed_size(db)?);
    for among in places_of(filter) {
        events::visit_tenancy(db, row, *among, signed, |event| {
            count += u64::from(sieve.passing(event)?.is_some());
            Ok(Continue(()))
        })?;
    }
    Ok(count)
}

/// Where the events are that may pass: those of linked files are many and alike.
fn places_of(filter: &Filter) -> &'static [Among] {
    let may = |kind| filter.decide_followed_events(kind) != Some(false);
    if may(EventKind::NewAsset) || may(EventKind::Publish) {
        &[Among::All]
    } else if may(EventKind::Withdraw) {
        &[Among::Withdrawing, Among::Registered]
    } else {
        &[Among::Registered]
    }
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

/// Lets the events through that pass a query, as much of them as is seen.
struct Sieve<'a> {
    db: &'a Db,
    query: &'a EventQuery,
    assets: HashMap<AssetId, Option<Asset>>,
}

impl<'a> Sieve<'a> {
    fn new(db: &'a Db, query: &'a EventQuery) -> Self {
        Self { db, query, assets: HashMap::new() }
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
}

/// Where an event stands among others by identity: at its asset.
type Place = (AssetId, EventId);

fn place(full: &FullEvent) -> Place {
    (full.event.asset, full.event.id)
}

/// The first events by identity after a place, as many as a page may need.
pub(super) struct FirstEvents {
    after: Option<Place>,
    most: usize,
    found: BTreeMap<Place, FullEvent>,
}

impl FirstEvents {
    fn of(query: &EventQuery) -> Result<Self, StoreError> {
        let read = |token: &str| {
            let (asset, event) = token.split_once('/')?;
            Some((asset.parse().ok()?, event.parse().ok()?))
        };
        let token = query.page_token.as_deref();
        let after = token.map(|token| read(token).ok_or(StoreError::PageToken)).transpose()?;
        Ok(Self { after, most: size_of(query) + 1, found: BTreeMap::new() })
    }

    /// Takes what passes of the events of a tenancy's assets, which a statement finds by identity.
    pub(super) fn gather(
        &mut self,
        db: &Db,
        assets: &str,
        tenancy: i64,
        mut passing: impl FnMut(FullEvent) -> Result<Option<FullEvent>, StoreError>,
    ) -> Result<(), StoreError> {
        let from = self.after.map_or_else(Vec::new, |(asset, _)| asset.as_bytes().to_vec());
        db.visit(assets, params![tenancy, from], |row| {
            let (asset, latest): (AssetId, u64) = (row.get(0)?, row.get(1)?);
            if self.is_complete_before(asset) {
                return Ok(Break(()));
            }
            self.gather_chain(db, latest, &mut passing)?;
            Ok(Continue(()))
        })
    }

    /// Takes what passes of one asset's events.
    fn gather_chain(
        &mut self,
        db: &Db,
        latest: u64,
        passing: &mut impl FnMut(FullEvent) -> Result<Option<FullEvent>, StoreError>,
    ) -> Result<(), StoreError> {
        events::visit_chain(db, latest, u64::MAX, |event| {
            if self.after.is_none_or(|after| place(&event) > after) {
                self.found.extend(passing(event)?.map(|full| (place(&full), full)));
                if self.found.len() > self.most {
                    self.found.pop_last();
                }
            }
            Ok(Continue(()))
        })
    }

    fn is_complete_before(&self, asset: AssetId) -> bool {
        let last = self.found.last_key_value();
        self.found.len() == self.most && last.is_some_and(|((last, _), _)| *last < asset)
    }

    fn into_events(self) -> Vec<FullEvent> {
        self.found.into_values().collect()
    }
}

fn size_of(query: &EventQuery) -> usize {
    page_size(query.page_size, PAGE_EVENTS_MAX)
}

fn until(is_enough: bool) -> ControlFlow<()> {
    if is_enough { Break(()) } else { Continue(()) }
}

/// One more than asked for tells that there is a next page.
fn page(mut found: Vec<FullEvent>, query: &EventQuery) -> EventPage {
    let size = size_of(query);
    let has_more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| has_more);
    let next_page_token = last.map(|last| match query.order {
        Order::Newest => last.event.log_index.to_string(),
        Order::Identity => format!("{}/{}", last.event.asset, last.event.id),
    });
    EventPage { events: found, next_page_token }
}
