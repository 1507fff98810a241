//! The sandbox's time: the system's, moved by as much as a test asks for.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_s: AtomicI64,
}

impl Clone for Clock {
    fn clone(&self) -> Self {
        Self { ahead_s: self.ahead_s.load(Ordering::Relaxed).into() }
    }
}

impl Clock {
    /// Whole seconds since 1970, which is as exact as Dropbox's times are.
    pub(crate) fn now_s(&self) -> i64 {
        Timestamp::now().as_second().saturating_add(self.ahead_s.load(Ordering::Relaxed))
    }

    /// Whatever the system says, it is this time now, and goes on from here.
    pub(crate) fn set(&self, now_s: i64) {
        let ahead_s = now_s.saturating_sub(Timestamp::now().as_second());
        self.ahead_s.store(ahead_s, Ordering::Relaxed);
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by_s = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        self.ahead_s.fetch_add(by_s, Ordering::Relaxed);
    }
}

/// A time as Dropbox writes it: `2015-05-12T15:50:38Z`.
pub(crate) fn text(at_s: i64) -> String {
    Timestamp::from_second(at_s).unwrap_or_default().to_string()
}
