//! The token endpoint: the id and secret of an application, or of an integration's app registration,
//! for a bearer token of one hour.

use axum::{
    Form, Json,
    extract::{State as Shared, rejection::FormRejection},
};
use jiff::Timestamp;
use ledger::{ApiToken, ApplicationId, SourceId};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{State, error::Error, guard::rate::Address, query::unreadable};

/// What a client proves itself with.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "TokenRequest")]
pub(crate) struct Request {
    /// `client_credentials`.
    grant_type: String,
    client_id: String,
    #[schemars(with = "String")]
    client_secret: SecretString,
}

/// A bearer token.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Token")]
pub(crate) struct Issued {
    access_token: String,
    /// Seconds.
    expires_in: i64,
    token_type: &'static str,
}

pub(super) async fn token(
    Shared(state): Shared<State>,
    address: Address,
    form: Result<Form<Request>, FormRejection>,
) -> Result<Json<Issued>, Error> {
    state.limits.sign_ins.take(address)?;
    let Form(request) = form.map_err(|rejection| refused(&rejection))?;
    if request.grant_type != "client_credentials" {
        return Err(incomplete());
    }
    let issued = issue(&state, &request).await?.ok_or(Error::ClientRejected)?;
    Ok(Json(Issued {
        access_token: issued.token.expose_secret().to_owned(),
        expires_in: issued.expires_at.duration_since(Timestamp::now()).as_secs().max(0),
        token_type: "Bearer",
    }))
}

/// A malformed id is answered like an unknown one.
async fn issue(state: &State, request: &Request) -> Result<Option<ApiToken>, Error> {
    let Ok(application) = request.client_id.parse::<ApplicationId>() else { return Ok(None) };
    let secret = request.client_secret.clone();
    if let Some(issued) = state.ledger.issue_application_token(application, secret).await? {
        return Ok(Some(issued));
    }
    let source = request.client_id.parse::<SourceId>().map_err(|_| Error::ClientRejected)?;
    let secret = request.client_secret.expose_secret();
    if !state.ledger.check_client_secret(source, secret).await? {
        return Ok(None);
    }
    Ok(state.ledger.issue_api_token(source).await?)
}

fn refused(rejection: &FormRejection) -> Error {
    match rejection {
        FormRejection::BytesRejection(unread) => unreadable(unread.status(), unread),
        _ => incomplete(),
    }
}

fn incomplete() -> Error {
    Error::BadRequest(
        "Send grant_type=client_credentials, client_id and client_secret as a form.".to_owned(),
    )
}
