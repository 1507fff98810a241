//! The service over HTTP: which answer each decision is, and what a request may cost.
//!
//! Whoever can reach it may ask. What protects it is that it signs for known logs alone, that
//! bodies are bounded in length and time, and that only so many are read at once.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tlog::{ADD_CHECKPOINT_BYTES_MAX, AddCheckpoint, LatestSize, Refusal, Signature};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use super::{Inner, Problem, Witness, page};
use crate::lines;

/// How many submissions are read at once. With the longest bodies that is 17 MB.
const SUBMISSIONS_MAX: usize = 64;
/// How long a client may take to send its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take, waiting for a turn included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const SIZE: HeaderValue = HeaderValue::from_static("text/x.tlog.size");

/// On every answer. The page for people runs no script and loads only its own style sheet.
const ALWAYS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

impl Witness {
    /// Everything that it answers. Submission and monitoring have the same prefix.
    pub fn router(&self) -> Router {
        let submit = Router::new()
            .route("/add-checkpoint", post(add_checkpoint))
            .layer(DefaultBodyLimit::max(ADD_CHECKPOINT_BYTES_MAX))
            .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT))
            .layer(GlobalConcurrencyLimitLayer::new(SUBMISSIONS_MAX));
        let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWER_TIMEOUT);
        Router::new()
            .route("/", get(page::page))
            .route("/style.css", get(page::style))
            .route("/{log}/checkpoint", get(checkpoint))
            .merge(submit)
            .layer(timeout)
            .layer(CatchPanicLayer::new())
            .layer(middleware::from_fn(secure))
            .with_state(Arc::clone(&self.inner))
    }
}

async fn add_checkpoint(State(witness): State<Arc<Inner>>, body: String) -> Response {
    let request = match AddCheckpoint::parse(&body) {
        Ok(request) => request,
        Err(error) => return explain(StatusCode::BAD_REQUEST, &error),
    };
    // The work goes on when the client goes away: what is signed is stored, or neither.
    let cosigned = tokio::task::spawn_blocking(move || {
        let cosigned = witness.cosign(&request);
        note_fork(&request, &cosigned);
        cosigned
    });
    match cosigned.await {
        Ok(Ok(signatures)) => {
            ([(header::CONTENT_TYPE, TEXT)], lines(signatures.iter())).into_response()
        }
        Ok(Err(problem)) => refuse(&problem),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The last checkpoint of the log whose origin has this hash.
async fn checkpoint(State(witness): State<Arc<Inner>>, Path(log): Path<String>) -> Response {
    let path = format!("{log}/checkpoint");
    let seen = tokio::task::spawn_blocking(move || {
        let log = witness.logs.iter().find(|log| log.origin.monitoring_path() == path)?;
        witness.latest(log).transpose()
    });
    match seen.await {
        Ok(Some(Ok(seen))) => ([(header::CONTENT_TYPE, TEXT)], seen.note).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Ok(Some(Err(error))) => {
            tracing::error!(%error, "the last checkpoint of a log cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refuse(problem: &Problem) -> Response {
    let status = match problem {
        Problem::Refused(Refusal::OtherSize(size)) => {
            let size = LatestSize(*size).to_string();
            return (StatusCode::CONFLICT, [(header::CONTENT_TYPE, SIZE)], size).into_response();
        }
        Problem::UnknownLog(_) => StatusCode::NOT_FOUND,
        Problem::Refused(Refusal::NotTheLogs(_)) => StatusCode::FORBIDDEN,
        Problem::Refused(Refusal::Backwards) => StatusCode::BAD_REQUEST,
        Problem::Refused(Refusal::Forked | Refusal::Inconsistent(_)) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Problem::Clock | Problem::Failed(_) | Problem::Stopped(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    explain(status, problem)
}

/// The refusal in words, for whoever operates the log. The cause of our own failures stays here.
fn explain(status: StatusCode, error: &dyn std::error::Error) -> Response {
    let mut text = error.to_string();
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    for cause in causes.filter(|_| status.is_client_error()) {
        text = format!("{text}: {cause}");
    }
    (status, [(header::CONTENT_TYPE, TEXT)], format!("{text}\n")).into_response()
}

/// A signed checkpoint of the size that was signed, with another root, is the proof that a log has
/// forked, and nobody else may have seen it.
fn note_fork(request: &AddCheckpoint, cosigned: &Result<Vec<Signature>, Problem>) {
    if let Err(Problem::Refused(Refusal::Forked)) = cosigned {
        let checkpoint = request.checkpoint.to_string();
        tracing::error!(checkpoint, "a log has forked: this checkpoint contradicts the last one");
    }
}

async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in ALWAYS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
