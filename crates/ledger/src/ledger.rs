//! The door: a handle that everything else holds. Each file below is one topic of it; the work is
//! done by the writer thread, and by readers that keep the async threads no longer than a few rows take.

mod access;
mod activity;
mod answers;
mod applications;
mod assets;
mod attached;
mod domains;
mod items;
mod log;
mod members;
mod open;
mod published;
mod receipts;
mod registry;
mod shown;
mod sources;
mod webhooks;
mod witnesses;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tlog::{Policy, VerifierKey};
use tokio::sync::{broadcast, mpsc};

use crate::clock::Clock;
use crate::error::{CommitError, OpenError, StoreError};
use crate::keys::Vault;
use crate::location::{Database, Location};
use crate::lookup::Decoys;
use crate::model::change::{Change, Commit, Committed};
use crate::readers::Readers;
use crate::store::db::Db;
use crate::store::log::TileCache;
use crate::store::size;
use crate::writer::{
    Batch, Job, QUEUE_JOBS_MAX, Shared, Steps, WriteError, check_limits, job, record,
};

use open::Opened;
use published::Published;
use receipts::Desk;

pub use attached::Attached;
pub use open::Opening;
pub use webhooks::Turn;
pub use witnesses::WitnessSeen;

/// Where a ledger lives and what it is called.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data directory; made when it is not there.
    pub directory: PathBuf,
    /// Where the rows are kept.
    pub database: Database,
    /// The name of a new log: where it is published, without scheme. A log that exists keeps the
    /// name that it began with, wherever it moves.
    pub origin: String,
    /// What time it is.
    pub clock: Clock,
    /// The witnesses whose cosignatures count, and how many are needed; none without it. Logs that
    /// it names are not looked at.
    pub witnesses: Option<Policy>,
}

/// Tenancies, assets, events and their log. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    /// `None` once closed.
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    /// The writing thread, until somebody waits for it.
    thread: Mutex<Option<JoinHandle<()>>>,
    readers: Readers,
    vault: Arc<Vault>,
    decoys: Arc<Decoys>,
    clock: Clock,
    key: VerifierKey,
    published: Arc<Published>,
    desk: Desk,
    tiles: Arc<TileCache>,
    /// Who must have cosigned, for this log.
    witnesses: Option<Arc<Policy>>,
    shared: Arc<Shared>,
}

const DECOY_DOMAIN: &str = "proofbox/lookup-decoys/v1";

impl Ledger {
    /// Opens the directory for this process alone, and brings it to the state after the last
    /// commit: a head that was committed but not signed is signed now.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        Self::prepare(options)?.open(&[])
    }

    /// Opens the directory for this process alone, and signs nothing before [`Opening::open`].
    pub fn prepare(options: Options) -> Result<Opening, OpenError> {
        Opening::new(options, Steps::default())
    }

    fn start(opened: Opened) -> Result<Self, OpenError> {
        let Opened { at, writer, second_signer, witnesses } = opened;
        let (queue, jobs) = mpsc::channel(QUEUE_JOBS_MAX);
        let inner = Inner {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::default(),
            readers: Readers::new(at.clone()),
            vault: Arc::clone(&writer.vault),
            decoys: Arc::new(Decoys::new(&writer.vault.derive(DECOY_DOMAIN))),
            clock: writer.clock.clone(),
            key: writer.signing.signer.verifier_key(),
            published: Arc::new(Published::new(second_signer)),
            desk: Desk::default(),
            tiles: Arc::new(TileCache::new()),
            witnesses: witnesses.map(Arc::new),
            shared: Arc::clone(&writer.shared),
        };
        let thread = writer
            .spawn(jobs)
            .map_err(|source| OpenError::Directory { path: at.directory, source })?;
        inner.thread.lock().unwrap_or_else(PoisonError::into_inner).replace(thread);
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Opens the directory beside the process that has it, to make sign-in links. It never
    /// commits.
    pub fn attach(at: impl Into<Location>) -> Result<Attached, OpenError> {
        Attached::open(&at.into())
    }

    /// Records what a sync found: all of it with its cursor, or nothing. When this returns, every
    /// new event is durable, in the log, and under a signed checkpoint.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        check_limits(&commit)?;
        self.write(move |batch| record(batch, &commit)).await
    }

    /// What changes from now on. A receiver that lags is told so, and reads everything again.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.shared.changes.subscribe()
    }

    /// Why nothing may be signed, if so: everything can be read, and nothing is recorded.
    pub fn read_only(&self) -> Option<String> {
        self.inner.shared.read_only.get().cloned()
    }

    /// Ends when the writer has stopped because the store failed, with the reason. The process
    /// should exit then; the next start finds out what became of the last commit.
    pub async fn failed(&self) -> String {
        let mut failed = self.inner.shared.failed.subscribe();
        let reason = failed.wait_for(Option::is_some).await;
        reason.ok().and_then(|reason| reason.clone()).unwrap_or_default()
    }

    /// Finishes what is queued and closes the store. Later calls fail.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        let inner = Arc::clone(&self.inner);
        // The thread may be in the middle of a flush: wait for it on a thread of its own.
        drop(tokio::task::spawn_blocking(move || inner.join()).await);
    }

    /// Runs work in the writer's next transaction; answers once that is durable and signed.
    async fn write<T, E>(
        &self,
        work: impl FnMut(&mut Batch<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: WriteError,
    {
        let (job, answer) = job(work);
        let queue = self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stopped = || E::from(StoreError::Stopped(self.why_stopped()));
        queue.ok_or_else(stopped)?.send(job).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Reads a few rows by their keys.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.readers.read(work).await
    }

    /// Reads what may be many rows.
    async fn scan<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.readers.scan(work).await
    }

    /// The bytes that all rows and indexes take, without what the database keeps beside them.
    pub async fn stored_bytes(&self) -> Result<u64, StoreError> {
        self.scan(size::bytes).await
    }

    fn why_stopped(&self) -> String {
        let failed = self.inner.shared.failed.borrow().clone();
        failed.unwrap_or_else(|| "Proofbox is shutting down".to_owned())
    }
}

impl Inner {
    /// Closes the queue and waits until the writer has finished what was in it.
    fn join(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writing thread panicked");
        }
    }
}

/// Whoever drops the last handle waits for the writer, so that the directory is free afterwards.
impl Drop for Inner {
    fn drop(&mut self) {
        self.join();
    }
}

#[cfg(test)]
mod tests;
