//! Signing in with a one-time link that the operator makes on the machine itself.
//!
//! Following the link shows a button and uses nothing up, because mail scanners and previews follow
//! links too; pressing the button does.

use askama::Template;
use axum::{
    extract::{Path, State as Shared},
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, header};

use super::render;
use crate::{State, caller::Visit, error::Error, guard::rate::Address, session};

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

pub(super) async fn explain() -> Response {
    render(StatusCode::OK, &Explain)
}

pub(super) async fn confirm(Shared(state): Shared<State>) -> Response {
    let host = state.config.public_url.host_str().unwrap_or_default().to_owned();
    render(StatusCode::OK, &Confirm { host })
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
) -> Result<Response, Error> {
    session::sign_out(&session).await?;
    let forget = [(header::SET_COOKIE, session::forget_cookie(&state))];
    Ok((forget, Redirect::to("/")).into_response())
}
