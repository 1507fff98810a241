//! Webhooks: an app is told which accounts changed, never what changed. As with Dropbox, an address
//! has to echo a challenge first, notifications are signed with the app's secret, and what is not
//! answered with 200 is sent again, later and later, for about ten minutes.
//!
//! Notifications go to this machine alone. On demand they get lost, come twice, late or forged.

mod courier;
mod registration;
mod telling;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::table::{Shelf, Table};
use crate::world::locked;

pub(crate) use registration::{expect, register, resume};
pub(crate) use telling::send;

const RETRY_USUAL_MS: u64 = 5_000;
const DELIVERIES_KEPT_MAX: usize = 100;
const MISCHIEF_WAITING_MAX: usize = 1_000;

/// Where an app wants to hear of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The app, by its key.
    pub app: String,
    /// An `http` address on this machine.
    pub uri: Url,
    /// What notifications are signed with; without it, the secret of the app's registration.
    #[serde(default, skip_serializing)]
    pub secret: Option<String>,
    /// How long a change waits until it is told of, for others to join it.
    #[serde(default)]
    pub delay_ms: u64,
    /// The pause after the first attempt that failed; each further one is twice as long.
    #[serde(default = "retry_usual_ms")]
    pub retry_ms: u64,
}

fn retry_usual_ms() -> u64 {
    RETRY_USUAL_MS
}

impl Webhook {
    /// An address for an app that is registered with its secret.
    pub fn new(app: &str, uri: Url) -> Self {
        Self { app: app.to_owned(), uri, secret: None, delay_ms: 0, retry_ms: RETRY_USUAL_MS }
    }
}

/// What happens to a notification on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mischief {
    /// It is never sent.
    Lose,
    /// It is sent twice.
    Duplicate,
    /// Its signature is wrong.
    Tamper,
    /// It is late by so many milliseconds.
    Delay(u64),
}

/// One attempt to tell an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// When it ended.
    pub at: String,
    /// What was sent.
    pub body: String,
    /// The answer's HTTP status; none came when it is missing.
    pub status: Option<u16>,
    /// What was done to it.
    pub mischief: Option<Mischief>,
}

/// Why an app is not told of changes.
#[derive(Debug, Error)]
pub enum WebhookError {
    /// The address leads away from here.
    #[error("{0} is not an http address on this machine; notifications go nowhere else")]
    Elsewhere(Url),
    /// There is nothing to sign with.
    #[error("the app {0:?} has no secret to sign notifications with")]
    NoSecret(String),
    /// The address does not echo a challenge.
    #[error("{0} did not answer a challenge with 200 and the same text")]
    Unverified(Url),
    /// No address is registered.
    #[error("the app {0:?} has no webhook")]
    Unknown(String),
    /// The state file can't be written.
    #[error("the webhook can't be recorded")]
    Unrecorded(#[source] io::Error),
}

/// Every app's address, with what happened there.
pub(crate) struct Webhooks {
    registered: Mutex<BTreeMap<String, Registered>>,
    kept: Mutex<Table<String, Kept>>,
}

/// What survives a restart of a webhook.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    webhook: Webhook,
    secret: Option<String>,
    /// The latest change of each account that was told of, or given up. What came later is told
    /// after a restart.
    told: Tips,
}

/// Numbers of changes by account.
type Tips = BTreeMap<String, u64>;

struct Registered {
    webhook: Webhook,
    target: Target,
    mischief: VecDeque<Mischief>,
    deliveries: VecDeque<Delivery>,
    stop: CancellationToken,
}

/// Where notifications of a webhook go, and what they are signed with.
#[derive(Clone)]
struct Target {
    address: SocketAddr,
    uri: Url,
    secret: String,
}

/// What [`crate::Admin::webhooks`] tells of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WebhookState {
    /// Where it leads.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// The latest attempts, latest first.
    pub deliveries: Vec<Delivery>,
}

impl Webhooks {
    /// Those of an earlier run, at rest until [`resume`].
    pub(crate) fn open(shelf: &mut Shelf) -> serde_json::Result<Self> {
        let kept = shelf.open("webhooks")?;
        Ok(Self { registered: Mutex::default(), kept: kept.into() })
    }

    pub(crate) fn none() -> Self {
        Self { registered: Mutex::default(), kept: Table::none("webhooks").into() }
    }

    fn note(&self, app: &str, delivery: Delivery) {
        if let Some(registered) = locked(&self.registered).get_mut(app) {
            registered.deliveries.truncate(DELIVERIES_KEPT_MAX - 1);
            registered.deliveries.push_front(delivery);
        }
    }

    fn next_mischief(&self, app: &str) -> Option<Mischief> {
        locked(&self.registered).get_mut(app)?.mischief.pop_front()
    }

    fn target(&self, app: &str) -> Result<Target, WebhookError> {
        let all = locked(&self.registered);
        let registered = all.get(app).ok_or_else(|| WebhookError::Unknown(app.to_owned()))?;
        Ok(registered.target.clone())
    }

    /// The next `calls` notifications meet this.
    pub(crate) fn disturb(
        &self,
        app: &str,
        mischief: Mischief,
        calls: usize,
    ) -> Result<(), WebhookError> {
        let mut all = locked(&self.registered);
        let registered = all.get_mut(app).ok_or_else(|| WebhookError::Unknown(app.to_owned()))?;
        let room = MISCHIEF_WAITING_MAX.saturating_sub(registered.mischief.len());
        registered.mischief.extend(std::iter::repeat_n(mischief, calls.min(room)));
        Ok(())
    }

    pub(crate) fn remove(&self, app: &str) -> Result<(), WebhookError> {
        let removed = locked(&self.registered).remove(app);
        removed.ok_or_else(|| WebhookError::Unknown(app.to_owned()))?.stop.cancel();
        let forgotten = locked(&self.kept).remove(&app.to_owned());
        forgotten.map(|_| ()).map_err(WebhookError::Unrecorded)
    }

    /// What an app was told of at this address, in this run or an earlier one.
    fn told(&self, webhook: &Webhook) -> Option<Tips> {
        let kept = locked(&self.kept);
        let kept = kept.get(&webhook.app).filter(|kept| kept.webhook.uri == webhook.uri);
        kept.map(|kept| kept.told.clone())
    }

    fn keep(&self, webhook: &Webhook, told: Tips) -> Result<(), WebhookError> {
        let secret = webhook.secret.clone();
        let kept = Kept { webhook: webhook.clone(), secret, told };
        let recorded = locked(&self.kept).put(webhook.app.clone(), kept);
        recorded.map_err(WebhookError::Unrecorded)
    }

    /// Takes note that an app was told of changes, or that nobody tries any more.
    fn note_told(&self, app: &str, news: &Tips) {
        let told = locked(&self.kept).change(&app.to_owned(), |kept| {
            kept.told.extend(news.iter().map(|(account, tip)| (account.clone(), *tip)));
        });
        if let Err(error) = told {
            tracing::warn!(%error, "a notification may come again after a restart");
        }
    }

    pub(crate) fn states(&self) -> Vec<WebhookState> {
        let state = |registered: &Registered| WebhookState {
            webhook: registered.webhook.clone(),
            deliveries: registered.deliveries.iter().cloned().collect(),
        };
        locked(&self.registered).values().map(state).collect()
    }
}
