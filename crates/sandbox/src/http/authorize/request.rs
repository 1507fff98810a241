//! What an app asks for in the address of the consent page, once it was found good. What is wrong
//! with it is shown on a page and never sent back: the way back is part of what may be wrong.

use std::collections::HashMap;

use url::{Host, Url, form_urlencoded};

use crate::access::{Challenge, Permission, Permissions};
use crate::account::Account;
use crate::options::AppKey;
use crate::world::World;

const STATE_BYTES_MAX: usize = 2_000;
const CHALLENGE_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

pub(super) struct AuthorizeRequest {
    pub(super) app: String,
    pub(super) app_name: String,
    pub(super) wanted: Permissions,
    /// Whether the token is to be good for everything that the person granted before, too.
    pub(super) breadth: Breadth,
    pub(super) answer: Answer,
    /// Without one the code is shown for copying.
    pub(super) redirect_uri: Option<Url>,
    /// The same, letter by letter: the token call has to repeat it.
    pub(super) redirect_text: Option<String>,
    pub(super) challenge: Challenge,
    pub(super) offline: bool,
    pub(super) insistence: Insistence,
    role: Option<Role>,
    state: Option<String>,
}

/// What the browser brings back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A code in the query, to be exchanged for tokens.
    Code,
    /// The access token itself, in the fragment: the implicit flow of old.
    Token,
}

/// `include_granted_scopes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breadth {
    Wanted,
    WithGranted,
}

/// What the app wants shown although it would not be necessary.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Insistence {
    None,
    AskAgain,
    SignInAgain,
}

/// Which kind of account the app wants: `require_role`.
#[derive(Clone, Copy)]
enum Role {
    /// A member's of a team.
    Work,
    Personal,
}

impl AuthorizeRequest {
    pub(super) fn read(world: &World, query: &str) -> Result<Self, String> {
        let fields: HashMap<String, String> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let field = |name: &str| fields.get(name).filter(|value| !value.is_empty());
        let is_true = |name: &str| field(name).is_some_and(|value| value == "true");

        let key = field("client_id").map_or("", String::as_str);
        let app = world.app(key).ok_or_else(|| format!("Invalid client_id: \"{key}\"."))?;
        let answer = answer(field("response_type"))?;
        let redirect_text = field("redirect_uri").cloned();
        let redirect_uri = redirect_text.as_deref().map(|text| redirect_uri(&app, text));
        if redirect_uri.is_none() && answer == Answer::Token {
            return Err("Missing redirect_uri: a token can't be shown.".to_owned());
        }
        if field("state").is_some_and(|state| state.len() > STATE_BYTES_MAX) {
            return Err(format!("Invalid state: longer than {STATE_BYTES_MAX} bytes."));
        }
        Ok(Self {
            wanted: wanted(&app, field("scope"))?,
            breadth: breadth(field("include_granted_scopes"), field("scope"))?,
            answer,
            app: app.key,
            app_name: app.name,
            redirect_uri: redirect_uri.transpose()?,
            redirect_text,
            challenge: challenge(field("code_challenge"), field("code_challenge_method"))?,
            offline: offline(field("token_access_type"))?,
            insistence: match (is_true("force_reauthentication"), is_true("force_reapprove")) {
                (true, _) => Insistence::SignInAgain,
                (false, true) => Insistence::AskAgain,
                (false, false) => Insistence::None,
            },
            role: role(field("require_role"))?,
            state: field("state").cloned(),
        })
    }

    /// Why somebody's account is not one that the app asks for, as a sentence.
    pub(super) fn misfit(&self, account: &Account) -> Option<String> {
        let is_work = account.has_team();
        let (wanted, is) = match self.role? {
            Role::Work if !is_work => ("work", "personal"),
            Role::Personal if is_work => ("personal", "work"),
            Role::Work | Role::Personal => return None,
        };
        let email = &account.person.email;
        Some(format!("This app needs a {wanted} account, and {email} is a {is} one."))
    }

    /// The way back to the app, with the outcome and the state that it sent.
    pub(super) fn back(&self, outcome: &[(&str, &str)]) -> Option<Url> {
        let mut target = self.redirect_uri.clone()?;
        let state = self.state.as_deref().map(|state| ("state", state));
        let pairs = outcome.iter().copied().chain(state);
        match self.answer {
            Answer::Code => {
                target.query_pairs_mut().extend_pairs(pairs);
            }
            Answer::Token => {
                let mut fragment = form_urlencoded::Serializer::new(String::new());
                target.set_fragment(Some(&fragment.extend_pairs(pairs).finish()));
            }
        }
        Some(target)
    }
}

fn role(wanted: Option<&String>) -> Result<Option<Role>, String> {
    match wanted.map(String::as_str) {
        None => Ok(None),
        Some("work") => Ok(Some(Role::Work)),
        Some("personal") => Ok(Some(Role::Personal)),
        Some(other) => Err(format!("Invalid require_role: \"{other}\".")),
    }
}

fn answer(kind: Option<&String>) -> Result<Answer, String> {
    match kind.map(String::as_str) {
        Some("code") => Ok(Answer::Code),
        Some("token") => Ok(Answer::Token),
        _ => Err("Invalid response_type: it is \"code\" or \"token\".".to_owned()),
    }
}

/// What is asked for; everything that is enabled for the app if it doesn't say.
fn wanted(app: &AppKey, scope: Option<&String>) -> Result<Permissions, String> {
    let enabled = Permissions::enabled(app);
    let Some(scope) = scope else { return Ok(enabled) };
    let wanted = Permissions::parse(scope).map_err(|name| format!("Invalid scope: \"{name}\"."))?;
    let allowed = |permission: Permission| permission.is_of_openid() || enabled.has(permission);
    let lacking = wanted.iter().find(|permission| !allowed(*permission));
    match lacking {
        Some(lacking) => Err(format!(
            "Invalid scope: \"{}\" is not enabled on the Permissions tab of this app.",
            lacking.scope()
        )),
        None => Ok(wanted),
    }
}

fn breadth(include: Option<&String>, scope: Option<&String>) -> Result<Breadth, String> {
    match (include.map(String::as_str), scope) {
        (None, _) => Ok(Breadth::Wanted),
        (Some(_), None) => Err("Invalid include_granted_scopes: it needs a scope.".to_owned()),
        (Some("user"), _) => Ok(Breadth::WithGranted),
        (Some(other), _) => Err(format!(
            "Invalid include_granted_scopes: \"{other}\"; this app is linked to people, so it can \
             only be \"user\"."
        )),
    }
}

fn offline(kind: Option<&String>) -> Result<bool, String> {
    match kind.map(String::as_str) {
        None | Some("online") => Ok(false),
        Some("offline") => Ok(true),
        Some("legacy") => Err("Invalid token_access_type: \"legacy\" is retired.".to_owned()),
        Some(other) => Err(format!("Invalid token_access_type: \"{other}\".")),
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
             you've pre-configured for your app (including the path)."
        )
    };
    let url = Url::parse(text).map_err(|_| invalid())?;
    let registered = app.redirect_uris.iter().any(|known| known == text);
    let anywhere_here = app.redirect_uris.is_empty() && is_loopback(&url);
    if registered || anywhere_here { Ok(url) } else { Err(invalid()) }
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
