//! Sources and their app registrations.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::values::{At, secret_hash};
use crate::error::StoreError;
use crate::ids::{SourceId, TenancyId};
use crate::keys::{Vault, new_secret};
use crate::model::access::ApiToken;
use crate::model::change::{Unrecorded, UnrecordedItem};
use crate::model::source::{DisconnectedBy, NewSource, Source, SourceStatus};

macro_rules! source_columns {
    () => {
        "source.uuid, tenancy.uuid, account, account_name, account_email, source.display_name,
         disconnected_by, disconnected_at, rules, cursor, secret_valid_until, source.created_at
         from source join tenancy on tenancy.id = source.tenancy"
    };
}

const SELECT: &str = concat!("select ", source_columns!(), " where source.uuid = ?1");
const SELECT_OF_TENANCY: &str = concat!(
    "select ",
    source_columns!(),
    " where tenancy.uuid = ?1 and source.uuid = ?2"
);
const LIST: &str =
    concat!("select ", source_columns!(), " where tenancy.uuid = ?1 order by source.id");
const LIST_LINKED: &str = concat!(
    "select ",
    source_columns!(),
    " where disconnected_by is null and rules <> '' order by source.id"
);
const SELECT_ROW: &str = "
    select source.id, source.tenancy, tenancy.uuid, account, disconnected_by is not null
    from source join tenancy on tenancy.id = source.tenancy where source.uuid = ?1";
const SELECT_ROW_ID: &str = "select id from source where uuid = ?1";
const SELECT_BY_ACCOUNT: &str = "
    select source.uuid from source join tenancy on tenancy.id = source.tenancy
    where tenancy.uuid = ?1 and account = ?2";
const INSERT: &str = "
    insert into source (uuid, tenancy, account, account_name, account_email, display_name, rules,
        documents, created_at)
    select ?1, tenancy.id, ?3, ?4, ?5, ?4, '', 0, ?6 from tenancy where tenancy.uuid = ?2";
const CONNECT: &str = "
    update source set account_name = ?2, account_email = ?3, credentials = ?4, secret_hash = ?5,
        secret_valid_until = ?6, disconnected_by = null, disconnected_at = null
    where uuid = ?1";
const RENAME: &str = "update source set display_name = ?2 where uuid = ?1";
const SET_RULES: &str = "update source set rules = ?2, cursor = ?3 where uuid = ?1";
const SET_CURSOR: &str = "update source set cursor = ?2 where id = ?1";
const ADD_DOCUMENTS: &str = "update source set documents = documents + ?2 where id = ?1";
const DISCONNECT: &str = "
    update source set credentials = null, secret_hash = null, secret_valid_until = null,
        disconnected_by = ?2, disconnected_at = ?3
    where uuid = ?1 and disconnected_by is null";
const SET_SECRET: &str = "
    update source set secret_hash = ?2, secret_valid_until = ?3
    where uuid = ?1 and disconnected_by is null";
const SELECT_CREDENTIALS: &str = "select credentials from source where uuid = ?1";
const SELECT_SECRET: &str =
    "select secret_hash from source where uuid = ?1 and secret_valid_until > ?2";
const SELECT_DOCUMENTS: &str = "select documents from source where uuid = ?1";
const DELETE_TOKENS: &str =
    "delete from api_token where source = (select id from source where uuid = ?1)";
const DELETE_ENDED_TOKENS: &str = "delete from api_token where expires_at <= ?1";
const INSERT_TOKEN: &str = "
    insert into api_token (token_hash, source, expires_at)
    select ?1, id, ?3 from source where uuid = ?2 and disconnected_by is null";
const SELECT_TOKEN: &str = "
    select source.uuid, tenancy.uuid from api_token
    join source on source.id = api_token.source join tenancy on tenancy.id = source.tenancy
    where token_hash = ?1 and expires_at > ?2";
const UPSERT_UNRECORDED: &str = "
    insert into unrecorded (source, key, path, reason, first_seen, last_seen)
    values (?1, ?2, ?3, ?4, ?5, ?5)
    on conflict do update set path = excluded.path, reason = excluded.reason,
        last_seen = excluded.last_seen";
const DELETE_UNRECORDED: &str = "delete from unrecorded where source = ?1 and key = ?2";
const HAS_UNRECORDED: &str = "select exists (select 1 from unrecorded where source = ?1)";
const COUNT_UNRECORDED: &str = "
    select count(*) from unrecorded join source on source.id = unrecorded.source
    where source.uuid = ?1";
const LIST_UNRECORDED: &str = "
    select key, path, reason, first_seen, last_seen
    from unrecorded join source on source.id = unrecorded.source
    where source.uuid = ?1 and key > ?2 order by key limit ?3";

const SECRET_DOMAIN: &str = "proofbox/client-secret/v1\n";
const TOKEN_DOMAIN: &str = "proofbox/api-token/v1\n";
const SECRET_VALID: Duration = Duration::from_hours(365 * 24);
const TOKEN_VALID: Duration = Duration::from_hours(1);

/// What the writer needs of a source.
pub(crate) struct SourceRow {
    pub(crate) id: i64,
    pub(crate) tenancy: i64,
    pub(crate) tenancy_id: TenancyId,
    pub(crate) account: String,
    pub(crate) is_disconnected: bool,
}

pub(crate) fn row(db: &Connection, id: SourceId) -> Result<Option<SourceRow>, StoreError> {
    let row = db
        .prepare_cached(SELECT_ROW)?
        .query_row([id], |row| {
            Ok(SourceRow {
                id: row.get(0)?,
                tenancy: row.get(1)?,
                tenancy_id: row.get(2)?,
                account: row.get(3)?,
                is_disconnected: row.get(4)?,
            })
        })
        .optional()?;
    Ok(row)
}

pub(crate) fn row_id(db: &Connection, id: SourceId) -> Result<Option<i64>, StoreError> {
    Ok(db.prepare_cached(SELECT_ROW_ID)?.query_row([id], |row| row.get(0)).optional()?)
}

pub(crate) fn get(db: &Connection, id: SourceId) -> Result<Option<Source>, StoreError> {
    Ok(db.prepare_cached(SELECT)?.query_row([id], read).optional()?)
}

pub(crate) fn of_tenancy(
    db: &Connection,
    tenancy: TenancyId,
    id: SourceId,
) -> Result<Option<Source>, StoreError> {
    Ok(db.prepare_cached(SELECT_OF_TENANCY)?.query_row((tenancy, id), read).optional()?)
}

pub(crate) fn list(db: &Connection, tenancy: TenancyId) -> Result<Vec<Source>, StoreError> {
    let mut statement = db.prepare_cached(LIST)?;
    let sources = statement.query_map([tenancy], read)?;
    Ok(sources.collect::<Result<_, _>>()?)
}

pub(crate) fn linked(db: &Connection) -> Result<Vec<Source>, StoreError> {
    let mut statement = db.prepare_cached(LIST_LINKED)?;
    let sources = statement.query_map([], read)?;
    Ok(sources.collect::<Result<_, _>>()?)
}

/// Connects an account, as a new source or as the one that it was. Its app registration gets a
/// secret that nobody knows until somebody asks for another.
pub(crate) fn connect(
    db: &Connection,
    vault: &Vault,
    new: &NewSource,
    fresh_id: SourceId,
    now: Timestamp,
) -> Result<Source, StoreError> {
    let known: Option<SourceId> = db
        .prepare_cached(SELECT_BY_ACCOUNT)?
        .query_row((new.tenancy, &new.account), |row| row.get(0))
        .optional()?;
    let id = known.unwrap_or(fresh_id);
    if known.is_none() {
        db.prepare_cached(INSERT)?.execute(params![
            id,
            new.tenancy,
            new.account,
            new.account_name,
            new.account_email,
            At(now),
        ])?;
    }
    let credentials = vault.seal(&credentials_place(id), &new.credentials)?;
    let secret = secret_hash(SECRET_DOMAIN, new_secret()?.expose_secret());
    db.prepare_cached(CONNECT)?.execute(params![
        id,
        new.account_name,
        new.account_email,
        credentials,
        secret,
        At(now + SECRET_VALID),
    ])?;
    get(db, id)?.ok_or_else(|| StoreError::Damaged("a source belongs to no tenancy".into()))
}

pub(crate) fn rename(db: &Connection, id: SourceId, name: &str) -> Result<(), StoreError> {
    db.prepare_cached(RENAME)?.execute((id, name))?;
    Ok(())
}

pub(crate) fn set_rules(
    db: &Connection,
    id: SourceId,
    rules: &str,
    cursor: Option<&str>,
) -> Result<(), StoreError> {
    db.prepare_cached(SET_RULES)?.execute((id, rules, cursor))?;
    Ok(())
}

pub(crate) fn set_cursor(db: &Connection, source: i64, cursor: &str) -> Result<(), StoreError> {
    db.prepare_cached(SET_CURSOR)?.execute((source, cursor))?;
    Ok(())
}

pub(crate) fn add_documents(db: &Connection, source: i64, count: u64) -> Result<(), StoreError> {
    db.prepare_cached(ADD_DOCUMENTS)?.execute((source, count))?;
    Ok(())
}

/// Ends a connection and forgets its secrets. Whoever ended it first is who ended it.
pub(crate) fn disconnect(
    db: &Connection,
    id: SourceId,
    by: DisconnectedBy,
    now: Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached(DELETE_TOKENS)?.execute([id])?;
    db.prepare_cached(DISCONNECT)?.execute((id, by, At(now)))?;
    Ok(())
}

pub(crate) fn credentials(
    db: &Connection,
    vault: &Vault,
    id: SourceId,
) -> Result<Option<SecretString>, StoreError> {
    let sealed: Option<Option<Vec<u8>>> =
        db.prepare_cached(SELECT_CREDENTIALS)?.query_row([id], |row| row.get(0)).optional()?;
    sealed.flatten().map(|sealed| vault.open(&credentials_place(id), &sealed)).transpose()
}

/// Replaces the app registration's secret; the tokens of the old one end with it.
pub(crate) fn regenerate_secret(
    db: &Connection,
    id: SourceId,
    now: Timestamp,
) -> Result<Option<SecretString>, StoreError> {
    let secret = new_secret()?;
    let hash = secret_hash(SECRET_DOMAIN, secret.expose_secret());
    let changed = db.prepare_cached(SET_SECRET)?.execute((id, hash, At(now + SECRET_VALID)))?;
    db.prepare_cached(DELETE_TOKENS)?.execute([id])?;
    Ok((changed == 1).then_some(secret))
}

pub(crate) fn check_secret(
    db: &Connection,
    id: SourceId,
    secret: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let hash: Option<[u8; 32]> = db
        .prepare_cached(SELECT_SECRET)?
        .query_row((id, At(now)), |row| row.get(0))
        .optional()?;
    Ok(hash.is_some_and(|hash| hash.ct_eq(&secret_hash(SECRET_DOMAIN, secret)).into()))
}

pub(crate) fn issue_token(
    db: &Connection,
    id: SourceId,
    now: Timestamp,
) -> Result<Option<ApiToken>, StoreError> {
    db.prepare_cached(DELETE_ENDED_TOKENS)?.execute([At(now)])?;
    let token = new_secret()?;
    let expires_at = now + TOKEN_VALID;
    let hash = secret_hash(TOKEN_DOMAIN, token.expose_secret());
    let issued = db.prepare_cached(INSERT_TOKEN)?.execute((hash, id, At(expires_at)))?;
    Ok((issued == 1).then_some(ApiToken { token, expires_at }))
}

pub(crate) fn token(
    db: &Connection,
    token: &str,
    now: Timestamp,
) -> Result<Option<(SourceId, TenancyId)>, StoreError> {
    let hash = secret_hash(TOKEN_DOMAIN, token);
    let found = db
        .prepare_cached(SELECT_TOKEN)?
        .query_row((hash, At(now)), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

pub(crate) fn documents(db: &Connection, id: SourceId) -> Result<u64, StoreError> {
    let count = db.prepare_cached(SELECT_DOCUMENTS)?.query_row([id], |row| row.get(0)).optional()?;
    Ok(count.unwrap_or(0))
}

pub(crate) fn note_unrecorded(
    db: &Connection,
    source: i64,
    item: &Unrecorded,
    now: Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached(UPSERT_UNRECORDED)?.execute(params![
        source,
        item.key,
        item.path,
        item.reason,
        At(now),
    ])?;
    Ok(())
}

pub(crate) fn has_unrecorded(db: &Connection, source: i64) -> Result<bool, StoreError> {
    Ok(db.prepare_cached(HAS_UNRECORDED)?.query_row([source], |row| row.get(0))?)
}

pub(crate) fn forget_unrecorded(db: &Connection, source: i64, key: &str) -> Result<(), StoreError> {
    db.prepare_cached(DELETE_UNRECORDED)?.execute((source, key))?;
    Ok(())
}

pub(crate) fn unrecorded_count(db: &Connection, id: SourceId) -> Result<u64, StoreError> {
    Ok(db.prepare_cached(COUNT_UNRECORDED)?.query_row([id], |row| row.get(0))?)
}

pub(crate) fn unrecorded(
    db: &Connection,
    id: SourceId,
    after_key: &str,
    limit: u32,
) -> Result<Vec<UnrecordedItem>, StoreError> {
    let mut statement = db.prepare_cached(LIST_UNRECORDED)?;
    let items = statement.query_map((id, after_key, limit), |row| {
        Ok(UnrecordedItem {
            item: Unrecorded { key: row.get(0)?, path: row.get(1)?, reason: row.get(2)? },
            first_seen: row.get::<_, At>(3)?.0,
            last_seen: row.get::<_, At>(4)?.0,
        })
    })?;
    Ok(items.collect::<Result<_, _>>()?)
}

/// What the sealed credentials are bound to.
fn credentials_place(id: SourceId) -> String {
    format!("source/{id}/credentials")
}

fn read(row: &Row<'_>) -> rusqlite::Result<Source> {
    let by: Option<DisconnectedBy> = row.get(6)?;
    let at: Option<At> = row.get(7)?;
    let rules: String = row.get(8)?;
    let status = match (by, at) {
        (Some(by), Some(At(at))) => SourceStatus::Disconnected { by, at },
        _ if rules.is_empty() => SourceStatus::Connected,
        _ => SourceStatus::Linked,
    };
    Ok(Source {
        id: row.get(0)?,
        tenancy: row.get(1)?,
        account: row.get(2)?,
        account_name: row.get(3)?,
        account_email: row.get(4)?,
        display_name: row.get(5)?,
        status,
        rules,
        cursor: row.get(9)?,
        secret_valid_until: row.get::<_, Option<At>>(10)?.map(|At(at)| at),
        created_at: row.get::<_, At>(11)?.0,
    })
}
