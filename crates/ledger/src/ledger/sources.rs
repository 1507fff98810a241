//! Sources: connecting, reading, choosing, disconnecting, and their app registrations.

use std::sync::Arc;

use secrecy::SecretString;

use crate::error::StoreError;
use crate::ids::{SourceId, TenancyId, random_uuid};
use crate::ledger::Ledger;
use crate::model::access::ApiToken;
use crate::model::activity::{Step, StepKind};
use crate::model::change::{Change, ChangeKind, Lack, Lease, UnrecordedItem};
use crate::model::source::{DisconnectedBy, NewSource, Source, SourceSettings};
use crate::store::{registrations, sources, unrecorded};
use crate::writer::Batch;

impl Ledger {
    /// Connects an account. The same account of the same tenancy is the same source again, with
    /// new credentials and what it had: rules, cursor, items, documents.
    pub async fn connect_source(&self, source: NewSource) -> Result<Source, StoreError> {
        self.write(move |batch| {
            let id = SourceId::from_bytes(random_uuid(batch.random.take()?));
            let source = sources::connect(batch.db, batch.vault, &source, id, batch.now)?;
            note(batch, source.id, StepKind::Connected, &source.account_email)?;
            changed(batch, source.id)?;
            Ok(source)
        })
        .await
    }

    /// A tenancy's sources, oldest first.
    pub async fn sources(&self, tenancy: TenancyId) -> Result<Vec<Source>, StoreError> {
        self.scan(move |db| sources::list(db, tenancy)).await
    }

    /// One of a tenancy's sources.
    pub async fn source(
        &self,
        tenancy: TenancyId,
        id: SourceId,
    ) -> Result<Option<Source>, StoreError> {
        self.scan(move |db| sources::of_tenancy(db, tenancy, id)).await
    }

    /// Every source of every tenancy that has something linked, for whoever syncs them.
    pub async fn linked_sources(&self) -> Result<Vec<Source>, StoreError> {
        self.scan(sources::linked).await
    }

    /// What reaches the account; `None` once disconnected.
    pub async fn credentials(&self, id: SourceId) -> Result<Option<SecretString>, StoreError> {
        let vault = Arc::clone(&self.inner.vault);
        self.scan(move |db| sources::credentials(db, &vault, id)).await
    }

    /// Gives the integration another name. `None` if there is no such source.
    pub async fn rename_source(
        &self,
        id: SourceId,
        display_name: String,
    ) -> Result<Option<Source>, StoreError> {
        self.write(move |batch| {
            sources::rename(batch.db, id, &display_name)?;
            changed(batch, id)
        })
        .await
    }

    /// Chooses what is linked, and with it where reading goes on: the cursor is replaced by the
    /// one given, `None` to read from the start. Empty rules link nothing.
    pub async fn set_rules(
        &self,
        id: SourceId,
        rules: String,
        cursor: Option<String>,
    ) -> Result<Option<Source>, StoreError> {
        self.write(move |batch| {
            sources::set_rules(batch.db, id, &rules, cursor.as_deref())?;
            changed(batch, id)
        })
        .await
    }

    /// As [`Ledger::set_rules`], by the owner: the step is remembered.
    pub async fn choose_rules(
        &self,
        id: SourceId,
        rules: String,
        cursor: Option<String>,
        told: String,
    ) -> Result<Option<Source>, StoreError> {
        self.write(move |batch| {
            sources::set_rules(batch.db, id, &rules, cursor.as_deref())?;
            note(batch, id, StepKind::Linked, &told)?;
            changed(batch, id)
        })
        .await
    }

    /// Pauses a source: it keeps its place and its rules. Once paused it stays paused since then.
    pub async fn pause_source(&self, id: SourceId) -> Result<Option<Source>, StoreError> {
        self.write(move |batch| {
            let paused = sources::get(batch.db, id)?.and_then(|source| source.paused_at);
            if paused.is_none() {
                sources::set_paused(batch.db, id, Some(batch.now))?;
                note(batch, id, StepKind::Paused, "")?;
            }
            changed(batch, id)
        })
        .await
    }

    /// Lets a source go on.
    pub async fn resume_source(&self, id: SourceId) -> Result<Option<Source>, StoreError> {
        self.write(move |batch| {
            sources::set_paused(batch.db, id, None)?;
            note(batch, id, StepKind::Resumed, "")?;
            changed(batch, id)
        })
        .await
    }

    /// Decides how a source works from now on. What was recorded stays as it is.
    pub async fn configure_source(
        &self,
        id: SourceId,
        settings: SourceSettings,
        told: String,
    ) -> Result<Option<Source>, StoreError> {
        self.write(move |batch| {
            sources::set_settings(batch.db, id, settings)?;
            note(batch, id, StepKind::Configured, &told)?;
            changed(batch, id)
        })
        .await
    }

    /// Exchanges what reaches the account of a connected source, because it allows more now. `None`
    /// if there is no such source.
    pub async fn exchange_credentials(
        &self,
        id: SourceId,
        credentials: SecretString,
        scope: String,
    ) -> Result<Option<Source>, StoreError> {
        self.write(move |batch| {
            *batch.must_fold = true;
            sources::set_credentials(batch.db, batch.vault, id, &credentials, &scope)?;
            changed(batch, id)
        })
        .await
    }

    /// A lease on syncing a source: commits under an older one are refused from now on. `None` if
    /// there is no such source.
    pub async fn take_lease(&self, id: SourceId) -> Result<Option<Lease>, StoreError> {
        self.write(move |batch| Ok(sources::take_lease(batch.db, id)?.map(Lease))).await
    }

    /// Ends the connection: credentials, the app registration's secret and its tokens are deleted;
    /// documents, items, rules and cursor stay. A source that its owner disconnects before anything
    /// was ever linked has none of these and is forgotten: then `None`, as if it had never been.
    pub async fn disconnect_source(
        &self,
        id: SourceId,
        by: DisconnectedBy,
    ) -> Result<Option<Source>, StoreError> {
        self.write(move |batch| {
            *batch.must_fold = true;
            sources::disconnect(batch.db, id, by, batch.now)?;
            let who = match by {
                DisconnectedBy::Owner => "Here, by its owner.",
                DisconnectedBy::Provider => "By the provider.",
            };
            note(batch, id, StepKind::Disconnected, who)?;
            let source = changed(batch, id)?;
            if by == DisconnectedBy::Owner {
                batch.tally.store_counts(batch.db)?;
                if sources::forget_untouched(batch.db, id)? {
                    return Ok(None);
                }
            }
            Ok(source)
        })
        .await
    }

    /// Makes a new secret for the app registration, shown this once, and ends the old one and its
    /// tokens. `None` if there is no such source or it is disconnected.
    pub async fn regenerate_secret(
        &self,
        id: SourceId,
    ) -> Result<Option<SecretString>, StoreError> {
        self.write(move |batch| {
            let secret = registrations::regenerate_secret(batch.db, id, batch.now)?;
            changed(batch, id)?;
            Ok(secret)
        })
        .await
    }

    /// Whether this is the app registration's secret, and still valid.
    pub async fn check_client_secret(
        &self,
        client_id: SourceId,
        secret: &str,
    ) -> Result<bool, StoreError> {
        let (secret, now) = (secret.to_owned(), self.inner.clock.now());
        self.scan(move |db| registrations::check_secret(db, client_id, &secret, now)).await
    }

    /// Makes a bearer token for an app registration, valid for an hour. `None` if there is no such
    /// registration.
    pub async fn issue_api_token(
        &self,
        client_id: SourceId,
    ) -> Result<Option<ApiToken>, StoreError> {
        self.write(move |batch| registrations::issue_token(batch.db, client_id, batch.now)).await
    }

    /// Whose bearer token this is, while it is valid.
    pub async fn api_token(
        &self,
        token: &str,
    ) -> Result<Option<(SourceId, TenancyId)>, StoreError> {
        let (token, now) = (token.to_owned(), self.inner.clock.now());
        self.read(move |db| registrations::token(db, &token, now)).await
    }

    /// How many documents a source has made.
    pub async fn source_documents(&self, id: SourceId) -> Result<u64, StoreError> {
        self.scan(move |db| sources::documents(db, id)).await
    }

    /// How many items of a source are listed for lacking this.
    pub async fn unrecorded_count(&self, id: SourceId, lack: Lack) -> Result<u64, StoreError> {
        self.scan(move |db| unrecorded::count(db, id, lack)).await
    }

    /// Items of a source that cannot be recorded, in the order of their keys.
    pub async fn unrecorded(
        &self,
        id: SourceId,
        after_key: Option<String>,
        limit: u32,
    ) -> Result<Vec<UnrecordedItem>, StoreError> {
        let after = after_key.unwrap_or_default();
        self.scan(move |db| unrecorded::list(db, id, &after, limit)).await
    }
}

/// Remembers a step in the transaction that makes it.
fn note(
    batch: &mut Batch<'_>,
    id: SourceId,
    kind: StepKind,
    detail: &str,
) -> Result<(), StoreError> {
    let Some(source) = sources::row_id(batch.db, id)? else { return Ok(()) };
    batch.note(source, &Step::new(kind, detail))
}

/// Reads a source back after a change, and tells watchers.
fn changed(batch: &mut Batch<'_>, id: SourceId) -> Result<Option<Source>, StoreError> {
    let source = sources::get(batch.db, id)?;
    if let Some(source) = &source {
        let kind = ChangeKind::Source(id);
        batch.changes.push(Change { tenancy: source.tenancy, kind });
    }
    Ok(source)
}
