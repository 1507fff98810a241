//! What everybody reads who has an address. Nothing here depends on who asks, so it may be cached.

use axum::{Json, extract::State as Shared};

use super::{
    AssetPath, EventPath, View,
    asset::AssetBody,
    event::EventBody,
    owner::{Events, EventsQuery, Nothing, page_of_events},
};
use crate::{
    State,
    error::Error,
    query::{Ids, Strict},
    standing::Standing,
};

pub(super) async fn asset(
    Shared(state): Shared<State>,
    Ids(AssetPath(id)): Ids<AssetPath>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<AssetBody>, Error> {
    let found = state.ledger.public_asset(id).await?;
    let (asset, _) = found.ok_or(Error::NotFound)?;
    Ok(Json(AssetBody::public(&asset)))
}

pub(super) async fn events(
    Shared(state): Shared<State>,
    Ids(AssetPath(id)): Ids<AssetPath>,
    Strict(query): Strict<EventsQuery>,
) -> Result<Json<Events>, Error> {
    page_of_events(&state, id, &query, View::Public).await.map(Json)
}

pub(super) async fn event(
    Shared(state): Shared<State>,
    Ids(EventPath(asset, id)): Ids<EventPath>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<EventBody>, Error> {
    let found = state.ledger.event(asset, id).await?;
    let event = found.ok_or(Error::NotFound)?;
    let standing = Standing::of(&event, state.ledger.witnessed_size().await?);
    Ok(Json(EventBody::new(&event, View::Public, standing, None)))
}
