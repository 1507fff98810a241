//! Webhooks: an app is told which accounts changed, never what changed. As with Dropbox, an address
//! has to echo a challenge first, notifications are signed with the app's secret, and what is not
//! answered with 200 is sent again, later and later, for about ten minutes.
//!
//! Notifications go to this machine alone. On demand they get lost, come twice, late or forged.

mod courier;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::select_all;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use thiserror::Error;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

use crate::account::Account;
use crate::clock;
use crate::seal;
use crate::world::{World, locked};

const RETRY_USUAL_MS: u64 = 5_000;
/// With the usual pause this makes about ten minutes.
const ATTEMPTS_MAX: u32 = 8;
const DELIVERIES_KEPT_MAX: usize = 100;
const MISCHIEF_WAITING_MAX: usize = 1_000;
/// How long an address that does not echo yet is left alone before it is asked again.
const CHALLENGE_PAUSE: Duration = Duration::from_secs(1);

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
}

/// Every app's address, with what happened there.
#[derive(Default)]
pub(crate) struct Webhooks(Mutex<BTreeMap<String, Registered>>);

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
    fn note(&self, app: &str, delivery: Delivery) {
        if let Some(registered) = locked(&self.0).get_mut(app) {
            registered.deliveries.truncate(DELIVERIES_KEPT_MAX - 1);
            registered.deliveries.push_front(delivery);
        }
    }

    fn next_mischief(&self, app: &str) -> Option<Mischief> {
        locked(&self.0).get_mut(app)?.mischief.pop_front()
    }

    fn target(&self, app: &str) -> Result<Target, WebhookError> {
        let all = locked(&self.0);
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
        let mut all = locked(&self.0);
        let registered = all.get_mut(app).ok_or_else(|| WebhookError::Unknown(app.to_owned()))?;
        let room = MISCHIEF_WAITING_MAX.saturating_sub(registered.mischief.len());
        registered.mischief.extend(std::iter::repeat_n(mischief, calls.min(room)));
        Ok(())
    }

    pub(crate) fn remove(&self, app: &str) -> Result<(), WebhookError> {
        let removed = locked(&self.0).remove(app);
        removed.ok_or_else(|| WebhookError::Unknown(app.to_owned()))?.stop.cancel();
        Ok(())
    }

    pub(crate) fn states(&self) -> Vec<WebhookState> {
        let state = |registered: &Registered| WebhookState {
            webhook: registered.webhook.clone(),
            deliveries: registered.deliveries.iter().cloned().collect(),
        };
        locked(&self.0).values().map(state).collect()
    }
}

/// Registers an address that echoes a challenge now, in place of the app's former one.
pub(crate) async fn register(world: &Arc<World>, webhook: Webhook) -> Result<(), WebhookError> {
    let target = target(world, &webhook)?;
    if !courier::echoes(&target, &challenge()).await {
        return Err(WebhookError::Unverified(webhook.uri));
    }
    start(world, webhook, target, Verified::Now);
    Ok(())
}

/// Registers an address that will echo a challenge once whoever is there has started.
pub(crate) fn expect(world: &Arc<World>, webhook: Webhook) -> Result<(), WebhookError> {
    let target = target(world, &webhook)?;
    start(world, webhook, target, Verified::Later);
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Verified {
    Now,
    Later,
}

fn start(world: &Arc<World>, webhook: Webhook, target: Target, verified: Verified) {
    let stop = world.stopping.child_token();
    let registered = Registered {
        webhook: webhook.clone(),
        target: target.clone(),
        mischief: VecDeque::new(),
        deliveries: VecDeque::new(),
        stop: stop.clone(),
    };
    let former = locked(&world.webhooks.0).insert(webhook.app.clone(), registered);
    if let Some(former) = former {
        former.stop.cancel();
    }
    let world = Arc::clone(world);
    let tips = world.accounts.iter().map(|account| (Arc::clone(account), account.changes()));
    let tips = tips.collect();
    tokio::spawn(async move {
        let work = async {
            while verified == Verified::Later && !courier::echoes(&target, &challenge()).await {
                tokio::time::sleep(CHALLENGE_PAUSE).await;
            }
            watch_accounts(&world, &webhook, tips).await;
        };
        stop.run_until_cancelled(work).await;
    });
}

/// Tells of changes for as long as the webhook is registered.
async fn watch_accounts(
    world: &World,
    webhook: &Webhook,
    mut tips: Vec<(Arc<Account>, watch::Receiver<u64>)>,
) {
    loop {
        select_all(tips.iter_mut().map(|(_, tip)| Box::pin(change(tip)))).await;
        tokio::time::sleep(Duration::from_millis(webhook.delay_ms)).await;
        let changed = tips.iter_mut().filter(|(_, tip)| tip.has_changed().unwrap_or_default());
        let changed: Vec<_> = changed
            .map(|(account, tip)| {
                tip.mark_unchanged();
                Arc::clone(account)
            })
            .filter(|account| locked(&world.access).is_connected(&account.id, &webhook.app))
            .collect();
        if !changed.is_empty() {
            tell(world, webhook, &body(&changed)).await;
        }
    }
}

/// Waits without taking note: who waits looks at all of them afterwards. A tip that ends, as it does
/// when the sandbox is over, has nothing more to tell.
async fn change(tip: &mut watch::Receiver<u64>) {
    if tip.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    tip.mark_changed();
}

fn body(accounts: &[Arc<Account>]) -> String {
    let ids: Vec<_> = accounts.iter().map(|account| &account.id).collect();
    let numbers: Vec<_> = accounts.iter().map(|account| account.number).collect();
    json!({ "list_folder": { "accounts": ids }, "delta": { "users": numbers } }).to_string()
}

async fn tell(world: &World, webhook: &Webhook, body: &str) {
    let mischief = world.webhooks.next_mischief(&webhook.app);
    let copies = match mischief {
        Some(Mischief::Lose) => return note(world, &webhook.app, body, None, mischief),
        Some(Mischief::Delay(ms)) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            1
        }
        Some(Mischief::Duplicate) => 2,
        Some(Mischief::Tamper) | None => 1,
    };
    for _ in 0..copies {
        insist(world, webhook, body, mischief).await;
    }
}

/// Again and again, until somebody answers 200 or it has been long enough.
async fn insist(world: &World, webhook: &Webhook, body: &str, mischief: Option<Mischief>) {
    let mut pause = Duration::from_millis(webhook.retry_ms);
    for attempt in 1..=ATTEMPTS_MAX {
        let status = send(world, &webhook.app, body, mischief).await;
        if status.is_ok_and(|status| status == Some(200)) || attempt == ATTEMPTS_MAX {
            return;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// One attempt. The status is that of the answer, should one come.
pub(crate) async fn send(
    world: &World,
    app: &str,
    body: &str,
    mischief: Option<Mischief>,
) -> Result<Option<u16>, WebhookError> {
    let target = world.webhooks.target(app)?;
    let mut signature = sign(&target.secret, body);
    if mischief == Some(Mischief::Tamper) {
        signature = sign(&target.secret, &signature);
    }
    let status = courier::notify(&target, &signature, body).await;
    note(world, app, body, status, mischief);
    Ok(status)
}

fn note(world: &World, app: &str, body: &str, status: Option<u16>, mischief: Option<Mischief>) {
    let at = clock::text(world.clock.now_s());
    world.webhooks.note(app, Delivery { at, body: body.to_owned(), status, mischief });
}

fn sign(secret: &str, body: &str) -> String {
    let mut code = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .expect("invariant: HMAC takes keys of any length");
    code.update(body.as_bytes());
    hex::encode(code.finalize().into_bytes())
}

fn challenge() -> String {
    seal::random_text().unwrap_or_else(|_| "challenge".to_owned())
}

fn target(world: &World, webhook: &Webhook) -> Result<Target, WebhookError> {
    let registered = || world.app(&webhook.app).and_then(|app| app.secret);
    let secret = webhook.secret.clone().or_else(registered);
    let secret = secret.ok_or_else(|| WebhookError::NoSecret(webhook.app.clone()))?;
    let address = address(&webhook.uri);
    let address = address.ok_or_else(|| WebhookError::Elsewhere(webhook.uri.clone()))?;
    Ok(Target { address, uri: webhook.uri.clone(), secret })
}

/// The loopback address that a URI leads to. Names are not looked up: another could lead away.
fn address(uri: &Url) -> Option<SocketAddr> {
    let ip = match uri.host()? {
        Host::Domain("localhost") => std::net::Ipv4Addr::LOCALHOST.into(),
        Host::Domain(_) => return None,
        Host::Ipv4(ip) => ip.into(),
        Host::Ipv6(ip) => std::net::IpAddr::from(ip),
    };
    let here = uri.scheme() == "http" && ip.is_loopback();
    here.then_some(SocketAddr::new(ip, uri.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_leave_this_machine_for_nobody() {
        let at = |text: &str| address(&Url::parse(text).unwrap());
        assert_eq!(at("http://localhost:8470/hook"), "127.0.0.1:8470".parse().ok());
        assert_eq!(at("http://[::1]/hook"), "[::1]:80".parse().ok());
        for elsewhere in [
            "http://example.org/",
            "http://192.168.0.1/",
            "https://127.0.0.1/",
            "http://localhost.example.org/",
            "http://0.0.0.0/",
            "file:///etc/passwd",
        ] {
            assert_eq!(at(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn signature_is_hmac_sha_256_in_hex() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign("Jefe", "what do ya want for nothing?"), expected);
    }
}
