//! What the administration pages work with: the tenancy, its integrations, and what changes now.
//!
//! Applications may read it with a bearer token; changing anything takes an administrator who is
//! signed in. Documents themselves are under `archivist`, in the published format.

mod activity;
mod connect;
mod control;
mod domain;
mod folders;
mod integration;
mod integrations;
mod live;
mod me;
mod unrecorded;
mod webhooks;

use std::convert::Infallible;

use axum::response::{
    IntoResponse,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt};
use ledger::{Source, SourceId};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    State,
    caller::{Access, Caller},
    error::Error,
    openapi::{As, Events},
    query::{FromPath, identity},
    routes::Routes,
};

pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = integrations(routes.section("Integrations"));
    let routes = webhooks::routes(routes.section("Webhooks"));
    let routes = domain::routes(routes.section("Your domain"));
    let (reader, administrator) = (Access::Reader, Access::Administrator);
    routes
        .section("Your tenancy")
        .get("/api/me", reader, "Read who you are", me::me)
        .patch("/api/tenancy", administrator, "Name your tenancy", me::rename_tenancy)
        .get("/api/live", reader, "Follow what changes", live::live)
}

fn integrations(routes: Routes) -> Routes {
    const ONE: &str = "/api/integrations/{integration}";
    const FOLDERS: &str = "/api/integrations/{integration}/folders";
    let (reader, administrator) = (Access::Reader, Access::Administrator);
    let routes = routes
        .get("/api/integrations", reader, "List integrations", integrations::list)
        .post(
            "/api/integrations/dropbox/connect",
            administrator,
            "Begin to connect Dropbox",
            connect::connect,
        )
        .get(
            "/integrations/dropbox/callback",
            Access::Page,
            "Come back from Dropbox",
            connect::callback,
        )
        .get(ONE, reader, "Read an integration", integrations::read)
        .patch(ONE, administrator, "Rename an integration", integrations::rename)
        .get(FOLDERS, Access::User, "List folders in Dropbox", folders::list)
        .put(FOLDERS, administrator, "Link folders", folders::link)
        .get(
            "/api/integrations/{integration}/unrecorded",
            reader,
            "List what is not recorded",
            unrecorded::list,
        )
        .get(
            "/api/integrations/{integration}/activity",
            reader,
            "List what an integration did",
            activity::list,
        )
        .get(
            "/api/integrations/{integration}/activity/export",
            reader,
            "Get all that an integration did",
            activity::export,
        );
    webhook(commands(routes))
}

fn commands(routes: Routes) -> Routes {
    let administrator = Access::Administrator;
    routes
        .post(
            "/api/integrations/{integration}/preview",
            administrator,
            "Count what a choice of folders holds",
            folders::preview,
        )
        .post(
            "/api/integrations/{integration}/secret",
            administrator,
            "Make a new secret of an integration",
            integrations::secret,
        )
        .post(
            "/api/integrations/{integration}/disconnect",
            administrator,
            "Disconnect an integration",
            integrations::disconnect,
        )
        .post(
            "/api/integrations/{integration}/unrecorded/retry",
            administrator,
            "Try again what is not recorded",
            control::retry,
        )
        .post(
            "/api/integrations/{integration}/pause",
            administrator,
            "Pause an integration",
            control::pause,
        )
        .post(
            "/api/integrations/{integration}/resume",
            administrator,
            "Let an integration go on",
            control::resume,
        )
        .post(
            "/api/integrations/{integration}/sync",
            administrator,
            "Look for changes now",
            control::sync_now,
        )
        .put(
            "/api/integrations/{integration}/settings",
            administrator,
            "Set how an integration works",
            control::configure,
        )
}

fn webhook(routes: Routes) -> Routes {
    const WEBHOOK: &str = "/webhooks/dropbox";
    routes.get(WEBHOOK, Access::Anonymous, "Echo a challenge of Dropbox", control::challenge).post(
        WEBHOOK,
        Access::Anonymous,
        "Take a notification of Dropbox",
        control::notified,
    )
}

/// An answer that goes on until its events end, its reader goes away, or the server stops. Proxies
/// are asked not to hold pieces of it back.
fn events<S, T>(state: &State, events: S) -> As<Events<T>>
where
    S: Stream<Item = Event> + Send + 'static,
{
    let closing = state.closing.clone().cancelled_owned();
    let events = events.map(Ok::<_, Infallible>).take_until(closing);
    let events = Sse::new(events).keep_alive(KeepAlive::default());
    As::from(([("x-accel-buffering", "no")], events).into_response())
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

/// What something is to be called.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DisplayName")]
pub(crate) struct Rename {
    display_name: String,
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
