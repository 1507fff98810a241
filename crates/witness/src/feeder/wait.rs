//! When one witness is asked again: at its pace, with news or after a while without, and less and
//! less often while it fails.

use std::time::Duration;

use ledger::{Change, Ledger};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Pace;
use super::round::{Round, Setback};
use crate::place::Trouble;

/// Doublings beyond this would overflow before they meet any limit.
const DOUBLINGS_MAX: u32 = 20;

/// Whoever asks the ledger for what changed.
struct Feed {
    round: Round,
    ledger: Ledger,
    changes: Receiver<Change>,
    pace: Pace,
    /// Failures in a row.
    failures: u32,
    /// Whether it signed when it was asked last.
    is_signing: bool,
    /// What was logged since it doesn't sign, so that it is logged once.
    told: Option<String>,
}

/// Keeps one witness up to date, until all signing stops.
pub(super) async fn feed(round: Round, ledger: Ledger, pace: Pace) {
    let changes = ledger.changes();
    Feed { round, ledger, changes, pace, failures: 0, is_signing: false, told: None }.run().await;
}

impl Feed {
    async fn run(mut self) {
        while self.ledger.read_only().is_none() {
            let begun = Instant::now();
            match self.round.run().await {
                Ok(size) => {
                    self.succeeded(size);
                    sleep_until(begun + self.pace.submission_interval).await;
                    self.wait_for_news(size, begun + self.pace.idle_interval).await;
                }
                Err(Setback::Later(trouble)) => {
                    let wait = self.failed(&trouble).max(self.pace.submission_interval);
                    sleep_until(begun + wait).await;
                }
                Err(Setback::Unproven(claim)) => {
                    self.tell_claim(&claim);
                    sleep_until(begun + self.pace.idle_interval).await;
                }
                Err(Setback::Stopped) => return,
            }
        }
    }

    /// Returns when the log is larger than `size`, and at the latest at the deadline.
    async fn wait_for_news(&mut self, size: u64, deadline: Instant) {
        // A read that fails is no news: the next round finds out.
        while self.round.newest_size().await.is_ok_and(|newest| newest == size) {
            match timeout_at(deadline, self.changes.recv()).await {
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => {}
                Ok(Err(RecvError::Closed)) | Err(_) => return sleep_until(deadline).await,
            }
        }
    }

    fn succeeded(&mut self, size: u64) {
        let name = &self.round.place.name;
        if self.is_signing {
            tracing::debug!(checkpoint.size = size, "{name} signed again");
        } else {
            tracing::info!(checkpoint.size = size, "{name} signed the newest checkpoint");
        }
        (self.is_signing, self.told, self.failures) = (true, None, 0);
    }

    /// Counts a failure and says how long to wait.
    fn failed(&mut self, trouble: &Trouble) -> Duration {
        let doublings = self.failures.min(DOUBLINGS_MAX);
        let backoff = self.pace.backoff_first.saturating_mul(1 << doublings);
        self.failures = self.failures.saturating_add(1);
        let advice = if trouble.is_unknown_log {
            format!("; send its operator the line: log {}", self.ledger.log_key())
        } else {
            String::new()
        };
        let name = &self.round.place.name;
        let message = format!("{name} did not sign the newest checkpoint: {trouble}{advice}");
        if self.is_new(&message) {
            tracing::warn!("{message}");
        }
        backoff.max(trouble.retry_after.unwrap_or_default()).min(self.pace.backoff_max)
    }

    fn tell_claim(&mut self, claim: &str) {
        let name = &self.round.place.name;
        let message = format!(
            "{name} contradicts this log and shows no proof: {claim}. Recording goes on without \
             it. If this data directory was restored from a copy, stop Proofbox and restore the \
             newest one; if not, ask the operator of the witness"
        );
        if self.is_new(&message) {
            tracing::error!("{message}");
        }
    }

    fn is_new(&mut self, message: &str) -> bool {
        let is_new = self.told.as_deref() != Some(message);
        self.is_signing = false;
        self.told = Some(message.to_owned());
        is_new
    }
}
