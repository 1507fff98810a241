//! What an owner tells a running integration: pause, go on, look now, work in another way. And what
//! Dropbox tells it: look.

use dropbox::NotificationError;
use ledger::{
    Beginning, Fingerprints, OnDeletion, Source, SourceId, SourceSettings, SourceStatus, Step,
    StepKind, TenancyId,
};

use super::{Sync, allows_content, locked};
use crate::error::SourceError;

impl Sync {
    /// Stops reading until [`Sync::resume`]; what was recorded stays, and nothing is forgotten.
    pub async fn pause(&self, tenancy: TenancyId, id: SourceId) -> Result<Source, SourceError> {
        let desk = self.desk(&self.source(tenancy, id).await?);
        let mut worker = desk.worker.lock().await;
        if let Some(running) = worker.take() {
            running.stop().await;
        }
        let source = self.shared.ledger.pause_source(id).await?.ok_or(SourceError::Unknown)?;
        desk.facts.announce();
        Ok(source)
    }

    /// Goes on from where it was paused, and fills in what was missed.
    pub async fn resume(&self, tenancy: TenancyId, id: SourceId) -> Result<Source, SourceError> {
        let desk = self.desk(&self.source(tenancy, id).await?);
        let mut worker = desk.worker.lock().await;
        let source = self.shared.ledger.resume_source(id).await?.ok_or(SourceError::Unknown)?;
        if worker.is_none() && source.status == SourceStatus::Linked {
            *worker = Some(desk.run(self, &source).await?);
        }
        desk.facts.announce();
        Ok(source)
    }

    /// Looks at everything now rather than at the next report or sweep. Asked a thousand times while
    /// it reads, it reads once more.
    pub async fn sync_now(&self, tenancy: TenancyId, id: SourceId) -> Result<Source, SourceError> {
        let source = self.running(tenancy, id).await?;
        self.shared.ledger.note(id, Step::new(StepKind::Asked, "")).await?;
        let desk = self.desk(&source);
        desk.start(self, &source).await?;
        desk.calls.look_at_everything();
        Ok(source)
    }

    /// Looks again at what couldn't be recorded, and at nothing else.
    pub async fn retry(&self, tenancy: TenancyId, id: SourceId) -> Result<Source, SourceError> {
        let source = self.running(tenancy, id).await?;
        let told = "What could not be recorded is tried again.";
        self.shared.ledger.note(id, Step::new(StepKind::Asked, told)).await?;
        let desk = self.desk(&source);
        desk.start(self, &source).await?;
        desk.calls.look_at_unrecorded();
        Ok(source)
    }

    /// Decides how the integration works from now on.
    ///
    /// What was recorded stays as it is. Where more of the past or other fingerprints are asked for,
    /// they are recorded of what is found from now on.
    pub async fn configure(
        &self,
        tenancy: TenancyId,
        id: SourceId,
        settings: SourceSettings,
    ) -> Result<Source, SourceError> {
        let source = self.source(tenancy, id).await?;
        if settings.fingerprints == Fingerprints::Sha256 && !allows_content(&source) {
            return Err(SourceError::NotAllowed);
        }
        let desk = self.desk(&source);
        let mut worker = desk.worker.lock().await;
        let ran = worker.take();
        let runs = ran.is_some();
        if let Some(running) = ran {
            running.stop().await;
        }
        let told = sentence(settings);
        let stored = self.shared.ledger.configure_source(id, settings, told).await?;
        let source = stored.ok_or(SourceError::Unknown)?;
        if runs {
            *worker = Some(desk.run(self, &source).await?);
        }
        desk.facts.announce();
        Ok(source)
    }

    /// Whether notifications of a webhook can be taken.
    pub fn takes_notifications(&self) -> bool {
        self.shared.client.as_ref().is_some_and(dropbox::Client::takes_notifications)
    }

    /// Takes a notification: every integration of the accounts that it names looks for changes.
    /// Accounts that nobody linked are passed over. Says how many integrations look.
    pub fn notify(&self, signature: &str, body: &[u8]) -> Result<usize, NotificationError> {
        let client = self.shared.client.as_ref().ok_or(NotificationError::NoSecret)?;
        let accounts = client.notified_accounts(signature, body)?;
        let desks = locked(&self.shared.desks);
        let named = desks
            .values()
            .filter(|desk| accounts.iter().any(|account| account.as_str() == desk.account_id));
        Ok(named.map(|desk| desk.calls.look_for_changes()).count())
    }

    /// An integration that may read: linked, and neither paused nor disconnected.
    async fn running(&self, tenancy: TenancyId, id: SourceId) -> Result<Source, SourceError> {
        let source = self.source(tenancy, id).await?;
        match source.status {
            SourceStatus::Disconnected { .. } => Err(SourceError::Disconnected),
            SourceStatus::Connected => Err(SourceError::NothingLinked),
            SourceStatus::Linked if source.paused_at.is_some() => Err(SourceError::Paused),
            SourceStatus::Linked => Ok(source),
        }
    }
}

fn sentence(settings: SourceSettings) -> String {
    let on_deletion = match settings.on_deletion {
        OnDeletion::PauseTrail => "a deletion pauses the trail",
        OnDeletion::Withdraw => "a deletion withdraws the document",
    };
    let fingerprints = match settings.fingerprints {
        Fingerprints::Metadata => "fingerprints come with the metadata",
        Fingerprints::Sha256 => "SHA-256 is computed of every version",
    };
    let history = match settings.history {
        Beginning::Now => "histories begin with the version that is found",
        Beginning::Kept => "histories begin with the oldest version that Dropbox keeps",
    };
    format!("From now on {on_deletion}, {fingerprints}, and {history}.")
}
