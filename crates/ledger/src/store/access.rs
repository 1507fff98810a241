//! Tenancies, users, sign-in links and sessions.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};
use secrecy::{ExposeSecret, SecretString};

use super::values::{At, secret_hash};
use crate::error::StoreError;
use crate::ids::{TenancyId, UserId};
use crate::keys::new_secret;
use crate::model::access::{Role, Tenancy, User};

macro_rules! user_columns {
    () => {
        "user.uuid, tenancy.uuid, name, role
         from user join tenancy on tenancy.id = user.tenancy"
    };
}

const SELECT_TENANCY: &str =
    "select uuid, display_name, verified_domain from tenancy where uuid = ?1";
const SELECT_FIRST_TENANCY: &str =
    "select uuid, display_name, verified_domain from tenancy order by id limit 1";
const INSERT_TENANCY: &str =
    "insert into tenancy (uuid, display_name, created_at) values (?1, ?2, ?3)";
const RENAME_TENANCY: &str = "update tenancy set display_name = ?2 where uuid = ?1";
const INSERT_USER: &str = "
    insert into user (uuid, tenancy, name, role)
    select ?1, id, ?3, ?4 from tenancy where uuid = ?2";
const SELECT_USER: &str = concat!("select ", user_columns!(), " where user.uuid = ?1");
const SELECT_FIRST_ADMINISTRATOR: &str =
    concat!("select ", user_columns!(), " where role = 0 order by user.id limit 1");
const DELETE_ENDED_LINKS: &str = "delete from sign_in_link where expires_at <= ?1";
const INSERT_LINK: &str = "
    insert into sign_in_link (token_hash, user, expires_at)
    select ?1, id, ?3 from user where uuid = ?2";
const USE_LINK: &str = "
    delete from sign_in_link where token_hash = ?1 and expires_at > ?2 returning user";
const SELECT_USER_ROW: &str = concat!("select ", user_columns!(), " where user.id = ?1");
const DELETE_ENDED_SESSIONS: &str = "delete from session where expires_at <= ?1";
const UPSERT_SESSION: &str = "
    insert into session (id_hash, data, expires_at) values (?1, ?2, ?3)
    on conflict do update set data = excluded.data, expires_at = excluded.expires_at";
const SELECT_SESSION: &str =
    "select data, expires_at from session where id_hash = ?1 and expires_at > ?2";
const DELETE_SESSION: &str = "delete from session where id_hash = ?1";

const LINK_DOMAIN: &str = "proofbox/sign-in-link/v1\n";
const SESSION_DOMAIN: &str = "proofbox/session/v1\n";
const LINK_VALID: Duration = Duration::from_mins(15);

/// Makes a tenancy with its administrator.
pub(crate) fn create_tenancy(
    db: &Connection,
    tenancy: TenancyId,
    display_name: &str,
    administrator: UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached(INSERT_TENANCY)?.execute((tenancy, display_name, At(now)))?;
    create_user(db, administrator, tenancy, "Administrator", Role::Administrator)
}

/// Makes a user; none if there is no such tenancy.
pub(crate) fn create_user(
    db: &Connection,
    id: UserId,
    tenancy: TenancyId,
    name: &str,
    role: Role,
) -> Result<(), StoreError> {
    db.prepare_cached(INSERT_USER)?.execute((id, tenancy, name, role))?;
    Ok(())
}

pub(crate) fn first_tenancy(db: &Connection) -> Result<Tenancy, StoreError> {
    Ok(db.prepare_cached(SELECT_FIRST_TENANCY)?.query_row([], read_tenancy)?)
}

pub(crate) fn first_administrator(db: &Connection) -> Result<User, StoreError> {
    Ok(db.prepare_cached(SELECT_FIRST_ADMINISTRATOR)?.query_row([], read_user)?)
}

pub(crate) fn tenancy(db: &Connection, id: TenancyId) -> Result<Option<Tenancy>, StoreError> {
    Ok(db.prepare_cached(SELECT_TENANCY)?.query_row([id], read_tenancy).optional()?)
}

pub(crate) fn rename_tenancy(db: &Connection, id: TenancyId, name: &str) -> Result<(), StoreError> {
    db.prepare_cached(RENAME_TENANCY)?.execute((id, name))?;
    Ok(())
}

pub(crate) fn user(db: &Connection, id: UserId) -> Result<Option<User>, StoreError> {
    Ok(db.prepare_cached(SELECT_USER)?.query_row([id], read_user).optional()?)
}

pub(crate) fn create_link(
    db: &Connection,
    user: UserId,
    now: Timestamp,
) -> Result<Option<SecretString>, StoreError> {
    db.prepare_cached(DELETE_ENDED_LINKS)?.execute([At(now)])?;
    let token = new_secret()?;
    let hash = secret_hash(LINK_DOMAIN, token.expose_secret());
    let made = db.prepare_cached(INSERT_LINK)?.execute((hash, user, At(now + LINK_VALID)))?;
    Ok((made == 1).then_some(token))
}

/// Deletes the link as it is used, so that it works once however often it arrives.
pub(crate) fn use_link(
    db: &Connection,
    token: &str,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    let hash = secret_hash(LINK_DOMAIN, token);
    let user: Option<i64> =
        db.prepare_cached(USE_LINK)?.query_row((hash, At(now)), |row| row.get(0)).optional()?;
    let Some(user) = user else { return Ok(None) };
    Ok(db.prepare_cached(SELECT_USER_ROW)?.query_row([user], read_user).optional()?)
}

pub(crate) fn save_session(
    db: &Connection,
    id: &str,
    data: &[u8],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached(DELETE_ENDED_SESSIONS)?.execute([At(now)])?;
    let hash = secret_hash(SESSION_DOMAIN, id);
    db.prepare_cached(UPSERT_SESSION)?.execute((hash, data, At(expires_at)))?;
    Ok(())
}

pub(crate) fn load_session(
    db: &Connection,
    id: &str,
    now: Timestamp,
) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
    let session = db
        .prepare_cached(SELECT_SESSION)?
        .query_row((secret_hash(SESSION_DOMAIN, id), At(now)), |row| {
            Ok((row.get(0)?, row.get::<_, At>(1)?.0))
        })
        .optional()?;
    Ok(session)
}

pub(crate) fn delete_session(db: &Connection, id: &str) -> Result<(), StoreError> {
    db.prepare_cached(DELETE_SESSION)?.execute([secret_hash(SESSION_DOMAIN, id)])?;
    Ok(())
}

fn read_tenancy(row: &Row<'_>) -> rusqlite::Result<Tenancy> {
    Ok(Tenancy { id: row.get(0)?, display_name: row.get(1)?, verified_domain: row.get(2)? })
}

fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get(0)?, tenancy: row.get(1)?, name: row.get(2)?, role: row.get(3)? })
}
