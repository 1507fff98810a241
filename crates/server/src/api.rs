//! What the administration pages work with: the tenancy, its integrations, and what changes now.
//!
//! Applications may read it with a bearer token; changing anything takes an administrator who is
//! signed in. Documents themselves are under `archivist`, in the published format.

mod activity;
mod connect;
mod control;
mod folders;
mod integration;
mod integrations;
mod live;
mod me;
mod unrecorded;

use std::convert::Infallible;

use axum::response::{
    IntoResponse,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt};
use ledger::{Source, SourceId};

use crate::{
    State,
    caller::{Access, Caller},
    error::Error,
    query::{FromPath, identity},
    routes::Routes,
};

pub(crate) fn routes(routes: Routes) -> Routes {
    let (reader, administrator) = (Access::Reader, Access::Administrator);
    routes
        .get("/api/me", reader, me::me)
        .patch("/api/tenancy", administrator, me::rename_tenancy)
        .get("/api/integrations", reader, integrations::list)
        .post("/api/integrations/dropbox/connect", administrator, connect::connect)
        .get("/integrations/dropbox/callback", Access::Page, connect::callback)
        .get("/api/integrations/{integration}", reader, integrations::read)
        .patch("/api/integrations/{integration}", administrator, integrations::rename)
        .post("/api/integrations/{integration}/secret", administrator, integrations::secret)
        .post("/api/integrations/{integration}/disconnect", administrator, integrations::disconnect)
        .get("/api/integrations/{integration}/folders", Access::User, folders::list)
        .put("/api/integrations/{integration}/folders", administrator, folders::link)
        .post("/api/integrations/{integration}/preview", administrator, folders::preview)
        .get("/api/integrations/{integration}/unrecorded", reader, unrecorded::list)
        .post("/api/integrations/{integration}/unrecorded/retry", administrator, control::retry)
        .post("/api/integrations/{integration}/pause", administrator, control::pause)
        .post("/api/integrations/{integration}/resume", administrator, control::resume)
        .post("/api/integrations/{integration}/sync", administrator, control::sync_now)
        .put("/api/integrations/{integration}/settings", administrator, control::configure)
        .get("/api/integrations/{integration}/activity", reader, activity::list)
        .get("/api/integrations/{integration}/activity/export", reader, activity::export)
        .get("/webhooks/dropbox", Access::Anonymous, control::challenge)
        .post("/webhooks/dropbox", Access::Anonymous, control::notified)
        .get("/api/live", reader, live::live)
}

/// An answer that goes on until its events end, its reader goes away, or the server stops. Proxies
/// are asked not to hold pieces of it back.
fn events<S>(state: &State, events: S) -> impl IntoResponse + use<S>
where
    S: Stream<Item = Event> + Send + 'static,
{
    let closing = state.closing.clone().cancelled_owned();
    let events = events.map(Ok::<_, Infallible>).take_until(closing);
    ([("x-accel-buffering", "no")], Sse::new(events).keep_alive(KeepAlive::default()))
}

/// The path of an integration.
pub(crate) struct IntegrationPath(SourceId);

impl FromPath for IntegrationPath {
    type Raw = String;

    fn from_path(raw: String) -> Result<Self, Error> {
        identity(&raw).map(Self)
    }
}

/// The caller's own integration; another tenancy's is not there.
async fn owned(state: &State, caller: &Caller, id: SourceId) -> Result<Source, Error> {
    let found = state.ledger.source(caller.tenancy(), id).await?;
    found.ok_or(Error::NotFound)
}

/// A name that people chose: one line, not empty, not endless.
fn display_name(text: &str) -> Result<String, Error> {
    const DISPLAY_NAME_CHARS_MAX: usize = 128;
    let name = text.trim();
    let fits = (1..=DISPLAY_NAME_CHARS_MAX).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(Error::BadRequest(format!(
        "A display name has 1 to {DISPLAY_NAME_CHARS_MAX} characters on one line. Choose another."
    )))
}
