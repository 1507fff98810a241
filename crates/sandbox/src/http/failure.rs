//! How the API says no: text for what a client did wrong, JSON with tags for everything else.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::edit::{Obstacle, Trouble};
use crate::path::PathProblem;

#[derive(Debug)]
pub(super) enum Failure {
    /// 400: the argument is wrong. Its place and the name of the route are put in front.
    Argument(String),
    /// 400: the request is wrong. The name of the route is put in front.
    Request(String),
    /// 400 as it stands.
    Text(String),
    /// 401 with an `AuthError`.
    Unauthorized(Value),
    /// The same as the content host has written it: hidden in a message for the user.
    Wrapped(Value),
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

    /// `{".tag":"path","path":{".tag":"not_found"}}` and its like.
    pub(super) fn under(outer: &str, inner: &Value) -> Self {
        Self::Endpoint(json!({ ".tag": outer, outer: inner }))
    }

    /// A `LookupError` under `path`.
    pub(super) fn lookup(tag: &str) -> Self {
        Self::under("path", &json!({ ".tag": tag }))
    }

    /// An error of authorization in the content host's wrapping; any other as it is.
    pub(super) fn wrapped(self) -> Self {
        match self {
            Self::Unauthorized(error) => Self::Wrapped(error),
            other => other,
        }
    }

    pub(super) fn unauthorized(tag: &str) -> Self {
        Self::Unauthorized(json!({ ".tag": tag }))
    }

    /// The error of a route; `None` for what is none of its own.
    pub(super) fn endpoint(&self) -> Option<&Value> {
        match self {
            Self::Endpoint(error) => Some(error),
            _ => None,
        }
    }

    pub(super) fn response(self, route: &str, source: &str, serial: u64) -> Response {
        match self {
            Self::Argument(text) => text_response(
                StatusCode::BAD_REQUEST,
                format!("Error in call to API function \"{route}\": {source}: {text}"),
            ),
            Self::Request(text) => text_response(
                StatusCode::BAD_REQUEST,
                format!("Error in call to API function \"{route}\": {text}"),
            ),
            Self::Text(text) => text_response(StatusCode::BAD_REQUEST, text),
            Self::Unauthorized(error) => tagged(StatusCode::UNAUTHORIZED, &error, serial),
            Self::Wrapped(error) => {
                let text = json!({ "error_summary": summary(&error, serial), "error": error });
                let body = json!({
                    "error_summary": "other/...",
                    "error": { ".tag": "other" },
                    "user_message": { "locale": "en", "text": text.to_string() },
                });
                json_response(StatusCode::UNAUTHORIZED, body.to_string().into_bytes())
            }
            Self::Endpoint(error) => tagged(StatusCode::CONFLICT, &error, serial),
            Self::PathRoot(error) => tagged(StatusCode::UNPROCESSABLE_ENTITY, &error, serial),
            Self::Internal => text_response(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The sandbox could not read or write its disk.".to_owned(),
            ),
        }
    }
}

/// A `WriteError`: why something can't be put at a path.
pub(super) fn write_error(problem: PathProblem) -> Value {
    json!({ ".tag": match problem {
        PathProblem::Malformed => "malformed_path",
        PathProblem::Disallowed => "disallowed_name",
    } })
}

/// Why an edit was not done, as a `WriteError` where it is one. Otherwise it is an error of the
/// whole route, or of the sandbox.
pub(super) fn trouble(trouble: Trouble, under: &str) -> Failure {
    let tag = match trouble {
        Trouble::Conflict(obstacle) => {
            let what = match obstacle {
                Obstacle::File => "file",
                Obstacle::Folder => "folder",
                Obstacle::FileAncestor => "file_ancestor",
            };
            let conflict = json!({ ".tag": "conflict", "conflict": { ".tag": what } });
            return Failure::under(under, &conflict);
        }
        Trouble::Gone => return Failure::under(under, &json!({ ".tag": "no_write_permission" })),
        Trouble::Busy => "too_many_write_operations",
        Trouble::NoSpace => "insufficient_space",
        // Where there is a `LookupError` for it, the route says `locked`.
        Trouble::NotWritable | Trouble::Locked => "no_write_permission",
        Trouble::Unnameable => "disallowed_name",
        Trouble::TeamFolder => "team_folder",
        Trouble::Nested => return Failure::tag("cant_nest_shared_folder"),
        Trouble::IntoItself => return Failure::tag("cant_move_folder_into_itself"),
        Trouble::TooManyFiles => return Failure::tag("too_many_files"),
        Trouble::Failed(error) => return internal(&error),
    };
    Failure::under(under, &json!({ ".tag": tag }))
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        internal(&error)
    }
}

/// The sandbox's disk failed: the client hears that much, the log hears why.
pub(super) fn internal(error: &std::io::Error) -> Failure {
    tracing::error!(%error, "the sandbox's disk failed");
    Failure::Internal
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
    // An upload's error has the reason beside its tag.
    let below = error.get(tag).or_else(|| error.get("reason"));
    let below = below.filter(|value| value.get(".tag").is_some());
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
