//! Connecting a Dropbox account: out to Dropbox with a state of ours, back with a code.
//!
//! Whatever goes wrong on the way back, nothing was stored and the user lands on the integrations
//! page, which explains the problem by its code and offers to try again.

use axum::{
    Json,
    extract::{Query, State as Shared, rejection::QueryRejection},
    response::Redirect,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync::{AuthorizeRequest, ConnectError, Reauthentication, SourceError};

use crate::{
    State,
    caller::{Access, Caller, Visit},
    error::{Error, chain},
    query::{Body, identity},
    session::pending::{self, Pending},
};

/// How Dropbox is connected.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Connect {
    /// Dropbox asks again who it is, instead of taking whoever is signed in there.
    #[serde(default)]
    reauthenticate: bool,
    /// The integration with the wrong account, to be replaced by one with another.
    instead_of: Option<String>,
}

/// Where the user goes to say yes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Connecting {
    authorize_url: String,
}

/// What Dropbox sends back with the user. It may add more one day, so more is no error.
#[derive(Default, Deserialize, JsonSchema)]
pub(crate) struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// Why nothing was connected. The pages have a sentence for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    Denied,
    StateMismatch,
    CodeRejected,
    MissingPermission,
    AppRejected,
    Unavailable,
    NotConfigured,
    Failed,
}

pub(super) async fn connect(
    Shared(state): Shared<State>,
    Visit(session): Visit,
    caller: Caller,
    Body(connect): Body<Connect>,
) -> Result<Json<Connecting>, Error> {
    let reauthentication = if connect.reauthenticate || connect.instead_of.is_some() {
        Reauthentication::Always
    } else {
        Reauthentication::IfNeeded
    };
    let redirect_uri = state.config.redirect_uri();
    let request = AuthorizeRequest { redirect_uri: redirect_uri.clone(), reauthentication };
    let begun = state.sync.authorize(&request).ok_or(Error::DropboxNotConfigured)?;
    if let Some(wrong) = connect.instead_of {
        take_back(&state, &caller, &wrong).await?;
    }
    pending::keep(&session, Pending::new(begun.state, &begun.verifier, redirect_uri)).await?;
    Ok(Json(Connecting { authorize_url: begun.url.into() }))
}

/// Asking twice is no error: what isn't there need not be taken back.
async fn take_back(state: &State, caller: &Caller, integration: &str) -> Result<(), Error> {
    match state.sync.take_back(caller.tenancy(), identity(integration)?).await {
        Ok(_) | Err(SourceError::Unknown) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn callback(
    Shared(state): Shared<State>,
    Visit(session): Visit,
    caller: Caller,
    answer: Result<Query<Answer>, QueryRejection>,
) -> Result<Redirect, Error> {
    caller.may(Access::Administrator)?;
    let answer = answer.map(|Query(answer)| answer).unwrap_or_default();
    let expected = match &answer.state {
        Some(state) => pending::take(&session, state).await?,
        None => None,
    };
    let outcome = match expected {
        None => Err(Problem::StateMismatch),
        Some(pending) => finish(&state, &caller, &answer, &pending).await,
    };
    Ok(Redirect::to(&match outcome {
        Ok(id) => format!("/settings/integrations?connected={id}"),
        Err(problem) => format!("/settings/integrations?problem={}", problem.code()),
    }))
}

async fn finish(
    state: &State,
    caller: &Caller,
    answer: &Answer,
    pending: &Pending,
) -> Result<String, Problem> {
    if let Some(error) = &answer.error {
        return Err(Problem::told(error));
    }
    let code = answer.code.as_deref().ok_or(Problem::CodeRejected)?;
    let (verifier, redirect_uri) = (pending.verifier(), pending.redirect_uri());
    let connected = state.sync.connect(caller.tenancy(), code, &verifier, redirect_uri).await;
    let source = connected.map_err(|error| Problem::met(&error))?;
    Ok(source.id.to_string())
}

impl Problem {
    fn code(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::StateMismatch => "state_mismatch",
            Self::CodeRejected => "code_rejected",
            Self::MissingPermission => "missing_scope",
            Self::AppRejected => "app_rejected",
            Self::Unavailable => "unavailable",
            Self::NotConfigured => "not_configured",
            Self::Failed => "failed",
        }
    }

    /// The problem behind an error that Dropbox sent along with the user.
    fn told(error: &str) -> Self {
        match error {
            "access_denied" => Self::Denied,
            "server_error" | "temporarily_unavailable" => Self::Unavailable,
            _ => Self::AppRejected,
        }
    }

    /// The problem that we met when we asked Dropbox.
    fn met(error: &ConnectError) -> Self {
        tracing::warn!(error.chain = %chain(error), "An account was not connected");
        match error {
            ConnectError::NotConfigured => Self::NotConfigured,
            ConnectError::CodeRejected(_) => Self::CodeRejected,
            ConnectError::MissingScope(_) => Self::MissingPermission,
            ConnectError::AppRejected(_) => Self::AppRejected,
            ConnectError::Unavailable(_) => Self::Unavailable,
            ConnectError::Store(_) => Self::Failed,
        }
    }
}
