//! What an app asks for in the address of the consent page, once it was found good. What is wrong
//! with it is shown on a page and never sent back: the way back is part of what may be wrong.

use std::collections::HashMap;

use url::{Host, Url, form_urlencoded};

use crate::access::{Challenge, Permissions};
use crate::options::AppKey;
use crate::world::World;

const STATE_BYTES_MAX: usize = 2_000;
const CHALLENGE_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

pub(super) struct AuthorizeRequest {
    pub(super) app: String,
    pub(super) app_name: String,
    pub(super) permissions: Permissions,
    /// Without one the code is shown for copying.
    pub(super) redirect_uri: Option<Url>,
    /// The same, letter by letter: the token call has to repeat it.
    pub(super) redirect_text: Option<String>,
    pub(super) challenge: Challenge,
    pub(super) offline: bool,
    pub(super) insistence: Insistence,
    state: Option<String>,
}

/// What the app wants shown although it would not be necessary.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Insistence {
    None,
    AskAgain,
    SignInAgain,
}

impl AuthorizeRequest {
    pub(super) fn read(world: &World, query: &str) -> Result<Self, String> {
        let fields: HashMap<String, String> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let field = |name: &str| fields.get(name).filter(|value| !value.is_empty());
        let is_true = |name: &str| field(name).is_some_and(|value| value == "true");

        let key = field("client_id").map_or("", String::as_str);
        let app = world.app(key).ok_or_else(|| format!("Invalid client_id: \"{key}\"."))?;
        if field("response_type").is_none_or(|kind| kind != "code") {
            return Err("Invalid response_type: only \"code\" is supported here.".to_owned());
        }
        let redirect_text = field("redirect_uri").cloned();
        let redirect_uri = redirect_text.as_deref().map(|text| redirect_uri(&app, text));
        let permissions = match field("scope") {
            None => Permissions::usual(),
            Some(scope) => {
                Permissions::parse(scope).map_err(|name| format!("Invalid scope: \"{name}\"."))?
            }
        };
        if field("state").is_some_and(|state| state.len() > STATE_BYTES_MAX) {
            return Err(format!("Invalid state: longer than {STATE_BYTES_MAX} bytes."));
        }
        Ok(Self {
            app: app.key,
            app_name: app.name,
            permissions,
            redirect_uri: redirect_uri.transpose()?,
            redirect_text,
            challenge: challenge(field("code_challenge"), field("code_challenge_method"))?,
            offline: field("token_access_type").is_some_and(|kind| kind == "offline"),
            insistence: match (is_true("force_reauthentication"), is_true("force_reapprove")) {
                (true, _) => Insistence::SignInAgain,
                (false, true) => Insistence::AskAgain,
                (false, false) => Insistence::None,
            },
            state: field("state").cloned(),
        })
    }

    /// The way back to the app, with the outcome and the state that it sent.
    pub(super) fn back(&self, outcome: &[(&str, &str)]) -> Option<Url> {
        let mut target = self.redirect_uri.clone()?;
        let mut pairs = target.query_pairs_mut();
        pairs.extend_pairs(outcome);
        if let Some(state) = &self.state {
            pairs.append_pair("state", state);
        }
        drop(pairs);
        Some(target)
    }
}

/// The same request for somebody who has just signed in again.
pub(super) fn without_sign_in(query: &str) -> String {
    let kept = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name != "force_reauthentication");
    form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
}

fn redirect_uri(app: &AppKey, text: &str) -> Result<Url, String> {
    let invalid = || {
        format!(
            "Invalid redirect_uri: \"{text}\". It must exactly match one of the redirect URIs \
             you've pre-configured for your app (including the path), or lead to this machine."
        )
    };
    let url = Url::parse(text).map_err(|_| invalid())?;
    let registered = app.redirect_uris.iter().any(|known| known == text);
    if registered || is_loopback(&url) { Ok(url) } else { Err(invalid()) }
}

fn is_loopback(url: &Url) -> bool {
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    local && matches!(url.scheme(), "http" | "https") && url.fragment().is_none()
}

fn challenge(challenge: Option<&String>, method: Option<&String>) -> Result<Challenge, String> {
    let Some(challenge) = challenge.cloned() else { return Ok(Challenge::None) };
    if !CHALLENGE_LENGTH.contains(&challenge.len()) {
        return Err("Invalid code_challenge: it has 43 to 128 characters.".to_owned());
    }
    match method.map_or("plain", String::as_str) {
        "S256" => Ok(Challenge::Sha256(challenge)),
        "plain" => Ok(Challenge::Plain(challenge)),
        other => Err(format!("Invalid code_challenge_method: \"{other}\".")),
    }
}
