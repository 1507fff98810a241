//! How the API says no: text for what a client did wrong, JSON with tags for everything else.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

#[derive(Debug)]
pub(super) enum Failure {
    /// 400: the request is wrong. The name of the route is put in front.
    Argument(String),
    /// 400 as it stands.
    Text(String),
    /// 401 with an `AuthError`.
    Unauthorized(Value),
    /// 409 with an error of the route.
    Endpoint(Value),
    /// 422 with a `PathRootError`.
    PathRoot(Value),
    /// 500: the sandbox's own disk failed.
    Internal,
}

impl Failure {
    pub(super) fn tag(tag: &str) -> Self {
        Self::Endpoint(json!({ ".tag": tag }))
    }

    /// A `LookupError` under `path`.
    pub(super) fn lookup(tag: &str) -> Self {
        Self::Endpoint(json!({ ".tag": "path", "path": { ".tag": tag } }))
    }

    pub(super) fn unauthorized(tag: &str) -> Self {
        Self::Unauthorized(json!({ ".tag": tag }))
    }

    pub(super) fn response(self, route: &str, serial: u64) -> Response {
        match self {
            Self::Argument(text) => text_response(
                StatusCode::BAD_REQUEST,
                format!("Error in call to API function \"{route}\": {text}"),
            ),
            Self::Text(text) => text_response(StatusCode::BAD_REQUEST, text),
            Self::Unauthorized(error) => tagged(StatusCode::UNAUTHORIZED, &error, serial),
            Self::Endpoint(error) => tagged(StatusCode::CONFLICT, &error, serial),
            Self::PathRoot(error) => tagged(StatusCode::UNPROCESSABLE_ENTITY, &error, serial),
            Self::Internal => text_response(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The sandbox could not write its state file.".to_owned(),
            ),
        }
    }
}

fn tagged(status: StatusCode, error: &Value, serial: u64) -> Response {
    let body = json!({ "error_summary": summary(error, serial), "error": error });
    json_response(status, body.to_string().into_bytes())
}

/// The tags as a path, and a random number of dots, so that nobody relies on the text.
fn summary(error: &Value, serial: u64) -> String {
    let dots = ["", ".", "..", "..."];
    let dots = usize::try_from(serial % 4).ok().and_then(|at| dots.get(at)).copied();
    format!("{}{}", tags(error), dots.unwrap_or_default())
}

fn tags(error: &Value) -> String {
    let tag = error.get(".tag").and_then(Value::as_str).unwrap_or("other");
    let below = error.get(tag).filter(|value| value.get(".tag").is_some());
    format!("{tag}/{}", below.map(tags).unwrap_or_default())
}

pub(super) fn json_response(status: StatusCode, body: Vec<u8>) -> Response {
    respond(status, "application/json", body)
}

pub(super) fn text_response(status: StatusCode, body: String) -> Response {
    respond(status, "text/plain; charset=utf-8", body.into_bytes())
}

fn respond(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
