//! Applications, their secrets and their tokens. Secrets and tokens are kept as hashes: 256 random
//! bits need no slow hash, there is nothing to guess.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::db::{Db, Row, params};
use super::secrets::{Client, secret_hash};
use super::values::At;
use crate::error::StoreError;
use crate::ids::{ApplicationId, TenancyId};
use crate::keys::new_secret;
use crate::model::access::ApiToken;
use crate::model::applications::{Application, ApplicationChange, NewApplication};

macro_rules! columns {
    () => {
        "application.uuid, tenancy.uuid, application.display_name, custom_claims, role, valid_from,
         valid_until from application join tenancy on tenancy.id = application.tenancy"
    };
}

const INSERT: &str = "
    insert into application (uuid, tenancy, display_name, custom_claims, role, secret_hash,
        valid_from, valid_until)
    select ?1, id, ?3, ?4, ?5, ?6, ?7, ?8 from tenancy where uuid = ?2";
const SELECT: &str =
    concat!("select ", columns!(), " where application.uuid = ?1 and tenancy.uuid = ?2");
const LIST: &str = concat!(
    "select application.id, ",
    columns!(),
    " where tenancy.uuid = ?1 and application.id > ?2 and (application.display_name = ?3 or ?3 is null)
      order by application.id limit ?4"
);
const COUNT: &str = "
    select count(*) from application join tenancy on tenancy.id = application.tenancy
    where tenancy.uuid = ?1 and (application.display_name = ?2 or ?2 is null)";
const UPDATE: &str = "
    update application set display_name = ?2, custom_claims = ?3, role = ?4 where uuid = ?1";
const SET_SECRET: &str = "
    update application set secret_hash = ?2, valid_from = ?3, valid_until = ?4 where uuid = ?1";
const DELETE: &str = "delete from application where uuid = ?1";
const END_TOKENS: &str = "
    delete from application_token
    where application = (select id from application where uuid = ?1)";
const SELECT_SECRET: &str =
    "select secret_hash from application where uuid = ?1 and valid_until > ?2";
const DELETE_ENDED_TOKENS: &str = "delete from application_token where expires_at <= ?1";
const INSERT_TOKEN: &str = "
    insert into application_token (token_hash, application, expires_at)
    select ?1, id, ?3 from application where uuid = ?2";
const SELECT_TOKEN: &str = concat!(
    "select ",
    columns!(),
    " join application_token on application_token.application = application.id
      where token_hash = ?1 and expires_at > ?2"
);

const SECRET_DOMAIN: &str = "proofbox/application-secret/v1\n";
const TOKEN_DOMAIN: &str = "proofbox/application-token/v1\n";

/// How a client of this kind is known.
const APPLICATION: Client = Client {
    secret_domain: SECRET_DOMAIN,
    token_domain: TOKEN_DOMAIN,
    select_secret: SELECT_SECRET,
    delete_ended_tokens: DELETE_ENDED_TOKENS,
    insert_token: INSERT_TOKEN,
};

const SECRET_VALID: Duration = Duration::from_hours(365 * 24);

/// Makes an application; gives its secret. Makes none if there is no such tenancy.
pub(crate) fn insert(
    db: &Db,
    tenancy: TenancyId,
    id: ApplicationId,
    new: &NewApplication,
    now: Timestamp,
) -> Result<SecretString, StoreError> {
    let secret = new_secret()?;
    db.execute(
        INSERT,
        params![
            id,
            tenancy,
            new.display_name,
            claims_text(&new.custom_claims),
            new.role,
            secret_hash(SECRET_DOMAIN, secret.expose_secret()),
            At(now),
            At(now + SECRET_VALID),
        ],
    )?;
    Ok(secret)
}

pub(crate) fn get(
    db: &Db,
    tenancy: TenancyId,
    id: ApplicationId,
) -> Result<Option<Application>, StoreError> {
    let read = |row: &Row<'_>| read(row, 0);
    db.optional(SELECT, params![id, tenancy], read)
}

/// Applications in the order in which they were made, after a row, each with its row.
pub(crate) fn list(
    db: &Db,
    tenancy: TenancyId,
    named: Option<&str>,
    after: i64,
    limit: usize,
) -> Result<Vec<(i64, Application)>, StoreError> {
    db.query_all(LIST, params![tenancy, after, named, limit], |row| {
        Ok((row.get(0)?, read(row, 1)?))
    })
}

pub(crate) fn count(db: &Db, tenancy: TenancyId, named: Option<&str>) -> Result<u64, StoreError> {
    db.query_row(COUNT, params![tenancy, named], |row| row.get(0))
}

/// Changes an application, which must be the tenancy's.
pub(crate) fn update(
    db: &Db,
    old: &Application,
    change: &ApplicationChange,
) -> Result<(), StoreError> {
    let name = change.display_name.as_ref().unwrap_or(&old.display_name);
    let claims = change.custom_claims.as_ref().unwrap_or(&old.custom_claims);
    let role = change.role.unwrap_or(old.role);
    db.execute(UPDATE, params![old.id, name, claims_text(claims), role])
}

/// Replaces the secret; every token of the old one ends with it.
pub(crate) fn rotate(
    db: &Db,
    id: ApplicationId,
    now: Timestamp,
) -> Result<SecretString, StoreError> {
    let secret = new_secret()?;
    let hash = secret_hash(SECRET_DOMAIN, secret.expose_secret());
    db.execute(SET_SECRET, params![id, hash, At(now), At(now + SECRET_VALID)])?;
    db.execute(END_TOKENS, params![id])?;
    Ok(secret)
}

/// Deletes an application with its secret and its tokens.
pub(crate) fn delete(db: &Db, id: ApplicationId) -> Result<(), StoreError> {
    db.execute(END_TOKENS, params![id])?;
    db.execute(DELETE, params![id])
}

pub(crate) fn check_secret(
    db: &Db,
    id: ApplicationId,
    secret: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    APPLICATION.check_secret(db, &id, secret, now)
}

pub(crate) fn issue_token(
    db: &Db,
    id: ApplicationId,
    now: Timestamp,
) -> Result<Option<ApiToken>, StoreError> {
    APPLICATION.issue_token(db, &id, now)
}

/// The application that a token was issued to.
pub(crate) fn of_token(
    db: &Db,
    token: &str,
    now: Timestamp,
) -> Result<Option<Application>, StoreError> {
    let hash = secret_hash(TOKEN_DOMAIN, token);
    let read = |row: &Row<'_>| read(row, 0);
    db.optional(SELECT_TOKEN, params![hash, At(now)], read)
}

fn claims_text(claims: &BTreeMap<String, String>) -> String {
    serde_json::to_string(claims).expect("invariant: texts in maps are always JSON")
}

fn read(row: &Row<'_>, first: usize) -> Result<Application, StoreError> {
    let claims: String = row.get(first + 3)?;
    Ok(Application {
        id: row.get(first)?,
        tenancy: row.get(first + 1)?,
        display_name: row.get(first + 2)?,
        // Claims describe and decide nothing: damaged ones are shown as none.
        custom_claims: serde_json::from_str(&claims).unwrap_or_default(),
        role: row.get(first + 4)?,
        valid_from: row.get::<At>(first + 5)?.0,
        valid_until: row.get::<At>(first + 6)?.0,
    })
}
