//! The sandbox over HTTP. All of Dropbox's hosts are one router here: the web pages, the API, the
//! content host and the notification host. The reception sends each route to its host.

mod account_routes;
mod administration;
mod apps;
mod argument;
mod authorize;
mod call;
mod desk;
mod failure;
mod file_requests;
mod files;
mod former_tokens;
mod home;
mod page;
mod pages;
mod paper;
mod pending;
mod people;
mod properties;
mod reception;
mod reply;
mod riviera;
mod routes;
mod session;
mod sharing;
mod shuffle;
mod token;
mod traffic;
mod users;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{any, get, post};
use axum::{Router, middleware};

use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::world::World;
use pending::settled;

pub(crate) use file_requests::FileRequest;
pub(crate) use properties::Properties;
pub use routes::routes;
pub(crate) use sharing::FileMembers;

/// Forms are small; what the API takes, its desk limits.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The most that a temporary upload link takes.
const UPLOAD_BYTES_MAX: usize = 150 * 1024 * 1024;

/// How long a body may pause on its way; what was uploaded so far is forgotten.
const BODY_TIMEOUT: Duration = Duration::from_secs(90);

/// What the routes answer. What of it is kept while the answer takes its time is little.
pub(crate) fn answer(router: &Router, request: Request) -> impl Future<Output = Response> + use<> {
    let answer = Box::pin(router.clone().oneshot(request));
    async move {
        let Ok(response) = answer.await;
        settled(response).await
    }
}

pub(crate) fn router(world: Arc<World>) -> Router {
    let uploads = post(files::linked_upload).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX));
    let counted = Router::new()
        .route("/", get(home::page))
        .route("/login", get(session::page).post(session::sign_in))
        .route("/logout", post(session::sign_out))
        .route("/oauth2/authorize", get(authorize::page).post(authorize::decide))
        .route("/account/connected_apps", get(apps::page).post(apps::disconnect))
        .route("/oauth2/token", post(token::issue))
        .route("/1/oauth2/token", post(token::issue))
        .route("/2/{*route}", any(desk::call))
        .route("/cd/0/get/{link}/file", get(files::linked_content))
        .route("/apitul/1/{link}", uploads)
        .route("/scl/{kind}/{link}/{name}", get(sharing::linked_page))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&world), traffic::observe));
    Router::new()
        .merge(counted)
        .merge(administration::routes())
        .route(page::STYLE_PATH, get(page::style))
        .layer(middleware::from_fn(reception::receive))
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT))
        .layer(CatchPanicLayer::new())
        .with_state(world)
}
