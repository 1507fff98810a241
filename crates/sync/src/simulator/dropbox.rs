//! A Dropbox in memory, as simple as can be: nodes with ids at paths, and a journal of touched
//! paths behind the cursors. Here is what is in it and what can be done to it; what it answers is
//! in `answers`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::books::Books;
use super::names::{FOLDERS, is_within, key};
use crate::rules::placed::{Placed, PlacedRule};
use crate::rules::{FolderId, Verdict};

/// The account, shared by everybody who looks at it.
#[derive(Clone)]
pub(super) struct Dropbox {
    state: Arc<Mutex<State>>,
    /// Rings when something changes.
    pub(super) news: Arc<Notify>,
}

pub(super) struct State {
    pub(super) rng: ChaCha8Rng,
    pub(super) nodes: BTreeMap<String, Node>,
    /// What is where, by the key of the path.
    pub(super) places: BTreeMap<String, String>,
    pub(super) quirks: Quirks,
    pub(super) journal: Vec<String>,
    pub(super) cursors: HashMap<String, Place>,
    /// When this world began.
    began: Instant,
    revisions: u64,
    ids: u32,
    /// What happened, to be told when something is wrong. Kept only when one seed is replayed.
    pub(super) diary: Option<Vec<String>>,
    /// The ledger that watches, for the rules as they are there.
    books: Books,
    /// Every file that was ever linked.
    pub(super) linked_once: BTreeSet<String>,
    /// The last file that was saved as a new one, and the new one.
    pub(super) replaced: Option<(String, String)>,
    news: Arc<Notify>,
}

/// Behaviour that Dropbox doesn't document: decided by the seed.
pub(super) struct Quirks {
    pub(super) moving_makes_a_revision: bool,
    pub(super) pages_are_shuffled: bool,
    pub(super) cursors_follow_their_folder: bool,
}

/// A revision: its name, the content, and when it came about in seconds.
#[derive(Clone, Debug)]
pub(super) struct Revision {
    pub(super) rev: String,
    pub(super) content: char,
    pub(super) at: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) path: String,
    pub(super) alive: bool,
    /// Oldest first; empty for a folder.
    pub(super) revisions: Vec<Revision>,
    /// How many revisions it had each time that it, or a folder above it, was moved.
    pub(super) moves: Vec<usize>,
    pub(super) has_died: bool,
    pub(super) body: Body,
}

/// Whether a file's content can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// By everybody who may read it.
    There,
    /// It has none that can be recorded.
    CloudDocument,
    /// It is declared, and not handed out.
    TakenDown,
}

/// Behind a cursor: how far somebody has read.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) root: FolderId,
    pub(super) root_path: String,
    pub(super) queue: Vec<String>,
    pub(super) read: usize,
    pub(super) is_listing: bool,
}

impl Node {
    fn new(path: &str, revisions: Vec<Revision>, body: Body) -> Self {
        let (path, alive, moves, has_died) = (path.to_owned(), true, Vec::new(), false);
        Self { path, alive, revisions, moves, has_died, body }
    }

    pub(super) fn is_cloud_document(&self) -> bool {
        self.body == Body::CloudDocument
    }

    pub(super) fn is_taken_down(&self) -> bool {
        self.body == Body::TakenDown
    }

    pub(super) fn is_file(&self) -> bool {
        !self.revisions.is_empty()
    }

    pub(super) fn content(&self) -> char {
        self.revisions.last().unwrap().content
    }
}

impl Dropbox {
    pub(super) fn new(seed: u64, books: Books, with_diary: bool) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let quirks = Quirks {
            moving_makes_a_revision: rng.random_bool(0.5),
            pages_are_shuffled: rng.random_bool(0.3),
            cursors_follow_their_folder: rng.random_bool(0.5),
        };
        let news = Arc::new(Notify::new());
        let mut state = State {
            rng,
            nodes: BTreeMap::new(),
            places: BTreeMap::new(),
            quirks,
            journal: Vec::new(),
            cursors: HashMap::new(),
            began: Instant::now(),
            revisions: 0,
            ids: 0,
            diary: with_diary.then(Vec::new),
            books,
            linked_once: BTreeSet::new(),
            replaced: None,
            news: news.clone(),
        };
        for folder in FOLDERS {
            state.put_folder(folder);
        }
        Self { state: Arc::new(Mutex::new(state)), news }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What people do.
impl State {
    pub(super) fn put_folder(&mut self, path: &str) -> String {
        let id = self.next_id();
        self.insert(&id, Node::new(path, vec![], Body::There));
        id
    }

    pub(super) fn create(&mut self, path: &str) {
        let id = self.next_id();
        let revision = self.revision();
        let body = match self.rng.random_range(0..20) {
            0 | 1 => Body::CloudDocument,
            2 => Body::TakenDown,
            _ => Body::There,
        };
        self.insert(&id, Node::new(path, vec![revision], body));
    }

    pub(super) fn edit(&mut self, id: &str) {
        let revision = self.revision();
        let node = self.nodes.get_mut(id).unwrap();
        node.revisions.push(revision);
        let path = node.path.clone();
        self.touch(&path);
    }

    pub(super) fn delete(&mut self, path: &str) {
        for id in self.ids_within(path) {
            let node = self.nodes.get_mut(&id).unwrap();
            (node.alive, node.has_died) = (false, true);
            let path = node.path.clone();
            self.places.remove(&key(&path));
            self.touch(&path);
        }
    }

    /// Puts a deleted file back, as itself.
    pub(super) fn restore(&mut self, id: &str) {
        let content = self.nodes[id].content();
        let revision = Revision { content, ..self.revision() };
        let node = self.nodes.get_mut(id).unwrap();
        node.alive = true;
        node.revisions.push(revision);
        let path = node.path.clone();
        self.places.insert(key(&path), id.to_owned());
        self.touch(&path);
    }

    /// Moves what is at a path, with all that is below it.
    pub(super) fn relocate(&mut self, from: &str, to: &str) {
        let ids = self.ids_within(from);
        for id in &ids {
            let path = self.nodes[id].path.clone();
            self.places.remove(&key(&path));
            self.touch(&path);
        }
        for id in ids {
            let revision = self.revision();
            let makes_a_revision = self.quirks.moving_makes_a_revision;
            let node = self.nodes.get_mut(&id).unwrap();
            node.path = format!("{to}{}", &node.path[from.len()..]);
            node.moves.push(node.revisions.len());
            if node.is_file() && makes_a_revision {
                let content = node.content();
                node.revisions.push(Revision { content, ..revision });
            }
            let path = node.path.clone();
            self.places.insert(key(&path), id);
            self.touch(&path);
        }
    }

    pub(super) fn at(&self, path: &str) -> Option<&String> {
        self.places.get(&key(path))
    }

    pub(super) fn is_folder(&self, path: &str) -> bool {
        self.at(path).is_some_and(|id| !self.nodes[id].is_file())
    }

    pub(super) fn files(&self) -> Vec<String> {
        let alive = self.nodes.iter().filter(|(_, node)| node.alive && node.is_file());
        alive.map(|(id, _)| id.clone()).collect()
    }

    /// Files that the rules link at this moment and that can be recorded.
    pub(super) fn linked(&self) -> BTreeSet<String> {
        self.linked_where(|node| !node.is_cloud_document())
    }

    /// Files that the rules link at this moment and that can't be recorded.
    pub(super) fn unrecordable(&self) -> BTreeSet<String> {
        self.linked_where(Node::is_cloud_document)
    }

    fn linked_where(&self, wanted: impl Fn(&Node) -> bool) -> BTreeSet<String> {
        let rows = self.books.rows();
        let mut files = self.files();
        files.retain(|id| wanted(&self.nodes[id]));
        files.retain(|id| self.is_linked(&rows.placed, &self.nodes[id].path));
        files.into_iter().collect()
    }

    pub(super) fn note_linked(&mut self) {
        let linked = self.linked();
        self.linked_once.extend(linked);
    }

    /// Decides from where the folders of the rules really are.
    fn is_linked(&self, placed: &Placed, path: &str) -> bool {
        let has_rule = |id: Option<&String>| {
            id.is_some_and(|id| placed.iter().any(|other| other.rule.folder.as_str() == id))
        };
        let place = |rule: &PlacedRule| match self.nodes.get(rule.rule.folder.as_str()) {
            Some(node) if node.alive => Some((key(&node.path), true)),
            // A folder made anew at the path succeeds the one that is gone, unless it has a rule.
            _ if self.is_folder(&rule.path_key) && !has_rule(self.at(&rule.path_key)) => {
                Some((rule.path_key.clone(), true))
            }
            _ if rule.rule.verdict == Verdict::Exclude => Some((rule.path_key.clone(), false)),
            _ => None,
        };
        let covering = placed.iter().filter_map(|rule| Some((place(rule)?, rule.rule.verdict)));
        let covering = covering.filter(|((place, _), _)| is_within(place, path));
        let nearest = covering.max_by_key(|((place, is_there), _)| (place.len(), *is_there));
        nearest.is_some_and(|(_, verdict)| verdict == Verdict::Include)
    }

    pub(super) fn pick<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        if choices.is_empty() {
            return None;
        }
        Some(choices[self.rng.random_range(0..choices.len())].clone())
    }

    fn ids_within(&self, path: &str) -> Vec<String> {
        let alive = self.nodes.iter().filter(|(_, node)| node.alive && is_within(path, &node.path));
        alive.map(|(id, _)| id.clone()).collect()
    }

    fn insert(&mut self, id: &str, node: Node) {
        let path = node.path.clone();
        self.places.insert(key(&path), id.to_owned());
        self.nodes.insert(id.to_owned(), node);
        self.touch(&path);
    }

    fn touch(&mut self, path: &str) {
        if self.diary.is_some() {
            let now = self.at(path).map(|id| (id, &self.nodes[id].revisions));
            let line = format!("{path} is now {now:?}");
            self.note(|| line);
        }
        self.journal.push(key(path));
        self.news.notify_waiters();
    }

    /// Writes into the diary, if there is one.
    pub(super) fn note(&mut self, line: impl FnOnce() -> String) {
        let at_s = self.now_s();
        if let Some(diary) = &mut self.diary {
            diary.push(format!("day {} {} s: {}", at_s / 86_400, at_s % 86_400, line()));
        }
    }

    fn now_s(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_secs()).unwrap()
    }

    fn next_id(&mut self) -> String {
        self.ids += 1;
        format!("id:{:03}", self.ids)
    }

    fn revision(&mut self) -> Revision {
        self.revisions += 1;
        let content = ['A', 'B', 'C'][self.rng.random_range(0..3)];
        Revision { rev: format!("r{:06}", self.revisions), content, at: self.now_s() }
    }
}
