//! Bad days: faults, pages, quirks, cursors, the clock; and what was asked meanwhile.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, Refused, done};
use crate::admin::Admin;
use crate::clock;
use crate::faults::{Fault, Pages, Quirks};
use crate::world::{World, locked};

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/sandbox/faults", get(faults).post(inject).delete(clear_faults))
        .route("/sandbox/pages", get(pages).put(set_pages))
        .route("/sandbox/quirks", get(quirks).put(set_quirks))
        .route("/sandbox/cursors/reset", post(reset))
        .route("/sandbox/clock", get(now).put(set_clock).post(advance))
        .route("/sandbox/requests", get(requests).delete(clear_requests))
        .route("/sandbox/requests.jsonl", get(export))
}

async fn faults(State(world): State<Arc<World>>) -> Outcome {
    Ok(Json(json!({ "faults": locked(&world.bad_days).waiting() })))
}

async fn inject(State(world): State<Arc<World>>, Json(fault): Json<Fault>) -> Outcome {
    Admin::new(world).inject(fault);
    Ok(done())
}

async fn clear_faults(State(world): State<Arc<World>>) -> Outcome {
    Admin::new(world).clear_faults();
    Ok(done())
}

async fn pages(State(world): State<Arc<World>>) -> Outcome {
    Ok(Json(json!(locked(&world.bad_days).pages())))
}

async fn set_pages(State(world): State<Arc<World>>, Json(pages): Json<Pages>) -> Outcome {
    Admin::new(world).set_pages(pages);
    Ok(done())
}

async fn quirks(State(world): State<Arc<World>>) -> Outcome {
    Ok(Json(json!(locked(&world.bad_days).quirks())))
}

async fn set_quirks(State(world): State<Arc<World>>, Json(quirks): Json<Quirks>) -> Outcome {
    Admin::new(world).set_quirks(quirks);
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    cursor: String,
}

/// Without a body every cursor; with one, the cursor that it names.
async fn reset(State(world): State<Arc<World>>, body: Bytes) -> Outcome {
    let admin = Admin::new(world);
    if body.is_empty() {
        admin.reset_cursors()?;
    } else {
        let bad = |error: serde_json::Error| Refused(StatusCode::BAD_REQUEST, error.to_string());
        admin.reset_cursor(&serde_json::from_slice::<Reset>(&body).map_err(bad)?.cursor);
    }
    Ok(done())
}

async fn now(State(world): State<Arc<World>>) -> Outcome {
    Ok(Json(json!({ "at": clock::text(world.clock.now_s()) })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Now {
    at: Timestamp,
}

async fn set_clock(State(world): State<Arc<World>>, Json(now): Json<Now>) -> Outcome {
    Admin::new(world).set_clock(now.at);
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn advance(State(world): State<Arc<World>>, Json(by): Json<Advance>) -> Outcome {
    Admin::new(world).advance_clock(Duration::from_secs(by.seconds));
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    route: Option<String>,
}

async fn requests(State(world): State<Arc<World>>, Query(wanted): Query<Wanted>) -> Outcome {
    let admin = Admin::new(world);
    let mut requests = admin.requests();
    requests.retain(|request| wanted.route.as_ref().is_none_or(|route| request.route == *route));
    Ok(Json(json!({ "counts": admin.request_counts(), "requests": requests })))
}

/// One request a line, oldest first, for other programs.
async fn export(State(world): State<Arc<World>>) -> Response {
    let lines = Admin::new(world).requests().iter().rev().fold(String::new(), |mut text, each| {
        let written = writeln!(text, "{}", json!(each));
        debug_assert!(written.is_ok(), "a line can be written to memory");
        text
    });
    ([(header::CONTENT_TYPE, "application/jsonl")], lines).into_response()
}

async fn clear_requests(State(world): State<Arc<World>>) -> Outcome {
    Admin::new(world).clear_requests();
    Ok(done())
}
