//! Carries single requests to a webhook: one connection each, no redirects, ten seconds at most.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::Target;

/// How long Dropbox waits for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const AGENT: &str = "DropboxWebhooks/1.0";

/// Whether an address repeats what it is asked to.
pub(super) async fn echoes(target: &Target, challenge: &str) -> bool {
    let mut uri = target.uri.clone();
    uri.query_pairs_mut().append_pair("challenge", challenge);
    let request = request(&uri).body(Body::empty());
    let answer = carry(target, request).await;
    answer.is_ok_and(|(status, body)| status == StatusCode::OK && body == challenge.as_bytes())
}

/// Brings a notification; the answer's status, should one come.
pub(super) async fn notify(target: &Target, signature: &str, body: &str) -> Option<u16> {
    let request = request(&target.uri)
        .method("POST")
        .header("x-dropbox-signature", signature)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_owned()));
    carry(target, request).await.ok().map(|(status, _)| status.as_u16())
}

fn request(uri: &Url) -> axum::http::request::Builder {
    let path = uri.as_str().get(uri.origin().ascii_serialization().len()..).unwrap_or("/");
    let builder = Request::builder().uri(path).header(header::USER_AGENT, AGENT);
    builder.header(header::HOST, uri.authority()).header(header::ACCEPT, "*/*")
}

async fn carry(
    target: &Target,
    request: Result<Request<Body>, axum::http::Error>,
) -> io::Result<(StatusCode, Bytes)> {
    let request = request.map_err(io::Error::other)?;
    timeout(ANSWER_TIMEOUT, exchange(target, request)).await?
}

async fn exchange(target: &Target, request: Request<Body>) -> io::Result<(StatusCode, Bytes)> {
    let stream = TcpStream::connect(target.address).await?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(io::Error::other)?;
    let _driver = AbortOnDropHandle::new(tokio::spawn(connection));
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    let status = response.status();
    let body = to_bytes(Body::new(response.into_body()), ANSWER_BYTES_MAX).await;
    Ok((status, body.map_err(io::Error::other)?))
}
