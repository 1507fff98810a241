//! A second process beside the one that serves: it makes sign-in links and nothing else. It takes
//! no lock, because it touches neither log nor documents.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use secrecy::SecretString;

use crate::clock::Clock;
use crate::error::{OpenError, StoreError};
use crate::ids::UserId;
use crate::model::access::User;
use crate::store::{access, open_beside};

/// The data directory, opened beside the process that has it.
pub struct Attached {
    db: Connection,
    clock: Clock,
}

impl Attached {
    pub(super) fn open(directory: &Path) -> Result<Self, OpenError> {
        Ok(Self { db: open_beside(directory)?, clock: Clock::system() })
    }

    /// The administrator that every instance begins with.
    pub fn first_administrator(&self) -> Result<User, StoreError> {
        access::first_administrator(&self.db)
    }

    /// Makes the token of a sign-in link, as [`crate::Ledger::create_sign_in_link`] does.
    pub fn create_sign_in_link(&self, user: UserId) -> Result<Option<SecretString>, StoreError> {
        let transaction = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
        let link = access::create_link(&transaction, user, self.clock.now())?;
        transaction.commit()?;
        Ok(link)
    }
}
