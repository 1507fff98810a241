//! The log as C2SP tlog-tiles has it: checkpoints, tiles, entry bundles, and the keys to check them
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
        .share("/log/witnessed-checkpoint", witnessed_checkpoint)
        .share("/log/vkey", vkey)
        .share("/log/tile/{*path}", tile)
        .get("/healthz", Access::Anonymous, healthz)
}

async fn checkpoint(Shared(state): Shared<State>, asked: Parts) -> Result<Response, Error> {
    let note = state.ledger.checkpoint().await?;
    let response = answer(note.into_bytes(), TEXT, CHECKPOINT_CACHE, &asked);
    Ok(incompressible(response))
}

/// The newest checkpoint that as many witnesses have signed as the policy asks for. It lags behind
/// the newest of all by the time that they take.
async fn witnessed_checkpoint(
    Shared(state): Shared<State>,
    asked: Parts,
) -> Result<Response, Error> {
    const SAY: &str = "No checkpoint of this log has the signatures of enough witnesses yet. The \
                       newest that the log itself signed is at /log/checkpoint.\n";
    let Some(note) = state.ledger.witnessed_checkpoint().await? else { return Ok(missing(SAY)) };
    Ok(incompressible(answer(note.into_bytes(), TEXT, CHECKPOINT_CACHE, &asked)))
}

/// The keys that entry 0 names, one to a line. Whoever takes one only takes the first.
async fn vkey(Shared(state): Shared<State>, asked: Parts) -> Response {
    let keys = [Some(state.ledger.log_key()), state.ledger.second_log_key()];
    let lines: Vec<_> = keys.iter().flatten().map(|key| format!("{key}\n")).collect();
    incompressible(answer(lines.concat().into_bytes(), TEXT, REVALIDATE, &asked))
}

/// Tiles and bundles never change once written, partial ones included: their width is in the path.
async fn tile(
    Shared(state): Shared<State>,
    Path(path): Path<String>,
    asked: Parts,
) -> Result<Response, Error> {
    const SAY: &str = "The log has no such tile. Its size is the second line of /log/checkpoint.\n";
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
    let Some(bytes) = found else { return Ok(missing(SAY)) };
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

/// In plain text, because programs that read a log print what they get. It carries what it says,
/// so that it is not given another form on its way out.
fn missing(say: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, MISSING_CACHE)];
    let mut response = (StatusCode::NOT_FOUND, headers, say).into_response();
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
