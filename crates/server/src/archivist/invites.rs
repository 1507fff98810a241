//! Invitations to a tenancy in the published shape. We send no mail: whoever invites hands over the link,
//! which is shown once, works once and for a week.

use axum::{Json, extract::State as Shared};
use http::HeaderMap;
use ledger::{Invitation, InvitationId, NewInvitation};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    iam::{Empty, checked_name, cut, listing},
    members::{role, roles},
    once::Once,
    owner::{Nothing, total},
    paging::List,
    parameters::PageQuery,
    rfc3339,
};
use crate::{
    State,
    caller::Caller,
    error::Error,
    query::{Asked, FromPath, Ids, Strict, identity},
};

const EMAIL_CHARS_MAX: usize = 128;
const MESSAGE_CHARS_MAX: usize = 256;

/// Somebody to invite.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Invitee")]
pub(crate) struct ToInvite {
    /// The member's address. Nothing is sent there.
    email: String,
    /// What the member is going to be called; the address without it.
    #[serde(default)]
    display_name: String,
    /// A word to the one who is invited, which the page behind the link shows.
    #[serde(default)]
    message: String,
    /// Empty, or `OWNER` alone.
    #[serde(default)]
    roles: Vec<String>,
}

/// An invitation that nobody has accepted yet.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Invite")]
pub(crate) struct InviteBody {
    identity: String,
    message: String,
    email: String,
    expiry_time: String,
    display_name: String,
    roles: Vec<&'static str>,
    /// Where the invitation is accepted. Shown once, when it is made; empty afterwards.
    link: String,
}

/// A page of a list of invitations.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Invites {
    invites: Vec<InviteBody>,
    next_page_token: String,
}

pub(super) async fn create(
    Shared(state): Shared<State>,
    caller: Caller,
    Once(body, once): Once<ToInvite>,
) -> Result<Json<InviteBody>, Error> {
    let new = body.checked()?;
    let (invitation, token) = state.ledger.invite(caller.tenancy(), new, once).await?;
    tracing::info!(invitation.id = %invitation.id, "Somebody was invited");
    let link = token.as_ref().map_or(String::new(), |token| link(&state, token));
    Ok(Json(InviteBody::of(invitation, link)))
}

fn link(state: &State, token: &SecretString) -> String {
    state.config.site_url(&format!("join/{}", token.expose_secret())).into()
}

impl ToInvite {
    fn checked(self) -> Result<NewInvitation, Error> {
        let email = self.email.trim().to_owned();
        let is_address = email.split_once('@').is_some_and(|(who, host)| {
            !who.is_empty() && !host.is_empty() && !email.contains(char::is_whitespace)
        });
        if !is_address || email.chars().count() > EMAIL_CHARS_MAX {
            return Err(Error::BadRequest(format!(
                "email is an address such as ada@example.org, of {EMAIL_CHARS_MAX} characters at most."
            )));
        }
        let is_odd = |c: char| c.is_control() && c != '\n';
        if self.message.chars().count() > MESSAGE_CHARS_MAX || self.message.contains(is_odd) {
            return Err(Error::BadRequest(format!(
                "message has at most {MESSAGE_CHARS_MAX} characters, none of them a control character."
            )));
        }
        let name = self.display_name.trim();
        let name = checked_name(if name.is_empty() { &email } else { name })?;
        Ok(NewInvitation { name, email, message: self.message, role: role(&self.roles)? })
    }
}

pub(super) async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
    asked: Asked<PageQuery>,
) -> Result<(HeaderMap, Json<Invites>), Error> {
    let tenancy = caller.tenancy();
    let list = List::new(&state, format!("invites {tenancy}"));
    let page = list.read(&asked)?;
    if !page.pairs.is_empty() {
        return Err(Error::BadQuery("This list has no filters.".to_owned()));
    }
    let found = state.ledger.invitations(tenancy).await?;
    let count = asked.is_counted.then_some(found.len() as u64);
    let (found, next) = cut(found, listing(&page)?);
    let next_page_token = list.next(&page, next);
    let invites = found.into_iter().map(|invitation| InviteBody::of(invitation, String::new()));
    Ok((total(count), Json(Invites { invites: invites.collect(), next_page_token })))
}

pub(super) async fn get(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(InvitePath(id)): Ids<InvitePath>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<InviteBody>, Error> {
    let found = state.ledger.invitation(caller.tenancy(), id).await?.ok_or(Error::NotFound)?;
    Ok(Json(InviteBody::of(found, String::new())))
}

pub(super) async fn delete(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(InvitePath(id)): Ids<InvitePath>,
) -> Result<Json<Empty>, Error> {
    let was_there = state.ledger.delete_invitation(caller.tenancy(), id).await?;
    was_there.then_some(Json(Empty {})).ok_or(Error::NotFound)
}

impl InviteBody {
    fn of(invitation: Invitation, link: String) -> Self {
        Self {
            identity: format!("invites/{}", invitation.id),
            message: invitation.message,
            email: invitation.email,
            expiry_time: rfc3339(invitation.expires_at),
            display_name: invitation.name,
            roles: roles(invitation.role),
            link,
        }
    }
}

/// The path of an invitation.
pub(super) struct InvitePath(InvitationId);

impl FromPath for InvitePath {
    type Raw = String;

    fn from_path(raw: String) -> Result<Self, Error> {
        identity(&raw).map(Self)
    }
}
