//! Writes that are sent again with the key of the first time (`Idempotency-Key`): what was answered
//! then is answered again, and nothing is done.
//!
//! What makes something new remembers its key in the very transaction (`archivist::Once`). All other
//! writes are remembered here, behind the gate and before the handler: an answer is kept when it was
//! given, for a day and sealed. A process that ends between the two forgets, and a repeated request is
//! done once more then; none of these writes makes a second thing by that.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, Request, State as Shared},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use ledger::{Answer, Answered, OnceKey, RegisterError, TenancyId};
use secrecy::ExposeSecret;

use crate::{
    State,
    archivist::once_key,
    caller::Caller,
    error::{Error, chain},
    query::unreadable,
};

/// The largest answer that is kept.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

const IN_HAND: Error = Error::Protocol {
    status: StatusCode::CONFLICT,
    code: "idempotency_key_in_use",
    message: "A request with this Idempotency-Key is still being worked on. Send it again in a moment.",
};

/// The requests with keys that are being worked on.
pub(crate) type InHand = Arc<Mutex<HashSet<(TenancyId, [u8; 32])>>>;

/// Answers a request as it was answered before, or lets it through and keeps its answer.
pub(crate) async fn answer(
    Shared(state): Shared<State>,
    caller: Caller,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    if !request.headers().contains_key("idempotency-key") {
        return Ok(next.run(request).await);
    }
    let (parts, body) = request.into_parts();
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), &state).await;
    let bytes = bytes.map_err(|rejection| unreadable(rejection.status(), &rejection))?;
    let place = format!("{} {}", parts.method, parts.uri);
    let request = Request::from_parts(parts, Body::from(bytes.clone()));
    let Some(key) = once_key(request.headers(), &place, &bytes)? else {
        return Ok(next.run(request).await);
    };
    let tenancy = caller.tenancy();
    let _turn = Turn::take(&state.in_hand, (tenancy, key.key)).ok_or(IN_HAND)?;
    match state.ledger.answered(tenancy, key).await? {
        Answered::Same(answer) => Ok(replayed(&answer)),
        Answered::Another => Err(RegisterError::KeyReused.into()),
        Answered::Nothing => keep(&state, tenancy, key, next.run(request).await).await,
    }
}

fn replayed(answer: &Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let body = answer.body.expose_secret().to_owned();
    let replayed = (REPLAYED, HeaderValue::from_static("true"));
    if body.is_empty() {
        return (status, [replayed]).into_response();
    }
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (status, [replayed, kind], body).into_response()
}

/// Keeps what was answered, if it was done and the answer has an end: a failure wrote nothing, and is
/// better tried anew.
async fn keep(
    state: &State,
    tenancy: TenancyId,
    key: OnceKey,
    response: Response,
) -> Result<Response, Error> {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_json = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let is_empty = response.status() == StatusCode::NO_CONTENT;
    if !(response.status().is_success() && (is_json || is_empty)) {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(Error::internal)?;
    let body = String::from_utf8(bytes.to_vec()).map_err(Error::internal)?;
    let answer = Answer { status: parts.status.as_u16(), body: body.into() };
    // It is done, and its caller may know, whether or not that is remembered.
    if let Err(error) = state.ledger.keep_answer(tenancy, key, answer).await {
        tracing::warn!(error.chain = %chain(&error), "An answer could not be kept");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

/// The turn of one request among those with its key, until it is dropped.
struct Turn {
    in_hand: InHand,
    key: (TenancyId, [u8; 32]),
}

impl Turn {
    /// `None` while another one has it.
    fn take(in_hand: &InHand, key: (TenancyId, [u8; 32])) -> Option<Self> {
        let is_free = in_hand.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        is_free.then(|| Self { in_hand: in_hand.clone(), key })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
