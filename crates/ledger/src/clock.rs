//! The time that the ledger stamps on what it accepts.
//!
//! Passed in, so that tests and the simulator decide what time it is. Times are kept to the
//! millisecond everywhere: what is hashed into an entry is what a row can give back.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// A source of time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The clock of this machine.
    pub fn system() -> Self {
        Self::new(Timestamp::now)
    }

    /// A clock that somebody else winds.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time now, to the millisecond.
    pub fn now(&self) -> Timestamp {
        to_milliseconds((self.0)())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Cuts a time to what the store keeps.
pub(crate) fn to_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
