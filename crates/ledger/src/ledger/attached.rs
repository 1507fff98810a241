//! A second process beside the one that serves: it makes sign-in links and nothing else.

use secrecy::SecretString;

use crate::error::StoreError;
use crate::ids::UserId;
use crate::model::access::User;

/// The data directory, opened beside the process that has it.
pub struct Attached {}

impl Attached {
    /// The administrator that every instance begins with.
    pub fn first_administrator(&self) -> Result<User, StoreError> {
        todo!()
    }

    /// Makes the token of a sign-in link, as [`Ledger::create_sign_in_link`](crate::Ledger) does.
    pub fn create_sign_in_link(&self, user: UserId) -> Result<Option<SecretString>, StoreError> {
        todo!()
    }
}
