//! One call of the API: who makes it, where they stand, and what they said.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::argument;
use super::failure::Failure;
use crate::access::{Grant, Permission, Permissions, TokenProblem};
use crate::account::Account;
use crate::faults::MalformedTokens;
use crate::view::View;
use crate::world::{World, locked};

pub(super) struct Call {
    pub(super) world: Arc<World>,
    pub(super) headers: HeaderMap,
    /// JSON, from wherever the style of the route has it.
    pub(super) argument: Bytes,
    /// What is uploaded; empty for other routes.
    pub(super) content: Bytes,
}

/// Whose token it was, and where their paths begin.
pub(super) struct Caller {
    pub(super) account: Arc<Account>,
    pub(super) grant: Grant,
    /// What the token is good for.
    pub(super) permissions: Permissions,
    pub(super) view: View,
}

impl Call {
    /// The argument; a field that the route does not know is refused by its name.
    pub(super) fn argument<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        argument::read(&self.argument)
    }

    /// Nothing, or the `null` that some clients send for it.
    pub(super) fn no_argument(&self) -> Result<(), Failure> {
        if self.argument.is_empty() || self.argument.trim_ascii() == b"null" {
            return Ok(());
        }
        Err(Failure::Argument("expected null".to_owned()))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Somebody with a token that may do this, in a path root that they have. Checked before anything
/// of the body is read.
pub(super) fn caller(
    world: &World,
    headers: &HeaderMap,
    needed: Option<Permission>,
) -> Result<Caller, Failure> {
    let token = token(headers)?;
    let (grant, claims) = world.admit(token).map_err(|problem| match problem {
        TokenProblem::Invalid => invalid(world, token),
        TokenProblem::Expired => Failure::unauthorized("expired_access_token"),
    })?;
    if let Some(needed) = needed.filter(|needed| !claims.permissions.has(*needed)) {
        let error = json!({ ".tag": "missing_scope", "required_scope": needed.scope() });
        return Err(Failure::Unauthorized(error));
    }
    let account = world.account(&grant.account).cloned();
    let account = account.ok_or_else(|| Failure::unauthorized("invalid_access_token"))?;
    let view = path_root(headers, &account)?;
    Ok(Caller { account, grant, permissions: claims.permissions, view })
}

/// Former servers told a token that never was one from one that is none any more.
fn invalid(world: &World, token: &str) -> Failure {
    let quirk = locked(&world.bad_days).quirks().malformed_tokens;
    if quirk == MalformedTokens::Text && !World::is_token(token) {
        return Failure::Request("The given OAuth 2 access token is malformed.".to_owned());
    }
    Failure::unauthorized("invalid_access_token")
}

fn token(headers: &HeaderMap) -> Result<&str, Failure> {
    let Some(value) = text(headers, header::AUTHORIZATION.as_str()) else {
        return Err(Failure::Request(
            "Must provide HTTP header \"Authorization\" or URL parameter \"authorization\"."
                .to_owned(),
        ));
    };
    let token = value.strip_prefix("Bearer ").map(str::trim).filter(|token| !token.is_empty());
    token.ok_or_else(|| {
        Failure::Request(format!(
            "Invalid authorization value in HTTP header \"Authorization\": \"{value}\". \
             Expecting \"Bearer <ACCESS_TOKEN>\""
        ))
    })
}

/// Where the header `Dropbox-API-Path-Root` puts the caller; without it that is home.
fn path_root(headers: &HeaderMap, account: &Arc<Account>) -> Result<View, Failure> {
    let home = || View { account: Arc::clone(account), root: account.home.clone() };
    let Some(value) = headers.get("dropbox-api-path-root") else { return Ok(home()) };
    let bad = || {
        Failure::Text(
            "HTTP header \"Dropbox-API-Path-Root\": could not decode input as JSON".to_owned(),
        )
    };
    let root: Value = serde_json::from_slice(value.as_bytes()).map_err(|_| bad())?;
    let given = |field: &str| root.get(field).and_then(Value::as_str).ok_or_else(bad);
    let view = |root| View { account: Arc::clone(account), root };
    match root.get(".tag").and_then(Value::as_str) {
        Some("home") => Ok(home()),
        Some("root") if given("root")? == account.root_number() => Ok(view(String::new())),
        Some("root") => Err(Failure::PathRoot(json!({
            ".tag": "invalid_root",
            "invalid_root": account.root_info(),
        }))),
        Some("namespace_id") => account
            .namespace_root(given("namespace_id")?)
            .map(view)
            .ok_or_else(|| Failure::PathRoot(json!({ ".tag": "no_permission" }))),
        _ => Err(bad()),
    }
}
