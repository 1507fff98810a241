//! Turns what a page shows into what to record, file by file, and collects what has to be asked.

use std::collections::BTreeSet;

use dropbox::{FileMetadata, FolderAccess, FolderMetadata};
use ledger::{
    AssetChoice, Beginning, Fingerprint, Item, ItemUpdate, Presence, Settled, Unrecorded, Version,
};

use super::history::{History, from_beginning, history, observed};
use super::obstacle::{Obstacle, content};
use super::sightings::{Closed, Sightings};
use super::{Answers, Known, Outcome, Phase, Plan, Question, Scope};
use crate::rules::Verdict;
use crate::rules::placed::covers;

/// Whether the page hints that a folder with a rule isn't where we believe it to be.
///
/// Where folders are excluded, a new file is such a hint too: the page that shows an excluded
/// folder's new place may come after the one that shows its files there.
pub(super) fn folders_in_doubt(scope: Scope<'_>, sightings: &Sightings<'_>, known: &Known) -> bool {
    let Scope { placed, root_key, .. } = scope;
    let paths = sightings.files.values().filter_map(|file| file.path_lower.as_deref());
    let folders = || {
        sightings.folders.iter().filter_map(|folder| Some((folder, folder.path_lower.as_deref()?)))
    };
    sightings.tombstones.iter().any(|path| placed.touched_by(path))
        || folders().any(|(folder, path)| placed.misplaced(&(&folder.id).into(), path))
        || paths.chain(folders().map(|(_, path)| path)).any(|path| !covers(root_key, path))
        || (placed.has_exclusions() && shows_something_new(scope, sightings, known))
}

/// Whether a file would be recorded that isn't on record as present.
fn shows_something_new(scope: Scope<'_>, sightings: &Sightings<'_>, known: &Known) -> bool {
    sightings
        .files
        .iter()
        .any(|(key, file)| known.present(key).is_none() && scope.place_of(file).is_some())
}

/// Decides about everything that the page shows.
pub(super) fn plan(
    scope: Scope<'_>,
    sightings: &Sightings<'_>,
    known: &Known,
    answers: &Answers,
) -> Outcome {
    let mut draft = Draft {
        scope,
        sightings,
        known,
        answers,
        plan: Plan::default(),
        questions: BTreeSet::new(),
    };
    draft
        .questions
        .extend(sightings.doubtful.iter().map(|key| Question::Whereabouts((*key).to_owned())));
    for file in sightings.files.values() {
        draft.take_file(file);
    }
    for folder in &sightings.folders {
        draft.take_folder(folder);
    }
    for path_key in &sightings.tombstones {
        draft.take_tombstone(path_key);
    }
    for (path_key, closed) in &sightings.closed {
        draft.take_closed(path_key, *closed);
    }
    if sightings.shows_the_unknown {
        draft.take_unknown();
    }
    draft.finish()
}

impl Scope<'_> {
    /// The key of a file's path, if the file is linked. A file that isn't mounted has no place.
    fn place_of<'a>(&self, file: &'a FileMetadata) -> Option<&'a str> {
        file.path_lower.as_deref().filter(|path| self.placed.verdict(path) == Verdict::Include)
    }
}

/// A plan in the making.
struct Draft<'a> {
    scope: Scope<'a>,
    sightings: &'a Sightings<'a>,
    known: &'a Known,
    answers: &'a Answers,
    plan: Plan,
    questions: BTreeSet<Question>,
}

impl<'a> Draft<'a> {
    fn take_file(&mut self, file: &'a FileMetadata) {
        let key = file.id.as_str();
        self.plan.sighted.insert(key.to_owned());
        let Some(path_key) = self.scope.place_of(file) else {
            self.settle(Settled::Key(key.to_owned()));
            return self.lose(key);
        };
        match content(file) {
            Ok(content) => {
                self.settle(Settled::Within(path_key.to_owned()));
                self.take_content(&Linked { file, path_key, content });
            }
            Err(obstacle) => {
                self.lose(key);
                self.displace_others(key, path_key);
                self.empty(path_key);
                self.leave_out(key, shown_path(file), path_key, obstacle);
            }
        }
    }

    fn take_content(&mut self, linked: &Linked<'a>) {
        self.plan.linked += 1;
        match self.known.item(linked.key()).filter(|item| item.has_trail()) {
            Some(item) => self.take_known(item, linked),
            None => self.take_new(linked),
        }
    }

    fn take_known(&mut self, item: &Item, linked: &Linked<'a>) {
        let revisions = self.answers.revisions.get(linked.key());
        match history(item, linked.file, linked.content, revisions) {
            History::Ask => self.ask(Question::Revisions(item.key.clone())),
            History::Stale => self.keep(item),
            History::Versions(versions) => {
                self.displace_others(linked.key(), linked.path_key);
                if item.path_key != linked.path_key || item.presence == Presence::Gone {
                    self.empty(linked.path_key);
                }
                let update = self.update(linked, AssetChoice::Own, versions);
                self.record(item, update);
            }
        }
    }

    /// The page is older than what we know: the file was there, no more than that.
    fn keep(&mut self, item: &Item) {
        let update = ItemUpdate {
            key: item.key.clone(),
            revision: item.revision.clone(),
            fingerprint: Fingerprint { content_hash: item.fingerprint, sha256: None },
            name: item.name.clone(),
            path: item.path.clone(),
            path_key: item.path_key.clone(),
            generation: self.scope.generation,
            asset: AssetChoice::Own,
            versions: Vec::new(),
        };
        self.record(item, update);
    }

    /// A file that we didn't know: a new document, unless it takes the place of one that is gone.
    fn take_new(&mut self, linked: &Linked<'a>) {
        let Some(occupant) = self.occupants(linked.key(), linked.path_key).next() else {
            return self.take_arrival(linked, None);
        };
        match self.answers.whereabouts.get(&occupant.key) {
            None => self.ask(Question::Whereabouts(occupant.key.clone())),
            Some(None) if occupant.has_trail() => self.take_arrival(linked, Some(occupant)),
            Some(_) => self.take_arrival(linked, None),
        }
    }

    fn take_arrival(&mut self, linked: &Linked<'a>, replaced: Option<&Item>) {
        self.displace_others(linked.key(), linked.path_key);
        self.empty(linked.path_key);
        let revisions = self.answers.revisions.get(linked.key());
        let versions = match (replaced, self.scope.beginning) {
            (Some(item), _) if item.fingerprint == linked.content => Vec::new(),
            (None, Beginning::Kept) => match revisions {
                None => return self.ask(Question::Revisions(linked.key().to_owned())),
                Some(revisions) => from_beginning(linked.file, linked.content, revisions.as_ref()),
            },
            _ => vec![observed(linked.file, linked.content)],
        };
        let asset = replaced
            .map_or(AssetChoice::Own, |item| AssetChoice::Replaces { key: item.key.clone() });
        let update = self.update(linked, asset, versions);
        self.plan.updates.push(update);
    }

    /// Whoever else was on record at the file's path isn't there.
    fn displace_others(&mut self, key: &'a str, path_key: &'a str) {
        let displaced = self.occupants(key, path_key).map(|item| item.key.clone());
        self.plan.gone.extend(displaced);
    }

    /// A file that comes to a path may have taken the place of a folder with all its items.
    fn empty(&mut self, path_key: &str) {
        if self.scope.phase == Phase::Changes {
            self.plan.emptied.push(path_key.to_owned());
        }
    }

    fn take_folder(&mut self, folder: &FolderMetadata) {
        let Some(path_key) = folder.path_lower.as_deref() else { return };
        self.vacate(path_key);
        if folder.access == FolderAccess::Full {
            self.settle(Settled::Key(folder.id.to_string()));
            self.settle(Settled::At(path_key.to_owned()));
        }
    }

    /// Where a file was, only it is gone. Where none was, it may have been a folder.
    fn take_tombstone(&mut self, path_key: &str) {
        self.settle(Settled::Within(path_key.to_owned()));
        if !self.vacate(path_key) {
            self.plan.emptied.push(path_key.to_owned());
        }
    }

    fn take_closed(&mut self, path_key: &str, closed: Closed<'_>) {
        let Closed { key, path, obstacle } = closed;
        if self.scope.placed.verdict(path_key) == Verdict::Include {
            self.leave_out(key, path, path_key, obstacle);
        } else {
            self.settle(Settled::Key(key.to_owned()));
        }
    }

    /// Without a place nobody can tell whether it is linked, so not even its name is kept: only
    /// that there is something in the folder that is listed.
    fn take_unknown(&mut self) {
        let root_key = self.scope.root_key;
        let root = self.scope.placed.iter().find(|placed| placed.path_key == root_key);
        let path = format!("{}/", root.map_or(root_key, |root| &root.rule.path));
        let inside = format!("{root_key}/");
        self.leave_out(&inside, &path, &inside, Obstacle::UnknownKind);
    }

    /// No file is at this path. Says whether one was.
    fn vacate(&mut self, path_key: &str) -> bool {
        let mut occupied = false;
        for item in self.known.at(path_key) {
            occupied = true;
            if !self.sightings.shows(&item.key) {
                self.plan.gone.insert(item.key.clone());
            }
        }
        occupied
    }

    fn lose(&mut self, key: &str) {
        if self.known.present(key).is_some() {
            self.plan.gone.insert(key.to_owned());
        }
    }

    /// Who else was at the path, and isn't shown elsewhere.
    fn occupants(
        &self,
        key: &'a str,
        path_key: &'a str,
    ) -> impl Iterator<Item = &'a Item> + use<'a> {
        let sightings = self.sightings;
        let others = self.known.at(path_key).filter(move |item| item.key != key);
        others.filter(move |item| !sightings.shows(&item.key))
    }

    fn update(
        &self,
        linked: &Linked<'_>,
        asset: AssetChoice,
        versions: Vec<Version>,
    ) -> ItemUpdate {
        ItemUpdate {
            key: linked.key().to_owned(),
            revision: linked.file.rev.to_string(),
            fingerprint: Fingerprint { content_hash: linked.content, sha256: None },
            name: linked.file.name.clone(),
            path: shown_path(linked.file).to_owned(),
            path_key: linked.path_key.to_owned(),
            generation: self.scope.generation,
            asset,
            versions,
        }
    }

    fn record(&mut self, item: &Item, update: ItemUpdate) {
        if !says_nothing_new(item, &update) {
            self.plan.updates.push(update);
        }
    }

    fn ask(&mut self, question: Question) {
        self.questions.insert(question);
    }

    fn leave_out(&mut self, key: &str, path: &str, path_key: &str, obstacle: Obstacle) {
        self.plan.unrecorded.push(Unrecorded {
            key: key.to_owned(),
            path: path.to_owned(),
            path_key: path_key.to_owned(),
            generation: self.scope.generation,
            reason: obstacle.sentence().to_owned(),
        });
    }

    fn settle(&mut self, settled: Settled) {
        if self.scope.phase == Phase::Changes {
            self.plan.settled.push(settled);
        }
    }

    fn finish(self) -> Outcome {
        if !self.questions.is_empty() {
            return Outcome::Ask(self.questions.into_iter().collect());
        }
        Outcome::Plan(self.plan)
    }
}

/// A file inside the rules, with content that can be recorded.
struct Linked<'a> {
    file: &'a FileMetadata,
    path_key: &'a str,
    content: [u8; 32],
}

impl<'a> Linked<'a> {
    fn key(&self) -> &'a str {
        self.file.id.as_str()
    }
}

fn shown_path(file: &FileMetadata) -> &str {
    file.path_display.as_deref().or(file.path_lower.as_deref()).unwrap_or(&file.name)
}

fn says_nothing_new(item: &Item, update: &ItemUpdate) -> bool {
    update.versions.is_empty()
        && item.presence == Presence::Present
        && item.generation == update.generation
        && item.revision == update.revision
        && item.fingerprint == update.fingerprint.content_hash
        && (&item.name, &item.path, &item.path_key)
            == (&update.name, &update.path, &update.path_key)
}
