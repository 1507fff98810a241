//! What would be linked: counts files, bytes and folders before anything becomes public.
//!
//! It can't record anything: all it is given is an account at Dropbox, no ledger. It runs only as
//! fast as it is read, holds one page at a time, and ends when it is dropped.

use std::collections::VecDeque;

use dropbox::{Cursor, Entry, Error, ErrorKind, FileMetadata, Page};
use futures_util::stream::{self, Stream};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::SourceError;
use crate::reader::seams::{Account, Remote};
use crate::reconcile::content;
use crate::rules::placed::Placed;
use crate::rules::{FolderId, Verdict};

/// What was counted so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Preview {
    /// Files that would become documents.
    pub files: u64,
    /// Their size together.
    pub bytes: u64,
    /// Folders that they are in, the linked ones included.
    pub folders: u64,
    /// Paths of the first few of these files.
    pub samples: Vec<String>,
    /// Files that only the patterns leave out.
    pub left_out: u64,
    /// Paths of the first few of those.
    pub left_out_samples: Vec<String>,
    /// Whether this is all.
    pub done: bool,
}

/// Counts what rules link, page by page. The last item has `done`, or is the error that ended it.
pub(crate) fn preview(
    account: Account,
    placed: Placed,
) -> impl Stream<Item = Result<Preview, SourceError>> + Send + 'static {
    let roots = placed.roots().map(|root| (root.rule.folder.clone(), root.path_key.clone()));
    let roots = roots.collect();
    let count = Count { account, placed, roots, cursor: None, so_far: Preview::default() };
    stream::try_unfold(count, Count::next)
}

/// How many paths are shown of each kind.
const SAMPLES_MAX: usize = 8;

fn sample(samples: &mut Vec<String>, path: &str) {
    if samples.len() < SAMPLES_MAX {
        samples.push(path.to_owned());
    }
}

/// A count under way.
struct Count {
    account: Account,
    placed: Placed,
    /// The folders still to list, by id and key of their path; the first one may be begun.
    roots: VecDeque<(FolderId, String)>,
    cursor: Option<Cursor>,
    so_far: Preview,
}

impl Count {
    async fn next(mut self) -> Result<Option<(Preview, Self)>, SourceError> {
        if self.so_far.done {
            return Ok(None);
        }
        match self.roots.front().cloned() {
            Some((folder, path_key)) => {
                let page = self.page(&folder).await?;
                self.add(&page, &path_key);
            }
            None => self.so_far.done = true,
        }
        Ok(Some((self.so_far.clone(), self)))
    }

    /// The next page, however long Dropbox wants to be left alone before it.
    async fn page(&self, folder: &FolderId) -> Result<Page, Error> {
        loop {
            let page = match &self.cursor {
                Some(cursor) => self.account.resume(cursor).await,
                None => self.account.list(folder).await,
            };
            match page {
                Err(Error { kind: ErrorKind::RateLimited { retry_after }, .. }) => {
                    tokio::time::sleep(retry_after).await;
                }
                page => return page,
            }
        }
    }

    fn add(&mut self, page: &Page, root_key: &str) {
        if self.cursor.is_none() {
            self.so_far.folders += 1;
        }
        for entry in &page.entries {
            self.add_entry(entry, root_key);
        }
        self.cursor = page.has_more.then(|| page.cursor.clone());
        if !page.has_more {
            self.roots.pop_front();
        }
    }

    fn add_entry(&mut self, entry: &Entry, root_key: &str) {
        match entry {
            Entry::File(file) if content(file).is_ok() => self.add_file(file),
            // The root itself may be among its entries; it is counted already.
            Entry::Folder(folder) if folder.path_lower.as_deref() != Some(root_key) => {
                self.so_far.folders += u64::from(self.is_linked(folder.path_lower.as_deref()));
            }
            _ => {}
        }
    }

    fn add_file(&mut self, file: &FileMetadata) {
        let Some(path_key) = file.path_lower.as_deref() else { return };
        let path = file.path_display.as_deref().unwrap_or(path_key);
        match (self.placed.folder_verdict(path_key), self.placed.verdict(path_key)) {
            (_, Verdict::Include) => {
                self.so_far.files += 1;
                self.so_far.bytes += file.size;
                sample(&mut self.so_far.samples, path);
            }
            (Verdict::Include, Verdict::Exclude) => {
                self.so_far.left_out += 1;
                sample(&mut self.so_far.left_out_samples, path);
            }
            (Verdict::Exclude, Verdict::Exclude) => {}
        }
    }

    fn is_linked(&self, path_key: Option<&str>) -> bool {
        path_key.is_some_and(|path_key| self.placed.verdict(path_key) == Verdict::Include)
    }
}
