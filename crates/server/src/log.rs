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
    State,
    caller::Access,
    error::Error,
    lookup::Incompressible,
    openapi::{As, Bytes, Text},
    routes::Routes,
    site::IMMUTABLE,
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
        .section("The log")
        .share("/log/checkpoint", "Read the newest checkpoint", checkpoint)
        .share(
            "/log/witnessed-checkpoint",
            "Read the newest witnessed checkpoint",
            witnessed_checkpoint,
        )
        .share("/log/vkey", "Read the keys of the log", vkey)
        .share("/log/tile/{*path}", "Read a tile or a bundle of entries", tile)
        .section("The instance")
        .get("/healthz", Access::Anonymous, "Ask whether the instance is healthy", healthz)
}

async fn checkpoint(Shared(state): Shared<State>, asked: Parts) -> Result<As<Text>, Error> {
    let note = state.ledger.checkpoint().await?;
    let response = answer(note.into_bytes(), TEXT, CHECKPOINT_CACHE, &asked);
    Ok(incompressible(response).into())
}

/// The newest checkpoint that as many witnesses have signed as the policy asks for. It lags behind
/// the newest of all by the time that they take.
async fn witnessed_checkpoint(
    Shared(state): Shared<State>,
    asked: Parts,
) -> Result<As<Text>, Error> {
    const SAY: &str = "No checkpoint of this log has the signatures of enough witnesses yet. The \
                       newest that the log itself signed is at /log/checkpoint.\n";
    let Some(note) = state.ledger.witnessed_checkpoint().await? else {
        return Ok(missing(SAY).into());
    };
    Ok(incompressible(answer(note.into_bytes(), TEXT, CHECKPOINT_CACHE, &asked)).into())
}

/// The keys that entry 0 names, one to a line. Whoever takes one only takes the first.
async fn vkey(Shared(state): Shared<State>, asked: Parts) -> As<Text> {
    let keys = [Some(state.ledger.log_key()), state.ledger.second_log_key()];
    let lines: Vec<_> = keys.iter().flatten().map(|key| format!("{key}\n")).collect();
    incompressible(answer(lines.concat().into_bytes(), TEXT, REVALIDATE, &asked)).into()
}

/// Tiles and bundles never change once written, partial ones included: their width is in the path.
async fn tile(
    Shared(state): Shared<State>,
    Path(path): Path<String>,
    asked: Parts,
) -> Result<As<Bytes>, Error> {
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
    let Some(bytes) = found else { return Ok(missing(SAY).into()) };
    let response = answer(bytes, BYTES, IMMUTABLE, &asked);
    // Only a full bundle has enough that is not a hash for compression to make it smaller.
    let response = if is_full_bundle { compressible(response) } else { incompressible(response) };
    Ok(response.into())
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
async fn healthz(Shared(state): Shared<State>) -> Result<As<Text>, Error> {
    state.ledger.checkpoint().await?;
    match state.ledger.read_only() {
        None => {
            let headers = [(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, REVALIDATE)];
            Ok((headers, "ok\n").into_response().into())
        }
        Some(reason) => {
            tracing::warn!(%reason, "Unhealthy: the log is read-only");
            Err(Error::ReadOnly)
        }
    }
}
