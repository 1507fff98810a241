//! Tenancies, users, sign-in links and sessions.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::db::{Db, Row, params};
use super::secrets::secret_hash;
use super::values::At;
use crate::error::StoreError;
use crate::ids::{TenancyId, UserId};
use crate::keys::new_secret;
use crate::model::access::{Role, Tenancy, User};

macro_rules! user_columns {
    () => {
        r#""user".uuid, tenancy.uuid, name, email, role
         from "user" join tenancy on tenancy.id = "user".tenancy"#
    };
}
pub(super) use user_columns;

const SELECT_TENANCY: &str =
    "select uuid, display_name, verified_domain from tenancy where uuid = ?1";
const SELECT_FIRST_TENANCY: &str =
    "select uuid, display_name, verified_domain from tenancy order by id limit 1";
const INSERT_TENANCY: &str =
    "insert into tenancy (uuid, display_name, created_at) values (?1, ?2, ?3)";
const RENAME_TENANCY: &str = "update tenancy set display_name = ?2 where uuid = ?1";
const INSERT_USER: &str = r#"
    insert into "user" (uuid, tenancy, name, email, role)
    select ?1, id, ?3, ?4, ?5 from tenancy where uuid = ?2"#;
const SELECT_USER: &str =
    concat!("select ", user_columns!(), r#" where "user".uuid = ?1 and deactivated_at is null"#);
const SELECT_SIGNED_IN: &str = concat!(
    "select ",
    user_columns!(),
    r#" where "user".uuid = ?1 and deactivated_at is null and sessions_since <= ?2"#
);
const SELECT_FIRST_ADMINISTRATOR: &str = concat!(
    "select ",
    user_columns!(),
    r#" where role = 0 and deactivated_at is null order by tenancy.id, "user".id limit 1"#
);
const DELETE_ENDED_LINKS: &str = "delete from sign_in_link where expires_at <= ?1";
const INSERT_LINK: &str = r#"
    insert into sign_in_link (token_hash, "user", expires_at)
    select ?1, id, ?3 from "user" where uuid = ?2 and deactivated_at is null"#;
const USE_LINK: &str = r#"
    delete from sign_in_link where token_hash = ?1 and expires_at > ?2 returning "user""#;
const SELECT_USER_ROW: &str =
    concat!("select ", user_columns!(), r#" where "user".id = ?1 and deactivated_at is null"#);
const DELETE_ENDED_SESSIONS: &str = "delete from session where expires_at <= ?1";
const UPSERT_SESSION: &str = "
    insert into session (id_hash, data, expires_at) values (?1, ?2, ?3)
    on conflict (id_hash) do update set data = excluded.data, expires_at = excluded.expires_at";
const SELECT_SESSION: &str =
    "select data, expires_at from session where id_hash = ?1 and expires_at > ?2";
const DELETE_SESSION: &str = "delete from session where id_hash = ?1";

const LINK_DOMAIN: &str = "proofbox/sign-in-link/v1\n";
const SESSION_DOMAIN: &str = "proofbox/session/v1\n";
const LINK_VALID: Duration = Duration::from_mins(15);

/// Makes a tenancy with its administrator.
pub(crate) fn create_tenancy(
    db: &Db,
    tenancy: TenancyId,
    display_name: &str,
    administrator: UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    db.execute(INSERT_TENANCY, params![tenancy, display_name, At(now)])?;
    create_user(db, administrator, tenancy, ("Administrator", ""), Role::Administrator)
}

/// Makes a user with this name and address; none if there is no such tenancy.
pub(crate) fn create_user(
    db: &Db,
    id: UserId,
    tenancy: TenancyId,
    (name, email): (&str, &str),
    role: Role,
) -> Result<(), StoreError> {
    db.execute(INSERT_USER, params![id, tenancy, name, email, role])
}

pub(crate) fn first_tenancy(db: &Db) -> Result<Tenancy, StoreError> {
    db.query_row(SELECT_FIRST_TENANCY, params![], read_tenancy)
}

pub(crate) fn first_administrator(db: &Db) -> Result<User, StoreError> {
    db.query_row(SELECT_FIRST_ADMINISTRATOR, params![], |row| read_user(row, 0))
}

pub(crate) fn tenancy(db: &Db, id: TenancyId) -> Result<Option<Tenancy>, StoreError> {
    db.optional(SELECT_TENANCY, params![id], read_tenancy)
}

pub(crate) fn rename_tenancy(db: &Db, id: TenancyId, name: &str) -> Result<(), StoreError> {
    db.execute(RENAME_TENANCY, params![id, name])
}

/// Somebody who may come in.
pub(crate) fn user(db: &Db, id: UserId) -> Result<Option<User>, StoreError> {
    db.optional(SELECT_USER, params![id], |row| read_user(row, 0))
}

/// The same, if a session that began then is still good.
pub(crate) fn signed_in(db: &Db, id: UserId, at: Timestamp) -> Result<Option<User>, StoreError> {
    db.optional(SELECT_SIGNED_IN, params![id, At(at)], |row| read_user(row, 0))
}

pub(crate) fn create_link(
    db: &Db,
    user: UserId,
    now: Timestamp,
) -> Result<Option<SecretString>, StoreError> {
    db.execute(DELETE_ENDED_LINKS, params![At(now)])?;
    let token = new_secret()?;
    let hash = secret_hash(LINK_DOMAIN, token.expose_secret());
    let made = db.changed(INSERT_LINK, params![hash, user, At(now + LINK_VALID)])?;
    Ok((made == 1).then_some(token))
}

/// Deletes the link as it is used, so that it works once however often it arrives.
pub(crate) fn use_link(db: &Db, token: &str, now: Timestamp) -> Result<Option<User>, StoreError> {
    let hash = secret_hash(LINK_DOMAIN, token);
    let user: Option<i64> = db.optional(USE_LINK, params![hash, At(now)], |row| row.get(0))?;
    let Some(user) = user else { return Ok(None) };
    db.optional(SELECT_USER_ROW, params![user], |row| read_user(row, 0))
}

pub(crate) fn save_session(
    db: &Db,
    id: &str,
    data: &[u8],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    db.execute(DELETE_ENDED_SESSIONS, params![At(now)])?;
    let hash = secret_hash(SESSION_DOMAIN, id);
    db.execute(UPSERT_SESSION, params![hash, data, At(expires_at)])
}

pub(crate) fn load_session(
    db: &Db,
    id: &str,
    now: Timestamp,
) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
    db.optional(SELECT_SESSION, params![secret_hash(SESSION_DOMAIN, id), At(now)], |row| {
        Ok((row.get(0)?, row.get::<At>(1)?.0))
    })
}

pub(crate) fn delete_session(db: &Db, id: &str) -> Result<(), StoreError> {
    db.execute(DELETE_SESSION, params![secret_hash(SESSION_DOMAIN, id)])
}

fn read_tenancy(row: &Row<'_>) -> Result<Tenancy, StoreError> {
    Ok(Tenancy { id: row.get(0)?, display_name: row.get(1)?, verified_domain: row.get(2)? })
}

/// Reads [`user_columns`], the first of which is at this place.
pub(super) fn read_user(row: &Row<'_>, first: usize) -> Result<User, StoreError> {
    Ok(User {
        id: row.get(first)?,
        tenancy: row.get(first + 1)?,
        name: row.get(first + 2)?,
        email: row.get(first + 3)?,
        role: row.get(first + 4)?,
    })
}
