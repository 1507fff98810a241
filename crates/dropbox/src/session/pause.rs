//! How long Dropbox wants an account left alone. Calls that it refuses count against the limit as
//! well, so that while it lasts none is made.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The end of the wait of one account. Clones share it: whoever has several links to an account
/// gives each of them the same, because Dropbox counts all of their calls together.
#[derive(Clone, Debug, Default)]
pub struct Patience {
    until: Arc<Mutex<Option<Instant>>>,
}

impl Patience {
    /// What is left of the wait.
    pub(super) fn remaining(&self) -> Option<Duration> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until?.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    /// Waits from now on; a longer wait that is already running stays.
    pub(super) fn extend(&self, wait: Duration) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = (*until).max(Some(Instant::now() + wait));
    }
}
