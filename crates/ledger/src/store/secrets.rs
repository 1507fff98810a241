//! Secrets and tokens that are handed out once. They are kept as hashes: 256 random bits need no slow
//! hash, there is nothing to guess.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::ToSql;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::db::{Db, params};
use super::values::At;
use crate::error::StoreError;
use crate::keys::new_secret;
use crate::model::access::ApiToken;

const TOKEN_VALID: Duration = Duration::from_hours(1);

/// The statements and domains of one kind of client.
pub(super) struct Client {
    pub(super) secret_domain: &'static str,
    pub(super) token_domain: &'static str,
    /// The hash of the secret that is good after a time: id, time.
    pub(super) select_secret: &'static str,
    /// Tokens that ended by a time.
    pub(super) delete_ended_tokens: &'static str,
    /// A new one: hash, id, end.
    pub(super) insert_token: &'static str,
}

impl Client {
    /// Whether this is the client's secret, and still good.
    pub(super) fn check_secret(
        &self,
        db: &Db,
        id: &dyn ToSql,
        secret: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let hash: Option<[u8; 32]> =
            db.optional(self.select_secret, params![id, At(now)], |row| row.get(0))?;
        Ok(hash.is_some_and(|hash| hash.ct_eq(&secret_hash(self.secret_domain, secret)).into()))
    }

    /// Makes a token; `None` if there is no such client.
    pub(super) fn issue_token(
        &self,
        db: &Db,
        id: &dyn ToSql,
        now: Timestamp,
    ) -> Result<Option<ApiToken>, StoreError> {
        db.execute(self.delete_ended_tokens, params![At(now)])?;
        let token = new_secret()?;
        let expires_at = now + TOKEN_VALID;
        let hash = secret_hash(self.token_domain, token.expose_secret());
        let issued = db.changed(self.insert_token, params![hash, id, At(expires_at)])?;
        Ok((issued == 1).then_some(ApiToken { token, expires_at }))
    }
}

/// What a secret of 256 random bits is known by.
pub(crate) fn secret_hash(domain: &str, secret: &str) -> [u8; 32] {
    Sha256::new_with_prefix(domain).chain_update(secret).finalize().into()
}
