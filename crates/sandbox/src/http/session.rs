//! Who sits at the browser: a sealed cookie, and the sign-in page that gives it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use url::Url;

use super::page::{html_towards, redirect};
use crate::account::Account;
use crate::seal::Purpose;
use crate::world::World;

/// Cookies know no ports, so the name must not be one that Proofbox or another service uses.
const COOKIE: &str = "dropbox_sandbox_session";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    email: &'a str,
    people: Vec<&'a Account>,
    onward: &'a str,
    problem: Option<&'a str>,
}

/// Where to go after signing in. Only pages of the sandbox itself.
#[derive(Deserialize)]
pub(super) struct Onward {
    #[serde(default)]
    cont: String,
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    cont: String,
}

/// The account whose cookie this is.
pub(super) fn signed_in<'a>(world: &'a World, headers: &HeaderMap) -> Option<&'a Arc<Account>> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    let mut pairs = cookies.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(';'));
    let sealed = pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    let account: String = world.key.open(Purpose::Session, sealed)?;
    world.account(&account)
}

/// Sends somebody to the sign-in page and back to where they were.
pub(super) fn to_sign_in(onward: &str) -> Response {
    let onward: String = url::form_urlencoded::byte_serialize(onward.as_bytes()).collect();
    redirect(StatusCode::FOUND, &format!("/login?cont={onward}"))
}

pub(super) async fn page(
    State(world): State<Arc<World>>,
    Query(onward): Query<Onward>,
) -> Response {
    let first = world.accounts.first().map_or("", |account| account.person.email.as_str());
    show(&world, StatusCode::OK, first, local(&onward.cont), None)
}

pub(super) async fn sign_in(
    State(world): State<Arc<World>>,
    Form(credentials): Form<Credentials>,
) -> Response {
    let onward = local(&credentials.cont);
    let Some(account) = world.account_by_email(&credentials.email) else {
        let problem = "Nobody in this sandbox has that email address.";
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show(&world, status, &credentials.email, onward, Some(problem));
    };
    let sealed = world.key.seal(Purpose::Session, &account.id);
    let mut response = redirect(StatusCode::SEE_OTHER, onward);
    set_cookie(&mut response, &format!("{COOKIE}={sealed}; Path=/; HttpOnly; SameSite=Lax"));
    response
}

pub(super) async fn sign_out() -> Response {
    let mut response = redirect(StatusCode::SEE_OTHER, "/");
    set_cookie(&mut response, &format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
    response
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

fn show(
    world: &World,
    status: StatusCode,
    email: &str,
    onward: &str,
    problem: Option<&str>,
) -> Response {
    let people = world.accounts.iter().map(Arc::as_ref).collect();
    let template = SignIn { email, people, onward, problem };
    html_towards(status, &template, target(world, onward).as_ref())
}

/// Signing in may lead straight on to the app that asked.
fn target(world: &World, onward: &str) -> Option<Url> {
    let onward = world.url.join(onward).ok()?;
    let redirect = onward.query_pairs().find(|(name, _)| name == "redirect_uri")?.1;
    Url::parse(&redirect).ok()
}

fn local(onward: &str) -> &str {
    let is_local = ["/oauth2/authorize?", "/account/connected_apps"]
        .iter()
        .any(|start| onward.starts_with(start));
    if is_local { onward } else { "/" }
}
