//! Members of a tenancy in the published shape: who belongs to it, with which role. A member who is
//! removed is deactivated: sessions end at once, and the name stays, because events have it.
//!
//! The role `OWNER` is an administrator's; without it a member may look.

use axum::{Json, extract::State as Shared};
use http::HeaderMap;
use ledger::{Member, MemberError, MemberState, Role, UserId};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{
    iam::{cut, listing},
    owner::{Nothing, total},
    paging::List,
    parameters::MembersQuery,
    verb::{Verb, Verbal},
};
use crate::{
    State,
    caller::Caller,
    error::Error,
    query::{Asked, Body, FromPath, Ids, Strict, identity},
};

/// Somebody who belongs to a tenancy, or did.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Member")]
pub(crate) struct MemberBody {
    identity: String,
    display_name: String,
    /// Empty where nobody said one.
    email: String,
    /// False for one that was removed.
    active: bool,
    /// `OWNER`, or nothing.
    roles: Vec<&'static str>,
}

/// A page of a list of members.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Members")]
pub(crate) struct MemberPage {
    members: Vec<MemberBody>,
    /// The same as `next_page_token`, under the name that this list had.
    page_token: String,
    next_page_token: String,
}

/// What of a member is changed.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "MemberChange")]
pub(crate) struct ToChange {
    /// `OWNER` alone, or nothing.
    roles: Vec<String>,
}

/// A link that signs a member in.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SignInLink {
    /// Works once, within 15 minutes. Shown this once.
    link: String,
}

const LAST_OWNER: Error = Error::Protocol {
    status: http::StatusCode::CONFLICT,
    code: "last_owner",
    message: "This is the last administrator of the tenancy, and somebody must be left to manage it. \
              Give another member the role OWNER first.",
};

pub(super) async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
    asked: Asked<MembersQuery>,
) -> Result<(HeaderMap, Json<MemberPage>), Error> {
    let tenancy = caller.tenancy();
    let list = List::new(&state, format!("members {tenancy}"));
    let page = list.read(&asked)?;
    let found = state.ledger.members(tenancy, wanted(&page.pairs)?).await?;
    let count = asked.is_counted.then_some(found.len() as u64);
    let (found, next) = cut(found, listing(&page)?);
    let next_page_token = list.next(&page, next);
    let members = found.into_iter().map(MemberBody::from).collect();
    let page_token = next_page_token.clone();
    Ok((total(count), Json(MemberPage { members, page_token, next_page_token })))
}

fn wanted(pairs: &[(String, String)]) -> Result<MemberState, Error> {
    match pairs {
        [] => Ok(MemberState::Active),
        [(key, state)] if key == "member_state" => match state.as_str() {
            "MEMBER_STATE_UNSPECIFIED" | "MEMBER_STATE_ACTIVE" => Ok(MemberState::Active),
            "MEMBER_STATE_INACTIVE" => Ok(MemberState::Inactive),
            "MEMBER_STATE_BOTH" => Ok(MemberState::Both),
            _ => Err(unknown_state()),
        },
        _ => Err(unknown_state()),
    }
}

fn unknown_state() -> Error {
    Error::BadQuery(
        "This list is filtered by member_state alone, which is MEMBER_STATE_ACTIVE, \
         MEMBER_STATE_INACTIVE or MEMBER_STATE_BOTH."
            .to_owned(),
    )
}

pub(super) async fn get(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(Verbal(id, verb)): Ids<Verbal<UserId>>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<MemberBody>, Error> {
    let found = state.ledger.member(caller.tenancy(), id).await?;
    found.filter(|_| verb == Verb::None).map(|found| Json(found.into())).ok_or(Error::NotFound)
}

pub(super) async fn change(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(Verbal(id, verb)): Ids<Verbal<UserId>>,
    Body(body): Body<ToChange>,
) -> Result<Json<MemberBody>, Error> {
    if verb != Verb::None {
        return Err(Error::NotFound);
    }
    let role = role(&body.roles)?;
    let changed = state.ledger.set_member_role(caller.tenancy(), id, role).await?;
    tracing::info!(user.id = %id, role = ?role, "A member got another role");
    Ok(Json(changed.into()))
}

/// `POST …/{member}:deactivate` and `:activate`.
pub(super) async fn act(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(Verbal(id, verb)): Ids<Verbal<UserId>>,
) -> Result<Json<MemberBody>, Error> {
    let changed = match verb {
        Verb::Deactivate => state.ledger.deactivate_member(caller.tenancy(), id).await?,
        Verb::Activate => state.ledger.activate_member(caller.tenancy(), id).await?,
        _ => return Err(Error::NotFound),
    };
    tracing::info!(user.id = %id, is_active = changed.is_active, "A member was removed or let in");
    Ok(Json(changed.into()))
}

/// Members have no password: whoever lost the session gets another link from an administrator.
pub(super) async fn sign_in_link(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(MemberPath(id)): Ids<MemberPath>,
) -> Result<Json<SignInLink>, Error> {
    let member = state.ledger.member(caller.tenancy(), id).await?.ok_or(Error::NotFound)?;
    let token = state.ledger.create_sign_in_link(member.user.id).await?.ok_or(Error::NotFound)?;
    let link = state.config.site_url(&format!("sign-in/{}", token.expose_secret())).into();
    tracing::info!(user.id = %id, "A sign-in link was made for a member");
    Ok(Json(SignInLink { link }))
}

/// The published word for an administrator is OWNER.
pub(super) fn role(roles: &[String]) -> Result<Role, Error> {
    match roles {
        [] => Ok(Role::Member),
        [one] if one == "OWNER" => Ok(Role::Administrator),
        _ => Err(Error::BadRequest("roles is empty, or holds OWNER alone.".to_owned())),
    }
}

/// The published words for a role.
pub(super) fn roles(role: Role) -> Vec<&'static str> {
    match role {
        Role::Administrator => vec!["OWNER"],
        Role::Member => Vec::new(),
    }
}

impl From<Member> for MemberBody {
    fn from(Member { user, is_active }: Member) -> Self {
        Self {
            identity: format!("members/{}", user.id),
            display_name: user.name,
            email: user.email,
            active: is_active,
            roles: roles(user.role),
        }
    }
}

impl From<MemberError> for Error {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::Unknown => Self::NotFound,
            MemberError::LastAdministrator => LAST_OWNER,
            MemberError::Full => Self::Quota(
                "The tenancy has as many members and open invitations as it may. Remove some, or take \
                 invitations back."
                    .to_owned(),
            ),
            MemberError::Store(error) => error.into(),
        }
    }
}

/// The path of a member.
pub(super) struct MemberPath(UserId);

impl FromPath for MemberPath {
    type Raw = String;

    fn from_path(raw: String) -> Result<Self, Error> {
        identity(&raw).map(Self)
    }
}
