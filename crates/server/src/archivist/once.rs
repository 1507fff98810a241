//! JSON bodies of writes, and the caller's own key for a request (`Idempotency-Key`): sent twice, it is
//! done once.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::{HeaderMap, header};
use ledger::OnceKey;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{error::Error, query::unreadable};

const KEY_BYTES_MAX: usize = 255;

/// A JSON body with the key that came with it.
pub(crate) struct Once<T>(pub(super) T, pub(super) Option<OnceKey>);

impl<S, T> FromRequest<S> for Once<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let place = format!("{} {}", parts.method, parts.uri.path());
        let headers = parts.headers.clone();
        check_json(&headers)?;
        let bytes = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let bytes = bytes.map_err(|rejection| unreadable(rejection.status(), &rejection))?;
        let value = serde_json::from_slice(&bytes).map_err(|error| {
            Error::BadRequest(format!(
                "The body cannot be used: {error}. Correct it and send it again."
            ))
        })?;
        Ok(Self(value, once_key(&headers, &place, &bytes)?))
    }
}

/// The key of a request, for this place and this body.
pub(super) fn once_key(
    headers: &HeaderMap,
    place: &str,
    body: &[u8],
) -> Result<Option<OnceKey>, Error> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(Error::BadRequest(format!(
            "Idempotency-Key is 1 to {KEY_BYTES_MAX} characters of your choice."
        )));
    }
    let hash = |parts: [&[u8]; 2]| {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    };
    let (key, request) = (hash([place.as_bytes(), key.as_bytes()]), hash([b"", body]));
    Ok(Some(OnceKey { key, request }))
}

fn check_json(headers: &HeaderMap) -> Result<(), Error> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim).unwrap_or_default();
    let is_json = kind.eq_ignore_ascii_case("application/json");
    is_json.then_some(()).ok_or_else(|| {
        Error::BadRequest("Send JSON, with Content-Type: application/json.".to_owned())
    })
}
