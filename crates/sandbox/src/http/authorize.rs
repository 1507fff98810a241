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
use serde_json::Value;

use super::page::{html, html_towards, redirect};
use super::session::{signed_in, to_sign_in};
use super::token;
use crate::access::{Challenge, Code, Consent, Permission, Permissions};
use crate::account::Account;
use crate::seal::{self, Purpose};
use crate::world::{World, locked};
use request::{Answer, AuthorizeRequest, Breadth, Insistence, without_sign_in};

/// What people read whose app has as many users as an app in development may have. The app itself
/// hears nothing: there is no way back.
const FROZEN: &str = "This app has reached its user limit. Contact the app developer and ask them to \
     use the Dropbox API App Console to increase their app's user limit.";

#[derive(Template)]
#[template(path = "consent.html")]
struct Question<'a> {
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
    if let Some(misfit) = request.misfit(account) {
        return problem(&misfit);
    }
    let approved = request.insistence == Insistence::None
        && locked(&world.access).has_approved(&account.id, &request.app, &request.wanted);
    if locked(&world.bad_days).is_frozen(&request.app) {
        return problem(FROZEN);
    }
    if approved {
        return allow(&world, account, &request, StatusCode::FOUND);
    }
    let again = format!("/oauth2/authorize?{query}");
    let again: String = url::form_urlencoded::byte_serialize(again.as_bytes()).collect();
    let template = Question {
        app: &request.app_name,
        account,
        permissions: permissions(&world, account, &request).iter().collect(),
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
            if let Some(misfit) = request.misfit(account) {
                return problem(&misfit);
            }
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
    let consent = Consent {
        app: request.app.clone(),
        account: account.id.clone(),
        permissions: permissions(world, account, request),
        with_pkce: request.challenge != Challenge::None,
    };
    match request.answer {
        Answer::Code => give_code(world, request, consent, status),
        Answer::Token => give_token(world, request, consent, status),
    }
}

/// What the token will be good for.
fn permissions(world: &World, account: &Account, request: &AuthorizeRequest) -> Permissions {
    match request.breadth {
        Breadth::Wanted => request.wanted.clone(),
        Breadth::WithGranted => {
            let before = locked(&world.access).granted(&account.id, &request.app);
            request.wanted.clone().with(before)
        }
    }
}

fn give_code(
    world: &World,
    request: &AuthorizeRequest,
    consent: Consent,
    status: StatusCode,
) -> Response {
    let Ok(text) = seal::random_text() else {
        return problem("The system gives no random numbers.");
    };
    let code = Code {
        consent,
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

/// The implicit flow: the token itself goes back, in the part of the address that no server sees.
fn give_token(
    world: &World,
    request: &AuthorizeRequest,
    consent: Consent,
    status: StatusCode,
) -> Response {
    let Ok(reply) = token::granted(world, consent) else {
        return problem("The sandbox could not write its state file.");
    };
    let texts = reply.into_iter().map(|(name, value)| match value {
        Value::String(text) => (name, text),
        other => (name, other.to_string()),
    });
    let texts: Vec<(String, String)> = texts.collect();
    let pairs: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let target = request.back(&pairs);
    redirect(status, target.as_ref().map_or("/", url::Url::as_str))
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
