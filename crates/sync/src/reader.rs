//! Reads one source on from where it was, and records what that means.
//!
//! Page by page: look up what we know, reconcile, ask what is open, commit everything with the
//! place in the listing that follows. A crash between two commits therefore repeats at most one
//! page, and repeating a page adds nothing.
//!
//! Whatever is out of the ordinary (a void cursor, a linked folder that moved, vanished or came
//! back) has one answer: place the rules anew and list everything afresh under the next generation
//! number. Known items are only marked as seen by it; those that it doesn't see are gone.
//!
//! Not here: when to read, waiting, retrying (`worker`), and what a page means (`reconcile`).

mod departures;
mod page;
mod place;
pub(crate) mod progress;
pub(crate) mod seams;
mod unrecorded;

use dropbox::{Cursor, ErrorKind, Page};
use futures_util::future;
use ledger::{Commit, CommitError, Settled, SourceSettings, StepKind, StoreError};

use self::page::Taken;
pub(crate) use self::place::place;
use self::progress::{Progress, Reading};
use self::seams::{Remote, Store};
use crate::facts::Facts;
use crate::reconcile::Phase;
use crate::rules::FolderId;
use crate::rules::placed::Placed;

/// How often one catching-up may have to start over before it gives up until later.
const FRESH_STARTS_MAX: u32 = 4;
/// How many items are swept up at a time.
const SWEEP_ITEMS: u32 = 2_000;

/// Reads a source and records it. Owns how far it has come; the ledger has the same on disk.
pub(crate) struct Reader<R, S> {
    remote: R,
    store: S,
    facts: Facts,
    placed: Placed,
    progress: Progress,
    settings: SourceSettings,
}

/// Which linked folders to read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Every one, after making sure that they are where we believe them to be.
    AllPlacedAnew,
    /// Every one.
    All,
    /// The one that reported a change.
    Only(FolderId),
    /// None: only what could not be recorded is looked at again.
    Unrecorded,
}

/// Whether reading showed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Something,
    Nothing,
}

/// Why reading stopped. It goes on from the last commit.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("Dropbox couldn't be read")]
    Dropbox(#[from] dropbox::Error),
    #[error("the changes couldn't be recorded")]
    Commit(#[from] CommitError),
    #[error("what was known couldn't be read")]
    Store(#[from] StoreError),
    #[error("Dropbox's answers keep contradicting each other")]
    Contradiction,
}

/// Whether a step got to its end.
enum Step {
    Done(Found),
    /// What we rely on is void: list everything afresh.
    Afresh,
}

impl<R: Remote, S: Store> Reader<R, S> {
    /// Goes on from what the ledger keeps of the source; from the start if it keeps nothing.
    pub(crate) fn new(
        remote: R,
        store: S,
        facts: Facts,
        placed: Placed,
        progress: Option<Progress>,
    ) -> Self {
        let progress = progress.unwrap_or_default();
        let settings = SourceSettings::default();
        Self { remote, store, facts, placed, progress, settings }
    }

    /// The same, working as its owner wants.
    pub(crate) fn working_as(self, settings: SourceSettings) -> Self {
        Self { settings, ..self }
    }

    /// Whether everything was listed, and what it lacked is known to be gone.
    pub(crate) fn is_complete(&self) -> bool {
        self.progress.is_complete()
    }

    /// How many linked files the last listing of everything has recorded.
    pub(crate) fn recorded(&self) -> u64 {
        self.progress.recorded()
    }

    /// The cursors to wait at, each with its linked folder.
    pub(crate) fn cursors(&self) -> Vec<(FolderId, Cursor)> {
        self.progress.cursors()
    }

    /// Reads on until everything that Dropbox has to tell is recorded.
    pub(crate) async fn catch_up(&mut self, which: &Which) -> Result<Found, ReadError> {
        let mut step = self.begin(which).await?;
        for _ in 0..FRESH_STARTS_MAX {
            match step {
                Step::Done(found) => {
                    self.sweep().await?;
                    self.settle_departures().await?;
                    return Ok(found);
                }
                Step::Afresh => step = self.read_afresh().await?,
            }
        }
        Err(ReadError::Contradiction)
    }

    async fn begin(&mut self, which: &Which) -> Result<Step, ReadError> {
        if self.progress.is_new() {
            return Ok(Step::Afresh);
        }
        match which {
            Which::Only(folder) => self.read_root(folder).await,
            Which::Unrecorded => self.read_unrecorded().await,
            Which::AllPlacedAnew if self.has_moved().await? => Ok(Step::Afresh),
            Which::All | Which::AllPlacedAnew => self.read_roots().await,
        }
    }

    /// Lists everything under the next generation number.
    async fn read_afresh(&mut self) -> Result<Step, ReadError> {
        let placed = place(&self.remote, &self.placed).await?;
        self.store.note(ledger::Step::new(StepKind::ListedAfresh, "")).await?;
        let progress = self.progress.afresh(&placed);
        let (rules, cursor) = (Some(placed.to_text()), Some(progress.to_text()));
        self.store.commit(Commit { rules, cursor, ..self.store.blank() }).await?;
        (self.placed, self.progress) = (placed, progress);
        let listed = self.read_roots().await?;
        // What moved from a part not yet listed to one that was shows only in the changes since.
        if let Step::Done(_) = listed { self.read_roots().await } else { Ok(listed) }
    }

    async fn has_moved(&self) -> Result<bool, ReadError> {
        Ok(place(&self.remote, &self.placed).await? != self.placed)
    }

    async fn read_roots(&mut self) -> Result<Step, ReadError> {
        let mut all = Found::Nothing;
        for folder in self.progress.folders() {
            match self.read_root(&folder).await? {
                Step::Done(Found::Nothing) => {}
                Step::Done(Found::Something) => all = Found::Something,
                Step::Afresh => return Ok(Step::Afresh),
            }
        }
        Ok(Step::Done(all))
    }

    /// Reads one linked folder's pages to the last, fetching the next while one is being recorded.
    async fn read_root(&mut self, folder: &FolderId) -> Result<Step, ReadError> {
        let Some(reading) = self.progress.reading(folder) else {
            return Ok(Step::Done(Found::Nothing));
        };
        let (phase, first) = match reading {
            Reading::Missing => return Ok(Step::Done(Found::Nothing)),
            Reading::Unread => (Phase::Listing, self.remote.list(folder).await),
            Reading::Listing(cursor) => (Phase::Listing, self.remote.resume(cursor).await),
            Reading::Following(cursor) => (Phase::Changes, self.remote.resume(cursor).await),
        };
        let mut found = Found::Nothing;
        let mut fetched = Some(first);
        while let Some(page) = fetched {
            let page = match page {
                Ok(page) => page,
                Err(error) if voids_the_listing(&error) => return Ok(Step::Afresh),
                Err(error) => return Err(error.into()),
            };
            if !page.entries.is_empty() {
                found = Found::Something;
            }
            let (taken, next) =
                future::join(self.take(folder, phase, &page), self.after(&page)).await;
            match taken? {
                Taken::Void => return Ok(Step::Afresh),
                Taken::Recorded(progress) => self.progress = progress,
            }
            fetched = next;
        }
        Ok(Step::Done(found))
    }

    async fn after(&self, page: &Page) -> Option<Result<Page, dropbox::Error>> {
        if page.has_more { Some(self.remote.resume(&page.cursor).await) } else { None }
    }

    /// Once everything was listed: what this listing didn't see is gone.
    async fn sweep(&mut self) -> Result<(), ReadError> {
        if !self.progress.sweep_is_due() {
            return Ok(());
        }
        loop {
            let unseen = self.store.items_unseen(self.progress.generation(), SWEEP_ITEMS).await?;
            if unseen.is_empty() {
                break;
            }
            let gone = unseen.into_iter().map(|item| item.key).collect();
            self.store.commit(Commit { gone, ..self.store.blank() }).await?;
        }
        let unmet = Settled::Unmet { generation: self.progress.generation() };
        let progress = self.progress.swept();
        let (cursor, settled) = (Some(progress.to_text()), vec![unmet]);
        self.store.commit(Commit { cursor, settled, ..self.store.blank() }).await?;
        self.progress = progress;
        Ok(())
    }
}

/// Whether an error says that the place in the listing is worth nothing any more.
fn voids_the_listing(error: &dropbox::Error) -> bool {
    matches!(
        error.kind,
        ErrorKind::CursorReset | ErrorKind::RootChanged | ErrorKind::NotFound | ErrorKind::Path(_)
    )
}
