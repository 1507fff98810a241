//! Webhooks: who is told of a tenancy's events, and how far. Sending is somebody else's business.

use std::sync::Arc;

use secrecy::SecretString;

use crate::error::StoreError;
use crate::ids::{TenancyId, WebhookId, random_uuid};
use crate::keys::new_webhook_secret;
use crate::ledger::Ledger;
use crate::model::asset::FullEvent;
use crate::model::registered::{OnceKey, RegisterError};
use crate::model::webhooks::{
    Attempt, Delivery, Message, NewWebhook, Progress, WEBHOOKS_MAX, Webhook,
};
use crate::registry::{made_before, remember, tenancy_row};
use crate::store::{events, log, webhooks};

/// How far a webhook may fall behind the log, where nothing in between is its tenancy's, before that
/// is written down.
const UNWRITTEN_MAX: u64 = 1_000;

/// An event whose turn it is.
#[derive(Debug)]
pub struct Turn {
    /// The webhook as it is now.
    pub webhook: Webhook,
    /// The event.
    pub event: FullEvent,
}

impl Ledger {
    /// Adds an address that is told of the events that come from now on. A request that is repeated
    /// with its key gives it without its secret.
    pub async fn add_webhook(
        &self,
        tenancy: TenancyId,
        url: String,
        once: Option<OnceKey>,
    ) -> Result<NewWebhook, RegisterError> {
        self.write(move |batch| {
            let row = tenancy_row(batch, tenancy)?;
            let once = once.map(|key| (row, key));
            if let Some([id]) = made_before(batch, once)? {
                let webhook = webhooks::get(batch.db, tenancy, WebhookId::from_bytes(id))?;
                let webhook = webhook.ok_or(RegisterError::Gone)?;
                return Ok(NewWebhook { webhook, secret: None });
            }
            if webhooks::list(batch.db, tenancy)?.len() >= WEBHOOKS_MAX {
                return Err(RegisterError::Full("the tenancy has ten webhooks"));
            }
            let secret = new_webhook_secret()?;
            let webhook = Webhook {
                id: WebhookId::from_bytes(random_uuid(batch.random.take()?)),
                url: url.clone(),
                created_at: batch.now,
                position: log::signed_size(batch.db)?,
                progress: Progress::Going,
            };
            webhooks::insert(batch.db, batch.vault, tenancy, &webhook, &secret)?;
            remember(batch, once, &[webhook.id.as_bytes()])?;
            Ok(NewWebhook { webhook, secret: Some(secret) })
        })
        .await
    }

    /// A tenancy's webhooks, oldest first.
    pub async fn webhooks(&self, tenancy: TenancyId) -> Result<Vec<Webhook>, StoreError> {
        self.scan(move |db| webhooks::list(db, tenancy)).await
    }

    /// One of them.
    pub async fn webhook(
        &self,
        tenancy: TenancyId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError> {
        self.read(move |db| webhooks::get(db, tenancy, id)).await
    }

    /// What its messages are signed with.
    pub async fn webhook_secret(&self, id: WebhookId) -> Result<Option<SecretString>, StoreError> {
        let vault = Arc::clone(&self.inner.vault);
        self.read(move |db| webhooks::secret(db, &vault, id)).await
    }

    /// Forgets a webhook and its deliveries. False if there was none.
    pub async fn remove_webhook(
        &self,
        tenancy: TenancyId,
        id: WebhookId,
    ) -> Result<bool, StoreError> {
        self.write(move |batch| {
            let is_there = webhooks::get(batch.db, tenancy, id)?.is_some();
            if is_there {
                webhooks::delete(batch.db, id)?;
            }
            Ok(is_there)
        })
        .await
    }

    /// Lets a webhook that stopped or waits go on at once, with the event that did not arrive.
    pub async fn resume_webhook(
        &self,
        tenancy: TenancyId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError> {
        self.write(move |batch| {
            if webhooks::get(batch.db, tenancy, id)?.is_some() {
                webhooks::set_progress(batch.db, id, Progress::Going)?;
            }
            webhooks::get(batch.db, tenancy, id)
        })
        .await
    }

    /// All webhooks that have not stopped, of all tenancies.
    pub async fn active_webhooks(&self) -> Result<Vec<(TenancyId, WebhookId)>, StoreError> {
        self.scan(webhooks::active).await
    }

    /// The event that a webhook is to be told of next; `None` if it has to wait, or was told of all.
    pub async fn next_turn(
        &self,
        tenancy: TenancyId,
        id: WebhookId,
    ) -> Result<Option<Turn>, StoreError> {
        let now = self.inner.clock.now();
        let found = self.scan(move |db| {
            let Some(webhook) = webhooks::get(db, tenancy, id)? else { return Ok(None) };
            if !webhook.is_due(now) {
                return Ok(None);
            }
            let signed = log::signed_size(db)?;
            let next = webhooks::next_event(db, tenancy, webhook.position, signed)?;
            let event = next.map(|index| events::full_at(db, index)).transpose()?.flatten();
            Ok(Some((webhook, event, signed)))
        });
        match found.await? {
            Some((webhook, Some(event), _)) => Ok(Some(Turn { webhook, event })),
            Some((webhook, None, signed)) if signed > webhook.position + UNWRITTEN_MAX => {
                self.write(move |batch| webhooks::advance(batch.db, id, signed)).await?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Remembers an attempt, and what follows from it. `None` if the webhook is gone.
    pub async fn note_delivery(
        &self,
        tenancy: TenancyId,
        id: WebhookId,
        attempt: Attempt,
    ) -> Result<Option<Delivery>, StoreError> {
        self.write(move |batch| {
            let Some(webhook) = webhooks::get(batch.db, tenancy, id)? else { return Ok(None) };
            match attempt.message {
                // Only the event at the position moves it, whatever else was sent meanwhile.
                Message::Event(event) if attempt.has_arrived() && event >= webhook.position => {
                    webhooks::advance(batch.db, id, event + 1)?;
                }
                Message::Event(_) if !attempt.has_arrived() => {
                    let progress = webhook.progress.after(&attempt);
                    webhooks::set_progress(batch.db, id, progress)?;
                }
                _ => {}
            }
            let number = webhooks::note(batch.db, id, &attempt)?;
            Ok(number.map(|id| Delivery { id, attempt: attempt.clone() }))
        })
        .await
    }

    /// Attempts to deliver to a webhook, newest first, from before the one with this number.
    pub async fn deliveries(
        &self,
        id: WebhookId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let before = before.unwrap_or(u64::MAX);
        self.scan(move |db| webhooks::deliveries(db, id, before, limit)).await
    }

    /// An event of a tenancy by its place in the log.
    pub async fn event_at(
        &self,
        tenancy: TenancyId,
        index: u64,
    ) -> Result<Option<FullEvent>, StoreError> {
        self.read(move |db| {
            Ok(events::full_at(db, index)?.filter(|full| full.event.tenancy == tenancy))
        })
        .await
    }
}
