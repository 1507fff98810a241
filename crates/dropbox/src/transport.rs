//! One request, one bounded answer. What an answer means is not decided here.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::{Error, ErrorKind, Interruption};

/// A page of 2,000 entries is about 2 MB; with the longest paths that Dropbox has, about 20 MB.
const REPLY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Of an answer that reports a failure, only the beginning is of interest.
const FAILURE_BYTES_MAX: usize = 64 * 1024;
const REQUEST_ID_CHARS_MAX: usize = 128;

/// An answer, read to its end or to its limit.
pub(crate) struct Reply {
    pub(crate) route: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
    request_id: Option<String>,
}

/// Sends a request. Any status is an answer; only what kept one from arriving is an error.
pub(crate) async fn send(route: &'static str, request: RequestBuilder) -> Result<Reply, Error> {
    open(route, request).await?.read().await
}

/// An answer whose body is still on its way.
pub(crate) struct Opened {
    pub(crate) route: &'static str,
    pub(crate) response: Response,
    pub(crate) request_id: Option<String>,
    started: Instant,
}

/// Sends a request and waits until the answer begins.
pub(crate) async fn open(route: &'static str, request: RequestBuilder) -> Result<Opened, Error> {
    let started = Instant::now();
    let response = request.send().await.map_err(|error| network(route, None, error))?;
    let request_id = request_id(response.headers());
    Ok(Opened { route, response, request_id, started })
}

impl Opened {
    /// The whole answer.
    pub(crate) async fn read(self) -> Result<Reply, Error> {
        let Self { route, response, request_id, started } = self;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let mut reply = Reply { route, status, retry_after, body: Vec::new(), request_id };
        reply.read(response).await?;
        tracing::debug!(
            dropbox.route = route,
            dropbox.request_id = reply.request_id,
            http.status = reply.status.as_u16(),
            duration_ms = started.elapsed().as_millis(),
            bytes = reply.body.len(),
            "Dropbox answered",
        );
        Ok(reply)
    }
}

impl Reply {
    /// The result of a call that succeeded.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // Only the place: the parser's own message may quote what it found there.
            let place = format!("line {}, column {}", error.line(), error.column());
            self.error(ErrorKind::Unexpected(format!("unreadable JSON at {place}")))
        })
    }

    /// An error of this call.
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error { kind, route: self.route, request_id: self.request_id.clone() }
    }

    async fn read(&mut self, mut response: Response) -> Result<(), Error> {
        let success = self.status.is_success();
        let limit = if success { REPLY_BYTES_MAX } else { FAILURE_BYTES_MAX };
        while let Some(chunk) = self.next_chunk(&mut response).await? {
            let room = limit - self.body.len();
            if chunk.len() > room && success {
                return Err(self.error(too_long()));
            }
            self.body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if self.body.len() == limit && !success {
                break;
            }
        }
        Ok(())
    }

    async fn next_chunk(&self, response: &mut Response) -> Result<Option<Vec<u8>>, Error> {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| network(self.route, self.request_id.clone(), error))?;
        Ok(chunk.map(Into::into))
    }
}

fn too_long() -> ErrorKind {
    ErrorKind::Unexpected(format!("more than {REPLY_BYTES_MAX} bytes"))
}

fn network(route: &'static str, request_id: Option<String>, error: reqwest::Error) -> Error {
    let kind = if error.is_builder() {
        ErrorKind::Unexpected("it gave a token or a namespace that can't be sent back".to_owned())
    } else {
        ErrorKind::Transient(Interruption::Network(error.without_url()))
    };
    Error { kind, route, request_id }
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-dropbox-request-id")?.to_str().ok()?;
    Some(id.chars().take(REQUEST_ID_CHARS_MAX).collect())
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
