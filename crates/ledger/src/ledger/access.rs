//! Who comes in: tenancies, sign-in links, sessions.

use jiff::Timestamp;
use secrecy::SecretString;

use crate::error::StoreError;
use crate::ids::{TenancyId, UserId, random_uuid};
use crate::ledger::Ledger;
use crate::model::access::{Role, Tenancy, User};
use crate::model::change::{Change, ChangeKind};
use crate::store::access;

impl Ledger {
    /// The tenancy that every instance begins with.
    pub async fn first_tenancy(&self) -> Result<Tenancy, StoreError> {
        self.read(access::first_tenancy).await
    }

    /// The administrator that every instance begins with.
    pub async fn first_administrator(&self) -> Result<User, StoreError> {
        self.read(access::first_administrator).await
    }

    /// A tenancy.
    pub async fn tenancy(&self, id: TenancyId) -> Result<Option<Tenancy>, StoreError> {
        self.read(move |db| access::tenancy(db, id)).await
    }

    /// Gives a tenancy another name.
    pub async fn set_tenancy_name(
        &self,
        id: TenancyId,
        display_name: String,
    ) -> Result<Option<Tenancy>, StoreError> {
        self.write(move |batch| {
            access::rename_tenancy(batch.db, id, &display_name)?;
            batch.changes.push(Change { tenancy: id, kind: ChangeKind::Tenancy });
            access::tenancy(batch.db, id)
        })
        .await
    }

    /// Makes a tenancy, and gives its administrator.
    pub async fn create_tenancy(&self, display_name: String) -> Result<User, StoreError> {
        self.write(move |batch| {
            let tenancy = TenancyId::from_bytes(random_uuid(batch.random.take()?));
            let id = UserId::from_bytes(random_uuid(batch.random.take()?));
            access::create_tenancy(batch.db, tenancy, &display_name, id, batch.now)?;
            access::user(batch.db, id)?
                .ok_or_else(|| StoreError::Damaged("a new user is missing".to_owned()))
        })
        .await
    }

    /// Makes a user of a tenancy. `None` if there is no such tenancy.
    pub async fn create_user(
        &self,
        tenancy: TenancyId,
        name: String,
        role: Role,
    ) -> Result<Option<User>, StoreError> {
        self.write(move |batch| {
            let id = UserId::from_bytes(random_uuid(batch.random.take()?));
            access::create_user(batch.db, id, tenancy, (&name, ""), role)?;
            access::user(batch.db, id)
        })
        .await
    }

    /// A user who may come in.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(move |db| access::user(db, id)).await
    }

    /// The same, if a session that began at this time is still good: none outlives the removal of its
    /// user, whoever lets the user in again.
    pub async fn signed_in_user(
        &self,
        id: UserId,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        self.read(move |db| access::signed_in(db, id, at)).await
    }

    /// Makes the token of a sign-in link: good for one use within 15 minutes. `None` if there is
    /// no such user.
    pub async fn create_sign_in_link(
        &self,
        user: UserId,
    ) -> Result<Option<SecretString>, StoreError> {
        self.write(move |batch| access::create_link(batch.db, user, batch.now)).await
    }

    /// Uses up the token of a sign-in link. `None` if it is unknown, used or too old.
    pub async fn redeem_sign_in_link(&self, token: &str) -> Result<Option<User>, StoreError> {
        let token = token.to_owned();
        self.write(move |batch| access::use_link(batch.db, &token, batch.now)).await
    }

    /// Keeps a session's data under the hash of its id, and drops sessions that have ended.
    pub async fn save_session(
        &self,
        id: &str,
        data: Vec<u8>,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |batch| access::save_session(batch.db, &id, &data, expires_at, batch.now))
            .await
    }

    /// A session's data and end, until it has ended.
    pub async fn load_session(&self, id: &str) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
        let (id, now) = (id.to_owned(), self.inner.clock.now());
        self.read(move |db| access::load_session(db, &id, now)).await
    }

    /// Ends a session.
    pub async fn delete_session(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |batch| access::delete_session(batch.db, &id)).await
    }
}
