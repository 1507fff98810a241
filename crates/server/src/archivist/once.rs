//! JSON bodies of writes, and the caller's own key for a request (`Idempotency-Key`): sent twice, it is
//! done once.

use axum::extract::{FromRequest, Request};
use http::HeaderMap;
use ledger::OnceKey;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{error::Error, query::json};

const KEY_BYTES_MAX: usize = 255;

/// A JSON body with the key that came with it.
pub(crate) struct Once<T>(pub(crate) T, pub(crate) Option<OnceKey>);

impl<S, T> FromRequest<S> for Once<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let (parts, bytes) = json::read(request, state).await?;
        let place = format!("{} {}", parts.method, parts.uri.path());
        Ok(Self(json::parse(&bytes)?, once_key(&parts.headers, &place, &bytes)?))
    }
}

/// The key of a request, for this place and this body.
pub(crate) fn once_key(
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
