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
use ledger::{Role, SourceId, TenancyId, User};
use tower_sessions::Session;

use crate::{State, error::Error, session};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Anonymous,
    /// Users of a tenancy and its applications, to read.
    Reader,
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
    User(User),
    Application { source: SourceId, tenancy: TenancyId },
}

impl Caller {
    pub(crate) fn tenancy(&self) -> TenancyId {
        match self {
            Self::User(user) => user.tenancy,
            Self::Application { tenancy, .. } => *tenancy,
        }
    }

    /// Whether the caller may use routes of this access.
    pub(crate) fn may(&self, access: Access) -> Result<(), Error> {
        match (access, self) {
            (Access::Anonymous | Access::Reader, _)
            | (Access::User | Access::Page, Self::User(_)) => Ok(()),
            (Access::Administrator, Self::User(user)) => match user.role {
                Role::Administrator => Ok(()),
                Role::Member => Err(Error::AdministratorRequired),
            },
            (_, Self::Application { .. }) => Err(Error::UserRequired),
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
        let found = state.ledger.api_token(token).await?;
        let (source, tenancy) = found.ok_or(Error::TokenRejected)?;
        return Ok(Some(Caller::Application { source, tenancy }));
    }
    let Some(id) = session::user(session).await? else { return Ok(None) };
    let user = state.ledger.user(id).await?;
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
