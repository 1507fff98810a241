//! How far a source is read: what the ledger keeps as the source's cursor.
//!
//! A value: every step makes the next one, which takes effect when it has been committed.

use dropbox::Cursor;
use ledger::StoreError;
use serde::{Deserialize, Serialize};

use crate::reconcile::Phase;
use crate::rules::FolderId;
use crate::rules::placed::{Placed, Presence};

/// How many files may be held back as possibly gone until the last page of a batch.
const PENDING_MAX: usize = 2_000;

/// How far a source is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Counts the listings of everything; 0 before the first.
    generation: u32,
    roots: Vec<Root>,
    /// Whether what this generation didn't see has been marked as gone.
    swept: bool,
    /// Linked files that this generation's listing has recorded.
    recorded: u64,
    /// How many there may be: what the generation before found, or a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<u64>,
}

/// How far one linked folder is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Root {
    folder: FolderId,
    /// The key of its path.
    path_key: String,
    reading: Reading,
    /// Keys of files that a page said are gone, while more pages may show them elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pending: Vec<String>,
}

/// Where the reading of a linked folder goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reading {
    /// At the beginning.
    Unread,
    /// In the middle of a listing of everything.
    Listing(Cursor),
    /// After everything, with what changes since.
    Following(Cursor),
    /// The folder isn't there.
    Missing,
}

/// What of the files that a page says are gone is so at once, and what waits.
pub(crate) struct Departures {
    pub(crate) now: Vec<String>,
    pub(crate) later: Vec<String>,
}

impl Progress {
    /// Reads what [`Progress::to_text`] wrote.
    pub(crate) fn parse(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text)
            .map_err(|error| StoreError::Damaged(format!("the progress of a source: {error}")))
    }

    /// The text that the ledger keeps.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("invariant: strings and numbers always serialise")
    }

    /// The start of the next listing of everything.
    pub(crate) fn afresh(&self, placed: &Placed) -> Self {
        let roots = placed.roots().map(|root| Root {
            folder: root.rule.folder.clone(),
            path_key: root.path_key.clone(),
            reading: if root.presence == Presence::Here {
                Reading::Unread
            } else {
                Reading::Missing
            },
            pending: Vec::new(),
        });
        Self {
            generation: self.generation + 1,
            roots: roots.collect(),
            swept: false,
            recorded: 0,
            expected: if self.swept { Some(self.recorded) } else { self.expected },
        }
    }

    /// The same with a count of what there is to record.
    pub(crate) fn expecting(self, files: Option<u64>) -> Self {
        Self { expected: files.or(self.expected), ..self }
    }

    /// After a page: reading goes on at its cursor. What it showed is gone from nowhere: a file that
    /// moved to this folder may still be held back as gone from another.
    pub(crate) fn after_page(
        &self,
        folder: &FolderId,
        reading: Reading,
        pending: Vec<String>,
        back: impl Fn(&String) -> bool,
        recorded: u64,
    ) -> Self {
        let mut next = self.clone();
        next.recorded += recorded;
        for root in &mut next.roots {
            root.pending.retain(|key| !back(key));
        }
        if let Some(root) = next.roots.iter_mut().find(|root| root.folder == *folder) {
            root.reading = reading;
            root.pending = pending;
        }
        next
    }

    /// After the sweep.
    pub(crate) fn swept(&self) -> Self {
        Self { swept: true, ..self.clone() }
    }

    /// Nothing was ever listed.
    pub(crate) fn is_new(&self) -> bool {
        self.generation == 0
    }

    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    pub(crate) fn recorded(&self) -> u64 {
        self.recorded
    }

    pub(crate) fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// Everything was listed and what it lacked is known to be gone.
    pub(crate) fn is_complete(&self) -> bool {
        self.swept
    }

    pub(crate) fn sweep_is_due(&self) -> bool {
        let read = |root: &Root| matches!(root.reading, Reading::Following(_) | Reading::Missing);
        !self.swept && self.roots.iter().all(read)
    }

    pub(crate) fn folders(&self) -> Vec<FolderId> {
        self.roots.iter().map(|root| root.folder.clone()).collect()
    }

    pub(crate) fn reading(&self, folder: &FolderId) -> Option<&Reading> {
        self.root(folder).map(|root| &root.reading)
    }

    pub(crate) fn root_key(&self, folder: &FolderId) -> &str {
        self.root(folder).map_or("", |root| &root.path_key)
    }

    pub(crate) fn cursors(&self) -> Vec<(FolderId, Cursor)> {
        let cursor = |root: &Root| match &root.reading {
            Reading::Following(cursor) => Some((root.folder.clone(), cursor.clone())),
            _ => None,
        };
        self.roots.iter().filter_map(cursor).collect()
    }

    /// Sorts what a page says is gone, together with what earlier pages said.
    ///
    /// A file's new place may be shown by a later page of the batch, and a new file over its old
    /// place takes its document only while it isn't gone yet. So departures wait for the last page;
    /// but not too many, since they are stored with every page.
    pub(crate) fn departures(
        &self,
        folder: &FolderId,
        gone: Vec<String>,
        back: impl Fn(&String) -> bool,
        page_has_more: bool,
    ) -> Departures {
        let pending = self.root(folder).map(|root| root.pending.clone()).unwrap_or_default();
        let mut later: Vec<_> = pending.into_iter().filter(|key| !back(key)).collect();
        later.extend(gone);
        later.sort_unstable();
        later.dedup();
        let keep = if page_has_more { PENDING_MAX.min(later.len()) } else { 0 };
        let now = later.split_off(keep);
        Departures { now, later }
    }

    fn root(&self, folder: &FolderId) -> Option<&Root> {
        self.roots.iter().find(|root| root.folder == *folder)
    }
}

impl Reading {
    /// Where reading goes on after a page.
    pub(crate) fn after(phase: Phase, cursor: Cursor, has_more: bool) -> Self {
        match phase {
            Phase::Listing if has_more => Self::Listing(cursor),
            Phase::Listing | Phase::Changes => Self::Following(cursor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::placed::PlacedRule;
    use crate::rules::{Rule, Verdict};

    fn reading_of(folders: &[&str]) -> Progress {
        let rule = |name: &&str| {
            let path_key = format!("/{name}");
            let folder = FolderId::new(format!("id:{name}"));
            let rule = Rule { folder, path: path_key.clone(), verdict: Verdict::Include };
            PlacedRule { rule, path_key, presence: Presence::Here }
        };
        Progress::default().afresh(&Placed::new(folders.iter().map(rule).collect()))
    }

    /// The pages of the folder that it left broke off between the one that says so and the last.
    #[test]
    fn file_that_another_folder_shows_is_no_longer_held_back_as_gone() {
        let [left, reached] = ["left", "reached"].map(|name| FolderId::new(format!("id:{name}")));
        let following = || Reading::Following(Cursor::new("cursor"));
        let pending = vec!["id:gone".to_owned(), "id:moved".to_owned()];
        let progress = reading_of(&["left", "reached"])
            .after_page(&left, following(), pending, |_| false, 0)
            .after_page(&reached, following(), Vec::new(), |key| key == "id:moved", 0);
        let Departures { now, later } = progress.departures(&left, Vec::new(), |_| false, false);
        assert_eq!((now, later), (vec!["id:gone".to_owned()], Vec::new()));
    }
}
