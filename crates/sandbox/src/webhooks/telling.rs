//! Telling an app of changes: when there is something new, again until it is heard, and signed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tokio::sync::watch;

use super::{Delivery, Mischief, Tips, Webhook, WebhookError, courier};
use crate::account::Account;
use crate::clock;
use crate::world::{World, locked};

/// With the usual pause this makes about ten minutes.
const ATTEMPTS_MAX: u32 = 8;

/// Tells of changes for as long as the webhook is registered.
pub(super) async fn watch_accounts(world: &World, webhook: &Webhook) {
    let mut tips: Vec<_> = world.accounts.iter().map(|account| account.changes()).collect();
    loop {
        // Noted before it is looked at what is new, so that nothing is slept over.
        tips.iter_mut().for_each(watch::Receiver::mark_unchanged);
        if news(world, webhook).is_empty() {
            select_all(tips.iter_mut().map(|tip| Box::pin(change(tip)))).await;
            continue;
        }
        tokio::time::sleep(Duration::from_millis(webhook.delay_ms)).await;
        let news = news(world, webhook);
        let connected = |account: &&Arc<Account>| {
            news.contains_key(&account.id)
                && locked(&world.access).is_connected(&account.id, &webhook.app)
        };
        let changed: Vec<_> = world.accounts.iter().filter(connected).cloned().collect();
        if !changed.is_empty() {
            tell(world, webhook, &body(&changed)).await;
        }
        world.webhooks.note_told(&webhook.app, &news);
    }
}

/// The accounts that changed since the app was told of them, and how far they are now.
fn news(world: &World, webhook: &Webhook) -> Tips {
    let told = world.webhooks.told(webhook).unwrap_or_default();
    let tips = world.accounts.iter().map(|account| (account.id.clone(), account.tip()));
    tips.filter(|(account, tip)| told.get(account).is_none_or(|told| told < tip)).collect()
}

/// A tip that ends, as it does when the sandbox is over, has nothing more to tell.
async fn change(tip: &mut watch::Receiver<u64>) {
    if tip.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
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

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn signature_is_hmac_sha_256_in_hex() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign("Jefe", "what do ya want for nothing?"), expected);
    }
}
