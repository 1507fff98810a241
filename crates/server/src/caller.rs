//! Who is asking, and what each route demands of them.
//!
//! [`admit`] stands before every handler with the [`Access`] that the route table says. Which
//! *rows* a caller sees is decided by the ledger: every question to it names the caller's tenancy.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Request},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, header, request::Parts};
use ledger::{Application, ApplicationRole, Principal, Role, SourceId, TenancyId, User};
use tower_sessions::Session;

use crate::{State, error::Error, session};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Anonymous,
    /// Users of a tenancy and its applications, to read.
    Reader,
    /// Its administrators and its own applications: who may record.
    Recorder,
    /// The same, and its members, as far as an access policy of the tenancy names them: the handler asks.
    Contributor,
    /// Its administrators and the applications that were made one: who may manage access.
    Manager,
    /// Users of a tenancy.
    User,
    /// Its administrators.
    Administrator,
    /// Users; others are sent to the sign-in page instead of an error.
    Page,
}

/// Somebody who belongs to a tenancy.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Somebody who signed in.
    User(User),
    /// An application of the tenancy's own.
    Application(Application),
    /// The app registration that belongs to an integration.
    Integration { source: SourceId, tenancy: TenancyId },
}

impl Caller {
    pub(crate) fn tenancy(&self) -> TenancyId {
        match self {
            Self::User(user) => user.tenancy,
            Self::Application(application) => application.tenancy,
            Self::Integration { tenancy, .. } => *tenancy,
        }
    }

    /// Who it is, as an event names whom it was accepted from.
    pub(crate) fn principal(&self, state: &State) -> Principal {
        let (issuer, subject, display_name, email) = match self {
            Self::User(user) => ("", user.id.to_string(), user.name.as_str(), user.email.as_str()),
            Self::Application(application) => {
                ("appidpv1", application.id.to_string(), application.display_name.as_str(), "")
            }
            Self::Integration { source, .. } => ("appidpv1", source.to_string(), "", ""),
        };
        let issuer = state.config.site_url(issuer).into();
        let (display_name, email) = (display_name.to_owned(), email.to_owned());
        Principal { issuer, subject, display_name, email }
    }

    /// Whether the caller may use routes of this access.
    pub(crate) fn may(&self, access: Access) -> Result<(), Error> {
        use Access::{
            Administrator, Anonymous, Contributor, Manager, Page, Reader, Recorder, User,
        };
        match (access, self) {
            (Anonymous | Reader, _)
            | (User | Page | Contributor, Self::User(_))
            | (Recorder | Contributor, Self::Application(_)) => Ok(()),
            (Administrator | Manager | Recorder, Self::User(user)) => match user.role {
                Role::Administrator => Ok(()),
                Role::Member => Err(Error::AdministratorRequired),
            },
            (Manager, Self::Application(application)) => match application.role {
                ApplicationRole::Administrator => Ok(()),
                ApplicationRole::Recorder => Err(Error::OwnerRequired),
            },
            (_, Self::Application(_) | Self::Integration { .. }) => Err(Error::UserRequired),
        }
    }
}

/// Lets a request through to its handler, with its caller attached, or answers in its place.
pub(crate) async fn admit(
    access: Access,
    state: State,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    if access == Access::Anonymous {
        return next.run(request).await;
    }
    match identify(&state, &session, request.headers()).await {
        Ok(Some(caller)) => match caller.may(access) {
            Ok(()) => {
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
            Err(error) => error.into_response(),
        },
        Ok(None) if access == Access::Page => Redirect::to("/sign-in").into_response(),
        Ok(None) => Error::SignInRequired.into_response(),
        Err(error) => error.into_response(),
    }
}

/// A bearer token counts before a cookie: who sends one means it.
async fn identify(
    state: &State,
    session: &Session,
    headers: &HeaderMap,
) -> Result<Option<Caller>, Error> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer).ok_or(Error::TokenRejected)?;
        if let Some(application) = state.ledger.application_of_token(token).await? {
            return Ok(Some(Caller::Application(application)));
        }
        let found = state.ledger.api_token(token).await?;
        let (source, tenancy) = found.ok_or(Error::TokenRejected)?;
        return Ok(Some(Caller::Integration { source, tenancy }));
    }
    let Some((id, since)) = session::user(session).await? else { return Ok(None) };
    let user = state.ledger.signed_in_user(id, since).await?;
    Ok(user.map(Caller::User))
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    /// The caller that [`admit`] attached. A route that is anonymous has none.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or(Error::SignInRequired)
    }
}

/// The session that the session layer attached, without its error type.
pub(crate) struct Visit(pub(crate) Session);

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let session = parts.extensions.get::<Session>().cloned();
        Ok(Self(session.expect("invariant: the session layer wraps every route")))
    }
}
