//! Bodies that never end and bodies that never come: a clear refusal, nothing written, and no more
//! taken in than the limit of the route.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Form, Router,
    body::{Body, Bytes},
    extract::{Multipart, rejection::FormRejection},
    routing::post,
};
use futures_util::{StreamExt, stream};
use http::{Method, StatusCode};
use ledger::ApplicationRole;
use serde_json::Value;
use tower_http::timeout::RequestBodyTimeoutLayer;

use super::{ask::Ask, house::House};
use crate::{
    archivist::Once,
    error::Error,
    guard::{BODY_BYTES_MAX, BODY_TIMEOUT},
    query::{self, unreadable},
};

const PIECE: usize = 64 * 1024;

/// A body without an end after this beginning, which counts what is taken of it.
fn endless(beginning: &'static [u8]) -> (Body, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = taken.clone();
    let pieces = stream::repeat(Bytes::from(vec![b'x'; PIECE]));
    let pieces = stream::once(async move { Bytes::from_static(beginning) }).chain(pieces);
    let pieces = pieces.map(move |piece| {
        counter.fetch_add(piece.len(), Ordering::Relaxed);
        Ok::<_, Infallible>(piece)
    });
    (Body::from_stream(pieces), taken)
}

#[tokio::test]
async fn of_a_body_without_an_end_no_more_is_taken_than_the_limit() {
    let house = House::open();
    let (_, token) = house.application(ApplicationRole::Administrator).await;
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let upload = "multipart/form-data; boundary=edge";
    let part = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
    let cases: [(&str, &str, &'static [u8], usize); 5] = [
        ("/archivist/v2/assets", json, b"{\"attributes\":{\"a\":\"", BODY_BYTES_MAX),
        ("/archivist/iam/v1/applications", json, b"{\"display_name\":\"", BODY_BYTES_MAX),
        ("/archivist/iam/v1/appidp/token", form, b"client_secret=", BODY_BYTES_MAX),
        ("/webhooks/dropbox", json, b"{", BODY_BYTES_MAX),
        ("/archivist/v1/blobs", upload, part, 17 << 20),
    ];
    let before = house.get("/log/checkpoint").send().await;
    for (path, kind, beginning, limit) in cases {
        let (body, counter) = endless(beginning);
        let reply = house.post(path).bearer(&token).stream(kind, body).send().await;
        assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {}", reply.text());
        let read = counter.load(Ordering::Relaxed);
        assert!(read <= limit + 2 * PIECE, "{path} took {read} bytes");
    }
    let after = house.get("/log/checkpoint").send().await;
    assert_eq!(before.text(), after.text(), "the log grew");
}

/// Every way in which a route of ours reads a body, behind the time limit that the router has.
fn readers() -> Router {
    async fn json(_: query::Body<Value>) {}
    async fn once(_: Once<Value>) {}
    async fn form(form: Result<Form<Value>, FormRejection>) -> Result<(), Error> {
        match form {
            Err(FormRejection::BytesRejection(unread)) => Err(unreadable(unread.status(), &unread)),
            _ => Ok(()),
        }
    }
    async fn upload(mut form: Multipart) -> Result<(), Error> {
        let broken =
            |error: axum::extract::multipart::MultipartError| unreadable(error.status(), &error);
        let field = form.next_field().await.map_err(broken)?;
        field.unwrap().bytes().await.map_err(broken)?;
        Ok(())
    }
    Router::new()
        .route("/json", post(json))
        .route("/once", post(once))
        .route("/form", post(form))
        .route("/upload", post(upload))
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT))
}

/// A beginning, and then nothing for ever.
fn stalled(beginning: &'static [u8]) -> Body {
    let beginning = stream::once(async move { Ok::<_, Infallible>(Bytes::from_static(beginning)) });
    Body::from_stream(beginning.chain(stream::pending()))
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let part = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx";
    let cases: [(&str, &str, &'static [u8]); 4] = [
        ("/json", "application/json", b"{"),
        ("/once", "application/json", b"{"),
        ("/form", "application/x-www-form-urlencoded", b"a="),
        ("/upload", "multipart/form-data; boundary=edge", part),
    ];
    for (path, kind, beginning) in cases {
        let begun = tokio::time::Instant::now();
        let ask = Ask::new(readers(), Method::POST, path).stream(kind, stalled(beginning));
        let reply = ask.send().await;
        assert_eq!(reply.status, StatusCode::REQUEST_TIMEOUT, "{path}: {}", reply.text());
        assert_eq!(reply.code(), "timeout", "{path}");
        let waited = begun.elapsed();
        assert!(waited < BODY_TIMEOUT + Duration::from_secs(1), "{path} waited {waited:?}");
    }
}
