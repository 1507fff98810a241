//! Integrations: list, read, rename, a new secret, and the end of one.

use axum::{Json, extract::State as Shared};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Serialize;
use sync::{Revocation, SourceError};

use super::{IntegrationPath, Rename, display_name, integration::Integration, owned};
use crate::{
    State,
    archivist::rfc3339,
    caller::Caller,
    error::{Error, chain},
    query::{Body, Ids},
};

/// All integrations of a tenancy.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Integrations {
    integrations: Vec<Integration>,
}

/// A secret, shown this once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct NewSecret {
    client_id: String,
    secret: String,
    valid_until: Option<String>,
}

/// What became of a connection that was ended.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Disconnected {
    revoked_at_dropbox: bool,
    /// Nothing was ever linked, so that nothing is left of it.
    forgotten: bool,
}

pub(super) async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
) -> Result<Json<Integrations>, Error> {
    let integrations = Integration::read_all(&state, caller.tenancy()).await?;
    Ok(Json(Integrations { integrations }))
}

pub(super) async fn read(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
) -> Result<Json<Integration>, Error> {
    let source = owned(&state, &caller, id).await?;
    Integration::read(&state, source).await.map(Json)
}

pub(super) async fn rename(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Body(rename): Body<Rename>,
) -> Result<Json<Integration>, Error> {
    owned(&state, &caller, id).await?;
    let name = display_name(&rename.display_name)?;
    let renamed = state.ledger.rename_source(id, name).await?;
    Integration::read(&state, renamed.ok_or(Error::NotFound)?).await.map(Json)
}

pub(super) async fn secret(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
) -> Result<Json<NewSecret>, Error> {
    owned(&state, &caller, id).await?;
    let made = state.ledger.regenerate_secret(id).await?;
    let secret = made.ok_or(Error::Disconnected)?;
    let source = owned(&state, &caller, id).await?;
    Ok(Json(NewSecret {
        client_id: id.to_string(),
        secret: secret.expose_secret().to_owned(),
        valid_until: source.secret_valid_until.map(rfc3339),
    }))
}

pub(super) async fn disconnect(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
) -> Result<Json<Disconnected>, Error> {
    let ended = state.sync.disconnect(caller.tenancy(), id).await?;
    Ok(Json(Disconnected {
        revoked_at_dropbox: ended.revocation == Revocation::Revoked,
        forgotten: ended.source.is_none(),
    }))
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::NotConfigured => Self::DropboxNotConfigured,
            SourceError::Unknown => Self::NotFound,
            SourceError::Disconnected => Self::Disconnected,
            SourceError::NotAllowed => Self::ConsentNeeded,
            SourceError::Paused => Self::Paused,
            SourceError::NothingLinked => Self::NothingLinked,
            SourceError::FolderGone(_) => Self::FolderGone,
            SourceError::Rules(refused) => Self::BadRequest(sentence(&refused.to_string())),
            SourceError::Dropbox(cause) => {
                let chain = chain(&cause);
                tracing::warn!(error.chain = %chain, "Dropbox did not answer a question");
                Self::DropboxUnavailable
            }
            SourceError::Store(cause) => cause.into(),
        }
    }
}

/// The other rooms speak in clauses; people read sentences.
fn sentence(clause: &str) -> String {
    let mut chars = clause.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
