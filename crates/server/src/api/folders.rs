//! Choosing folders: look at them one level at a time, count what a choice would publish, and link.

use std::convert::Infallible;

use axum::{
    Json,
    extract::State as Shared,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use sync::{Folder, FolderId, Preview, Rules, SourceError};

use super::{IntegrationPath, integration::Integration, owned};
use crate::{
    State,
    caller::Caller,
    error::Error,
    query::{Body, Ids, Strict},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parent {
    parent: Option<FolderId>,
}

#[derive(Serialize)]
pub(crate) struct Folders {
    folders: Vec<Folder>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    rules: Rules,
}

pub(super) async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Strict(query): Strict<Parent>,
) -> Result<Json<Folders>, Error> {
    let parent = query.parent.filter(|parent| !parent.is_root());
    let folders = state.sync.folders(caller.tenancy(), id, parent.as_ref()).await?;
    Ok(Json(Folders { folders }))
}

pub(super) async fn link(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Body(choice): Body<Choice>,
) -> Result<Json<Integration>, Error> {
    let source = state.sync.link(caller.tenancy(), id, choice.rules).await?;
    Integration::read(&state, source).await.map(Json)
}

/// Counts while it is read. A client that goes away ends the count.
pub(super) async fn preview(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Body(choice): Body<Choice>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    owned(&state, &caller, id).await?;
    let counts = state.sync.preview(caller.tenancy(), id, choice.rules).await?;
    let closing = state.closing.clone().cancelled_owned();
    let events = counts.map(|count| Ok(event(count))).take_until(closing);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

fn event(count: Result<Preview, SourceError>) -> Event {
    let (event, json) = match count {
        Ok(count) => (Event::default(), Event::default().json_data(count)),
        Err(error) => {
            let event = Event::default().event("problem");
            (event.clone(), event.json_data(Error::from(error).tell()))
        }
    };
    json.unwrap_or(event)
}
