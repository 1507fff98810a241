//! The pages that are HTML before any script runs, and run none: the permanent pages of an asset
//! and an event, the log, sign-in, and failures.
//!
//! They hold no name and no path of a file: nothing private is ever given to a template here.

mod api;
mod asset;
mod event;
mod evidence;
mod join;
mod log;
pub(crate) mod placeholder;
pub(crate) mod problem;
mod sign_in;
pub(crate) mod style;
mod words;

pub(crate) use event::receipt_file;
pub(crate) use log::Growth;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::{caller::Access, error::Error, routes::Routes};

/// Asset pages are found by address or by content, never by a search engine.
const ROBOTS: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));

pub(crate) fn routes(routes: Routes) -> Routes {
    let anonymous = Access::Anonymous;
    let routes = log::routes(routes.section("Pages"))
        .get("/publicassets/{asset}", anonymous, "See a public asset", asset::page)
        .get("/publicassets/{asset}/events/{event}", anonymous, "See a public event", event::page);
    let routes = routes
        .section("What everybody sees")
        .get(
            "/publicassets/{asset}/events/{event}/receipt",
            anonymous,
            "Get the receipt of a public event",
            event::receipt,
        )
        .section("The API")
        .get("/api", anonymous, "See this document as a page", api::page)
        .get("/api/openapi.json", anonymous, "Get this document", api::document);
    routes
        .section("Signing in")
        .get("/sign-in", anonymous, "See how to sign in", sign_in::explain)
        .get("/sign-in/{token}", anonymous, "Follow a sign-in link", sign_in::confirm)
        .post("/sign-in/{token}", anonymous, "Sign in with a link", sign_in::redeem)
        .get("/join/{token}", anonymous, "Follow an invitation", join::confirm)
        .post("/join/{token}", anonymous, "Accept an invitation", join::accept)
        .post("/sign-out", Access::User, "Sign out", sign_in::sign_out)
}

fn render(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, [ROBOTS], Html(html)).into_response(),
        Err(cause) => Error::internal(cause).into_response(),
    }
}
