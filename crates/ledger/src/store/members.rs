//! Members of a tenancy and invitations to it. How they come in is next door, in `access`.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::access::{read_user, user_columns};
use super::db::{Db, Row, params};
use super::secrets::secret_hash;
use super::values::At;
use crate::error::StoreError;
use crate::ids::{InvitationId, TenancyId, UserId};
use crate::keys::new_secret;
use crate::model::access::{Role, User};
use crate::model::members::{Invitation, Member, MemberState, NewInvitation};

const SELECT: &str = concat!(
    r#"select "user".id, deactivated_at, "#,
    user_columns!(),
    r#" where tenancy.uuid = ?1 and "user".uuid = ?2"#
);
const LIST: &str = concat!(
    r#"select "user".id, deactivated_at, "#,
    user_columns!(),
    r#" where tenancy.uuid = ?1 order by "user".id"#
);
const COUNT_ADMINISTRATORS: &str = r#"
    select count(*) from "user" join tenancy on tenancy.id = "user".tenancy
    where tenancy.uuid = ?1 and role = 0 and deactivated_at is null"#;
const SET_ROLE: &str = r#"update "user" set role = ?2 where uuid = ?1"#;
const DEACTIVATE: &str = r#"
    update "user" set deactivated_at = ?2, role = 1, sessions_since = ?3 where uuid = ?1"#;
const ACTIVATE: &str = r#"update "user" set deactivated_at = null where uuid = ?1"#;
const DELETE_LINKS: &str = r#"
    delete from sign_in_link where "user" = (select id from "user" where uuid = ?1)"#;
const SELECT_CALLED: &str = concat!(
    "select ",
    user_columns!(),
    r#" where deactivated_at is null and (name = ?1 or (email = ?1 and email <> ''))
      order by "user".id limit 2"#
);

macro_rules! invitation_columns {
    () => {
        "invitation.id, invitation.uuid, tenancy.uuid, name, email, message, role, expires_at
         from invitation join tenancy on tenancy.id = invitation.tenancy"
    };
}

const INSERT_INVITATION: &str = "
    insert into invitation (uuid, tenancy, token_hash, name, email, message, role, expires_at)
    select ?1, id, ?3, ?4, ?5, ?6, ?7, ?8 from tenancy where uuid = ?2";
const SELECT_INVITATION: &str = concat!(
    "select ",
    invitation_columns!(),
    " where tenancy.uuid = ?1 and invitation.uuid = ?2 and expires_at > ?3"
);
const LIST_INVITATIONS: &str = concat!(
    "select ",
    invitation_columns!(),
    " where tenancy.uuid = ?1 and expires_at > ?2 order by invitation.id"
);
const SELECT_BY_TOKEN: &str =
    concat!("select ", invitation_columns!(), " where token_hash = ?1 and expires_at > ?2");
const DELETE_INVITATION: &str = "delete from invitation where uuid = ?1";
const DELETE_ENDED: &str = "delete from invitation where expires_at <= ?1";

const TOKEN_DOMAIN: &str = "proofbox/invitation/v1\n";
const INVITATION_VALID: Duration = Duration::from_hours(7 * 24);

/// One of a tenancy's members, removed or not.
pub(crate) fn get(db: &Db, tenancy: TenancyId, id: UserId) -> Result<Option<Member>, StoreError> {
    let found = db.optional(SELECT, params![tenancy, id], read_member)?;
    Ok(found.map(|(_, member)| member))
}

/// Members in the order in which they came, each with its row. There are a thousand at most, and those
/// who were removed.
pub(crate) fn list(
    db: &Db,
    tenancy: TenancyId,
    state: MemberState,
) -> Result<Vec<(u64, Member)>, StoreError> {
    let mut found = db.query_all(LIST, params![tenancy], read_member)?;
    found.retain(|(_, member)| state.includes(member));
    Ok(found)
}

pub(crate) fn count_administrators(db: &Db, tenancy: TenancyId) -> Result<u64, StoreError> {
    db.query_row(COUNT_ADMINISTRATORS, params![tenancy], |row| row.get(0))
}

pub(crate) fn set_role(db: &Db, id: UserId, role: Role) -> Result<(), StoreError> {
    db.execute(SET_ROLE, params![id, role])
}

/// Removes a member: its sessions and links end, and it comes back, if ever, as one that may look.
pub(crate) fn deactivate(db: &Db, id: UserId, now: Timestamp) -> Result<(), StoreError> {
    let since = now + Duration::from_millis(1);
    db.execute(DEACTIVATE, params![id, At(now), At(since)])?;
    db.execute(DELETE_LINKS, params![id])
}

pub(crate) fn activate(db: &Db, id: UserId) -> Result<(), StoreError> {
    db.execute(ACTIVATE, params![id])
}

/// Active members of any tenancy that go by this name or address: two at most, to tell that there are
/// several.
pub(crate) fn called(db: &Db, name: &str) -> Result<Vec<User>, StoreError> {
    db.query_all(SELECT_CALLED, params![name], |row| read_user(row, 0))
}

/// Makes an invitation; gives the token of its link.
pub(crate) fn invite(
    db: &Db,
    tenancy: TenancyId,
    id: InvitationId,
    new: &NewInvitation,
    now: Timestamp,
) -> Result<SecretString, StoreError> {
    db.execute(DELETE_ENDED, params![At(now)])?;
    let token = new_secret()?;
    let hash = secret_hash(TOKEN_DOMAIN, token.expose_secret());
    let NewInvitation { name, email, message, role } = new;
    let expires_at = At(now + INVITATION_VALID);
    db.execute(
        INSERT_INVITATION,
        params![id, tenancy, hash, name, email, message, role, expires_at],
    )?;
    Ok(token)
}

pub(crate) fn invitation(
    db: &Db,
    tenancy: TenancyId,
    id: InvitationId,
    now: Timestamp,
) -> Result<Option<Invitation>, StoreError> {
    db.optional(SELECT_INVITATION, params![tenancy, id, At(now)], read_invitation)
        .map(|found| found.map(|(_, invitation)| invitation))
}

/// A tenancy's open invitations in the order in which they were made, each with its row.
pub(crate) fn invitations(
    db: &Db,
    tenancy: TenancyId,
    now: Timestamp,
) -> Result<Vec<(u64, Invitation)>, StoreError> {
    db.query_all(LIST_INVITATIONS, params![tenancy, At(now)], read_invitation)
}

/// The invitation that a link leads to, while it is open.
pub(crate) fn invitation_of(
    db: &Db,
    token: &str,
    now: Timestamp,
) -> Result<Option<Invitation>, StoreError> {
    let hash = secret_hash(TOKEN_DOMAIN, token);
    db.optional(SELECT_BY_TOKEN, params![hash, At(now)], read_invitation)
        .map(|found| found.map(|(_, invitation)| invitation))
}

pub(crate) fn delete_invitation(db: &Db, id: InvitationId) -> Result<(), StoreError> {
    db.execute(DELETE_INVITATION, params![id])
}

fn read_member(row: &Row<'_>) -> Result<(u64, Member), StoreError> {
    let deactivated_at: Option<At> = row.get(1)?;
    Ok((row.get(0)?, Member { user: read_user(row, 2)?, is_active: deactivated_at.is_none() }))
}

fn read_invitation(row: &Row<'_>) -> Result<(u64, Invitation), StoreError> {
    let invitation = Invitation {
        id: row.get(1)?,
        tenancy: row.get(2)?,
        name: row.get(3)?,
        email: row.get(4)?,
        message: row.get(5)?,
        role: row.get(6)?,
        expires_at: row.get::<At>(7)?.0,
    };
    Ok((row.get(0)?, invitation))
}
