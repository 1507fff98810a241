//! The door of the room: one handle for all integrations of an instance.
//!
//! What belongs to one integration is kept at its `desk`; connecting and disconnecting is in
//! `connection`, choosing folders in `choice`, pausing and settings in `control`. The work itself is the worker's.

mod choice;
mod connection;
mod control;
mod desk;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dropbox::{Authorization, AuthorizeRequest, Client};
use jiff::Timestamp;
use ledger::{Awaiting, Lack, Ledger, Source, SourceId, SourceStatus, StoreError, TenancyId};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::desk::Desk;
use crate::error::SourceError;
use crate::facts::Snapshot;
use crate::health::{Contents, Health, HealthChange, State};
use crate::reader::seams::Lane;
use crate::rules::Verdict;
use crate::rules::placed::{Placed, Presence};

pub use self::choice::Folder;
pub use self::connection::{Ended, Revocation, allows_content};

/// How many changes of health a watcher may lag behind before it misses some.
const WATCH_MAX: usize = 1_024;

/// How the engine behaves. The default suits Dropbox.
#[derive(Clone, Copy, Debug)]
pub struct SyncOptions {
    /// How often everything is checked even when nobody reports a change.
    pub sweep_interval: Duration,
    /// How long one wait for changes lasts.
    pub longpoll_timeout: Duration,
    /// The first pause after a failure; doubled with each further one.
    pub backoff_first: Duration,
    /// The longest pause after a failure.
    pub backoff_max: Duration,
    /// Entries per page of a listing; Dropbox decides when absent.
    pub page_entries: Option<u32>,
}

/// Keeps the linked folders of all tenancies in step with the ledger. Cheap to clone.
#[derive(Clone)]
pub struct Sync {
    shared: Arc<Shared>,
}

struct Shared {
    ledger: Ledger,
    client: Option<Client>,
    options: SyncOptions,
    watchers: broadcast::Sender<HealthChange>,
    /// One per integration that was ever asked for or started.
    desks: Mutex<HashMap<SourceId, Arc<Desk>>>,
    /// One per account: two tenancies may link the same.
    lanes: Mutex<HashMap<String, Lane>>,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Sync {
    /// Starts syncing everything that is linked. Without a client nothing can be connected.
    pub fn start(ledger: Ledger, client: Option<Client>, options: SyncOptions) -> Self {
        let shared = Shared {
            ledger,
            client,
            options,
            watchers: broadcast::channel(WATCH_MAX).0,
            desks: Mutex::default(),
            lanes: Mutex::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        };
        let sync = Self { shared: Arc::new(shared) };
        sync.shared.tasks.spawn(sync.clone().start_all());
        sync
    }

    /// Whether there is an app key.
    pub fn configured(&self) -> bool {
        self.shared.client.is_some()
    }

    /// Prepares a consent. `None` without an app key.
    pub fn authorize(&self, request: &AuthorizeRequest) -> Option<Authorization> {
        self.shared.client.as_ref().map(|client| client.authorize_url(request))
    }

    /// How an integration is; `None` if the tenancy has no such one.
    pub async fn health(
        &self,
        tenancy: TenancyId,
        source: SourceId,
    ) -> Result<Option<Health>, StoreError> {
        let ledger = &self.shared.ledger;
        let Some(source) = ledger.source(tenancy, source).await? else { return Ok(None) };
        let documents = ledger.source_documents(source.id).await?;
        let not_recorded = ledger.unrecorded_count(source.id, Lack::Event).await?;
        let without_sha256 = ledger.unrecorded_count(source.id, Lack::Sha256).await?;
        let awaiting = ledger.awaiting(source.id).await?;
        let facts = self.desk(&source).facts.snapshot();
        let state = match source.status {
            SourceStatus::Connected => State::ChoosingFolders,
            SourceStatus::Linked => match source.paused_at {
                Some(since) => State::Paused { since },
                None => doing(&facts, awaiting),
            },
            SourceStatus::Disconnected { by, at } => State::Disconnected { by, at },
        };
        Ok(Some(Health {
            files_per_second: facts.files_per_second(),
            seconds_left: facts.seconds_left(),
            lag_ms: facts.lag.map(|lag| u64::try_from(lag.as_millis()).unwrap_or(u64::MAX)),
            state,
            documents,
            last_change_seen: facts.last_change_seen,
            last_checked: facts.last_checked,
            not_recorded,
            without_sha256,
            contents: contents(&facts, awaiting),
            missing_folders: missing_folders(&source),
        }))
    }

    /// Which integrations to look at again, from now on.
    pub fn watch(&self) -> broadcast::Receiver<HealthChange> {
        self.shared.watchers.subscribe()
    }

    /// Stops everything and waits until it has.
    pub async fn shutdown(&self) {
        self.shared.stopping.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// Takes up again what was linked when the instance stopped.
    async fn start_all(self) {
        let sources = match self.shared.ledger.linked_sources().await {
            Ok(sources) => sources,
            Err(error) => {
                tracing::error!(%error, "The linked sources couldn't be read; none is synced");
                return;
            }
        };
        for source in sources {
            let desk = self.desk(&source);
            if let Err(error) = desk.start(&self, &source).await {
                tracing::error!(sync.id = %source.id, %error, "A source can't be synced");
                // Nothing tries this again but the next start of the instance, or its owner.
                desk.facts.failed(error.to_string(), Timestamp::now());
            }
        }
    }

    /// One of a tenancy's sources.
    async fn source(&self, tenancy: TenancyId, id: SourceId) -> Result<Source, SourceError> {
        self.shared.ledger.source(tenancy, id).await?.ok_or(SourceError::Unknown)
    }

    fn desk(&self, source: &Source) -> Arc<Desk> {
        let subject = HealthChange { tenancy: source.tenancy, source: source.id };
        let account = source.account.clone();
        let new = || Arc::new(Desk::new(account, subject, self.shared.watchers.clone()));
        locked(&self.shared.desks).entry(source.id).or_insert_with(new).clone()
    }

    fn lane(&self, source: &Source) -> Lane {
        self.lane_of(&source.account)
    }

    fn lane_of(&self, account: &str) -> Lane {
        locked(&self.shared.lanes).entry(account.to_owned()).or_default().clone()
    }
}

/// What a worker does: while it waits for changes it may still read contents, or fail to.
fn doing(facts: &Snapshot, awaiting: Awaiting) -> State {
    if facts.state != State::UpToDate || awaiting.versions == 0 {
        return facts.state.clone();
    }
    facts.contents_trouble.clone().unwrap_or(State::ReadingContents)
}

fn contents(facts: &Snapshot, awaiting: Awaiting) -> Option<Contents> {
    (awaiting.versions > 0).then(|| Contents {
        read: facts.contents_read,
        total: facts.contents_read + awaiting.versions,
        bytes_read: facts.content_bytes_read,
        bytes_total: (facts.content_bytes_read).max(facts.content_bytes_published + awaiting.bytes),
    })
}

/// Every change under these locks is a single insertion or assignment, so that a panic elsewhere
/// leaves nothing half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Linked folders that aren't there.
fn missing_folders(source: &Source) -> Vec<String> {
    let placed = Placed::parse(&source.rules).unwrap_or_default();
    let missing = placed
        .iter()
        .filter(|rule| rule.presence == Presence::Gone && rule.rule.verdict == Verdict::Include);
    missing.map(|rule| rule.rule.path.clone()).collect()
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            sweep_interval: Duration::from_mins(15),
            longpoll_timeout: Duration::from_mins(2),
            backoff_first: Duration::from_secs(1),
            backoff_max: Duration::from_mins(5),
            // Fewer round trips than Dropbox's own choice; more at once has been seen to time out.
            page_entries: Some(1_000),
        }
    }
}
