//! The other side: brings the newest checkpoint to the witnesses, and their signatures home.
//!
//! One task for each witness, on its own: a slow one holds up nobody, least of all a commit, which
//! knows nothing of any of this. A task submits the newest checkpoint that there is, one at a time
//! and at most one in [`Pace::submission_interval`]; what was committed in between is covered by
//! the next. Without news it submits the same one again after [`Pace::idle_interval`], so that
//! the signature says that the log had nothing newer lately.
//!
//! # When a witness contradicts
//!
//! A witness may say that it knows a larger log than ours, or another one of the same size. If that
//! is so, this is an older copy or the key is in use elsewhere, and every further signature makes
//! it worse: all signing must stop. But whoever can answer in a witness's place could say so, too,
//! and nobody should be able to stop a log by saying a number. What decides is evidence:
//!
//! - The witness is asked for the checkpoint that it shows to monitors. Only a note with a valid
//!   signature *of this log's own key* proves that another head was signed, and then it doesn't
//!   matter who shows it. The ledger holds it against what is stored, and stops signing if it is
//!   larger or contradicts; it remembers the head beyond a restart. A policy has room for one
//!   address, so a witness that shows checkpoints at another one can't give evidence.
//! - A claim without that is logged as an error, and the witness is left alone for
//!   [`Pace::idle_interval`]. Recording goes on: the other witnesses are there for the case that
//!   one of them is wrong, and a policy that needs this one is not met meanwhile.
//! - Before a ledger opens it is the other way round ([`remembered`](crate::remembered)): there a
//!   larger size alone is enough to open read-only. Nothing is lost by waiting for an operator at
//!   that moment, and a restored old copy is most likely then.

mod round;
mod wait;

use std::time::Duration;

use ledger::Ledger;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::place::{Place, UnusableWitness};
use round::Round;

/// How often witnesses are asked. The defaults are what public witnesses allow a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The time from one submission to a witness to the next.
    pub submission_interval: Duration,
    /// After this time without news, the newest checkpoint is submitted again.
    pub idle_interval: Duration,
    /// The wait after the first of several failures; it doubles each time.
    pub backoff_first: Duration,
    /// The longest wait after failures, and the longest that a witness can ask for.
    pub backoff_max: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            submission_interval: Duration::from_secs(10),
            idle_interval: Duration::from_mins(10),
            backoff_first: Duration::from_secs(10),
            backoff_max: Duration::from_mins(10),
            timeout: Duration::from_secs(10),
        }
    }
}

/// Keeps a ledger's newest checkpoint witnessed until it is shut down.
pub struct Feeder {
    tasks: TaskTracker,
    cancel: CancellationToken,
}

impl Feeder {
    /// Starts a task for each witness of the ledger's policy that has an address; without any, it
    /// does nothing.
    pub fn start(ledger: &Ledger, pace: Pace) -> Result<Self, UnusableWitness> {
        let (tasks, cancel) = (TaskTracker::new(), CancellationToken::new());
        let places = match ledger.witness_policy() {
            Some(policy) => Place::all(&policy, pace.timeout)?,
            None => Vec::new(),
        };
        for place in places {
            let round = Round::new(ledger.clone(), place);
            let cancel = cancel.clone();
            let feed = wait::feed(round, ledger.clone(), pace);
            tasks.spawn(async move { cancel.run_until_cancelled(feed).await });
        }
        tasks.close();
        Ok(Self { tasks, cancel })
    }

    /// Stops asking. A signature that is under way is lost, and is asked for again.
    pub async fn shutdown(&self) {
        self.cancel.cancel();
        self.tasks.wait().await;
    }
}
