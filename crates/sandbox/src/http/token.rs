//! The token endpoint, in every encoding that real clients use: parameters in a form, in the query
//! or in both, the client in the parameters or in Basic authorization.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::failure::json_response;
use super::people::basic;
use crate::access::{Challenge, Consent, Grant, Permissions};
use crate::seal::Purpose;
use crate::world::{World, locked};

/// `error` and `error_description`, as RFC 6749 has them.
struct Refused(&'static str, String);

type Parameters = HashMap<String, String>;

pub(super) async fn issue(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = parameters(query.as_deref(), &headers, &body);
    match answer(&world, &parameters) {
        Ok(reply) => json_response(StatusCode::OK, reply.to_string().into_bytes()),
        Err(Refused(error, description)) => {
            let reply = json!({ "error": error, "error_description": description });
            json_response(StatusCode::BAD_REQUEST, reply.to_string().into_bytes())
        }
    }
}

fn parameters(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Parameters {
    let query = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned();
    let body = form_urlencoded::parse(body).into_owned();
    let mut parameters: Parameters = query.chain(body).collect();
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some((key, secret)) = authorization.and_then(basic) {
        parameters.insert("client_id".to_owned(), key);
        parameters.insert("client_secret".to_owned(), secret);
    }
    parameters.retain(|_, value| !value.is_empty());
    parameters
}

fn answer(world: &World, parameters: &Parameters) -> Result<Value, Refused> {
    let client = client(world, parameters)?;
    match parameters.get("grant_type").map(String::as_str) {
        Some("authorization_code") => exchange(world, parameters, &client),
        Some("refresh_token") => refresh(world, parameters, &client),
        Some(other) => Err(Refused("unsupported_grant_type", format!("grant type {other:?}"))),
        None => Err(missing("grant_type")),
    }
}

fn missing(field: &str) -> Refused {
    Refused("invalid_request", format!("missing required field \"{field}\""))
}

/// Which app it is, and whether it showed a secret.
struct Client {
    key: String,
    has_secret: bool,
}

fn client(world: &World, parameters: &Parameters) -> Result<Client, Refused> {
    let wrong = || Refused("invalid_client", "Invalid client_id or client_secret".to_owned());
    let key = parameters.get("client_id").ok_or_else(|| missing("client_id"))?;
    let app = world.app(key).ok_or_else(wrong)?;
    let shown = parameters.get("client_secret");
    if let (Some(known), Some(shown)) = (&app.secret, shown)
        && known != shown
    {
        return Err(wrong());
    }
    Ok(Client { key: key.clone(), has_secret: shown.is_some() })
}

/// Somebody has to prove something: the app its secret, or the browser's end its verifier.
fn no_proof() -> Refused {
    let text = "No auth function available for given request";
    Refused("invalid request", text.to_owned())
}

fn exchange(world: &World, parameters: &Parameters, client: &Client) -> Result<Value, Refused> {
    let text = parameters.get("code").ok_or_else(|| missing("code"))?;
    let redirect_uri = parameters.get("redirect_uri").map(String::as_str);
    let verifier = parameters.get("code_verifier").map(String::as_str);
    let now_s = world.clock.now_s();
    let code = locked(&world.codes).redeem(text, &client.key, redirect_uri, verifier, now_s);
    let code = code.map_err(|problem| Refused("invalid_grant", problem.to_string()))?;
    if code.challenge == Challenge::None && !client.has_secret {
        return Err(no_proof());
    }
    let granted = if code.offline { granted_offline } else { granted };
    granted(world, code.consent).map(Value::Object).map_err(|error| unrecorded(&error))
}

fn unrecorded(error: &std::io::Error) -> Refused {
    tracing::error!(%error, "the sandbox could not record a grant");
    Refused("server_error", "the sandbox could not write its state file".to_owned())
}

/// Records what somebody allowed, and makes the access token with everything said about it.
pub(super) fn granted(world: &World, consent: Consent) -> std::io::Result<Map<String, Value>> {
    recorded(world, consent).map(|(reply, _)| reply)
}

/// The same with a refresh token.
pub(super) fn granted_offline(
    world: &World,
    consent: Consent,
) -> std::io::Result<Map<String, Value>> {
    let (mut reply, grant) = recorded(world, consent)?;
    reply.insert("refresh_token".to_owned(), json!(refresh_token(world, &grant)));
    Ok(reply)
}

fn recorded(world: &World, consent: Consent) -> std::io::Result<(Map<String, Value>, Grant)> {
    let grant = world.grant(consent)?;
    let mut reply = tokens(world, &grant, grant.permissions.clone());
    reply.insert("scope".to_owned(), json!(grant.permissions.text()));
    reply.insert("account_id".to_owned(), json!(grant.account));
    let number = world.account(&grant.account).map(|account| account.number.to_string());
    reply.insert("uid".to_owned(), json!(number));
    Ok((reply, grant))
}

fn refresh_token(world: &World, grant: &Grant) -> String {
    world.key.numbered(Purpose::RefreshToken, grant.number)
}

fn refresh(world: &World, parameters: &Parameters, client: &Client) -> Result<Value, Refused> {
    let invalid = || Refused("invalid_grant", "refresh token is invalid or revoked".to_owned());
    let text = parameters.get("refresh_token").ok_or_else(|| missing("refresh_token"))?;
    let number = world.key.number(Purpose::RefreshToken, text).ok_or_else(invalid)?;
    let grant = locked(&world.access).grant(number).cloned().ok_or_else(invalid)?;
    if grant.app != client.key {
        return Err(invalid());
    }
    if !grant.with_pkce && !client.has_secret {
        return Err(no_proof());
    }
    let permissions = narrowed(&grant, parameters.get("scope"))?;
    Ok(Value::Object(tokens(world, &grant, permissions)))
}

/// A refresh may ask for less than was granted, never for more.
fn narrowed(grant: &Grant, scope: Option<&String>) -> Result<Permissions, Refused> {
    let Some(scope) = scope else { return Ok(grant.permissions.clone()) };
    let wanted = Permissions::parse(scope).ok().filter(|all| all.is_within(&grant.permissions));
    wanted.ok_or_else(|| Refused("invalid_scope", "scope was not granted".to_owned()))
}

fn tokens(world: &World, grant: &Grant, permissions: Permissions) -> Map<String, Value> {
    let mut reply = Map::new();
    let access_token = world.access_token(grant, permissions);
    reply.insert("access_token".to_owned(), json!(access_token));
    reply.insert("token_type".to_owned(), json!("bearer"));
    reply.insert("expires_in".to_owned(), json!(world.access_token_s()));
    reply
}
