//! The page for people: which logs this witness knows, how large they were and when, and the keys
//! to check its signatures with.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};
use tlog::Cosigner;

use super::Inner;

const STYLE: &str = include_str!("../../static/style.css");

#[derive(Template)]
#[template(path = "witness.html")]
struct Page {
    name: String,
    keys: Vec<String>,
    logs: Vec<Row>,
}

struct Row {
    origin: String,
    /// Where the last checkpoint is.
    path: String,
    seen: Option<RowSeen>,
}

struct RowSeen {
    size: u64,
    at: String,
}

pub(super) async fn page(State(witness): State<Arc<Inner>>) -> Response {
    let page = tokio::task::spawn_blocking(move || Page::of(&witness));
    let html = match page.await {
        Ok(Ok(page)) => page.render().ok(),
        Ok(Err(error)) => {
            tracing::error!(%error, "the page cannot be shown");
            None
        }
        Err(_) => None,
    };
    match html {
        Some(html) => Html(html).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

impl Page {
    fn of(witness: &Inner) -> Result<Self, rusqlite::Error> {
        let keys: Vec<_> = witness.cosigners.iter().map(Cosigner::verifier_key).collect();
        let name = keys.first().map(|key| key.name().to_string()).unwrap_or_default();
        let row = |log| {
            let seen = witness.latest(log)?.map(|seen| RowSeen {
                size: seen.checkpoint.size,
                at: seen.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            });
            let (origin, path) = (log.origin.to_string(), log.origin.monitoring_path());
            Ok(Row { origin, path, seen })
        };
        let logs = witness.logs.iter().map(row).collect::<Result<_, rusqlite::Error>>()?;
        Ok(Self { name, keys: keys.iter().map(ToString::to_string).collect(), logs })
    }
}
