//! Answers to writes that came with a key of their caller's own.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use super::db::{Db, params};
use super::values::At;
use crate::error::StoreError;
use crate::keys::Vault;
use crate::model::registered::{Answer, Answered, OnceKey};

const SELECT: &str =
    "select request, status, body from answer where tenancy = ?1 and key = ?2 and at > ?3";
const INSERT: &str = "
    insert into answer (tenancy, key, request, status, body, at) values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict (tenancy, key) do nothing";
const DELETE_OLD: &str = "delete from answer where at <= ?1";

/// How long an answer is kept.
const KEPT: Duration = Duration::from_hours(24);

/// What was answered to a request with this key, if one came before.
pub(crate) fn get(
    db: &Db,
    vault: &Vault,
    tenancy: i64,
    key: &OnceKey,
    now: Timestamp,
) -> Result<Answered, StoreError> {
    let found: Option<([u8; 32], u16, Vec<u8>)> =
        db.optional(SELECT, params![tenancy, key.key, At(now - KEPT)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let Some((request, status, sealed)) = found else { return Ok(Answered::Nothing) };
    if request != key.request {
        return Ok(Answered::Another);
    }
    let body = vault.open(&place(tenancy, key), &sealed)?;
    Ok(Answered::Same(Answer { status, body }))
}

/// Keeps an answer. The first one to a key stays.
pub(crate) fn insert(
    db: &Db,
    vault: &Vault,
    tenancy: i64,
    key: &OnceKey,
    answer: &Answer,
    now: Timestamp,
) -> Result<(), StoreError> {
    db.execute(DELETE_OLD, params![At(now - KEPT)])?;
    let body: &SecretString = &answer.body;
    let sealed = vault.seal(&place(tenancy, key), body)?;
    db.execute(INSERT, params![tenancy, key.key, key.request, answer.status, sealed, At(now)])
}

/// What a sealed answer is bound to.
fn place(tenancy: i64, key: &OnceKey) -> String {
    format!("answer/{tenancy}/{}", hex::encode(key.key))
}
