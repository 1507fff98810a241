//! One run: operations and readings in turn, then what must hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledger::{AssetId, Presence, SourceId, TenancyId};
use rand::RngExt;
use tokio::sync::broadcast;
use uuid::Uuid;

use super::model::{Model, Node, State, hash};
use super::names::{FOLDERS, NAMES, base, is_within, key, parent};
use super::store::{Event, MemoryStore, Rows};
use crate::facts::Facts;
use crate::health::HealthChange;
use crate::reader::{Reader, Which};
use crate::rules::placed::{Placed, PlacedRule, Presence as Place};
use crate::rules::{FolderId, Rule, Verdict};

/// How a world behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Each operation is read before the next.
    Calm,
    /// Several operations come together.
    Coalesced,
    /// Calls and commits fail, cursors reset, the process dies.
    Faulty,
    /// People work while their files are being read.
    Racing,
}

pub(super) struct World {
    seed: u64,
    manner: Manner,
    model: Model,
    store: MemoryStore,
    /// Rules that were taken away for a while.
    unlinked: Option<PlacedRule>,
    /// Files by the assets that they must be on, where a person would be sure.
    expected: HashMap<String, AssetId>,
}

const STEPS: u32 = 30;

impl World {
    pub(super) fn new(seed: u64, manner: Manner) -> Self {
        let store = MemoryStore::new(seed);
        let model = Model::new(seed, manner, store.clone());
        let rules = {
            let state = model.state();
            let rule = |path: &str, verdict| {
                let folder = FolderId::new(state.at(path).unwrap());
                let rule = Rule { folder, path: path.into(), verdict };
                PlacedRule { rule, path_key: path.into(), presence: Place::Here }
            };
            let linked = ["/d", "/e", "/d/x/in"].map(|path| rule(path, Verdict::Include));
            linked.into_iter().chain([rule("/d/x", Verdict::Exclude)]).collect()
        };
        store.rows().placed = Placed::new(rules);
        Self { seed, manner, model, store, unlinked: None, expected: HashMap::new() }
    }

    pub(super) async fn live(mut self) {
        for _ in 0..STEPS {
            if self.model.state().rng.random_bool(0.05) {
                self.choose();
                self.model.state().note_linked();
                self.read(false).await;
                self.forget_the_gone();
            }
            self.work();
            self.read(false).await;
            if self.manner == Manner::Calm {
                self.check_calm();
                self.forget_the_gone();
            }
        }
        self.read(true).await;
        self.check_end();
    }

    fn work(&mut self) {
        let operations = match self.manner {
            Manner::Calm => 1,
            _ => self.model.state().rng.random_range(0..6),
        };
        for _ in 0..operations {
            meddle(&mut self.model.state());
        }
    }

    /// Unlinks a folder, or links it again.
    fn choose(&mut self) {
        let mut rows = self.store.rows();
        let mut rules: Vec<_> = rows.placed.iter().cloned().collect();
        match self.unlinked.take() {
            Some(rule) => rules.push(rule),
            None => self.unlinked = Some(rules.remove(0)),
        }
        rows.placed = Placed::new(rules);
        rows.progress = rows.progress.take().map(|progress| progress.afresh(&rows.placed));
    }

    /// Reads until it succeeds. After a failure everything in memory is forgotten.
    async fn read(&mut self, peaceful: bool) {
        self.store.rows().faulty = self.manner == Manner::Faulty && !peaceful;
        self.model.state().peaceful = peaceful;
        let which = if peaceful || self.model.state().rng.random_bool(0.2) {
            Which::AllPlacedAnew
        } else {
            Which::All
        };
        for _ in 0..200 {
            let (placed, progress) = {
                let rows = self.store.rows();
                (rows.placed.clone(), rows.progress.clone())
            };
            let mut reader =
                Reader::new(self.model.clone(), self.store.clone(), facts(), placed, progress);
            let read = reader.catch_up(&which).await;
            self.model.state().note_linked();
            self.model.state().diary.push(format!("read {which:?}: {read:?}"));
            match read {
                Ok(_) if !peaceful || reader.catch_up(&Which::All).await.is_ok() => return,
                Err(error) if peaceful => panic!("seed {}: {error:?}", self.seed),
                _ => {}
            }
        }
        panic!("seed {}: never caught up", self.seed);
    }

    /// After each single operation: every file is on the asset that it was on, and one that took
    /// another's place is on that one's.
    fn check_calm(&mut self) {
        let mut state = self.model.state();
        let unrecordable = state.unrecordable();
        let rows = self.store.rows();
        self.check_unrecorded(&unrecordable, &rows);
        if let Some((old, new)) = state.replaced.take() {
            let expected = self.expected.remove(&old);
            let asset = rows.items.get(&new).and_then(|item| item.asset);
            assert!(expected.is_none() || asset == expected, "seed {}: {new} for {old}", self.seed);
        }
        for (key, item) in rows.items.iter().filter(|(_, item)| item.presence == Presence::Present)
        {
            let asset = item.asset.unwrap();
            let before = self.expected.entry(key.clone()).or_insert(asset);
            assert_eq!(*before, asset, "seed {}: {key} changed its asset", self.seed);
            assert!(state.nodes[key].alive, "seed {}: {key} is not there", self.seed);
        }
    }

    /// Whoever is gone may come back on its asset, or lose it to a later file.
    fn forget_the_gone(&mut self) {
        let rows = self.store.rows();
        self.expected.retain(|key, _| rows.items[key].presence == Presence::Present);
    }

    fn check_end(&self) {
        let state = self.model.state();
        let (linked, unrecordable) = (state.linked(), state.unrecordable());
        let rows = self.store.rows();
        self.check_unrecorded(&unrecordable, &rows);
        self.check_items(&state, &linked, &rows);
        self.check_revisions(&state, &rows);
        self.check_assets(&linked, &rows);
    }

    /// What is on record as present is exactly what is linked, and as it is.
    fn check_items(&self, state: &State, linked: &BTreeSet<String>, rows: &Rows) {
        let seed = self.seed;
        let present = rows.items.values().filter(|item| item.presence == Presence::Present);
        let present: BTreeSet<_> = present.map(|item| item.key.clone()).collect();
        assert_eq!(present, *linked, "seed {seed}: present, linked");
        for id in linked {
            let (node, item) = (&state.nodes[id], &rows.items[id]);
            assert_eq!(item.path_key, key(&node.path), "seed {seed}: place of {id}");
            assert_eq!(item.fingerprint, hash(node.content()), "seed {seed}: content of {id}");
            let asset = item.asset.unwrap_or_else(|| panic!("seed {seed}: {id} has no asset"));
            let last = rows.events.iter().rfind(|event| event.asset == asset).unwrap();
            assert_eq!(last.content, hash(node.content()), "seed {seed}: last event of {id}");
        }
        for item in rows.items.keys() {
            assert!(state.linked_once.contains(item), "seed {seed}: {item} left a trace");
        }
    }

    /// What is listed as unrecorded is exactly what is linked and can't be recorded.
    fn check_unrecorded(&self, unrecordable: &BTreeSet<String>, rows: &Rows) {
        let listed: BTreeSet<_> = rows.unrecorded.keys().cloned().collect();
        assert_eq!(listed, *unrecordable, "seed {}: listed, can't be recorded", self.seed);
    }

    /// Every event is a revision; every change of content is an event, in order, from the first
    /// that was seen.
    fn check_revisions(&self, state: &State, rows: &Rows) {
        let mut by_key: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
        for event in &rows.events {
            by_key.entry(&event.key).or_default().push(event);
        }
        for (id, events) in by_key {
            let node = &state.nodes[id];
            let mut at = 0;
            for event in &events {
                let rest = &node.revisions[at..];
                let found = rest.iter().position(|(rev, _, _)| *rev == event.revision);
                let found =
                    found.unwrap_or_else(|| panic!("seed {}: {event:?} out of order", self.seed));
                assert_eq!(hash(rest[found].1), event.content, "seed {}", self.seed);
                at += found + 1;
            }
            self.check_nothing_missed(id, node, &events, rows);
        }
    }

    /// A file that was never moved, and has its asset for itself, has an event for each change of
    /// its content.
    fn check_nothing_missed(&self, id: &str, node: &Node, events: &[&Event], rows: &Rows) {
        let item = &rows.items[id];
        let shares = |event: &Event| (event.key == id) != (Some(event.asset) == item.asset);
        if node.was_moved || rows.events.iter().any(shares) || item.presence == Presence::Gone {
            return;
        }
        let first =
            node.revisions.iter().position(|(rev, _, _)| *rev == events[0].revision).unwrap();
        let mut contents: Vec<_> =
            node.revisions[first..].iter().map(|revision| hash(revision.1)).collect();
        contents.dedup();
        let recorded: Vec<_> = events.iter().map(|event| event.content).collect();
        let began_with_another = recorded.len() + 1 == contents.len();
        assert!(
            recorded == contents || (began_with_another && recorded == contents[1..]),
            "seed {}: {id} had {contents:?}, recorded {recorded:?}",
            self.seed
        );
    }

    /// Two files share an asset only if one took the place of the other, which was gone by then.
    fn check_assets(&self, linked: &BTreeSet<String>, rows: &Rows) {
        for (path_key, replaced) in &rows.successions {
            assert_eq!(*path_key, replaced.path_key, "seed {}: {replaced:?}", self.seed);
        }
        let mut holders = HashMap::new();
        for id in linked {
            let twin = holders.insert(rows.items[id].asset, id);
            assert_eq!(twin, None, "seed {}: {id} shares an asset", self.seed);
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.model.state().diary.join("\n"));
        }
    }
}

/// One thing that somebody does in the account.
pub(super) fn meddle(state: &mut State) {
    operate(state);
    state.note_linked();
}

fn operate(state: &mut State) {
    let files = state.files();
    let file = state.pick(&files);
    let spot = spot(state);
    match (state.rng.random_range(0..16), file) {
        (0..=2, _) => create(state, &spot),
        (3..=5, Some(id)) => state.edit(&id),
        (6, Some(id)) => (0..3).for_each(|_| state.edit(&id)),
        (7, Some(id)) => relocate(state, &path_of(state, &id), &spot),
        (8, Some(id)) => change_case(state, &id),
        (9, Some(id)) => state.delete(&path_of(state, &id)),
        (10, _) => restore(state),
        (11, Some(id)) => replace(state, &id),
        (12, Some(id)) => swap(state, &id),
        (13, _) => relocate_folder(state),
        (14, Some(id)) => trade_for_a_folder(state, &id),
        (15, _) => remove_folder(state),
        _ => {}
    }
}

/// A path for a file, most likely in a folder that exists.
fn spot(state: &mut State) -> String {
    let folders: Vec<_> = folders(state);
    let folder = state.pick(&folders).unwrap_or_default();
    let name = state.pick(&NAMES).unwrap_or_default();
    format!("{folder}/{name}")
}

fn folders(state: &State) -> Vec<String> {
    let folders = state.nodes.values().filter(|node| node.alive && !node.is_file());
    folders.map(|node| node.path.clone()).collect()
}

fn path_of(state: &State, id: &str) -> String {
    state.nodes[id].path.clone()
}

fn create(state: &mut State, path: &str) {
    if state.is_folder(parent(path)) && state.at(path).is_none() {
        state.create(path);
    }
}

fn relocate(state: &mut State, from: &str, to: &str) {
    let free = state.at(to).is_none() && !is_within(from, to);
    if free && state.is_folder(parent(to)) {
        state.relocate(from, to);
    }
}

fn change_case(state: &mut State, id: &str) {
    let path = path_of(state, id);
    let name = base(&path);
    let name = if name == name.to_lowercase() { name.to_uppercase() } else { name.to_lowercase() };
    let to = format!("{}/{name}", parent(&path));
    state.relocate(&path, &to);
}

fn restore(state: &mut State) {
    let dead = state.nodes.iter().filter(|(_, node)| !node.alive && node.is_file());
    let dead: Vec<_> = dead.map(|(id, _)| id.clone()).collect();
    let Some(id) = state.pick(&dead) else { return };
    let path = path_of(state, &id);
    if state.at(&path).is_none() && state.is_folder(parent(&path)) {
        state.restore(&id);
    }
}

/// How some editors save.
fn replace(state: &mut State, id: &str) {
    let path = path_of(state, id);
    state.delete(&path);
    state.create(&path);
    let new = state.at(&path).filter(|new| !state.nodes[*new].is_cloud_document);
    state.replaced = new.map(|new| (id.to_owned(), new.clone()));
}

fn swap(state: &mut State, id: &str) {
    let files = state.files();
    let Some(other) = state.pick(&files).filter(|other| other != id) else { return };
    let (one, two) = (path_of(state, id), path_of(state, &other));
    state.relocate(&one, "/o/aside");
    state.relocate(&two, &one);
    state.relocate("/o/aside", &two);
}

fn relocate_folder(state: &mut State) {
    let all = folders(state);
    let Some(from) = state.pick(&all).filter(|path| path != "/o") else { return };
    let Some(to) = state.pick(&all) else { return };
    let name = state.pick(&["s", "x", "in", "t"]).unwrap_or_default();
    relocate(state, &from, &format!("{to}/{name}"));
}

fn trade_for_a_folder(state: &mut State, id: &str) {
    let path = path_of(state, id);
    state.delete(&path);
    state.put_folder(&path);
    state.create(&format!("{path}/b"));
}

/// Removes a folder, or puts back one that the rules began with.
fn remove_folder(state: &mut State) {
    let Some(path) = state.pick(&FOLDERS).filter(|path| *path != "/o") else { return };
    let free = state.at(path).is_none();
    let under_a_folder = parent(path).is_empty() || state.is_folder(parent(path));
    if state.is_folder(path) {
        state.delete(path);
        if state.rng.random_bool(0.3) {
            state.put_folder(path);
        }
    } else if free && under_a_folder {
        state.put_folder(path);
    }
}

fn facts() -> Facts {
    let subject =
        HealthChange { tenancy: TenancyId::from(Uuid::nil()), source: SourceId::from(Uuid::nil()) };
    Facts::new(subject, broadcast::channel(1).0)
}
