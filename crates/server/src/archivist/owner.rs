//! What a tenancy reads of its own: its assets with their private names, and their events.

use axum::{Json, extract::State as Shared};
use http::{HeaderMap, HeaderName, HeaderValue};
use ledger::{AssetId, AssetQuery, Event, StoreError};
use serde::{Deserialize, Serialize};

use super::{
    AssetPath, EventPath, View,
    asset::AssetBody,
    event::{EventBody, PrivateBody},
};
use crate::{
    State,
    caller::Caller,
    error::Error,
    query::{Ids, Strict},
    standing::Standing,
};

/// Events on one page, at most and by default.
pub(super) const PAGE_EVENTS_MAX: u32 = 200;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssetsQuery {
    #[serde(default)]
    page_size: u32,
    page_token: Option<String>,
    search: Option<String>,
}

/// Pages of an asset's events.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    #[serde(default)]
    pub(super) page_size: u32,
    pub(super) page_token: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Assets {
    assets: Vec<AssetBody>,
    next_page_token: String,
}

#[derive(Serialize)]
pub(crate) struct Events {
    events: Vec<EventBody>,
    next_page_token: String,
}

pub(super) async fn assets(
    Shared(state): Shared<State>,
    caller: Caller,
    headers: HeaderMap,
    Strict(query): Strict<AssetsQuery>,
) -> Result<(HeaderMap, Json<Assets>), Error> {
    let query = AssetQuery {
        search: non_empty(query.search),
        page_token: non_empty(query.page_token),
        page_size: query.page_size,
    };
    let count = count_header(&state, &caller, &headers, &query).await?;
    let page = state.ledger.assets(caller.tenancy(), query).await?;
    let assets = page.assets.into_iter();
    let assets = assets.map(|(asset, private)| AssetBody::owner(&asset, private)).collect();
    let next_page_token = page.next_page_token.unwrap_or_default();
    Ok((count, Json(Assets { assets, next_page_token })))
}

/// A search is not counted: its number would cost as much as reading all of its pages.
async fn count_header(
    state: &State,
    caller: &Caller,
    asked: &HeaderMap,
    query: &AssetQuery,
) -> Result<HeaderMap, Error> {
    const ASKED: &str = "x-request-total-count";
    const TOTAL: HeaderName = HeaderName::from_static("x-total-count");
    let mut headers = HeaderMap::new();
    if query.search.is_none() && asked.get(ASKED).is_some_and(|value| value == "true") {
        let count = state.ledger.asset_count(caller.tenancy()).await?;
        headers.insert(TOTAL, HeaderValue::from(count));
    }
    Ok(headers)
}

pub(super) async fn asset(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(AssetPath(id)): Ids<AssetPath>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<AssetBody>, Error> {
    let found = state.ledger.asset(caller.tenancy(), id).await?;
    let (asset, private) = found.ok_or(Error::NotFound)?;
    Ok(Json(AssetBody::owner(&asset, Some(private))))
}

pub(super) async fn events(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(AssetPath(id)): Ids<AssetPath>,
    Strict(query): Strict<EventsQuery>,
) -> Result<Json<Events>, Error> {
    owned(&state, &caller, id).await?;
    page_of_events(&state, id, &query, View::Owner).await.map(Json)
}

pub(super) async fn event(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(EventPath(asset, id)): Ids<EventPath>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<EventBody>, Error> {
    owned(&state, &caller, asset).await?;
    let found = state.ledger.event(asset, id).await?;
    let event = found.ok_or(Error::NotFound)?;
    let private = state.ledger.event_private(caller.tenancy(), id).await?;
    let erased = state.ledger.erased_private_fields(caller.tenancy(), id).await?;
    let private = Some(PrivateBody::new(private.unwrap_or_default(), erased));
    let standing = Standing::of(&event, state.ledger.witnessed_size().await?);
    Ok(Json(EventBody::new(&event, View::Owner, standing, private)))
}

/// An address without parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Events are read by their asset alone, so the asset must be the caller's first.
pub(super) async fn owned(state: &State, caller: &Caller, id: AssetId) -> Result<(), Error> {
    let found = state.ledger.asset(caller.tenancy(), id).await?;
    found.map(|_| ()).ok_or(Error::NotFound)
}

pub(super) async fn page_of_events(
    state: &State,
    asset: AssetId,
    query: &EventsQuery,
    view: View,
) -> Result<Events, Error> {
    let size = page_size(query.page_size);
    let before = query.page_token.as_deref().filter(|token| !token.is_empty());
    let before = before.map(parse_page_token).transpose()?;
    let found = state.ledger.events(asset, before, size).await?;
    let events = found.ok_or(Error::NotFound)?;
    let next_page_token = next_page_token(&events, size);
    let witnessed = state.ledger.witnessed_size().await?;
    let body = |event| EventBody::new(event, view, Standing::of(event, witnessed), None);
    let events = events.iter().map(body).collect();
    Ok(Events { events, next_page_token })
}

fn page_size(asked: u32) -> u32 {
    if asked == 0 { PAGE_EVENTS_MAX } else { asked.min(PAGE_EVENTS_MAX) }
}

/// The token of a page of events is the log index before which it goes on.
fn parse_page_token(token: &str) -> Result<u64, Error> {
    token.parse().map_err(|_| StoreError::PageToken.into())
}

fn next_page_token(events: &[Event], size: u32) -> String {
    let is_full = events.len() >= usize::try_from(size).unwrap_or(usize::MAX);
    let last = events.last().filter(|event| is_full && event.log_index > 0);
    last.map(|event| event.log_index.to_string()).unwrap_or_default()
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
