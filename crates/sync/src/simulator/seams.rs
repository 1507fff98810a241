//! The two sides between which a replica stands, as its fate lets it reach them.

use std::sync::Arc;
use std::time::Duration;

use dropbox::{ContentHash, Cursor, Digests, Entry, Error, Id, Longpoll, Page, PathRef, Revisions};
use ledger::{
    Awaited, Commit, CommitError, Committed, Item, Lack, Presence, SourceId, Step, StoreError,
    Unrecorded, UnrecordedItem,
};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::answers::failure;
use super::books::Books;
use super::double::Double;
use super::dropbox::Dropbox;
use super::fate::Fate;
use crate::contents::Meter;
use crate::reader::seams::{Kept, Remote, Store};
use crate::rules::FolderId;
use crate::rules::placed::covers;

/// The way to Dropbox.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) dropbox: Dropbox,
    pub(super) fate: Fate,
}

impl Line {
    /// Time goes by before and after every call, and each may fail or be the last.
    async fn call<T>(
        &self,
        has_cursor: bool,
        answer: impl FnOnce(&Dropbox) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        self.fate.pass().await;
        if let Some(kind) = self.fate.network_fault(has_cursor) {
            return Err(failure(kind));
        }
        let answer = answer(&self.dropbox);
        self.fate.pass().await;
        answer
    }
}

impl Remote for Line {
    async fn list(&self, folder: &FolderId) -> Result<Page, Error> {
        self.call(false, |dropbox| dropbox.state().start(folder)).await
    }

    async fn resume(&self, cursor: &Cursor) -> Result<Page, Error> {
        self.call(true, |dropbox| dropbox.state().go_on(cursor)).await
    }

    async fn metadata(&self, path: &PathRef) -> Result<Option<Entry>, Error> {
        self.call(false, |dropbox| Ok(dropbox.state().find(path))).await
    }

    async fn revisions(&self, file: &Id) -> Result<Revisions, Error> {
        self.call(false, |dropbox| dropbox.state().history(file)).await
    }

    async fn digest(&self, version: &Awaited, _: &mut Meter) -> Result<Digests, Error> {
        let revision = version.revision.clone();
        let digests = self.call(false, |dropbox| dropbox.state().digest(&revision)).await?;
        let other = Digests { content_hash: ContentHash([0xff; 32]), ..digests };
        Ok(if self.fate.content_is_wrong() { other } else { digests })
    }

    async fn wait(&self, cursor: &Cursor, timeout: Duration) -> Result<Longpoll, Error> {
        let until = Instant::now() + timeout;
        self.call(true, |_| Ok(())).await?;
        let changes = if self.fate.report_is_lost() {
            tokio::time::sleep_until(until).await;
            false
        } else {
            self.fate.report_is_empty() || timeout_at(until, self.news(cursor)).await.is_ok()
        };
        self.fate.pass().await;
        Ok(Longpoll { changes, backoff: None })
    }
}

impl Line {
    async fn news(&self, cursor: &Cursor) {
        while !self.dropbox.state().has_news(cursor) {
            self.dropbox.news.notified().await;
        }
    }
}

/// The way to the ledger: the one in memory, and in some worlds a real one that has to agree.
#[derive(Clone)]
pub(super) struct Shelf {
    pub(super) books: Books,
    pub(super) double: Option<Arc<Double>>,
    pub(super) fate: Fate,
    /// The lease that commits are made under.
    pub(super) lease: u64,
}

impl Shelf {
    async fn read<T>(&self, read: impl FnOnce(&Books) -> T + Send) -> Result<T, StoreError> {
        self.fate.pass().await;
        if self.fate.disk_fails() { Err(stopped()) } else { Ok(read(&self.books)) }
    }

    fn apply(&self, commit: Commit) -> Result<(), CommitError> {
        if !self.books.rows().is_connected {
            return Err(CommitError::Disconnected);
        }
        let mut rows = self.books.rows();
        if !rows.is_leased(self.lease) {
            return Err(CommitError::LeaseLost);
        }
        if let Some(double) = &self.double {
            let read = commit.contents.iter().filter_map(|read| {
                Some((rows.awaited_revision(read.version)?, read.outcome.clone()))
            });
            double.commit(commit.clone(), read.collect());
        }
        rows.apply(commit);
        Ok(())
    }
}

impl Store for Shelf {
    async fn kept(&self) -> Result<Option<Kept>, StoreError> {
        let kept = |books: &Books| {
            let rows = books.rows();
            let (placed, progress) = (rows.placed.clone(), rows.progress.clone());
            let settings = rows.settings;
            rows.is_connected.then_some(Kept { placed, progress, settings })
        };
        self.read(kept).await
    }

    async fn disconnect(&self) -> Result<(), StoreError> {
        self.books.rows().is_connected = false;
        if let Some(double) = &self.double {
            double.disconnect();
        }
        Ok(())
    }

    fn blank(&self) -> Commit {
        Commit::new(SourceId::from(Uuid::nil()))
    }

    async fn items_by_key(&self, keys: &[String]) -> Result<Vec<Item>, StoreError> {
        self.read(|books| books.rows().matching(|item| keys.contains(&item.key))).await
    }

    async fn items_by_path(&self, path_keys: &[String]) -> Result<Vec<Item>, StoreError> {
        self.read(|books| books.rows().matching(|item| path_keys.contains(&item.path_key))).await
    }

    async fn items_below(
        &self,
        folder: &str,
        after_key: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        let below = |item: &Item| item.path_key != folder && covers(folder, &item.path_key);
        let later = |item: &Item| after_key.is_none_or(|after| item.key.as_str() > after);
        self.read(|books| {
            let mut items = books.rows().matching(|item| below(item) && later(item));
            items.truncate(limit as usize);
            items
        })
        .await
    }

    async fn items_unseen(&self, generation: u32, limit: u32) -> Result<Vec<Item>, StoreError> {
        let unseen =
            |item: &Item| item.presence == Presence::Present && item.generation < generation;
        self.read(|books| {
            let mut items = books.rows().matching(unseen);
            items.truncate(limit as usize);
            items
        })
        .await
    }

    /// No simulated owner has deletions withdrawn.
    async fn departed(&self, _: u32) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    async fn awaited(&self, _: u64, limit: u32) -> Result<Vec<Awaited>, StoreError> {
        self.read(|books| {
            let mut awaited = books.rows().awaited();
            awaited.truncate(limit as usize);
            awaited
        })
        .await
    }

    async fn unrecorded(
        &self,
        after_key: Option<&str>,
        limit: u32,
    ) -> Result<Vec<UnrecordedItem>, StoreError> {
        let later = |key: &String| after_key.is_none_or(|after| key.as_str() > after);
        let (lack, seen) = (Lack::Event, jiff::Timestamp::UNIX_EPOCH);
        let listed = |item: &Unrecorded| {
            let item = item.clone();
            UnrecordedItem { item, lack, first_seen: seen, last_seen: seen }
        };
        self.read(|books| {
            let rows = books.rows();
            let items = rows.unrecorded.iter().filter(|(key, _)| later(key));
            items.map(|(_, item)| listed(item)).take(limit as usize).collect()
        })
        .await
    }

    async fn note(&self, _: Step) -> Result<(), StoreError> {
        Ok(())
    }

    /// Fails before it takes effect, or after.
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.fate.pass().await;
        if self.fate.disk_fails() {
            return Err(stopped().into());
        }
        self.apply(commit)?;
        self.fate.pass().await;
        if self.fate.disk_fails() {
            return Err(stopped().into());
        }
        Ok(Committed { events: Vec::new(), size: 0 })
    }
}

/// What a replica hears when its fate is against it.
fn stopped() -> StoreError {
    StoreError::Stopped("a simulated disk failed".to_owned())
}
