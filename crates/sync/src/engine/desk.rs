//! What is kept in memory about one integration: its session, its worker, its facts.

use std::sync::{Arc, Mutex};

use dropbox::{Credentials, Session};
use ledger::Source;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Sync, locked};
use crate::error::SourceError;
use crate::facts::Facts;
use crate::health::HealthChange;
use crate::reader::seams::{Account, SourceStore};
use crate::rules::Rules;
use crate::worker::{Calls, Worker, random_fraction};

/// The place of one integration.
pub(super) struct Desk {
    /// The account's id at Dropbox.
    pub(super) account_id: String,
    pub(super) facts: Facts,
    /// How the worker is called.
    pub(super) calls: Arc<Calls>,
    /// The worker, while it should run. Whoever changes what the worker works by holds this lock
    /// from stopping it to starting it again, so that two changes can't interleave.
    pub(super) worker: tokio::sync::Mutex<Option<Running>>,
    /// The link to the account. Its clones share one access token and one patience.
    session: Mutex<Option<Session>>,
    /// The last complete count of what rules link.
    counted: Mutex<Option<(Rules, u64)>>,
}

/// A worker at work.
pub(super) struct Running {
    stopping: CancellationToken,
    task: JoinHandle<()>,
}

impl Desk {
    pub(super) fn new(
        account_id: String,
        subject: HealthChange,
        watchers: broadcast::Sender<HealthChange>,
    ) -> Self {
        Self {
            account_id,
            calls: Arc::default(),
            facts: Facts::new(subject, watchers),
            worker: tokio::sync::Mutex::default(),
            session: Mutex::default(),
            counted: Mutex::default(),
        }
    }

    /// Starts the worker unless it runs or its owner has it paused.
    pub(super) async fn start(&self, sync: &Sync, source: &Source) -> Result<(), SourceError> {
        let mut worker = self.worker.lock().await;
        if worker.is_none() && source.paused_at.is_none() {
            *worker = Some(self.run(sync, source).await?);
        }
        Ok(())
    }

    /// A new worker. The caller keeps it.
    pub(super) async fn run(&self, sync: &Sync, source: &Source) -> Result<Running, SourceError> {
        let worker = Worker {
            remote: self.account(sync, source).await?,
            store: SourceStore {
                ledger: sync.shared.ledger.clone(),
                tenancy: source.tenancy,
                source: source.id,
                lease: sync.shared.ledger.take_lease(source.id).await?,
            },
            source: source.id,
            facts: self.facts.clone(),
            options: sync.shared.options,
            calls: self.calls.clone(),
            jitter: random_fraction,
        };
        let stopping = sync.shared.stopping.child_token();
        let stopped = stopping.clone();
        let work = async move {
            stopped.run_until_cancelled(worker.run()).await;
        };
        Ok(Running { stopping, task: sync.shared.tasks.spawn(work) })
    }

    /// The account behind the source, ready for calls.
    pub(super) async fn account(
        &self,
        sync: &Sync,
        source: &Source,
    ) -> Result<Account, SourceError> {
        let session = self.session(sync, source).await?;
        let page_entries = sync.shared.options.page_entries;
        Ok(Account { session, lane: sync.lane(source), page_entries })
    }

    /// The session, made from the stored credentials when there is none yet.
    async fn session(&self, sync: &Sync, source: &Source) -> Result<Session, SourceError> {
        let client = sync.shared.client.as_ref().ok_or(SourceError::NotConfigured)?;
        if let Some(session) = locked(&self.session).clone() {
            return Ok(session);
        }
        let stored = sync.shared.ledger.credentials(source.id).await?;
        let refresh_token = stored.ok_or(SourceError::Disconnected)?;
        let credentials = Credentials { refresh_token, access_token: None };
        let session = Session::patient(client.clone(), credentials, sync.lane(source).patience);
        Ok(locked(&self.session).get_or_insert(session).clone())
    }

    pub(super) fn keep_session(&self, session: Session) {
        *locked(&self.session) = Some(session);
    }

    pub(super) fn forget_session(&self) {
        *locked(&self.session) = None;
    }

    pub(super) fn keep_count(&self, rules: Rules, files: u64) {
        *locked(&self.counted) = Some((rules, files));
    }

    /// How many files these rules link, if they were the last ones counted.
    pub(super) fn count(&self, rules: &Rules) -> Option<u64> {
        let counted = locked(&self.counted);
        counted.as_ref().filter(|(of, _)| of == rules).map(|(_, files)| *files)
    }
}

impl Running {
    /// Stops the worker and waits until it has stopped: nothing of it happens afterwards.
    pub(super) async fn stop(self) {
        self.stopping.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "A worker ended badly");
        }
    }
}
