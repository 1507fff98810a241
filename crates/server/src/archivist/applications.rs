//! Applications of a tenancy: their secrets are shown once, when they are made and when they are
//! exchanged, and a token ends with the secret or the application that it was issued for.

use std::collections::BTreeMap;

use axum::{Json, extract::State as Shared};
use http::HeaderMap;
use ledger::{
    Application, ApplicationChange, ApplicationId, ApplicationRole, NewApplication, WithSecret,
};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    iam::{Empty, checked_name, listing, named},
    once::Once,
    owner::{Nothing, total},
    paging::List,
    parameters::NamedQuery,
    rfc3339, tenant,
    verb::{Verb, Verbal},
};
use crate::{
    State,
    caller::Caller,
    error::Error,
    query::{Asked, Body, Ids, Strict},
};

/// Claims that mean something to whoever reads tokens, and so cannot be a custom one's name.
const RESERVED_CLAIMS: [&str; 14] = [
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "acr", "amr", "email", "name", "scope",
    "roles",
];
const CLAIMS_MAX: usize = 32;
const CLAIM_CHARS_MAX: usize = 1_024;

/// Who may use the API in the name of a tenancy.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Application")]
pub(crate) struct ApplicationBody {
    identity: String,
    display_name: String,
    client_id: String,
    tenant_id: String,
    credentials: [Credential; 1],
    custom_claims: BTreeMap<String, String>,
    roles: Vec<&'static str>,
}

/// What an application proves itself with.
#[derive(Serialize, JsonSchema)]
struct Credential {
    /// Shown once, when it is made; empty afterwards.
    secret: String,
    valid_from: String,
    valid_until: String,
}

/// A page of a list of applications.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Applications {
    applications: Vec<ApplicationBody>,
    next_page_token: String,
}

/// An application to be made.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ApplicationToMake")]
pub(crate) struct ToCreate {
    display_name: String,
    #[serde(default)]
    custom_claims: BTreeMap<String, String>,
    /// Empty, or `OWNER` alone: then it manages as well.
    #[serde(default)]
    roles: Vec<String>,
}

/// What of an application is changed.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ApplicationChange")]
pub(crate) struct ToChange {
    display_name: Option<String>,
    custom_claims: Option<BTreeMap<String, String>>,
    roles: Option<Vec<String>>,
}

pub(super) async fn create(
    Shared(state): Shared<State>,
    caller: Caller,
    Once(body, once): Once<ToCreate>,
) -> Result<Json<ApplicationBody>, Error> {
    check_claims(&body.custom_claims)?;
    let new = NewApplication {
        display_name: checked_name(&body.display_name)?,
        custom_claims: body.custom_claims,
        role: role(&body.roles)?,
    };
    let made = state.ledger.create_application(caller.tenancy(), new, once).await?;
    tracing::info!(application.id = %made.application.id, "An application was made");
    Ok(Json(made.into()))
}

pub(super) async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
    asked: Asked<NamedQuery>,
) -> Result<(HeaderMap, Json<Applications>), Error> {
    let tenancy = caller.tenancy();
    let list = List::new(&state, format!("applications {tenancy}"));
    let page = list.read(&asked)?;
    let name = named(&page.pairs)?;
    let count = if asked.is_counted {
        Some(state.ledger.count_applications(tenancy, name.clone()).await?)
    } else {
        None
    };
    let (after, size) = listing(&page)?;
    let mut found = state.ledger.applications(tenancy, name, after, size + 1).await?;
    let has_more = found.len() > size;
    found.truncate(size);
    let position = found.last().filter(|_| has_more).map(|(place, _)| place.to_string());
    let next_page_token = list.next(&page, position);
    let applications = found.into_iter().map(|(_, application)| hidden(application)).collect();
    Ok((total(count), Json(Applications { applications, next_page_token })))
}

pub(super) async fn get(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(Verbal(id, verb)): Ids<Verbal<ApplicationId>>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<ApplicationBody>, Error> {
    plain(verb)?;
    let found = state.ledger.application(caller.tenancy(), id).await?;
    found.map(hidden).map(Json).ok_or(Error::NotFound)
}

pub(super) async fn change(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(Verbal(id, verb)): Ids<Verbal<ApplicationId>>,
    Body(body): Body<ToChange>,
) -> Result<Json<ApplicationBody>, Error> {
    plain(verb)?;
    body.custom_claims.iter().try_for_each(check_claims)?;
    let change = ApplicationChange {
        display_name: body.display_name.as_deref().map(checked_name).transpose()?,
        custom_claims: body.custom_claims,
        role: body.roles.as_deref().map(role).transpose()?,
    };
    let found = state.ledger.change_application(caller.tenancy(), id, change).await?;
    found.map(hidden).map(Json).ok_or(Error::NotFound)
}

pub(super) async fn delete(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(Verbal(id, verb)): Ids<Verbal<ApplicationId>>,
) -> Result<Json<Empty>, Error> {
    plain(verb)?;
    let was_there = state.ledger.delete_application(caller.tenancy(), id).await?;
    if !was_there {
        return Err(Error::NotFound);
    }
    tracing::info!(application.id = %id, "An application was deleted");
    Ok(Json(Empty {}))
}

/// `POST …/{application}:regenerate-secret`.
pub(super) async fn act(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(Verbal(id, verb)): Ids<Verbal<ApplicationId>>,
) -> Result<Json<ApplicationBody>, Error> {
    if verb != Verb::RegenerateSecret {
        return Err(Error::NotFound);
    }
    let rotated = state.ledger.rotate_application_secret(caller.tenancy(), id).await?;
    let rotated = rotated.ok_or(Error::NotFound)?;
    tracing::info!(application.id = %id, "An application got another secret");
    Ok(Json(rotated.into()))
}

fn plain(verb: Verb) -> Result<(), Error> {
    if verb == Verb::None { Ok(()) } else { Err(Error::NotFound) }
}

/// The published word for an administrator is OWNER; an application begins without it.
fn role(roles: &[String]) -> Result<ApplicationRole, Error> {
    match roles {
        [] => Ok(ApplicationRole::Recorder),
        [one] if one == "OWNER" => Ok(ApplicationRole::Administrator),
        _ => Err(Error::BadRequest("roles is empty, or holds OWNER alone.".to_owned())),
    }
}

fn check_claims(claims: &BTreeMap<String, String>) -> Result<(), Error> {
    let is_bad =
        |name: &str| name.starts_with("jit_") || RESERVED_CLAIMS.contains(&name) || name.is_empty();
    let is_long = |text: &str| text.chars().count() > CLAIM_CHARS_MAX;
    let refused = claims.len() > CLAIMS_MAX
        || claims.iter().any(|(name, text)| is_bad(name) || is_long(name) || is_long(text));
    if refused {
        return Err(Error::BadRequest(format!(
            "custom_claims holds at most {CLAIMS_MAX} texts of {CLAIM_CHARS_MAX} characters, under names \
             that neither begin with jit_ nor are claims of their own ({}).",
            RESERVED_CLAIMS.join(", ")
        )));
    }
    Ok(())
}

fn hidden(application: Application) -> ApplicationBody {
    WithSecret { application, secret: None }.into()
}

impl From<WithSecret> for ApplicationBody {
    fn from(WithSecret { application, secret }: WithSecret) -> Self {
        let secret = secret.as_ref().map_or("", SecretString::expose_secret).to_owned();
        Self {
            identity: format!("applications/{}", application.id),
            display_name: application.display_name,
            client_id: application.id.to_string(),
            tenant_id: tenant(application.tenancy),
            credentials: [Credential {
                secret,
                valid_from: rfc3339(application.valid_from),
                valid_until: rfc3339(application.valid_until),
            }],
            custom_claims: application.custom_claims,
            roles: match application.role {
                ApplicationRole::Administrator => vec!["OWNER"],
                ApplicationRole::Recorder => Vec::new(),
            },
        }
    }
}
