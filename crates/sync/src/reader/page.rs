//! Records one page: what we know about it, what it means, what Dropbox must be asked, the commit.

use std::collections::HashSet;

use dropbox::{Entry, Error, ErrorKind, FileMetadata, Id, Page, PathRef, Revisions};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use ledger::{AssetChoice, Commit, ItemUpdate, Origin, Presence};

use super::progress::{Departures, Progress, Reading};
use super::seams::{Remote, Store};
use super::{ReadError, Reader};
use crate::reconcile::{
    Answers, Known, Outcome, Phase, Plan, Question, Scope, interest, reconcile,
};
use crate::rules::FolderId;

/// How many calls of one account are made side by side, beside its listing.
const CALLS_MAX: usize = 4;
/// How often answers may lead to further questions about one page.
const ROUNDS_MAX: u32 = 16;
/// How many items below a folder are looked at in one go.
const BELOW_ITEMS: u32 = 1_000;
/// How many departures are committed in one go.
const GONE_ITEMS: usize = 5_000;

/// What became of a page.
pub(super) enum Taken {
    /// It is recorded, and reading goes on from here.
    Recorded(Progress),
    /// A linked folder isn't where the page was read for.
    Void,
}

/// One answer of Dropbox to one question.
enum Answer {
    Whereabouts(String, Option<FileMetadata>),
    Revisions(String, Option<Revisions>),
    LinkedFolders { moved: bool },
}

impl<R: Remote, S: Store> Reader<R, S> {
    pub(super) async fn take(
        &self,
        folder: &FolderId,
        phase: Phase,
        page: &Page,
    ) -> Result<Taken, ReadError> {
        if phase == Phase::Listing {
            self.facts.scanning(&self.progress, files_in(page));
        }
        match self.understand(folder, phase, page).await? {
            Some(plan) => self.record(folder, phase, page, plan).await.map(Taken::Recorded),
            None => Ok(Taken::Void),
        }
    }

    /// Reconciles a page, asking Dropbox until nothing is open. None if the page is void.
    async fn understand(
        &self,
        folder: &FolderId,
        phase: Phase,
        page: &Page,
    ) -> Result<Option<Plan>, ReadError> {
        let root_key = self.progress.root_key(folder);
        let generation = self.progress.generation();
        let beginning = self.settings.history;
        let scope = Scope { placed: &self.placed, root_key, generation, phase, beginning };
        let mut answers = Answers::default();
        for _ in 0..ROUNDS_MAX {
            let known = self.look_up(&page.entries, &answers).await?;
            match reconcile(scope, &page.entries, &known, &answers) {
                Outcome::Plan(plan) => return Ok(Some(plan)),
                Outcome::Ask(questions) => {
                    if self.ask(questions, &mut answers).await? == LinkedFolders::Moved {
                        return Ok(None);
                    }
                }
            }
        }
        Err(ReadError::Contradiction)
    }

    async fn look_up(&self, entries: &[Entry], answers: &Answers) -> Result<Known, ReadError> {
        let interest = interest(entries, answers);
        let mut items = self.store.items_by_key(&interest.keys).await?;
        items.extend(self.store.items_by_path(&interest.path_keys).await?);
        Ok(Known::new(items))
    }

    async fn ask(
        &self,
        questions: Vec<Question>,
        answers: &mut Answers,
    ) -> Result<LinkedFolders, ReadError> {
        let calls = stream::iter(questions).map(|question| self.answer(question));
        let given: Vec<_> = calls.buffer_unordered(CALLS_MAX).try_collect().await?;
        for answer in given {
            match answer {
                Answer::Whereabouts(key, found) => drop(answers.whereabouts.insert(key, found)),
                Answer::Revisions(key, list) => drop(answers.revisions.insert(key, list)),
                Answer::LinkedFolders { moved: false } => answers.linked_folders_confirmed = true,
                Answer::LinkedFolders { moved: true } => return Ok(LinkedFolders::Moved),
            }
        }
        Ok(LinkedFolders::InPlace)
    }

    async fn answer(&self, question: Question) -> Result<Answer, ReadError> {
        Ok(match question {
            Question::LinkedFolders => Answer::LinkedFolders { moved: self.has_moved().await? },
            Question::Whereabouts(key) => {
                let found = or_none(self.remote.metadata(&PathRef::from(&Id::new(&key))).await)?;
                Answer::Whereabouts(key, found.flatten().and_then(into_file))
            }
            Question::Revisions(key) => {
                let list = self.remote.revisions(&Id::new(&key)).await;
                Answer::Revisions(key, list_or_none(list)?)
            }
        })
    }

    /// Commits what a page means, together with where reading goes on.
    async fn record(
        &self,
        folder: &FolderId,
        phase: Phase,
        page: &Page,
        plan: Plan,
    ) -> Result<Progress, ReadError> {
        let replaced: HashSet<_> = plan.updates.iter().filter_map(replaced_key).collect();
        // A file that was shown outside the rules, or replaced, needs no second look.
        let is_certain =
            |key: &String| plan.sighted.contains(key) || replaced.contains(key.as_str());
        let (mut now, maybe): (Vec<_>, Vec<_>) = plan.gone.iter().cloned().partition(is_certain);
        let maybe = self.with_emptied(&plan, maybe).await?;
        let back = |key: &String| plan.sighted.contains(key);
        let Departures { now: departed, later } =
            self.progress.departures(folder, maybe, back, page.has_more);
        now.extend(departed);
        let reading = Reading::after(phase, page.cursor.clone(), page.has_more);
        let listed = if phase == Phase::Listing { plan.linked } else { 0 };
        let progress = self.progress.after_page(folder, reading, later, back, listed);
        let gone = self.commit_all_but_the_last(now).await?;
        let says_something =
            !plan.updates.is_empty() || !gone.is_empty() || !plan.unrecorded.is_empty();
        let newest = newest_change(&plan.updates);
        let commit = Commit {
            cursor: Some(progress.to_text()),
            updates: plan.updates,
            gone,
            settled: plan.settled,
            unrecorded: plan.unrecorded,
            ..self.store.blank()
        };
        self.store.commit(commit).await?;
        self.facts.recorded(&progress, phase, says_something, newest);
        Ok(progress)
    }

    /// Adds what lay below the paths that hold nothing any more.
    async fn with_emptied(
        &self,
        plan: &Plan,
        mut gone: Vec<String>,
    ) -> Result<Vec<String>, ReadError> {
        for path_key in &plan.emptied {
            let mut after: Option<String> = None;
            loop {
                let items = self.store.items_below(path_key, after.as_deref(), BELOW_ITEMS).await?;
                let is_last = items.len() < BELOW_ITEMS as usize;
                after = items.last().map(|item| item.key.clone());
                let present = items.into_iter().filter(|item| item.presence == Presence::Present);
                let departed = present.filter(|item| !plan.sighted.contains(&item.key));
                gone.extend(departed.map(|item| item.key));
                if is_last {
                    break;
                }
            }
        }
        Ok(gone)
    }

    /// Commits departures in portions, without moving on: a crash in between repeats the page.
    async fn commit_all_but_the_last(
        &self,
        mut gone: Vec<String>,
    ) -> Result<Vec<String>, ReadError> {
        while gone.len() > GONE_ITEMS {
            let rest = gone.split_off(GONE_ITEMS);
            self.store.commit(Commit { gone, ..self.store.blank() }).await?;
            gone = rest;
        }
        Ok(gone)
    }
}

#[derive(PartialEq, Eq)]
enum LinkedFolders {
    InPlace,
    Moved,
}

/// When the newest of these versions was written, as Dropbox says.
fn newest_change(updates: &[ItemUpdate]) -> Option<Timestamp> {
    let versions = updates.iter().flat_map(|update| &update.versions);
    let observed = versions.filter(|version| version.origin == Origin::Observed);
    observed.map(|version| version.declared_at).max()
}

fn replaced_key(update: &ItemUpdate) -> Option<&str> {
    match &update.asset {
        AssetChoice::Replaces { key } => Some(key),
        AssetChoice::Own => None,
    }
}

/// What Dropbox has no answer to is an answer as well.
pub(super) fn or_none<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error { kind: ErrorKind::NotFound | ErrorKind::Path(_), .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A history that can't be had must not hold up every other file; the revision seen is recorded.
pub(super) fn list_or_none(list: Result<Revisions, Error>) -> Result<Option<Revisions>, Error> {
    use ErrorKind::{BadRequest, Forbidden, Unexpected};
    match or_none(list) {
        Err(Error { kind: BadRequest(_) | Forbidden(_) | Unexpected(_), .. }) => Ok(None),
        list => list,
    }
}

fn into_file(entry: Entry) -> Option<FileMetadata> {
    match entry {
        Entry::File(file) => Some(file),
        _ => None,
    }
}

fn files_in(page: &Page) -> u64 {
    page.entries.iter().filter(|entry| matches!(entry, Entry::File(_))).count() as u64
}
