//! The log as C2SP tlog-tiles has it: checkpoint, tiles, entry bundles, and the key to check them
//! with. Anybody may copy it, from a page of any site too; the entries are salted commitments and
//! name nobody and nothing.
//!
//! The pages that show the log to people are in `pages`.

mod answer;
mod range;

use axum::{
    extract::{Path, State as Shared},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use tlog::{BundleId, TILE_WIDTH, TileId};

use self::answer::{BYTES, TEXT, answer};
use crate::{
    State, caller::Access, error::Error, lookup::Incompressible, routes::Routes, site::IMMUTABLE,
};

/// The specification allows a few seconds. Two let a cache in front of us answer nearly all who
/// ask at the same time, and nobody sees a log that is noticeably old.
const CHECKPOINT_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=2");
/// What the log lacks now it may have in a moment.
const MISSING_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=2");
/// Asked for again each time, because a key may be joined by another one.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .share("/log/checkpoint", checkpoint)
        .share("/log/vkey", vkey)
        .share("/log/tile/{*path}", tile)
        .get("/healthz", Access::Anonymous, healthz)
}

async fn checkpoint(Shared(state): Shared<State>, asked: Parts) -> Result<Response, Error> {
    let note = state.ledger.checkpoint().await?;
    let response = answer(note.into_bytes(), TEXT, CHECKPOINT_CACHE, &asked);
    Ok(incompressible(response))
}

async fn vkey(Shared(state): Shared<State>, asked: Parts) -> Response {
    let line = format!("{}\n", state.ledger.log_key());
    incompressible(answer(line.into_bytes(), TEXT, REVALIDATE, &asked))
}

/// Tiles and bundles never change once written, partial ones included: their width is in the path.
async fn tile(
    Shared(state): Shared<State>,
    Path(path): Path<String>,
    asked: Parts,
) -> Result<Response, Error> {
    let path = format!("tile/{path}");
    let mut is_full_bundle = false;
    let found = if let Ok(bundle) = BundleId::parse(&path) {
        is_full_bundle = bundle.width() == TILE_WIDTH;
        state.ledger.entry_bundle(bundle).await?
    } else if let Ok(tile) = TileId::parse(&path) {
        state.ledger.tile(tile).await?
    } else {
        None
    };
    let Some(bytes) = found else { return Ok(missing()) };
    let response = answer(bytes, BYTES, IMMUTABLE, &asked);
    // Only a full bundle has enough that is not a hash for compression to make it smaller.
    Ok(if is_full_bundle { compressible(response) } else { incompressible(response) })
}

/// Caches must know that the bytes have another form, from every answer: also from a part and from
/// one that says that nothing changed, which are not compressed themselves.
fn compressible(mut response: Response) -> Response {
    const DEPENDS_ON: HeaderValue = HeaderValue::from_static("accept-encoding");
    response.headers_mut().insert(header::VARY, DEPENDS_ON);
    response
}

/// In plain text, because programs that read tiles print what they get. It carries what it says,
/// so that it is not given another form on its way out.
fn missing() -> Response {
    const SAY: &str = "The log has no such tile. Its size is the second line of /log/checkpoint.\n";
    let headers = [(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, MISSING_CACHE)];
    let mut response = (StatusCode::NOT_FOUND, headers, SAY).into_response();
    response.extensions_mut().insert(Error::NotFound.tell());
    incompressible(response)
}

fn incompressible(mut response: Response) -> Response {
    response.extensions_mut().insert(Incompressible);
    response
}

/// For whoever watches the process: healthy means that checkpoints can be read and signed.
async fn healthz(Shared(state): Shared<State>) -> Result<Response, Error> {
    state.ledger.checkpoint().await?;
    match state.ledger.read_only() {
        None => {
            let headers = [(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, REVALIDATE)];
            Ok((headers, "ok\n").into_response())
        }
        Some(reason) => {
            tracing::warn!(%reason, "Unhealthy: the log is read-only");
            Err(Error::ReadOnly)
        }
    }
}
