//! Webhooks: who is told, what went out, and what goes wrong on the way.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, Refused, done};
use crate::admin::Admin;
use crate::webhooks::{Mischief, Webhook, WebhookError};
use crate::world::World;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/sandbox/webhooks", get(list).put(register).delete(remove))
        .route("/sandbox/webhooks/mischief", post(disturb))
        .route("/sandbox/webhooks/notify", post(notify))
}

impl From<WebhookError> for Refused {
    fn from(error: WebhookError) -> Self {
        let status = match error {
            WebhookError::Unknown(_) => StatusCode::NOT_FOUND,
            WebhookError::Unverified(_) => StatusCode::BAD_GATEWAY,
            WebhookError::Unrecorded(_) => StatusCode::INTERNAL_SERVER_ERROR,
            WebhookError::Elsewhere(_) | WebhookError::NoSecret(_) => StatusCode::BAD_REQUEST,
        };
        Self(status, error.to_string())
    }
}

async fn list(State(world): State<Arc<World>>) -> Outcome {
    Ok(Json(json!({ "webhooks": Admin::new(world).webhooks() })))
}

async fn register(State(world): State<Arc<World>>, Json(webhook): Json<Webhook>) -> Outcome {
    Admin::new(world).register_webhook(webhook).await?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct App {
    app: String,
}

async fn remove(State(world): State<Arc<World>>, Query(app): Query<App>) -> Outcome {
    Admin::new(world).remove_webhook(&app.app)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Disturb {
    app: String,
    mischief: Mischief,
    #[serde(default = "once")]
    calls: usize,
}

fn once() -> usize {
    1
}

async fn disturb(State(world): State<Arc<World>>, Json(disturb): Json<Disturb>) -> Outcome {
    Admin::new(world).disturb_webhook(&disturb.app, disturb.mischief, disturb.calls)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notify {
    app: String,
    /// Sent as it stands: an empty body, unknown accounts, an older format.
    body: String,
    mischief: Option<Mischief>,
}

async fn notify(State(world): State<Arc<World>>, Json(notify): Json<Notify>) -> Outcome {
    let admin = Admin::new(world);
    let status = admin.notify(&notify.app, &notify.body, notify.mischief).await?;
    Ok(Json(json!({ "status": status })))
}
