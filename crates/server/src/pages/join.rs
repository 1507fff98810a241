//! Joining a tenancy with a one-time link that one of its administrators made.
//!
//! Following the link uses nothing up, as with a sign-in link; pressing the button does.

use askama::Template;
use axum::{
    extract::{Path, State as Shared},
    response::Redirect,
};
use http::StatusCode;

use super::render;
use crate::{
    State,
    caller::Visit,
    error::Error,
    guard::rate::Address,
    openapi::{As, Html},
    session,
};

const AFTER_JOINING: &str = "/assets";

const REJECTED: Error = Error::Protocol {
    status: StatusCode::GONE,
    code: "invitation_rejected",
    message: "This invitation was accepted before, was taken back, or is older than a week. Ask whoever \
              invited you for a new one.",
};

#[derive(Template)]
#[template(path = "join.html")]
struct Confirm {
    /// The instance that the member is about to enter.
    host: String,
    /// What the tenancy calls itself.
    tenancy: String,
    /// What the member is going to be called.
    name: String,
    message: String,
}

pub(super) async fn confirm(
    Shared(state): Shared<State>,
    Path(token): Path<String>,
    address: Address,
) -> Result<As<Html>, Error> {
    state.limits.sign_ins.take(address)?;
    let invitation = state.ledger.invitation_of_token(&token).await?.ok_or(REJECTED)?;
    let tenancy = state.ledger.tenancy(invitation.tenancy).await?.ok_or(REJECTED)?;
    let page = Confirm {
        host: state.config.public_url.host_str().unwrap_or_default().to_owned(),
        tenancy: tenancy.display_name,
        name: invitation.name,
        message: invitation.message,
    };
    Ok(render(StatusCode::OK, &page).into())
}

pub(super) async fn accept(
    Shared(state): Shared<State>,
    Path(token): Path<String>,
    Visit(session): Visit,
    address: Address,
) -> Result<Redirect, Error> {
    state.limits.sign_ins.take(address)?;
    let user = state.ledger.accept_invitation(&token).await?.ok_or(REJECTED)?;
    session::sign_in(&session, user.id).await?;
    tracing::info!(user.id = %user.id, "A member joined");
    Ok(Redirect::to(AFTER_JOINING))
}
