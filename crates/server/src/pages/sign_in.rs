//! Signing in with a one-time link that the operator makes on the machine itself.
//!
//! Following the link shows a button and uses nothing up, because mail scanners and previews follow
//! links too; pressing the button does.

use askama::Template;
use axum::{
    extract::{Path, State as Shared},
    response::Redirect,
};
use http::{HeaderName, StatusCode, header};

use super::render;
use crate::{
    State,
    caller::Visit,
    error::Error,
    guard::rate::Address,
    openapi::{As, Html},
    session,
};

const AFTER_SIGN_IN: &str = "/settings/integrations";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Explain;

#[derive(Template)]
#[template(path = "sign_in_confirm.html")]
struct Confirm {
    /// The instance that the user is about to enter.
    host: String,
}

pub(super) async fn explain() -> As<Html> {
    render(StatusCode::OK, &Explain).into()
}

pub(super) async fn confirm(Shared(state): Shared<State>) -> As<Html> {
    let host = state.config.public_url.host_str().unwrap_or_default().to_owned();
    render(StatusCode::OK, &Confirm { host }).into()
}

pub(super) async fn redeem(
    Shared(state): Shared<State>,
    Path(token): Path<String>,
    Visit(session): Visit,
    address: Address,
) -> Result<Redirect, Error> {
    state.limits.sign_ins.take(address)?;
    let redeemed = state.ledger.redeem_sign_in_link(&token).await?;
    let user = redeemed.ok_or(Error::LinkRejected)?;
    session::sign_in(&session, user.id).await?;
    tracing::info!(user.id = %user.id, "A user signed in");
    Ok(Redirect::to(AFTER_SIGN_IN))
}

pub(super) async fn sign_out(
    Shared(state): Shared<State>,
    Visit(session): Visit,
) -> Result<([(HeaderName, String); 1], Redirect), Error> {
    session::sign_out(&session).await?;
    let forget = [(header::SET_COOKIE, session::forget_cookie(&state))];
    Ok((forget, Redirect::to("/")))
}
