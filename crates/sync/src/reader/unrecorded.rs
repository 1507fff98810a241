//! Looks again at what could not be recorded: asks Dropbox about each of these alone, and takes the
//! answers as a page of changes. What is not there any more is listed no longer. A folder that can
//! be read now holds things that nobody has seen: then everything is listed afresh.

use std::collections::BTreeMap;

use dropbox::{Cursor, Entry, FolderAccess, Id, Page, PathRef};
use futures_util::{StreamExt, TryStreamExt, stream};
use ledger::{Commit, Lack, Settled, Unrecorded};

use super::page::{Taken, or_none};
use super::seams::{Remote, Store};
use super::{Found, ReadError, Reader, Step};
use crate::reconcile::Phase;
use crate::rules::FolderId;
use crate::rules::placed::covers;

/// How many are asked about, and taken, in one go.
const UNRECORDED_ITEMS: u32 = 100;
/// How many calls of one account are made side by side, beside its listing.
const CALLS_MAX: usize = 4;

/// What Dropbox says now about something that could not be recorded.
enum Now {
    There(Entry),
    Gone(String),
    /// It stands for whatever may be in the whole account.
    Anything,
}

impl<R: Remote, S: Store> Reader<R, S> {
    pub(super) async fn read_unrecorded(&mut self) -> Result<Step, ReadError> {
        if !self.progress.is_complete() {
            // The listing under way meets them all.
            return self.read_roots().await;
        }
        let mut after = None;
        loop {
            let listed = self.store.unrecorded(after.as_deref(), UNRECORDED_ITEMS).await?;
            let Some(last) = listed.last() else { return Ok(Step::Done(Found::Something)) };
            after = Some(last.item.key.clone());
            let listed = listed.into_iter().filter(|listed| listed.lack == Lack::Event);
            let asked = stream::iter(listed).map(|listed| self.look_again(listed.item));
            let now: Vec<_> = asked.buffered(CALLS_MAX).try_collect().await?;
            if let Step::Afresh = self.take_again(now).await? {
                return Ok(Step::Afresh);
            }
        }
    }

    async fn look_again(&self, unrecorded: Unrecorded) -> Result<Now, ReadError> {
        let key = unrecorded.key;
        let place = key.parse().unwrap_or_else(|_| PathRef::from(&Id::new(&key)));
        if place.is_root() {
            return Ok(Now::Anything);
        }
        let found = or_none(self.remote.metadata(&place).await)?.flatten();
        Ok(found.map_or(Now::Gone(key), Now::There))
    }

    async fn take_again(&mut self, now: Vec<Now>) -> Result<Step, ReadError> {
        let mut pages: BTreeMap<FolderId, (Cursor, Vec<Entry>)> = BTreeMap::new();
        let mut settled = Vec::new();
        for now in now {
            match now {
                Now::Gone(key) => settled.push(Settled::Key(key)),
                Now::Anything => return Ok(Step::Afresh),
                Now::There(entry) if is_readable_folder(&entry) => return Ok(Step::Afresh),
                Now::There(entry) => {
                    if let Some((folder, cursor)) = self.root_of(&entry) {
                        pages.entry(folder).or_insert((cursor, Vec::new())).1.push(entry);
                    }
                }
            }
        }
        self.store.commit(Commit { settled, ..self.store.blank() }).await?;
        for (folder, (cursor, entries)) in pages {
            let page = Page { entries, cursor, has_more: false };
            match self.take(&folder, Phase::Changes, &page).await? {
                Taken::Void => return Ok(Step::Afresh),
                Taken::Recorded(progress) => self.progress = progress,
            }
        }
        Ok(Step::Done(Found::Something))
    }

    /// The linked folder whose listing shows an entry, and where its reading is. What none shows is
    /// taken with any: it is outside.
    fn root_of(&self, entry: &Entry) -> Option<(FolderId, Cursor)> {
        let roots = self.progress.cursors();
        let path_key = path_key(entry).unwrap_or_default();
        let holds =
            |(folder, _): &&(FolderId, Cursor)| covers(self.progress.root_key(folder), path_key);
        roots.iter().find(holds).or_else(|| roots.first()).cloned()
    }
}

fn path_key(entry: &Entry) -> Option<&str> {
    match entry {
        Entry::File(file) => file.path_lower.as_deref(),
        Entry::Folder(folder) => folder.path_lower.as_deref(),
        Entry::Deleted(deleted) => deleted.path_lower.as_deref(),
        Entry::Other(other) => other.path_lower.as_deref(),
    }
}

fn is_readable_folder(entry: &Entry) -> bool {
    matches!(entry, Entry::Folder(folder) if folder.access == FolderAccess::Full)
}
