//! What everybody reads who has an address. Nothing here depends on who asks, so it may be cached.
//!
//! Without an address, events are found by the exact hash of a document alone, so that nobody can list
//! what is public; and no faster than a person with files would ask.

use axum::{
    Json,
    extract::{Path, State as Shared},
};
use http::HeaderMap;
use ledger::{AssetId, Content, Sharing};

use super::{
    AssetPath, EventPath, View,
    asset::AssetBody,
    event::EventBody,
    owner::{AtTime, Events, Nothing, Of, as_of, list_events, total},
    paging::List,
    parameters::EventsQuery,
};
use crate::{
    State,
    error::Error,
    guard::rate::Address,
    query::{Asked, Ids, Strict, identity},
};

pub(super) async fn asset(
    Shared(state): Shared<State>,
    Ids(AssetPath(id)): Ids<AssetPath>,
    Strict(AtTime { at_time }): Strict<AtTime>,
) -> Result<Json<AssetBody>, Error> {
    let asset = published(&state, id).await?;
    let asset = as_of(&state, asset, at_time.as_deref()).await?;
    Ok(Json(AssetBody::public(&asset)))
}

/// An asset that everybody may see.
pub(super) async fn published(state: &State, id: AssetId) -> Result<ledger::Asset, Error> {
    let found = state.ledger.public_asset(id).await?;
    let (asset, _) = found.ok_or(Error::NotFound)?;
    debug_assert_eq!(asset.sharing, Sharing::Public);
    Ok(asset)
}

pub(super) async fn events(
    Shared(state): Shared<State>,
    address: Address,
    Path(asset): Path<String>,
    asked: Asked<EventsQuery>,
) -> Result<(HeaderMap, Json<Events>), Error> {
    if asset == "-" {
        state.limits.wildcards.take(address)?;
        return of_content(&state, &asked).await;
    }
    let id: AssetId = identity(&asset)?;
    published(&state, id).await?;
    let list = List::new(&state, format!("public events {asset}"));
    list_events(&state, &list, Of::Asset(id, None), View::Public, &asked).await
}

/// The events that published a document with this hash.
async fn of_content(
    state: &State,
    asked: &Asked<EventsQuery>,
) -> Result<(HeaderMap, Json<Events>), Error> {
    let page = List::new(state, "public events -".to_owned()).read(asked)?;
    let content = wanted(&page.pairs)?;
    let mut found = Vec::new();
    for content in content {
        found.extend(state.ledger.public_events_with(content).await?);
    }
    found.sort_by_key(|full| std::cmp::Reverse(full.event.log_index));
    found.dedup_by_key(|full| full.event.id);
    let witnessed = state.ledger.witnessed_size().await?;
    let count = asked.is_counted.then_some(found.len() as u64);
    let body = |full| EventBody::new(full, View::Public, witnessed, None);
    let events = found.iter().map(body).collect();
    Ok((total(count), Json(Events { events, next_page_token: String::new() })))
}

/// The contents that a query for a hash may mean: one for each algorithm that it leaves open.
fn wanted(pairs: &[(String, String)]) -> Result<Vec<Content>, Error> {
    let exact = || {
        Error::BadQuery(
            "Without an asset, public events are found by the exact hash of a document alone: ask with \
             asset_attributes.document_hash_value=HASH, 64 lower-case hexadecimal digits, and if you \
             like asset_attributes.document_hash_alg."
                .to_owned(),
        )
    };
    let (mut value, mut algorithm) = (None, None);
    for (key, text) in pairs {
        match key.as_str() {
            "asset_attributes.document_hash_value" => value = Some(text),
            "asset_attributes.document_hash_alg" => algorithm = Some(text.as_str()),
            _ => return Err(exact()),
        }
    }
    let hash = value.and_then(|value| {
        let bytes: [u8; 32] = hex::decode(value).ok()?.try_into().ok()?;
        (hex::encode(bytes) == *value).then_some(bytes)
    });
    let hash = hash.ok_or_else(exact)?;
    let by_sha256 = Content { content_hash: None, sha256: Some(hash) };
    let by_content_hash = Content { content_hash: Some(hash), sha256: None };
    match algorithm {
        None => Ok(vec![by_sha256, by_content_hash]),
        Some("sha256") => Ok(vec![by_sha256]),
        Some("dropbox-content-hash") => Ok(vec![by_content_hash]),
        Some(_) => Err(exact()),
    }
}

pub(super) async fn event(
    Shared(state): Shared<State>,
    Ids(EventPath(asset, id)): Ids<EventPath>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<EventBody>, Error> {
    published(&state, asset).await?;
    let full = state.ledger.full_event(asset, id).await?.ok_or(Error::NotFound)?;
    let witnessed = state.ledger.witnessed_size().await?;
    Ok(Json(EventBody::new(&full, View::Public, witnessed, None)))
}
