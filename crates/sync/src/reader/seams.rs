//! The two sides that a reader stands between. Tests put a model of Dropbox and a store in memory
//! here; everything else uses the session and the ledger.

use std::marker::Sync;
use std::sync::Arc;
use std::time::Duration;

use dropbox::{
    Cursor, Digests, Entry, Error, ErrorKind, Id, Interruption, ListFolder, Longpoll, Page,
    PathRef, Patience, REVISIONS_MAX, Revisions, Session,
};
use ledger::{
    Awaited, Commit, CommitError, Committed, DisconnectedBy, Item, Lease, Ledger, Source, SourceId,
    SourceSettings, SourceStatus, Step, StoreError, TenancyId, UnrecordedItem,
};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use super::progress::Progress;
use crate::contents::{DOWNLOADS_MAX, Meter};
use crate::rules::FolderId;
use crate::rules::placed::Placed;

/// What is asked of Dropbox.
pub(crate) trait Remote: Send + Sync {
    fn list(&self, folder: &FolderId) -> impl Future<Output = Result<Page, Error>> + Send;
    fn resume(&self, cursor: &Cursor) -> impl Future<Output = Result<Page, Error>> + Send;
    fn metadata(&self, path: &PathRef)
    -> impl Future<Output = Result<Option<Entry>, Error>> + Send;
    fn revisions(&self, file: &Id) -> impl Future<Output = Result<Revisions, Error>> + Send;
    /// Reads the content of a version once, for its hashes.
    fn digest(
        &self,
        version: &Awaited,
        meter: &mut Meter,
    ) -> impl Future<Output = Result<Digests, Error>> + Send;
    /// Waits until there is something to read at a cursor, or for so long.
    fn wait(
        &self,
        cursor: &Cursor,
        timeout: Duration,
    ) -> impl Future<Output = Result<Longpoll, Error>> + Send;
}

/// What the ledger keeps of a source that is linked.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) placed: Placed,
    /// None before the first page.
    pub(crate) progress: Option<Progress>,
    pub(crate) settings: SourceSettings,
}

/// What is asked of the ledger about one source.
pub(crate) trait Store: Send + Sync {
    /// The source as the ledger has it now. None if there is nothing to read.
    fn kept(&self) -> impl Future<Output = Result<Option<Kept>, StoreError>> + Send;
    /// The other side has ended the link.
    fn disconnect(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// A commit about the source that says nothing yet.
    fn blank(&self) -> Commit;
    fn items_by_key(
        &self,
        keys: &[String],
    ) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;
    fn items_by_path(
        &self,
        path_keys: &[String],
    ) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;
    fn items_below(
        &self,
        folder_path_key: &str,
        after_key: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;
    fn items_unseen(
        &self,
        generation: u32,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;
    /// Keys of items that left, while it matters whether they were deleted.
    fn departed(&self, limit: u32) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;
    /// Versions that wait for their content, none longer than this, the newest first.
    fn awaited(
        &self,
        bytes_max: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Awaited>, StoreError>> + Send;
    /// What could not be recorded, in the order of the keys.
    fn unrecorded(
        &self,
        after_key: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<UnrecordedItem>, StoreError>> + Send;
    /// Remembers a step for the owner.
    fn note(&self, step: Step) -> impl Future<Output = Result<(), StoreError>> + Send;
    fn commit(&self, commit: Commit)
    -> impl Future<Output = Result<Committed, CommitError>> + Send;
}

/// What part of the usual page is asked for after a first page that took too long.
const PAGE_SHARES: [u32; 2] = [4, 16];

/// A Dropbox account whose listing calls take turns, whoever makes them.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) session: Session,
    pub(crate) lane: Lane,
    pub(crate) page_entries: Option<u32>,
}

/// What all links to one account share, because Dropbox counts their calls together.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// The turn to list: Dropbox refuses listings of one account side by side.
    listing: Arc<Mutex<()>>,
    /// Contents that may be read side by side.
    downloads: Arc<Semaphore>,
    /// How long Dropbox wants the account left alone.
    pub(crate) patience: Patience,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            listing: Arc::default(),
            downloads: Arc::new(Semaphore::new(DOWNLOADS_MAX)),
            patience: Patience::default(),
        }
    }
}

impl Lane {
    /// Waits until another content may be read.
    pub(crate) async fn download(&self) -> SemaphorePermit<'_> {
        self.downloads.acquire().await.expect("invariant: nothing closes the semaphore")
    }
}

impl Account {
    /// Everything in a folder from its beginning, in pages of this share of the usual size.
    async fn first_page(&self, folder: &FolderId, share: u32) -> Result<Page, Error> {
        let limit = self.page_entries.map(|entries| entries.div_ceil(share));
        self.session.list_folder(&ListFolder { limit, ..ListFolder::tree(folder.path_ref()) }).await
    }
}

/// The first page of a large folder has been seen to take longer than anybody on the way waits.
fn took_too_long(error: &Error) -> bool {
    match &error.kind {
        ErrorKind::Transient(Interruption::Network(error)) => error.is_timeout(),
        ErrorKind::Transient(Interruption::Status(status)) => {
            matches!(status.as_u16(), 408 | 504)
        }
        _ => false,
    }
}

impl Remote for Account {
    async fn list(&self, folder: &FolderId) -> Result<Page, Error> {
        let _turn = self.lane.listing.lock().await;
        let mut first = self.first_page(folder, 1).await;
        for share in PAGE_SHARES {
            if !first.as_ref().is_err_and(took_too_long) {
                break;
            }
            first = self.first_page(folder, share).await;
        }
        first
    }

    async fn resume(&self, cursor: &Cursor) -> Result<Page, Error> {
        let _turn = self.lane.listing.lock().await;
        self.session.list_folder_continue(cursor).await
    }

    async fn metadata(&self, path: &PathRef) -> Result<Option<Entry>, Error> {
        self.session.get_metadata(path).await
    }

    async fn revisions(&self, file: &Id) -> Result<Revisions, Error> {
        self.session.list_revisions(file, REVISIONS_MAX).await
    }

    async fn digest(&self, version: &Awaited, meter: &mut Meter) -> Result<Digests, Error> {
        self.read_once(version, meter).await
    }

    async fn wait(&self, cursor: &Cursor, timeout: Duration) -> Result<Longpoll, Error> {
        self.session.longpoll(cursor, timeout).await
    }
}

/// One source in the ledger.
#[derive(Clone)]
pub(crate) struct SourceStore {
    pub(crate) ledger: Ledger,
    pub(crate) tenancy: TenancyId,
    pub(crate) source: SourceId,
    /// The lease that commits are made under, where others may take one.
    pub(crate) lease: Option<Lease>,
}

impl Store for SourceStore {
    async fn kept(&self) -> Result<Option<Kept>, StoreError> {
        let source = self.ledger.source(self.tenancy, self.source).await?;
        let runs =
            |source: &Source| source.status == SourceStatus::Linked && source.paused_at.is_none();
        let Some(source) = source.filter(runs) else {
            return Ok(None);
        };
        let placed = Placed::parse(&source.rules);
        let placed = placed.map_err(|error| StoreError::Damaged(error.to_string()))?;
        let progress = source.cursor.as_deref().map(Progress::parse).transpose()?;
        Ok(Some(Kept { placed, progress, settings: source.settings }))
    }

    async fn disconnect(&self) -> Result<(), StoreError> {
        self.ledger.disconnect_source(self.source, DisconnectedBy::Provider).await.map(drop)
    }

    fn blank(&self) -> Commit {
        Commit { lease: self.lease, ..Commit::new(self.source) }
    }

    async fn items_by_key(&self, keys: &[String]) -> Result<Vec<Item>, StoreError> {
        self.ledger.items_by_key(self.source, keys).await
    }

    async fn items_by_path(&self, path_keys: &[String]) -> Result<Vec<Item>, StoreError> {
        self.ledger.items_by_path(self.source, path_keys).await
    }

    async fn items_below(
        &self,
        folder_path_key: &str,
        after_key: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        self.ledger.items_below(self.source, folder_path_key, after_key, limit).await
    }

    async fn items_unseen(&self, generation: u32, limit: u32) -> Result<Vec<Item>, StoreError> {
        self.ledger.items_unseen(self.source, "", generation, limit).await
    }

    async fn departed(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        self.ledger.departed(self.source, limit).await
    }

    async fn awaited(&self, bytes_max: u64, limit: u32) -> Result<Vec<Awaited>, StoreError> {
        self.ledger.awaited(self.source, bytes_max, limit).await
    }

    async fn unrecorded(
        &self,
        after_key: Option<&str>,
        limit: u32,
    ) -> Result<Vec<UnrecordedItem>, StoreError> {
        self.ledger.unrecorded(self.source, after_key.map(str::to_owned), limit).await
    }

    async fn note(&self, step: Step) -> Result<(), StoreError> {
        self.ledger.note(self.source, step).await
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.ledger.commit(commit).await
    }
}
