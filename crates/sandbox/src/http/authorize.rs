//! The consent page: an app asks, a person allows or cancels, and the browser goes back to the app
//! with a code or with the reason why there is none.

mod request;

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::page::{html, html_towards, redirect};
use super::session::{signed_in, to_sign_in};
use crate::access::{Code, Permission};
use crate::account::Account;
use crate::seal::{self, Purpose};
use crate::world::{World, locked};
use request::{AuthorizeRequest, Insistence, without_sign_in};

#[derive(Template)]
#[template(path = "consent.html")]
struct Consent<'a> {
    app: &'a str,
    account: &'a Account,
    permissions: Vec<Permission>,
    /// Seals who was asked what, so that no other page can answer for them.
    form: String,
    other_account: String,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    text: &'a str,
}

#[derive(Template)]
#[template(path = "code.html")]
struct ShownCode<'a> {
    app: &'a str,
    code: &'a str,
}

#[derive(Deserialize)]
pub(super) struct Decision {
    form: String,
    choice: Choice,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Allow,
    Cancel,
}

pub(super) async fn page(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let request = match AuthorizeRequest::read(&world, &query) {
        Ok(request) => request,
        Err(text) => return problem(&text),
    };
    let account = signed_in(&world, &headers);
    let (Some(account), false) = (account, request.insistence == Insistence::SignInAgain) else {
        return to_sign_in(&format!("/oauth2/authorize?{}", without_sign_in(&query)));
    };
    let approved = request.insistence == Insistence::None
        && locked(&world.access).has_approved(&account.id, &request.app, &request.permissions);
    if approved {
        return allow(&world, account, &request, StatusCode::FOUND);
    }
    let again = format!("/oauth2/authorize?{query}");
    let again: String = url::form_urlencoded::byte_serialize(again.as_bytes()).collect();
    let template = Consent {
        app: &request.app_name,
        account,
        permissions: request.permissions.iter().collect(),
        form: world.key.seal(Purpose::Form, &(&account.id, &query)),
        other_account: format!("/login?cont={again}"),
    };
    html_towards(StatusCode::OK, &template, request.redirect_uri.as_ref())
}

pub(super) async fn decide(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Form(decision): Form<Decision>,
) -> Response {
    let asked: Option<(String, String)> = world.key.open(Purpose::Form, &decision.form);
    let account = signed_in(&world, &headers);
    let (Some((asked, query)), Some(account)) = (asked, account) else {
        return problem("This page is out of date. Go back to the app and connect again.");
    };
    if asked != account.id {
        return problem("Somebody else signed in meanwhile. Go back to the app and connect again.");
    }
    match AuthorizeRequest::read(&world, &query) {
        Ok(request) if decision.choice == Choice::Allow => {
            allow(&world, account, &request, StatusCode::SEE_OTHER)
        }
        Ok(request) => refuse(&request),
        Err(text) => problem(&text),
    }
}

fn allow(
    world: &World,
    account: &Account,
    request: &AuthorizeRequest,
    status: StatusCode,
) -> Response {
    let Ok(text) = seal::random_text() else {
        return problem("The system gives no random numbers.");
    };
    let code = Code {
        app: request.app.clone(),
        account: account.id.clone(),
        permissions: request.permissions.clone(),
        redirect_uri: request.redirect_text.clone(),
        challenge: request.challenge.clone(),
        offline: request.offline,
        at: world.clock.now_s(),
    };
    locked(&world.codes).keep(text.clone(), code);
    match request.back(&[("code", &text)]) {
        Some(target) => redirect(status, target.as_str()),
        None => html(StatusCode::OK, &ShownCode { app: &request.app_name, code: &text }),
    }
}

fn refuse(request: &AuthorizeRequest) -> Response {
    let reason = "The user chose not to give your app access to their Dropbox account.";
    let target = request.back(&[("error", "access_denied"), ("error_description", reason)]);
    let target = target.as_ref().map_or("/", url::Url::as_str);
    redirect(StatusCode::SEE_OTHER, target)
}

fn problem(text: &str) -> Response {
    html(StatusCode::BAD_REQUEST, &Problem { text })
}
