//! How an app's webhook begins: where its address leads, whether it echoes a challenge, and who
//! watches the accounts for it from then on.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use super::telling::watch_accounts;
use super::{Kept, Registered, Target, Tips, Webhook, WebhookError, courier};
use crate::seal;
use crate::world::{World, locked};

/// How long an address that does not echo yet is left alone before it is asked again.
const CHALLENGE_PAUSE: Duration = Duration::from_secs(1);

/// Registers an address that echoes a challenge now, in place of the app's former one.
pub(crate) async fn register(world: &Arc<World>, webhook: Webhook) -> Result<(), WebhookError> {
    let target = target(world, &webhook)?;
    if !courier::echoes(&target, &challenge()).await {
        return Err(WebhookError::Unverified(webhook.uri));
    }
    world.webhooks.keep(&webhook, tips(world))?;
    start(world, webhook, target, Verified::Now);
    Ok(())
}

/// Goes on with the webhooks of an earlier run, which have echoed a challenge then.
pub(crate) fn resume(world: &Arc<World>) {
    let kept: Vec<Kept> = locked(&world.webhooks.kept).rows().values().cloned().collect();
    for Kept { webhook, secret, .. } in kept {
        let webhook = Webhook { secret, ..webhook };
        match target(world, &webhook) {
            Ok(target) => start(world, webhook, target, Verified::Now),
            Err(error) => tracing::warn!(%error, "a webhook of an earlier run is at rest"),
        }
    }
}

/// Registers an address that will echo a challenge once whoever is there has started.
pub(crate) fn expect(world: &Arc<World>, webhook: Webhook) -> Result<(), WebhookError> {
    let target = target(world, &webhook)?;
    let told = world.webhooks.told(&webhook).unwrap_or_else(|| tips(world));
    world.webhooks.keep(&webhook, told)?;
    start(world, webhook, target, Verified::Later);
    Ok(())
}

/// The latest change of everybody.
fn tips(world: &World) -> Tips {
    world.accounts.iter().map(|account| (account.id.clone(), account.tip())).collect()
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
    let former = locked(&world.webhooks.registered).insert(webhook.app.clone(), registered);
    if let Some(former) = former {
        former.stop.cancel();
    }
    let world = Arc::clone(world);
    tokio::spawn(async move {
        let work = async {
            while verified == Verified::Later && !courier::echoes(&target, &challenge()).await {
                tokio::time::sleep(CHALLENGE_PAUSE).await;
            }
            watch_accounts(&world, &webhook).await;
        };
        stop.run_until_cancelled(work).await;
    });
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
}
