//! Connecting an account, and ending the connection.

use std::time::Duration;

use dropbox::{CONTENT_SCOPE, Client, ErrorKind, Grant, Session};
use ledger::{
    DisconnectedBy, Fingerprints, NewSource, Source, SourceId, SourceSettings, SourceStatus,
    StoreError, TenancyId,
};
use secrecy::SecretString;
use tokio::time::timeout;
use url::Url;

use super::{Sync, locked};
use crate::error::{ConnectError, SourceError};
use crate::reader::progress::Progress;
use crate::reader::seams::Account;
use crate::rules::placed::Placed;

/// How long Dropbox may take to end a link before we go on without its word.
const REVOKE_TIMEOUT: Duration = Duration::from_secs(15);

/// What became of the link at Dropbox when it was disconnected here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Dropbox has ended it.
    Revoked,
    /// Dropbox didn't confirm: the owner should look at the list of connected apps there.
    Unconfirmed,
}

/// What became of a connection that was ended here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// At Dropbox.
    pub revocation: Revocation,
    /// The integration, which keeps what it published. `None`: nothing was ever linked, and it is
    /// forgotten.
    pub source: Option<Source>,
}

impl Sync {
    /// Connects the account of whoever came back with this code.
    ///
    /// The same account in the same tenancy is the same integration again: it keeps its folders and
    /// documents, and a listing of everything fills the gap.
    pub async fn connect(
        &self,
        tenancy: TenancyId,
        code: &str,
        verifier: &SecretString,
        redirect_uri: &Url,
    ) -> Result<Source, ConnectError> {
        let client = self.shared.client.as_ref().ok_or(ConnectError::NotConfigured)?;
        let grant = client.exchange_code(code, verifier, redirect_uri).await?;
        self.connect_granted(client, tenancy, grant).await
    }

    async fn connect_granted(
        &self,
        client: &Client,
        tenancy: TenancyId,
        grant: Grant,
    ) -> Result<Source, ConnectError> {
        let (credentials, scope) = (grant.refresh_token.clone(), grant.scope.join(" "));
        let patience = self.lane_of(grant.account_id.as_str()).patience;
        let session = Session::patient(client.clone(), grant.into(), patience);
        let account = session.current_account().await?;
        let source = NewSource {
            tenancy,
            account: account.account_id.to_string(),
            account_name: account.name,
            account_email: account.email,
            credentials,
            scope,
        };
        let source = self.shared.ledger.connect_source(source).await?;
        Ok(self.take_up(source, session).await?)
    }

    /// Takes the code of whoever allowed reading files as well, and turns SHA-256 on.
    ///
    /// The account has to be the integration's, or nothing is stored. Cursors stay good: it is the
    /// same app and the same account, so nothing is listed again.
    pub async fn allow_content(
        &self,
        tenancy: TenancyId,
        source: SourceId,
        code: &str,
        verifier: &SecretString,
        redirect_uri: &Url,
    ) -> Result<Source, ConnectError> {
        let client = self.shared.client.as_ref().ok_or(ConnectError::NotConfigured)?;
        let source = self.source(tenancy, source).await?;
        let grant = client.exchange_code(code, verifier, redirect_uri).await?;
        if grant.account_id.as_str() != source.account {
            forget(client, grant).await;
            return Err(ConnectError::OtherAccount);
        }
        if !grant.scope.iter().any(|scope| scope == CONTENT_SCOPE) {
            return Err(ConnectError::MissingScope(CONTENT_SCOPE.to_owned()));
        }
        let source = match source.status {
            SourceStatus::Disconnected { .. } => {
                self.connect_granted(client, tenancy, grant).await?
            }
            SourceStatus::Connected | SourceStatus::Linked => {
                self.exchange_credentials(client, source, grant).await?
            }
        };
        let settings = SourceSettings { fingerprints: Fingerprints::Sha256, ..source.settings };
        Ok(self.configure(tenancy, source.id, settings).await?)
    }

    /// Goes on with another link to the same account.
    async fn exchange_credentials(
        &self,
        client: &Client,
        source: Source,
        grant: Grant,
    ) -> Result<Source, ConnectError> {
        let desk = self.desk(&source);
        let mut worker = desk.worker.lock().await;
        let ran = worker.take();
        let runs = ran.is_some();
        if let Some(running) = ran {
            running.stop().await;
        }
        let (credentials, scope) = (grant.refresh_token.clone(), grant.scope.join(" "));
        let ledger = &self.shared.ledger;
        let stored = ledger.exchange_credentials(source.id, credentials, scope).await?;
        let patience = self.lane(&source).patience;
        desk.keep_session(Session::patient(client.clone(), grant.into(), patience));
        let source = stored.unwrap_or(source);
        if runs {
            *worker = Some(desk.run(self, &source).await?);
        }
        Ok(source)
    }

    /// Goes on with what the source has linked from before.
    async fn take_up(&self, source: Source, session: Session) -> Result<Source, StoreError> {
        let desk = self.desk(&source);
        let mut worker = desk.worker.lock().await;
        if let Some(running) = worker.take() {
            running.stop().await;
        }
        desk.keep_session(session);
        let source = self.read_afresh(source).await?;
        if !source.rules.is_empty() && source.paused_at.is_none() {
            let running = desk.run(self, &source).await;
            *worker = running.inspect_err(|error| tracing::error!(%error, "No worker")).ok();
        }
        desk.facts.announce();
        Ok(source)
    }

    /// The cursors of an earlier connection may be void, or silent about the gap: list everything.
    async fn read_afresh(&self, source: Source) -> Result<Source, StoreError> {
        if source.rules.is_empty() {
            return Ok(source);
        }
        let placed = Placed::parse(&source.rules);
        let placed = placed.map_err(|error| StoreError::Damaged(error.to_string()))?;
        let before = source.cursor.as_deref().map(Progress::parse).transpose()?;
        let progress = before.unwrap_or_default().afresh(&placed);
        let (rules, cursor) = (source.rules.clone(), Some(progress.to_text()));
        let stored = self.shared.ledger.set_rules(source.id, rules, cursor).await?;
        Ok(stored.unwrap_or(source))
    }

    /// Ends the connection: at Dropbox, and here even if Dropbox doesn't answer.
    pub async fn disconnect(
        &self,
        tenancy: TenancyId,
        source: SourceId,
    ) -> Result<Ended, SourceError> {
        let source = self.source(tenancy, source).await?;
        self.end(&source).await
    }

    /// Takes back the connection of an account that turned out to be the wrong one. One that has
    /// ever had a folder linked is not such an account and stays connected: then `None`.
    pub async fn take_back(
        &self,
        tenancy: TenancyId,
        source: SourceId,
    ) -> Result<Option<Ended>, SourceError> {
        let source = self.source(tenancy, source).await?;
        let documents = self.shared.ledger.source_documents(source.id).await?;
        if documents > 0 || source.cursor.is_some() || !source.rules.is_empty() {
            return Ok(None);
        }
        self.end(&source).await.map(Some)
    }

    async fn end(&self, source: &Source) -> Result<Ended, SourceError> {
        let desk = self.desk(source);
        let mut worker = desk.worker.lock().await;
        if let Some(running) = worker.take() {
            running.stop().await;
        }
        let revocation = match desk.account(self, source).await {
            Ok(account) => revoke(&account).await,
            Err(SourceError::Store(error)) => return Err(error.into()),
            Err(_) => Revocation::Unconfirmed,
        };
        desk.forget_session();
        let ended = self.shared.ledger.disconnect_source(source.id, DisconnectedBy::Owner).await?;
        if ended.is_none() {
            locked(&self.shared.desks).remove(&source.id);
        }
        desk.facts.announce();
        Ok(Ended { revocation, source: ended })
    }
}

/// Whether the link to an account allows reading contents.
pub fn allows_content(source: &Source) -> bool {
    source.scope.split_whitespace().any(|scope| scope == CONTENT_SCOPE)
}

/// Ends a link that nobody wants, if Dropbox lets us.
async fn forget(client: &Client, grant: Grant) {
    let session = Session::new(client.clone(), grant.into());
    match timeout(REVOKE_TIMEOUT, session.revoke()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "A link that nobody wants wasn't ended"),
        Err(_) => tracing::warn!("A link that nobody wants wasn't ended in time"),
    }
}

async fn revoke(account: &Account) -> Revocation {
    match timeout(REVOKE_TIMEOUT, account.session.revoke()).await {
        Ok(Ok(())) => Revocation::Revoked,
        Ok(Err(error)) if matches!(error.kind, ErrorKind::Disconnected) => Revocation::Revoked,
        Ok(Err(error)) => {
            tracing::warn!(%error, "Dropbox didn't end a link; its credentials are deleted here");
            Revocation::Unconfirmed
        }
        Err(_) => Revocation::Unconfirmed,
    }
}
