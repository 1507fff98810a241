//! The API's front desk: which route is meant, and its answer or failure as a response.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::call::Call;
use super::failure::{Failure, json_response};
use super::{listing, longpoll, lookup, people};
use crate::world::World;

pub(super) async fn call(
    State(world): State<Arc<World>>,
    Path(route): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = Call { world: &world, headers: &headers, body: &body };
    match answer(&route, &call).await {
        Ok(body) => json_response(StatusCode::OK, body),
        Err(failure) => failure.response(&route, world.next_serial()),
    }
}

async fn answer(route: &str, call: &Call<'_>) -> Result<Vec<u8>, Failure> {
    call.check_content_type()?;
    match route {
        "files/list_folder" => listing::list_folder(call),
        "files/list_folder/continue" => listing::go_on(call),
        "files/list_folder/get_latest_cursor" => listing::latest_cursor(call),
        "files/list_folder/longpoll" => longpoll::wait(call).await,
        "files/get_metadata" => lookup::metadata(call),
        "files/list_revisions" => lookup::revisions(call),
        "users/get_current_account" => people::current_account(call),
        "auth/token/revoke" => people::revoke(call),
        "check/user" => people::check_user(call),
        "check/app" => people::check_app(call),
        _ => Err(Failure::Text(format!("Unknown API function: \"{route}\""))),
    }
}
