//! What is behind a shared link, for apps and for browsers.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::address::{LinkProblem, Linked, resolve};
use super::link_settings::described;
use crate::edit::Placed;
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::files::{current, find};
use crate::http::reply::{Download, Reply};
use crate::http::routes::Outcome;
use crate::view::{Found, View};
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Argument {
    url: String,
    path: Option<String>,
    link_password: Option<String>,
}

pub(super) fn metadata(call: &Call, caller: Option<&Caller>) -> Outcome {
    let argument: Argument = call.argument()?;
    let (linked, placed) = follow(call, &argument)?;
    let own = caller.filter(|caller| caller.account.id == linked.link.account);
    let frame = own.map(|caller| caller.view.frame());
    Ok(Reply::json(&described(&call.world, &linked.link, &placed, frame)))
}

pub(super) fn file(call: &Call, _caller: Option<&Caller>) -> Outcome {
    let argument: Argument = call.argument()?;
    let (linked, placed) = follow(call, &argument)?;
    if placed.1.is_folder() {
        return Err(Failure::tag("shared_link_is_directory"));
    }
    if !linked.link.allow_download {
        return Err(Failure::tag("shared_link_access_denied"));
    }
    let download = current(&linked.view, &placed)?;
    let result = described(&call.world, &linked.link, &placed, None);
    Ok(Reply::Download(Download { result: result.to_string().into_bytes(), ..download }))
}

/// A link, and what a path below it leads to.
fn follow(call: &Call, argument: &Argument) -> Result<(Linked, Placed), Failure> {
    let linked = resolve(&call.world, &argument.url, argument.link_password.as_deref());
    let linked = linked.map_err(refused)?;
    let path = argument.path.as_deref().filter(|path| !matches!(*path, "" | "/"));
    let placed = match path {
        None => linked.placed.clone(),
        Some(path) => below(&linked.view, path)?,
    };
    Ok((linked, placed))
}

fn below(view: &View, path: &str) -> Result<Placed, Failure> {
    match find(view, path) {
        Ok(Found::Present(lower, node)) => Ok((lower, node)),
        Err(failure @ Failure::Argument(_)) => Err(failure),
        _ => Err(Failure::tag("shared_link_not_found")),
    }
}

pub(super) fn refused(problem: LinkProblem) -> Failure {
    Failure::tag(match problem {
        LinkProblem::NotFound => "shared_link_not_found",
        LinkProblem::AccessDenied => "shared_link_access_denied",
    })
}

#[derive(Deserialize)]
pub(in crate::http) struct Shown {
    password: Option<String>,
}

/// The file behind a link, in a browser. The sandbox draws no page around it.
pub(in crate::http) async fn page(
    State(world): State<Arc<World>>,
    Query(shown): Query<Shown>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let read = tokio::task::spawn_blocking(move || {
        let path = uri.path_and_query().map(PathAndQuery::as_str).unwrap_or_default();
        let address = world.url.join(path).ok()?;
        let linked = resolve(&world, address.as_str(), shown.password.as_deref()).ok()?;
        current(&linked.view, &linked.placed).ok().map(Reply::Download)
    });
    match read.await {
        Ok(Some(reply)) => reply.response(&headers),
        _ => (StatusCode::NOT_FOUND, "There is nothing behind this link.").into_response(),
    }
}
