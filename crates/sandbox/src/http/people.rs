//! Who the caller is, whether the API can be reached, and giving a token back.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::call::{Call, Caller};
use super::failure::Failure;
use super::reply::Reply;
use super::routes::Outcome;
use super::users;
use crate::world::World;

const QUERY_CHARACTERS_MAX: usize = 500;

pub(super) fn current_account(call: &Call, caller: &Caller) -> Outcome {
    call.no_argument()?;
    let person = &caller.account.person;
    let mut account = json!({
        "account_id": caller.account.id,
        "name": users::name(&caller.account),
        "email": person.email,
        "email_verified": true,
        "disabled": false,
        "country": "US",
        "locale": "en",
        "referral_link": "https://db.tt/sandbox",
        "is_paired": false,
        "account_type": { ".tag": if caller.account.has_team() { "business" } else { "basic" } },
        "root_info": caller.account.root_info(),
    });
    if let (Some(team), Some(fields)) = (caller.account.team(), account.as_object_mut()) {
        fields.insert("team".to_owned(), team.described());
        fields.insert("team_member_id".to_owned(), json!(caller.account.team_member_id()));
    }
    Ok(Reply::json(&account))
}

/// Ends the grant: this token, its siblings and the refresh token.
pub(super) fn revoke(call: &Call, caller: &Caller) -> Outcome {
    call.no_argument()?;
    let number = caller.grant.number;
    let revoked = call.world.revoke(|grant| grant.number == number);
    revoked.map_err(|_| Failure::Internal)?;
    Ok(Reply::void())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Echo {
    #[serde(default)]
    query: String,
}

pub(super) fn check_user(call: &Call, _caller: &Caller) -> Outcome {
    echo(call)
}

pub(super) fn check_app(call: &Call) -> Outcome {
    if names_an_app(&call.world, &call.headers)? {
        return echo(call);
    }
    Err(Failure::Request(
        "Invalid authorization value in HTTP header \"Authorization\". Expecting \"Basic \
         <APP_KEY:APP_SECRET>\""
            .to_owned(),
    ))
}

/// Whether the caller is an app without an account; one with a wrong secret is refused.
pub(super) fn names_an_app(world: &World, headers: &HeaderMap) -> Result<bool, Failure> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((key, secret)) = value.and_then(basic) else { return Ok(false) };
    let app = world.app(&key);
    let fits = app.is_some_and(|app| app.secret.is_none_or(|known| known == secret));
    if fits { Ok(true) } else { Err(Failure::unauthorized("invalid_access_token")) }
}

fn echo(call: &Call) -> Outcome {
    let argument: Echo = call.argument()?;
    if argument.query.chars().count() > QUERY_CHARACTERS_MAX {
        return Err(Failure::Argument("query: longer than 500".to_owned()));
    }
    Ok(Reply::json(&json!({ "result": argument.query })))
}

/// Reads `Basic <base64 of key:secret>`.
pub(super) fn basic(value: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(value.strip_prefix("Basic ")?.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (key, secret) = text.split_once(':')?;
    Some((key.to_owned(), secret.to_owned()))
}
