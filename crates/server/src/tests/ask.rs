//! Requests and replies in as few words as tests can have.

use axum::{Router, body::Body};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use super::promise;

/// More than any answer that a test reads.
const REPLY_BYTES_MAX: usize = 4 << 20;

/// A request to be sent.
pub(super) struct Ask {
    router: Router,
    request: Request<Body>,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl Ask {
    pub(super) fn new(router: Router, method: Method, path: &str) -> Self {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        Self { router, request }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    pub(super) fn cookie(self, cookie: &str) -> Self {
        self.header("cookie", cookie)
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// An upload, as published clients send it.
    pub(super) fn file(self, content: &[u8]) -> Self {
        let head = "--edge\r\nContent-Disposition: form-data; name=\"file\"; \
                    filename=\"filename\"\r\n\r\n";
        let body = [head.as_bytes(), content, b"\r\n--edge--\r\n"].concat();
        self.bytes("multipart/form-data; boundary=edge", body)
    }

    /// A body that comes in pieces, and does not say how long it is.
    pub(super) fn stream(self, kind: &str, body: Body) -> Self {
        let mut ask = self.header("content-type", kind);
        *ask.request.body_mut() = body;
        ask
    }

    /// The same address with a parameter of this many bytes behind it.
    pub(super) fn longer_by(mut self, bytes: usize) -> Self {
        let address = self.request.uri().to_string();
        let joint = if address.contains('?') { '&' } else { '?' };
        *self.request.uri_mut() = format!("{address}{joint}{}", "x".repeat(bytes)).parse().unwrap();
        self
    }

    pub(super) fn form(self, body: &str) -> Self {
        self.body("application/x-www-form-urlencoded", body.to_owned())
    }

    pub(super) fn body(self, kind: &str, body: String) -> Self {
        self.bytes(kind, body.into_bytes())
    }

    pub(super) fn bytes(self, kind: &str, body: Vec<u8>) -> Self {
        let length = body.len().to_string();
        let mut ask = self.header("content-type", kind).header("content-length", &length);
        *ask.request.body_mut() = Body::from(body);
        ask
    }

    /// The whole answer. Where it is JSON, it is what the document of the API promises.
    pub(super) async fn send(self) -> Reply {
        let (method, uri) = (self.request.method().clone(), self.request.uri().to_string());
        let (status, headers, body) = self.open().await;
        let bytes = axum::body::to_bytes(body, REPLY_BYTES_MAX).await.unwrap().to_vec();
        let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
        if kind.is_some_and(|kind| kind.starts_with(b"application/json")) {
            promise::hold(&method, &uri, status, &bytes);
        }
        Reply { status, headers, bytes }
    }

    /// The head of the answer, and a body that may never end.
    pub(super) async fn open(self) -> (StatusCode, HeaderMap, Body) {
        let (head, body) = self.router.oneshot(self.request).await.unwrap().into_parts();
        (head.status, head.headers, body)
    }
}

impl Reply {
    pub(super) fn text(&self) -> &str {
        str::from_utf8(&self.bytes).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn location(&self) -> &str {
        self.header("location")
    }

    /// The session cookie as a browser would send it back.
    pub(super) fn cookie(&self) -> Option<String> {
        let set = self.headers.get(header::SET_COOKIE)?.to_str().unwrap();
        Some(set.split(';').next().unwrap().to_owned())
    }

    /// The stable code of a failure.
    pub(super) fn code(&self) -> String {
        let json = self.json();
        let message = json["error"]["message"].as_str().unwrap();
        assert!(message.ends_with('.'), "not a sentence: {message}");
        json["error"]["code"].as_str().unwrap().to_owned()
    }
}
