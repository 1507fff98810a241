//! The sandbox's own routes under `/sandbox/`: what [`Admin`] and [`Files`] do, for tests in other
//! processes. Dropbox has nothing like them, so they look as is simplest to call with curl.

mod days;
mod links;
mod webhooks;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::Account;
use crate::environment;
use crate::files::{Files, FilesError};
use crate::namespace::Mark;
use crate::world::World;

const FILE_BYTES_MAX: usize = 256 * 1024 * 1024;

pub(super) fn routes() -> Router<Arc<World>> {
    let files = get(read).put(write).delete(delete);
    Router::new()
        .route("/sandbox/environment", get(environment))
        .route("/sandbox/ca.pem", get(certificate))
        .merge(days::routes())
        .merge(links::routes())
        .merge(webhooks::routes())
        .route("/sandbox/marks", put(mark))
        .route("/sandbox/files", files.layer(DefaultBodyLimit::max(FILE_BYTES_MAX)))
        .route("/sandbox/metadata", get(metadata))
        .route("/sandbox/folders", post(create_folder))
        .route("/sandbox/moves", post(move_to))
}

/// Why the administration refuses something, as JSON with a sentence.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<FilesError> for Refused {
    fn from(error: FilesError) -> Self {
        let status = match error {
            FilesError::NotFound(_) => StatusCode::NOT_FOUND,
            FilesError::Conflict(_) => StatusCode::CONFLICT,
            FilesError::Path(_) => StatusCode::BAD_REQUEST,
            FilesError::Disk(..) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

type Outcome = Result<Json<Value>, Refused>;

fn done() -> Json<Value> {
    Json(json!({ "done": true }))
}

/// What a client's environment needs, as JSON.
async fn environment(State(world): State<Arc<World>>) -> Outcome {
    let variables = environment::of(&world).ok_or_else(|| {
        let text = "this sandbox keeps its certificate in memory alone; give it a directory, or \
                    save /sandbox/ca.pem";
        Refused(StatusCode::NOT_FOUND, text.to_owned())
    })?;
    Ok(Json(json!(variables)))
}

async fn certificate(State(world): State<Arc<World>>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/x-pem-file")];
    (kind, world.authority.certificate.clone()).into_response()
}

/// Whose file: without an account the first person's.
#[derive(Deserialize)]
struct Target {
    #[serde(default)]
    path: String,
    account: Option<String>,
}

fn account<'a>(world: &'a World, email: Option<&String>) -> Result<&'a Arc<Account>, Refused> {
    let account = match email {
        Some(email) => world.account_by_email(email),
        None => world.accounts.first(),
    };
    let nobody = || Refused(StatusCode::NOT_FOUND, "nobody has this email address".to_owned());
    account.ok_or_else(nobody)
}

fn files(world: &World, email: Option<&String>) -> Result<Files, Refused> {
    Ok(Files::new(Arc::clone(account(world, email)?)))
}

async fn write(
    State(world): State<Arc<World>>,
    Query(target): Query<Target>,
    content: Bytes,
) -> Outcome {
    let files = files(&world, target.account.as_ref())?;
    off_thread(move || files.write(&target.path, content)).await
}

async fn delete(State(world): State<Arc<World>>, Query(target): Query<Target>) -> Outcome {
    let files = files(&world, target.account.as_ref())?;
    off_thread(move || files.delete(&target.path)).await
}

#[derive(Deserialize)]
struct Marked {
    path: String,
    account: Option<String>,
    mark: Option<Mark>,
}

/// Without a mark, whatever was said of the file is taken back.
async fn mark(State(world): State<Arc<World>>, Query(marked): Query<Marked>) -> Outcome {
    files(&world, marked.account.as_ref())?.mark(&marked.path, marked.mark)?;
    Ok(done())
}

async fn create_folder(State(world): State<Arc<World>>, Query(target): Query<Target>) -> Outcome {
    let files = files(&world, target.account.as_ref())?;
    off_thread(move || files.create_folder(&target.path)).await
}

#[derive(Deserialize)]
struct Move {
    from: String,
    to: String,
    account: Option<String>,
}

async fn move_to(State(world): State<Arc<World>>, Query(target): Query<Move>) -> Outcome {
    let files = files(&world, target.account.as_ref())?;
    off_thread(move || files.move_to(&target.from, &target.to)).await
}

async fn read(
    State(world): State<Arc<World>>,
    Query(target): Query<Target>,
) -> Result<Bytes, Refused> {
    let files = files(&world, target.account.as_ref())?;
    let content = tokio::task::spawn_blocking(move || files.read(&target.path)).await;
    Ok(content.map_err(std::io::Error::other)??)
}

async fn metadata(State(world): State<Arc<World>>, Query(target): Query<Target>) -> Outcome {
    let found = files(&world, target.account.as_ref())?.metadata(&target.path);
    let found = found.ok_or(FilesError::NotFound(target.path))?;
    Ok(Json(json!(found)))
}

/// Disks may be slow.
async fn off_thread(work: impl FnOnce() -> Result<(), FilesError> + Send + 'static) -> Outcome {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)??;
    Ok(done())
}
