//! The log as C2SP tlog-tiles has it: checkpoint, tiles, entry bundles, and the key to check them
//! with. Anybody may copy it; the entries are salted commitments and name nobody and nothing.

use axum::{
    extract::{Path, State as Shared},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use tlog::{BundleId, TileId};

use crate::{State, caller::Access, error::Error, routes::Routes, site::IMMUTABLE};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// Asked for again each time, because it grows.
const GROWS: HeaderValue = HeaderValue::from_static("no-cache");

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/log/checkpoint", Access::Anonymous, checkpoint)
        .get("/log/vkey", Access::Anonymous, vkey)
        .get("/log/tile/{*path}", Access::Anonymous, tile)
        .get("/healthz", Access::Anonymous, healthz)
}

async fn checkpoint(Shared(state): Shared<State>) -> Result<Response, Error> {
    let note = state.ledger.checkpoint().await?;
    Ok(answer(TEXT, GROWS, note))
}

async fn vkey(Shared(state): Shared<State>) -> Response {
    answer(TEXT, GROWS, format!("{}\n", state.ledger.log_key()))
}

/// Tiles and bundles never change once written, partial ones included: their width is in the path.
async fn tile(Shared(state): Shared<State>, Path(path): Path<String>) -> Result<Response, Error> {
    let path = format!("tile/{path}");
    let found = if let Ok(bundle) = BundleId::parse(&path) {
        state.ledger.entry_bundle(bundle).await
    } else if let Ok(tile) = TileId::parse(&path) {
        state.ledger.tile(tile).await
    } else {
        return Err(Error::NotFound);
    };
    let bytes = found?.ok_or(Error::NotFound)?;
    Ok(answer(BYTES, IMMUTABLE, bytes))
}

/// For whoever watches the process: healthy means that checkpoints can be read and signed.
async fn healthz(Shared(state): Shared<State>) -> Result<Response, Error> {
    state.ledger.checkpoint().await?;
    match state.ledger.read_only() {
        None => Ok(answer(TEXT, GROWS, "ok\n")),
        Some(reason) => {
            tracing::warn!(%reason, "Unhealthy: the log is read-only");
            Err(Error::ReadOnly)
        }
    }
}

fn answer(kind: HeaderValue, cache: HeaderValue, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response
}
