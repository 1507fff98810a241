//! What an owner tells a running integration: pause, go on, look now, try again, work in another
//! way. And the webhook, by which Dropbox tells that an account has changes.

use axum::{Json, body::Bytes, extract::State as Shared, response::IntoResponse};
use http::{HeaderMap, StatusCode, header};
use ledger::SourceSettings;
use schemars::JsonSchema;
use serde::Deserialize;
use sync::NotificationError;

use super::{IntegrationPath, integration::Integration};
use crate::{
    State,
    caller::Caller,
    error::Error,
    openapi::{As, Text},
    query::{Body, Ids, Strict},
};

/// Dropbox's own challenges have some 40 characters.
const CHALLENGE_BYTES_MAX: usize = 1_024;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Challenge {
    /// A text to echo.
    challenge: String,
}

pub(super) async fn pause(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
) -> Result<Json<Integration>, Error> {
    let source = state.sync.pause(caller.tenancy(), id).await?;
    Integration::read(&state, source).await.map(Json)
}

pub(super) async fn resume(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
) -> Result<Json<Integration>, Error> {
    let source = state.sync.resume(caller.tenancy(), id).await?;
    Integration::read(&state, source).await.map(Json)
}

pub(super) async fn sync_now(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
) -> Result<Json<Integration>, Error> {
    let source = state.sync.sync_now(caller.tenancy(), id).await?;
    Integration::read(&state, source).await.map(Json)
}

pub(super) async fn retry(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
) -> Result<Json<Integration>, Error> {
    let source = state.sync.retry(caller.tenancy(), id).await?;
    Integration::read(&state, source).await.map(Json)
}

pub(super) async fn configure(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Body(settings): Body<SourceSettings>,
) -> Result<Json<Integration>, Error> {
    let source = state.sync.configure(caller.tenancy(), id, settings).await?;
    Integration::read(&state, source).await.map(Json)
}

/// Dropbox makes sure that the address is ours by having a text echoed. As plain text and nothing
/// else, so that whoever sends somebody here with a text of theirs has it shown, not run.
pub(super) async fn challenge(
    Shared(state): Shared<State>,
    Strict(Challenge { challenge }): Strict<Challenge>,
) -> Result<As<Text>, Error> {
    if !state.sync.takes_notifications() {
        return Err(switched_off());
    }
    if challenge.len() > CHALLENGE_BYTES_MAX {
        return Err(Error::BadQuery(format!(
            "A challenge has at most {CHALLENGE_BYTES_MAX} bytes. Send a shorter one."
        )));
    }
    let plain = [(header::CONTENT_TYPE, "text/plain"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    Ok((plain, challenge).into_response().into())
}

/// Answers at once: that an account has changes is noted, and looked into by its worker.
pub(super) async fn notified(
    Shared(state): Shared<State>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(), Error> {
    let signature = headers.get("x-dropbox-signature").and_then(|value| value.to_str().ok());
    match state.sync.notify(signature.unwrap_or_default(), &body) {
        Ok(looking) => {
            tracing::debug!(looking, "Dropbox notified of changes");
            Ok(())
        }
        Err(NotificationError::NoSecret) => Err(switched_off()),
        Err(NotificationError::BadSignature) => Err(Error::Protocol {
            status: StatusCode::FORBIDDEN,
            code: "bad_signature",
            message: "This notification is not signed with the secret of this app. If it is \
                      Dropbox's, correct DROPBOX_APP_SECRET.",
        }),
    }
}

fn switched_off() -> Error {
    Error::Protocol {
        status: StatusCode::NOT_FOUND,
        code: "webhook_switched_off",
        message: "This instance takes no notifications: it has no secret of the Dropbox app to \
                  check them with. Start it with DROPBOX_APP_SECRET set.",
    }
}
