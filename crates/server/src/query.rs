//! Query strings, paths and bodies parsed at the edge. A key that we do not know is an error, never
//! ignored: a misspelt filter must not silently answer for everything.

pub(crate) mod json;

use std::{convert::Infallible, error::Error as StdError, marker::PhantomData};

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;
use tower_http::timeout::TimeoutError;

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

/// A query string that is read by hand, with the type that says in the document what may be in it.
pub(crate) struct Asked<P> {
    /// As it was sent.
    pub(crate) query: Option<String>,
    /// Whether the number of all that match is wanted in a header.
    pub(crate) is_counted: bool,
    parameters: PhantomData<fn() -> P>,
}

impl<S: Send + Sync, P> FromRequestParts<S> for Asked<P> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let count = parts.headers.get("x-request-total-count");
        Ok(Self {
            query: parts.uri.query().map(str::to_owned),
            is_counted: count.is_some_and(|value| value == "true"),
            parameters: PhantomData,
        })
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

pub(crate) const TOO_LARGE: Error = Error::Protocol {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    code: "too_large",
    message: "The body is larger than this address accepts. Send less at once.",
};

/// Why a body could not be read: it is too large, came too slowly, or broke off.
pub(crate) fn unreadable(status: StatusCode, error: &(dyn StdError + 'static)) -> Error {
    const LATE: Error = Error::Protocol {
        status: StatusCode::REQUEST_TIMEOUT,
        code: "timeout",
        message: "The body came too slowly and was given up. Nothing was written; send it again.",
    };
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return TOO_LARGE;
    }
    if is_late(error) {
        return LATE;
    }
    Error::BadRequest("The body broke off. Send it again.".to_owned())
}

fn is_late(error: &(dyn StdError + 'static)) -> bool {
    error.is::<TimeoutError>() || error.source().is_some_and(is_late)
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
        let (_, bytes) = json::read(request, state).await?;
        json::parse(&bytes).map(Self)
    }
}
