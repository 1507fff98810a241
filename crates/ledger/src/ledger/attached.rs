//! A second process beside the one that serves: it makes sign-in links and reads the log as the
//! public may. It takes no lock, because it adds to neither log nor documents.

use secrecy::SecretString;
use tlog::{BundleId, TileId};

use crate::clock::Clock;
use crate::error::{OpenError, StoreError};
use crate::ids::UserId;
use crate::location::Location;
use crate::model::access::User;
use crate::store::db::Db;
use crate::store::{access, log, members, open_beside, witnesses};

/// The data directory, opened beside the process that has it.
pub struct Attached {
    db: Db,
    clock: Clock,
}

impl Attached {
    pub(super) fn open(at: &Location) -> Result<Self, OpenError> {
        Ok(Self { db: open_beside(at)?, clock: Clock::system() })
    }

    /// The administrator that every instance begins with.
    pub fn first_administrator(&self) -> Result<User, StoreError> {
        access::first_administrator(&self.db)
    }

    /// Members of any tenancy that go by this name or address, or have this identity: two at most, to
    /// tell that there are several.
    pub fn members_called(&self, name: &str) -> Result<Vec<User>, StoreError> {
        match name.parse() {
            Ok(id) => Ok(access::user(&self.db, id)?.into_iter().collect()),
            Err(_) => members::called(&self.db, name),
        }
    }

    /// Makes the token of a sign-in link, as [`crate::Ledger::create_sign_in_link`] does.
    pub fn create_sign_in_link(&self, user: UserId) -> Result<Option<SecretString>, StoreError> {
        let transaction = self.db.transaction()?;
        let link = access::create_link(&transaction, user, self.clock.now())?;
        transaction.commit()?;
        Ok(link)
    }

    /// The newest checkpoint with its cosignatures; the second signature is the server's to make.
    pub fn checkpoint(&self) -> Result<String, StoreError> {
        let newest = log::newest_checkpoint(&self.db)?
            .ok_or_else(|| StoreError::Damaged("the log has no signed checkpoint".to_owned()))?;
        witnesses::cosigned(&self.db, &newest).map(|note| note.to_string())
    }

    /// A tile's bytes, if the signed log has it.
    pub fn tile(&self, tile: TileId) -> Result<Option<Vec<u8>>, StoreError> {
        log::signed_tile(&self.db, tile)
    }

    /// An entry bundle's bytes, if the signed log has it.
    pub fn entry_bundle(&self, bundle: BundleId) -> Result<Option<Vec<u8>>, StoreError> {
        log::signed_bundle(&self.db, bundle)
    }
}
