//! What a page from Dropbox means, given what we knew: a pure function, without I/O or a clock.
//!
//! A file is its id. Its path only says whether it is linked, and whose place it takes when it is
//! new. What a page leaves open becomes a [`Question`]: whoever calls asks Dropbox and reconciles
//! the same page again with the [`Answers`], so that nothing is guessed.
//!
//! Not here: fetching what we knew, asking, committing, and everything that spans pages (`pass`).

mod history;
mod obstacle;
mod plan;
mod sightings;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use dropbox::{Entry, FileMetadata, Revisions};
use ledger::{Beginning, Item, ItemUpdate, Presence, Settled, Unrecorded};

pub(crate) use self::obstacle::content;
use self::sightings::Sightings;
use crate::rules::placed::Placed;

/// Where a page comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// The rules, and where their folders were last found.
    pub(crate) placed: &'a Placed,
    /// The folder that is listed, by the key of its path.
    pub(crate) root_key: &'a str,
    /// The number of this listing: items that it saw carry it.
    pub(crate) generation: u32,
    pub(crate) phase: Phase,
    /// Where the history of a file that is new begins.
    pub(crate) beginning: Beginning,
}

/// What a page is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Everything there is. What it lacks is found when it ends.
    Listing,
    /// What changed since.
    Changes,
}

/// What we knew before the page about the items that it may concern.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    by_key: HashMap<String, Item>,
    /// Present items by the key of their path. More than one while a move is half seen.
    by_path: HashMap<String, Vec<String>>,
}

/// The items that a page may concern, to be looked up before it is reconciled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interest {
    pub(crate) keys: Vec<String>,
    pub(crate) path_keys: Vec<String>,
}

/// Something that only Dropbox knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Question {
    /// Are the folders of the rules where we believe them to be? If not, the page is void.
    LinkedFolders,
    /// Where is this file now, if it is anywhere?
    Whereabouts(String),
    /// Which revisions has this file had?
    Revisions(String),
}

/// What Dropbox answered so far about this page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// The rules' folders are where we believed them to be.
    pub(crate) linked_folders_confirmed: bool,
    /// Files asked for; None is gone.
    pub(crate) whereabouts: BTreeMap<String, Option<FileMetadata>>,
    /// Histories asked for; None can't be had.
    pub(crate) revisions: HashMap<String, Option<Revisions>>,
}

/// What reconciling came to.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// This is what the page means.
    Plan(Plan),
    /// It depends on these.
    Ask(Vec<Question>),
}

/// What to record. Nothing in it is outside the rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Items that are there, with their new versions.
    pub(crate) updates: Vec<ItemUpdate>,
    /// Keys of items that are not there any more.
    pub(crate) gone: BTreeSet<String>,
    /// Paths that hold no items below them any more, but for those sighted.
    pub(crate) emptied: Vec<String>,
    /// What of the things that couldn't be recorded before is settled. While everything is being
    /// listed nothing: the end of the listing settles what it didn't meet.
    pub(crate) settled: Vec<Settled>,
    /// What can't be recorded, and why.
    pub(crate) unrecorded: Vec<Unrecorded>,
    /// Every file that the page showed, linked or not: none of these is gone with a folder.
    pub(crate) sighted: HashSet<String>,
    /// How many of these are linked and can be recorded.
    pub(crate) linked: u64,
}

/// Says what must be known to reconcile a page. Answers may widen it.
pub(crate) fn interest(entries: &[Entry], answers: &Answers) -> Interest {
    let mut interest = Interest::default();
    let found = answers.whereabouts.values().flatten();
    for file in entries.iter().filter_map(as_file).chain(found) {
        interest.keys.push(file.id.to_string());
        interest.path_keys.extend(file.path_lower.clone());
    }
    interest.path_keys.extend(entries.iter().filter_map(place_without_file));
    interest
}

/// Says what a page means.
pub(crate) fn reconcile(
    scope: Scope<'_>,
    entries: &[Entry],
    known: &Known,
    answers: &Answers,
) -> Outcome {
    let sightings = Sightings::of(entries, &answers.whereabouts);
    if answers.are_none() && plan::folders_in_doubt(scope, &sightings, known) {
        return Outcome::Ask(vec![Question::LinkedFolders]);
    }
    plan::plan(scope, &sightings, known, answers)
}

impl Answers {
    /// Whether this is the first look at the page: the question that may void it comes first.
    fn are_none(&self) -> bool {
        !self.linked_folders_confirmed && self.whereabouts.is_empty() && self.revisions.is_empty()
    }
}

impl Known {
    /// Takes the items that [`interest`] asked for.
    pub(crate) fn new(items: impl IntoIterator<Item = Item>) -> Self {
        let mut known = Self::default();
        for item in items {
            if known.by_key.contains_key(&item.key) {
                continue;
            }
            if item.presence == Presence::Present {
                let occupants = known.by_path.entry(item.path_key.clone()).or_default();
                occupants.push(item.key.clone());
            }
            known.by_key.insert(item.key.clone(), item);
        }
        known
    }

    fn item(&self, key: &str) -> Option<&Item> {
        self.by_key.get(key)
    }

    fn present(&self, key: &str) -> Option<&Item> {
        self.item(key).filter(|item| item.presence == Presence::Present)
    }

    /// Present items at a path.
    fn at(&self, path_key: &str) -> impl Iterator<Item = &Item> {
        self.by_path.get(path_key).into_iter().flatten().filter_map(|key| self.item(key))
    }
}

fn as_file(entry: &Entry) -> Option<&FileMetadata> {
    match entry {
        Entry::File(file) => Some(file),
        _ => None,
    }
}

/// The path that an entry says holds no file.
fn place_without_file(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Deleted(deleted) => deleted.path_lower.clone(),
        Entry::Folder(folder) => folder.path_lower.clone(),
        Entry::File(_) | Entry::Other(_) => None,
    }
}

#[cfg(test)]
mod tests;
