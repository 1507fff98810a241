//! Links between people and apps: made without a browser, ended, expired, frozen.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Refused, done};
use crate::access::{Consent, Permissions};
use crate::admin::Admin;
use crate::http::former_tokens::{FormerLink, FormerToken};
use crate::http::token;
use crate::world::World;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/sandbox/tokens", post(allow))
        .route("/sandbox/tokens/oauth1", post(allow_as_before))
        .route("/sandbox/tokens/expire", post(expire))
        .route("/sandbox/links/revoke", post(revoke))
        .route("/sandbox/apps/freeze", post(freeze))
}

/// What somebody would allow on the consent page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allow {
    app: String,
    /// Without it, everything that is enabled for the app.
    scope: Option<String>,
    /// An email address; without one the first person's.
    account: Option<String>,
}

/// As if somebody had gone through the pages: the reply is that of the token endpoint, with a
/// refresh token that needs no secret.
async fn allow(State(world): State<Arc<World>>, Json(allow): Json<Allow>) -> Outcome {
    let app = world.app(&allow.app);
    let app = app.ok_or_else(|| Refused(StatusCode::NOT_FOUND, "no such app".to_owned()))?;
    let permissions = match &allow.scope {
        None => Permissions::enabled(&app),
        Some(scope) => Permissions::parse(scope).map_err(|name| {
            Refused(StatusCode::BAD_REQUEST, format!("Dropbox has no scope {name:?}"))
        })?,
    };
    let account = super::account(&world, allow.account.as_ref())?.id.clone();
    let consent = Consent { app: app.key, account, permissions, with_pkce: true };
    Ok(Json(Value::Object(token::granted_offline(&world, consent)?)))
}

/// Whose token from before OAuth 2 it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowAsBefore {
    app: String,
    account: Option<String>,
}

/// A token and a secret for `auth/token/from_oauth1`.
async fn allow_as_before(
    State(world): State<Arc<World>>,
    Json(allow): Json<AllowAsBefore>,
) -> Outcome {
    let app = world.app(&allow.app);
    let app = app.ok_or_else(|| Refused(StatusCode::NOT_FOUND, "no such app".to_owned()))?;
    let account = super::account(&world, allow.account.as_ref())?.id.clone();
    let link = FormerLink { app: app.key, account };
    Ok(Json(json!(FormerToken::of(&world, &link))))
}

async fn expire(State(world): State<Arc<World>>) -> Outcome {
    Admin::new(world).expire_access_tokens()?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    app: Option<String>,
    account: Option<String>,
}

async fn revoke(State(world): State<Arc<World>>, Query(link): Query<Link>) -> Outcome {
    let admin = Admin::new(world);
    let revoked = match (link.account, link.app) {
        (Some(email), app) => admin.disconnect_person(&email, app.as_deref())?,
        (None, Some(app)) => admin.disconnect(&app)?,
        (None, None) => admin.disconnect_all()?,
    };
    Ok(Json(json!({ "revoked": revoked })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct App {
    app: String,
}

async fn freeze(State(world): State<Arc<World>>, Query(frozen): Query<App>) -> Outcome {
    Admin::new(world).freeze(&frozen.app);
    Ok(done())
}
