//! App registrations: the client secret of a source and the tokens issued for it. Kept as hashes:
//! 256 random bits need no slow hash, there is nothing to guess.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::db::{Db, params};
use super::secrets::{Client, secret_hash};
use super::values::At;
use crate::error::StoreError;
use crate::ids::{SourceId, TenancyId};
use crate::keys::new_secret;
use crate::model::access::ApiToken;

const SET_SECRET: &str = "
    update source set secret_hash = ?2, secret_valid_until = ?3
    where uuid = ?1 and disconnected_by is null";
const SELECT_SECRET: &str =
    "select secret_hash from source where uuid = ?1 and secret_valid_until > ?2";
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

const SECRET_DOMAIN: &str = "proofbox/client-secret/v1\n";
const TOKEN_DOMAIN: &str = "proofbox/api-token/v1\n";

/// How a client of this kind is known.
const REGISTRATION: Client = Client {
    secret_domain: SECRET_DOMAIN,
    token_domain: TOKEN_DOMAIN,
    select_secret: SELECT_SECRET,
    delete_ended_tokens: DELETE_ENDED_TOKENS,
    insert_token: INSERT_TOKEN,
};

const SECRET_VALID: Duration = Duration::from_hours(365 * 24);

/// Replaces the app registration's secret; the tokens of the old one end with it.
pub(crate) fn regenerate_secret(
    db: &Db,
    id: SourceId,
    now: Timestamp,
) -> Result<Option<SecretString>, StoreError> {
    let secret = new_secret()?;
    let hash = secret_hash(SECRET_DOMAIN, secret.expose_secret());
    let changed = db.changed(SET_SECRET, params![id, hash, At(now + SECRET_VALID)])?;
    end_tokens(db, id)?;
    Ok((changed == 1).then_some(secret))
}

pub(crate) fn check_secret(
    db: &Db,
    id: SourceId,
    secret: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    REGISTRATION.check_secret(db, &id, secret, now)
}

pub(crate) fn issue_token(
    db: &Db,
    id: SourceId,
    now: Timestamp,
) -> Result<Option<ApiToken>, StoreError> {
    REGISTRATION.issue_token(db, &id, now)
}

pub(crate) fn token(
    db: &Db,
    token: &str,
    now: Timestamp,
) -> Result<Option<(SourceId, TenancyId)>, StoreError> {
    let hash = secret_hash(TOKEN_DOMAIN, token);
    db.optional(SELECT_TOKEN, params![hash, At(now)], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The hash of a secret that nobody knows, and when it ends: what a registration begins with.
pub(crate) fn unknown_secret(now: Timestamp) -> Result<([u8; 32], Timestamp), StoreError> {
    Ok((secret_hash(SECRET_DOMAIN, new_secret()?.expose_secret()), now + SECRET_VALID))
}

/// Ends every token of a registration.
pub(crate) fn end_tokens(db: &Db, id: SourceId) -> Result<(), StoreError> {
    db.execute(DELETE_TOKENS, params![id])
}
