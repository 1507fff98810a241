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
use sync::{Access, AuthorizeRequest, ConnectError, Reauthentication, SourceError};

use super::owned;
use crate::{
    State,
    caller::{Access as Role, Caller, Visit},
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
    /// The integration that is to read contents, for their SHA-256: its account is asked to allow it.
    content_for: Option<String>,
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
    OtherAccount,
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
    let content_for = match &connect.content_for {
        Some(integration) => Some(owned(&state, &caller, identity(integration)?).await?.id),
        None => None,
    };
    let access = if content_for.is_some() { Access::Content } else { Access::Metadata };
    let request = AuthorizeRequest { redirect_uri: redirect_uri.clone(), reauthentication, access };
    let begun = state.sync.authorize(&request).ok_or(Error::DropboxNotConfigured)?;
    if let Some(wrong) = connect.instead_of {
        take_back(&state, &caller, &wrong).await?;
    }
    let pending = Pending::new(begun.state, &begun.verifier, redirect_uri, content_for);
    pending::keep(&session, pending).await?;
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
    caller.may(Role::Administrator)?;
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
        Ok(page) => page,
        Err(problem) => format!("/settings/integrations?problem={}", problem.code()),
    }))
}

/// Where the user goes on.
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
    let (sync, tenancy) = (&state.sync, caller.tenancy());
    let page = match pending.content_for() {
        None => sync
            .connect(tenancy, code, &verifier, redirect_uri)
            .await
            .map(|source| format!("/settings/integrations?connected={}", source.id)),
        Some(integration) => sync
            .allow_content(tenancy, integration, code, &verifier, redirect_uri)
            .await
            .map(|source| format!("/settings/integrations/{}", source.id)),
    };
    page.map_err(|error| Problem::met(&error))
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
            Self::OtherAccount => "other_account",
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
            ConnectError::OtherAccount => Self::OtherAccount,
            ConnectError::Settings(_) | ConnectError::Store(_) => Self::Failed,
        }
    }
}
