//! Sources: linked accounts, and how far each was read.

use jiff::Timestamp;
use secrecy::SecretString;

use super::activity;
use super::db::{Db, Row, params};
use super::registrations;
use super::values::At;
use crate::error::StoreError;
use crate::ids::{SourceId, TenancyId};
use crate::keys::Vault;
use crate::model::source::{
    DisconnectedBy, Fingerprints, NewSource, OnDeletion, Source, SourceSettings, SourceStatus,
};

macro_rules! source_columns {
    () => {
        "source.uuid, tenancy.uuid, account, account_name, account_email, source.display_name,
         disconnected_by, disconnected_at, rules, cursor, secret_valid_until, source.created_at,
         on_deletion, fingerprints, history, paused_at, scope
         from source join tenancy on tenancy.id = source.tenancy"
    };
}

const SELECT: &str = concat!("select ", source_columns!(), " where source.uuid = ?1");
const SELECT_OF_TENANCY: &str =
    concat!("select ", source_columns!(), " where tenancy.uuid = ?1 and source.uuid = ?2");
const LIST: &str =
    concat!("select ", source_columns!(), " where tenancy.uuid = ?1 order by source.id");
const LIST_LINKED: &str = concat!(
    "select ",
    source_columns!(),
    " where disconnected_by is null and rules <> '' order by source.id"
);
const SELECT_ROW: &str = "
    select source.id, source.tenancy, tenancy.uuid, account, disconnected_by is not null,
        on_deletion, lease, fingerprints,
        exists (select 1 from unrecorded where unrecorded.source = source.id),
        exists (select 1 from awaited where awaited.source = source.id)
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
        secret_valid_until = ?6, scope = ?7, disconnected_by = null, disconnected_at = null
    where uuid = ?1";
const SET_CREDENTIALS: &str = "
    update source set credentials = ?2, scope = ?3
    where uuid = ?1 and disconnected_by is null";
const RENAME: &str = "update source set display_name = ?2 where uuid = ?1";
const SET_RULES: &str = "update source set rules = ?2, cursor = ?3 where uuid = ?1";
const SET_PAUSED: &str = "update source set paused_at = ?2 where uuid = ?1";
const SET_SETTINGS: &str = "
    update source set on_deletion = ?2, fingerprints = ?3, history = ?4 where uuid = ?1";
const TAKE_LEASE: &str = "update source set lease = lease + 1 where uuid = ?1 returning lease";
const ADVANCE: &str = "
    update source set cursor = coalesce(?2, cursor), rules = coalesce(?3, rules) where id = ?1";
const DISCONNECT: &str = "
    update source set credentials = null, scope = '', secret_hash = null, secret_valid_until = null,
        disconnected_by = ?2, disconnected_at = ?3
    where uuid = ?1 and disconnected_by is null";
const FORGET_UNTOUCHED: &str = "
    delete from source where uuid = ?1 and rules = '' and cursor is null and documents = 0";
const SELECT_CREDENTIALS: &str = "select credentials from source where uuid = ?1";
const SELECT_DOCUMENTS: &str = "select documents from source where uuid = ?1";

/// What the writer needs to begin with a commit, asked with one statement.
pub(crate) struct SourceRow {
    pub(crate) id: i64,
    pub(crate) tenancy: i64,
    pub(crate) tenancy_id: TenancyId,
    pub(crate) account: String,
    pub(crate) is_disconnected: bool,
    pub(crate) on_deletion: OnDeletion,
    pub(crate) lease: u64,
    pub(crate) fingerprints: Fingerprints,
    /// Whether something of it could not be recorded.
    pub(crate) has_unrecorded: bool,
    /// Whether a version of it waits for its content, held or not.
    pub(crate) has_awaited: bool,
}

pub(crate) fn row(db: &Db, id: SourceId) -> Result<Option<SourceRow>, StoreError> {
    db.optional(SELECT_ROW, params![id], |row| {
        Ok(SourceRow {
            id: row.get(0)?,
            tenancy: row.get(1)?,
            tenancy_id: row.get(2)?,
            account: row.get(3)?,
            is_disconnected: row.get(4)?,
            on_deletion: row.get(5)?,
            lease: row.get(6)?,
            fingerprints: row.get(7)?,
            has_unrecorded: row.get(8)?,
            has_awaited: row.get(9)?,
        })
    })
}

pub(crate) fn row_id(db: &Db, id: SourceId) -> Result<Option<i64>, StoreError> {
    db.optional(SELECT_ROW_ID, params![id], |row| row.get(0))
}

pub(crate) fn get(db: &Db, id: SourceId) -> Result<Option<Source>, StoreError> {
    db.optional(SELECT, params![id], read)
}

pub(crate) fn of_tenancy(
    db: &Db,
    tenancy: TenancyId,
    id: SourceId,
) -> Result<Option<Source>, StoreError> {
    db.optional(SELECT_OF_TENANCY, params![tenancy, id], read)
}

pub(crate) fn list(db: &Db, tenancy: TenancyId) -> Result<Vec<Source>, StoreError> {
    db.query_all(LIST, params![tenancy], read)
}

pub(crate) fn linked(db: &Db) -> Result<Vec<Source>, StoreError> {
    db.query_all(LIST_LINKED, params![], read)
}

/// Connects an account, as a new source or as the one that it was. Its app registration gets a
/// secret that nobody knows until somebody asks for another.
pub(crate) fn connect(
    db: &Db,
    vault: &Vault,
    new: &NewSource,
    fresh_id: SourceId,
    now: Timestamp,
) -> Result<Source, StoreError> {
    let known: Option<SourceId> =
        db.optional(SELECT_BY_ACCOUNT, params![new.tenancy, &new.account], |row| row.get(0))?;
    let id = known.unwrap_or(fresh_id);
    if known.is_none() {
        db.execute(
            INSERT,
            params![id, new.tenancy, new.account, new.account_name, new.account_email, At(now),],
        )?;
    }
    let credentials = vault.seal(&credentials_place(id), &new.credentials)?;
    let (secret, secret_valid_until) = registrations::unknown_secret(now)?;
    db.execute(
        CONNECT,
        params![
            id,
            new.account_name,
            new.account_email,
            credentials,
            secret,
            At(secret_valid_until),
            new.scope,
        ],
    )?;
    get(db, id)?.ok_or_else(|| StoreError::Damaged("a source belongs to no tenancy".into()))
}

/// Exchanges what reaches the account. Nothing happens to a source that is disconnected.
pub(crate) fn set_credentials(
    db: &Db,
    vault: &Vault,
    id: SourceId,
    credentials: &SecretString,
    scope: &str,
) -> Result<(), StoreError> {
    let credentials = vault.seal(&credentials_place(id), credentials)?;
    db.execute(SET_CREDENTIALS, params![id, credentials, scope])
}

pub(crate) fn rename(db: &Db, id: SourceId, name: &str) -> Result<(), StoreError> {
    db.execute(RENAME, params![id, name])
}

pub(crate) fn set_rules(
    db: &Db,
    id: SourceId,
    rules: &str,
    cursor: Option<&str>,
) -> Result<(), StoreError> {
    db.execute(SET_RULES, params![id, rules, cursor])
}

pub(crate) fn set_paused(db: &Db, id: SourceId, at: Option<Timestamp>) -> Result<(), StoreError> {
    db.execute(SET_PAUSED, params![id, at.map(At)])
}

pub(crate) fn set_settings(
    db: &Db,
    id: SourceId,
    settings: SourceSettings,
) -> Result<(), StoreError> {
    let SourceSettings { on_deletion, fingerprints, history } = settings;
    db.execute(SET_SETTINGS, params![id, on_deletion, fingerprints, history])
}

/// A lease newer than all before it. `None` if there is no such source.
pub(crate) fn take_lease(db: &Db, id: SourceId) -> Result<Option<u64>, StoreError> {
    db.optional(TAKE_LEASE, params![id], |row| row.get(0))
}

/// How far a source was read and what is linked, where a commit says so.
pub(crate) fn advance(
    db: &Db,
    source: i64,
    cursor: Option<&str>,
    rules: Option<&str>,
) -> Result<(), StoreError> {
    if cursor.is_some() || rules.is_some() {
        db.execute(ADVANCE, params![source, cursor, rules])?;
    }
    Ok(())
}

/// Ends a connection and forgets its secrets. Whoever ended it first is who ended it.
pub(crate) fn disconnect(
    db: &Db,
    id: SourceId,
    by: DisconnectedBy,
    now: Timestamp,
) -> Result<(), StoreError> {
    registrations::end_tokens(db, id)?;
    db.execute(DISCONNECT, params![id, by, At(now)])
}

/// Deletes a source that never had anything linked. Whoever chooses what is linked, or that nothing
/// is any more, sets a cursor with it. Says whether it was such a one. Its steps go with it: the row's
/// number may be given to another tenancy's source.
pub(crate) fn forget_untouched(db: &Db, id: SourceId) -> Result<bool, StoreError> {
    let Some(row) = row_id(db, id)? else { return Ok(false) };
    let is_forgotten = db.changed(FORGET_UNTOUCHED, params![id])? == 1;
    if is_forgotten {
        activity::forget(db, row)?;
    }
    Ok(is_forgotten)
}

pub(crate) fn credentials(
    db: &Db,
    vault: &Vault,
    id: SourceId,
) -> Result<Option<SecretString>, StoreError> {
    let sealed: Option<Option<Vec<u8>>> =
        db.optional(SELECT_CREDENTIALS, params![id], |row| row.get(0))?;
    sealed.flatten().map(|sealed| vault.open(&credentials_place(id), &sealed)).transpose()
}

pub(crate) fn documents(db: &Db, id: SourceId) -> Result<u64, StoreError> {
    let count = db.optional(SELECT_DOCUMENTS, params![id], |row| row.get(0))?;
    Ok(count.unwrap_or(0))
}

/// What the sealed credentials are bound to.
fn credentials_place(id: SourceId) -> String {
    format!("source/{id}/credentials")
}

fn read(row: &Row<'_>) -> Result<Source, StoreError> {
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
        secret_valid_until: row.get::<Option<At>>(10)?.map(|At(at)| at),
        created_at: row.get::<At>(11)?.0,
        settings: SourceSettings {
            on_deletion: row.get(12)?,
            fingerprints: row.get(13)?,
            history: row.get(14)?,
        },
        paused_at: row.get::<Option<At>>(15)?.map(|At(at)| at),
        scope: row.get(16)?,
    })
}
