//! Webhooks: addresses of a tenancy's own that are told of its events, each in the order of the log,
//! and what was sent there.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::ids::WebhookId;

/// The most webhooks of a tenancy.
pub const WEBHOOKS_MAX: usize = 10;
/// How many deliveries of a webhook are kept to be looked at.
pub const DELIVERIES_KEPT: u64 = 1_000;
/// How much of what went wrong is kept.
pub(crate) const PROBLEM_CHARS_MAX: usize = 500;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// How long to wait after the first failure, the second, and so on; nearly three days together.
/// After one more the webhook stops, until its owner lets it go on: nothing is skipped.
const WAITS_S: [u64; 9] =
    [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// An address that is told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its identity.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// When it was added. Older events are not sent.
    pub created_at: Timestamp,
    /// The place in the log before which everything was delivered.
    pub position: u64,
    /// How it goes.
    pub progress: Progress,
}

/// How deliveries go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The last one arrived, or there was none.
    Going,
    /// The last ones failed, and the same event is tried again.
    Waiting {
        /// How many in a row failed.
        failures: u32,
        /// When the next one is tried.
        next_try: Timestamp,
    },
    /// Too many failed. Its owner lets it go on.
    Stopped,
}

/// A webhook with the secret that its messages are signed with: shown once, when it is made.
#[derive(Debug)]
pub struct NewWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// `whsec_` and the key in base64; `None` when the request was repeated and it was shown before.
    pub secret: Option<SecretString>,
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The event at this place in the log, in its turn.
    Event(u64),
    /// The same once more, out of turn.
    Again(u64),
    /// A test.
    Test,
}

/// One attempt to send something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What was sent.
    pub message: Message,
    /// When.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// What went wrong; empty if it arrived.
    pub problem: String,
}

/// An attempt as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its number among all.
    pub id: u64,
    /// The attempt.
    pub attempt: Attempt,
}

impl Attempt {
    /// Whether it arrived.
    pub fn has_arrived(&self) -> bool {
        self.problem.is_empty()
    }
}

impl Webhook {
    /// Whether an event may be sent now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        match self.progress {
            Progress::Going => true,
            Progress::Waiting { next_try, .. } => next_try <= now,
            Progress::Stopped => false,
        }
    }
}

impl Progress {
    /// How it goes after an attempt to send an event in its turn.
    pub(crate) fn after(self, attempt: &Attempt) -> Self {
        if attempt.has_arrived() {
            return Self::Going;
        }
        let failures = match self {
            Self::Going => 1,
            Self::Waiting { failures, .. } => failures + 1,
            Self::Stopped => return Self::Stopped,
        };
        let wait = usize::try_from(failures - 1).ok().and_then(|place| WAITS_S.get(place));
        wait.map_or(Self::Stopped, |&seconds| {
            let next_try = attempt.at + Duration::from_secs(seconds);
            Self::Waiting { failures, next_try }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(problem: &str) -> Attempt {
        Attempt {
            message: Message::Event(1),
            at: Timestamp::UNIX_EPOCH,
            duration_ms: 3,
            status: None,
            problem: problem.to_owned(),
        }
    }

    #[test]
    fn failures_wait_longer_and_longer_and_then_the_webhook_stops() {
        let mut progress = Progress::Going;
        let mut waited = 0;
        for failure in 1..=9 {
            progress = progress.after(&attempt("no answer"));
            let Progress::Waiting { failures, next_try } = progress else { panic!("{progress:?}") };
            assert_eq!(failures, failure);
            let wait = next_try.as_second();
            assert!(wait > waited, "{wait}");
            waited = wait;
        }
        assert_eq!(progress.after(&attempt("no answer")), Progress::Stopped);
        assert_eq!(progress.after(&attempt("")), Progress::Going);
    }
}
