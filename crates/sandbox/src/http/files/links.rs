//! Links that work without a token for some hours: to fetch a file, and to bring one. And
//! `files/save_url`, which would fetch something from elsewhere: the sandbox reaches nobody.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::batches::{later, plain};
use super::download::{current, file_at};
use super::upload::{CommitInfo, commit_content, writable};
use crate::account::Account;
use crate::content::Incoming;
use crate::http::argument::Pattern;
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::identifier::NodeId;
use crate::seal::Purpose;
use crate::view::View;
use crate::wire;
use crate::world::World;

const LINK_VALID_S: i64 = 4 * 60 * 60;
const UPLOAD_VALID_S: f64 = 14_400.0;
const UPLOAD_VALID_MIN_S: f64 = 60.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemporaryLink {
    path: String,
}

#[derive(Serialize, Deserialize)]
struct Link {
    account: String,
    id: NodeId,
    until_s: i64,
}

pub(super) fn temporary_link(call: &Call, caller: &Caller) -> Outcome {
    let argument: TemporaryLink = call.argument()?;
    Pattern::ReadPath.check("path", &argument.path)?;
    let placed = file_at(&caller.view, &argument.path)?;
    if wire::is_cloud_document(&placed.0) {
        return Err(Failure::tag("unsupported_file"));
    }
    let until_s = call.world.clock.now_s() + LINK_VALID_S;
    let link = Link { account: caller.account.id.clone(), id: placed.1.id, until_s };
    let sealed = call.world.key.seal(Purpose::Link, &link);
    Ok(Reply::json(&json!({
        "metadata": plain(&caller.view, &placed)?,
        "link": format!("{}cd/0/get/{sealed}/file", call.world.url),
    })))
}

/// What is behind a temporary link.
pub(in crate::http) async fn content(
    State(world): State<Arc<World>>,
    Path(sealed): Path<String>,
    headers: HeaderMap,
) -> Response {
    let read = tokio::task::spawn_blocking(move || linked(&world, &sealed)).await;
    match read {
        Ok(Some(reply)) => reply.response(&headers),
        _ => StatusCode::GONE.into_response(),
    }
}

fn linked(world: &World, sealed: &str) -> Option<Reply> {
    let link: Link = world.key.open(Purpose::Link, sealed)?;
    let account = world.account(&link.account).filter(|_| world.clock.now_s() < link.until_s)?;
    let placed = {
        let mut namespace = account.namespace();
        let item = namespace.by_id(link.id)?;
        (item.lower.to_owned(), item.node.clone())
    };
    current(&whole(account), &placed).ok().map(Reply::Download)
}

fn whole(account: &Arc<Account>) -> View {
    View { account: Arc::clone(account), root: String::new() }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemporaryUploadLink {
    commit_info: CommitInfo,
    duration: Option<f64>,
}

#[derive(Serialize, Deserialize)]
struct UploadLink {
    account: String,
    root: String,
    commit: CommitInfo,
    until_s: i64,
}

pub(super) fn temporary_upload_link(call: &Call, caller: &Caller) -> Outcome {
    let TemporaryUploadLink { commit_info, duration } = call.argument()?;
    let duration_s = duration.unwrap_or(UPLOAD_VALID_S);
    if !(UPLOAD_VALID_MIN_S..=UPLOAD_VALID_S).contains(&duration_s) {
        let text = format!("duration: {duration_s} is not between 60.0 and 14400.0");
        return Err(Failure::Argument(text));
    }
    Pattern::WritePathOrId.check("commit_info: path", &commit_info.path)?;
    let valid = std::time::Duration::from_secs_f64(duration_s);
    let until_s = call.world.clock.now_s() + i64::try_from(valid.as_secs()).unwrap_or_default();
    let link = UploadLink {
        account: caller.account.id.clone(),
        root: caller.view.root.clone(),
        commit: commit_info,
        until_s,
    };
    let sealed = call.world.key.seal(Purpose::UploadLink, &link);
    Ok(Reply::json(&json!({ "link": format!("{}apitul/1/{sealed}", call.world.url) })))
}

/// Takes what was brought to a temporary upload link.
pub(in crate::http) async fn receive(
    State(world): State<Arc<World>>,
    Path(sealed): Path<String>,
    content: Bytes,
) -> Response {
    let taken = tokio::task::spawn_blocking(move || brought(&world, &sealed, content)).await;
    taken.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn brought(world: &World, sealed: &str, content: Bytes) -> Response {
    let link: Option<UploadLink> = world.key.open(Purpose::UploadLink, sealed);
    let Some(link) = link else { return StatusCode::NOT_FOUND.into_response() };
    let Some(account) = world.account(&link.account) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if world.clock.now_s() >= link.until_s {
        return StatusCode::GONE.into_response();
    }
    let view = View { root: link.root, ..whole(account) };
    let content = Incoming::of(content);
    let committed = commit_content(&view, &link.commit, &content);
    match committed.and_then(|placed| link.commit.attach_properties(world, account, &placed)) {
        Ok(()) => axum::Json(json!({ "content-hash": content.hash })).into_response(),
        Err(Failure::Internal) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Err(_) => StatusCode::CONFLICT.into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaveUrl {
    path: String,
    url: String,
}

pub(super) fn save_url(call: &Call, caller: &Caller) -> Outcome {
    let SaveUrl { path, url } = call.argument()?;
    writable(&caller.view, "path", &path, "path")?;
    let fetchable = url::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !fetchable {
        return Err(Failure::tag("invalid_url"));
    }
    let failed = json!({ ".tag": "failed", "failed": { ".tag": "download_failed" } });
    later(call, caller, failed)
}
