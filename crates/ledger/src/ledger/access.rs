//! Who comes in: tenancies, sign-in links, sessions.

use jiff::Timestamp;
use secrecy::SecretString;

use crate::error::StoreError;
use crate::ids::{TenancyId, UserId};
use crate::ledger::Ledger;
use crate::model::access::{Tenancy, User};

impl Ledger {
    /// The tenancy that every instance begins with.
    pub async fn first_tenancy(&self) -> Result<Tenancy, StoreError> {
        todo!()
    }

    /// The administrator that every instance begins with.
    pub async fn first_administrator(&self) -> Result<User, StoreError> {
        todo!()
    }

    /// A tenancy.
    pub async fn tenancy(&self, id: TenancyId) -> Result<Option<Tenancy>, StoreError> {
        todo!()
    }

    /// Gives a tenancy another name.
    pub async fn set_tenancy_name(
        &self,
        id: TenancyId,
        display_name: String,
    ) -> Result<Option<Tenancy>, StoreError> {
        todo!()
    }

    /// A user.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        todo!()
    }

    /// Makes the token of a sign-in link: good for one use within 15 minutes. `None` if there is
    /// no such user.
    pub async fn create_sign_in_link(
        &self,
        user: UserId,
    ) -> Result<Option<SecretString>, StoreError> {
        todo!()
    }

    /// Uses up the token of a sign-in link. `None` if it is unknown, used or too old.
    pub async fn redeem_sign_in_link(&self, token: &str) -> Result<Option<User>, StoreError> {
        todo!()
    }

    /// Keeps a session's data under the hash of its id, and drops sessions that have ended.
    pub async fn save_session(
        &self,
        id: &str,
        data: Vec<u8>,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        todo!()
    }

    /// A session's data and end, until it has ended.
    pub async fn load_session(
        &self,
        id: &str,
    ) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
        todo!()
    }

    /// Ends a session.
    pub async fn delete_session(&self, id: &str) -> Result<(), StoreError> {
        todo!()
    }
}
