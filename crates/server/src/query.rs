//! Query strings, paths and bodies parsed at the edge. A key that we do not know is an error, never
//! ignored: a misspelt filter must not silently answer for everything.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::JsonRejection},
};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// A query string whose type denies unknown fields.
pub(crate) struct Strict<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Strict<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(Error::BadQuery(format!(
                "{}. See the documentation of this address for its parameters.",
                rejection.body_text().trim_start_matches("Failed to deserialize query string: ")
            ))),
        }
    }
}

/// Identities from the path.
pub(crate) struct Ids<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Ids<T>
where
    S: Send + Sync,
    T: FromPath,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let raw = Path::<T::Raw>::from_request_parts(parts, state).await;
        let Path(raw) = raw.map_err(|_| Error::NotFound)?;
        T::from_path(raw).map(Self)
    }
}

/// What a path's segments parse into.
pub(crate) trait FromPath: Sized {
    /// The segments as text.
    type Raw: DeserializeOwned + Send;
    fn from_path(raw: Self::Raw) -> Result<Self, Error>;
}

/// Parses one identity. Only the canonical spelling is taken, so that a thing has one address.
pub(crate) fn identity<T: std::str::FromStr + std::fmt::Display>(text: &str) -> Result<T, Error> {
    let bad = || Error::BadIdentity(text.chars().take(IDENTITY_ECHO_MAX).collect());
    let id = text.parse::<T>().map_err(|_| bad())?;
    if id.to_string() == text { Ok(id) } else { Err(bad()) }
}

/// How much of a malformed identity an error repeats.
const IDENTITY_ECHO_MAX: usize = 64;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<S, T> FromRequest<S> for Body<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(refused_body(&rejection)),
        }
    }
}

fn refused_body(rejection: &JsonRejection) -> Error {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            Error::BadRequest("Send JSON, with Content-Type: application/json.".to_owned())
        }
        other if other.status() == http::StatusCode::PAYLOAD_TOO_LARGE => Error::Protocol {
            status: other.status(),
            code: "too_large",
            message: "The body is larger than this address accepts. Send less at once.",
        },
        other => {
            Error::BadRequest(format!("{}. Correct the body and send it again.", other.body_text()))
        }
    }
}
