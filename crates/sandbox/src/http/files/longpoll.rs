//! `files/list_folder/longpoll`: waits until a cursor has something to tell. It takes no token,
//! the cursor is the credential.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::listing;
use crate::http::call::Call;
use crate::http::failure::{Failure, json_response};
use crate::http::pending::pending;
use crate::world::{World, locked};

pub(super) const ROUTE: &str = "files/list_folder/longpoll";

const TIMEOUT_S_USUAL: u64 = 30;
const TIMEOUT_S_MAX: u64 = 480;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Longpoll {
    cursor: String,
    timeout: Option<u64>,
}

pub(in crate::http) fn wait(call: &Call) -> Result<Response, Failure> {
    if call.headers.contains_key(header::AUTHORIZATION) {
        return Err(Failure::Request(
            "This function does not take authorization, but there is an HTTP header \
             \"Authorization\"."
                .to_owned(),
        ));
    }
    let argument: Longpoll = call.argument()?;
    let timeout_s = argument.timeout.unwrap_or(TIMEOUT_S_USUAL);
    if !(TIMEOUT_S_USUAL..=TIMEOUT_S_MAX).contains(&timeout_s) {
        return Err(Failure::Argument(format!("timeout: {timeout_s} is not between 30 and 480")));
    }
    let world = Arc::clone(&call.world);
    let until = Instant::now() + Duration::from_secs(timeout_s);
    Ok(pending(async move {
        match answer(&world, argument.cursor, until).await {
            Ok(reply) => json_response(StatusCode::OK, reply),
            Err(failure) => failure.response(ROUTE, "request body", world.next_serial()),
        }
    }))
}

async fn answer(world: &World, cursor: String, until: Instant) -> Result<Vec<u8>, Failure> {
    let changes = tokio::select! {
        found = news(world, cursor) => found.map(|()| true)?,
        () = tokio::time::sleep_until(until) => false,
        () = world.stopping.cancelled() => false,
    };
    let backoff = locked(&world.bad_days).quirks().backoff_s.filter(|_| !changes);
    let reply = match backoff {
        Some(backoff) => json!({ "changes": changes, "backoff": backoff }),
        None => json!({ "changes": changes }),
    };
    Ok(reply.to_string().into_bytes())
}

/// Ends when the cursor has something to tell, or tells why it never will.
async fn news(world: &World, text: String) -> Result<(), Failure> {
    let cursor = listing::open(world, &text)?;
    if cursor.wanted.media {
        return Err(listing::invalid_cursor());
    }
    let account = world.account(&cursor.account);
    let account = account.ok_or_else(|| Failure::tag("reset"))?;
    let mut changes = account.changes();
    loop {
        changes.mark_unchanged();
        // A cursor that was reset while it waited is noticed here.
        listing::open(world, &text)?;
        if account.namespace().has_news(&cursor.scope, &cursor.position) {
            return Ok(());
        }
        if changes.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
