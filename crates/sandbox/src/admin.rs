//! The sandbox's own administration, for tests in the same process. The same things can be asked
//! over HTTP under `/sandbox/`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::access::AccessChange;
use crate::faults::{Fault, Pages, Quirks};
use crate::namespace::Operation;
use crate::request_log::{Request, RequestCounts};
use crate::webhooks::{self, Mischief, Webhook, WebhookError, WebhookState};
use crate::world::{World, locked};

/// Makes bad days and tells what was asked.
#[derive(Clone)]
pub struct Admin {
    world: Arc<World>,
}

impl Admin {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    /// The next calls of a route answer something else or wait.
    pub fn inject(&self, fault: Fault) {
        locked(&self.world.bad_days).inject(fault);
    }

    /// Good days again: no faults, ordinary pages, no quirks.
    pub fn clear_faults(&self) {
        locked(&self.world.bad_days).clear();
        self.behave(&Quirks::default());
    }

    /// In which of its ways Dropbox behaves from now on.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.behave(&quirks);
        locked(&self.world.bad_days).set_quirks(quirks);
    }

    fn behave(&self, quirks: &Quirks) {
        for account in &self.world.accounts {
            account.behave(quirks);
        }
    }

    /// How listings are cut into pages from now on.
    pub fn set_pages(&self, pages: Pages) {
        locked(&self.world.bad_days).set_pages(pages);
    }

    /// Every access token handed out so far has expired; refresh tokens still work.
    pub fn expire_access_tokens(&self) -> io::Result<()> {
        self.world.change_access(&AccessChange::TokensExpired)
    }

    /// As if everybody had disconnected this app on Dropbox's side. Says how many grants that were.
    pub fn disconnect(&self, app_key: &str) -> io::Result<usize> {
        self.world.revoke(|grant| grant.app == app_key)
    }

    /// As if one person had disconnected an app, or every app.
    pub fn disconnect_person(&self, email: &str, app_key: Option<&str>) -> io::Result<usize> {
        let Some(account) = self.world.account_by_email(email) else { return Ok(0) };
        let is_named = |app: &str| app_key.is_none_or(|key| key == app);
        self.world.revoke(|grant| grant.account == account.id && is_named(&grant.app))
    }

    /// As if everybody had disconnected every app.
    pub fn disconnect_all(&self) -> io::Result<usize> {
        self.world.revoke(|_| true)
    }

    /// The app has reached its user limit: people who want to link it read that on a page and are
    /// never sent back. Until faults are cleared.
    pub fn freeze(&self, app_key: &str) {
        locked(&self.world.bad_days).freeze(app_key);
    }

    /// Every cursor handed out so far is answered with `reset`.
    pub fn reset_cursors(&self) -> io::Result<()> {
        for account in &self.world.accounts {
            account.perform(&Operation::ResetCursors).map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// Tells an app of changes from now on, at an address that echoes a challenge right away.
    pub async fn register_webhook(&self, webhook: Webhook) -> Result<(), WebhookError> {
        webhooks::register(&self.world, webhook).await
    }

    /// Every webhook, with what was sent there lately.
    pub fn webhooks(&self) -> Vec<WebhookState> {
        self.world.webhooks.states()
    }

    /// An app hears no more of changes.
    pub fn remove_webhook(&self, app_key: &str) -> Result<(), WebhookError> {
        self.world.webhooks.remove(app_key)
    }

    /// The next `calls` notifications to an app meet this on their way.
    pub fn disturb_webhook(
        &self,
        app_key: &str,
        mischief: Mischief,
        calls: usize,
    ) -> Result<(), WebhookError> {
        self.world.webhooks.disturb(app_key, mischief, calls)
    }

    /// Sends an app this body at once, signed and once, whatever it says. The status is that of the
    /// answer, should one come.
    pub async fn notify(
        &self,
        app_key: &str,
        body: &str,
        mischief: Option<Mischief>,
    ) -> Result<Option<u16>, WebhookError> {
        webhooks::send(&self.world, app_key, body, mischief).await
    }

    /// This one cursor is answered with `reset`, wherever it waits or comes from.
    pub fn reset_cursor(&self, cursor: &str) {
        locked(&self.world.bad_days).reset_cursor(cursor);
        for account in &self.world.accounts {
            account.nudge();
        }
    }

    /// Sets the sandbox's clock, back or forward; it goes on from there.
    pub fn set_clock(&self, now: Timestamp) {
        self.world.clock.set(now.as_second());
    }

    /// Moves the sandbox's clock forward: for tokens, codes and the times of files.
    pub fn advance_clock(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// The latest requests, latest first. The administration's own are not among them.
    pub fn requests(&self) -> Vec<Request> {
        locked(&self.world.requests).latest().cloned().collect()
    }

    /// Calls per route since the start, or since they were cleared.
    pub fn request_counts(&self) -> RequestCounts {
        locked(&self.world.requests).counts().clone()
    }

    /// How often a route was called.
    pub fn count(&self, route: &str) -> u64 {
        locked(&self.world.requests).counts().get(route).copied().unwrap_or_default()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        locked(&self.world.requests).clear();
    }
}
