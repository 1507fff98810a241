//! A Dropbox in memory, as simple as can be: nodes with ids at paths, and a journal of touched
//! paths behind the cursors. It answers with the state of now, never with what happened, as Dropbox
//! does.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dropbox::{
    ContentHash, Cursor, DeletedMetadata, Entry, Error, ErrorKind, FileMetadata, FolderAccess,
    FolderMetadata, Id, Longpoll, Page, PathRef, Rev, Revisions,
};
use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::names::{FOLDERS, base, is_within, key, parent};
use super::store::MemoryStore;
use super::world::Manner;
use crate::reader::seams::Remote;
use crate::rules::placed::{Placed, PlacedRule};
use crate::rules::{FolderId, Verdict};

/// The account, shared by everybody who looks at it.
#[derive(Clone)]
pub(super) struct Model(Arc<Mutex<State>>);

pub(super) struct State {
    pub(super) rng: ChaCha8Rng,
    pub(super) nodes: BTreeMap<String, Node>,
    /// What is where, by the key of the path.
    pub(super) places: BTreeMap<String, String>,
    manner: Manner,
    quirks: Quirks,
    journal: Vec<String>,
    cursors: HashMap<String, Place>,
    clock: i64,
    ids: u32,
    /// What happened, to be told when something is wrong.
    pub(super) diary: Vec<String>,
    /// The ledger that watches, for the rules as they are there.
    store: MemoryStore,
    /// Every file that was ever linked.
    pub(super) linked_once: BTreeSet<String>,
    /// The last file that was saved as a new one, and the new one.
    pub(super) replaced: Option<(String, String)>,
    /// Set while a step must succeed.
    pub(super) peaceful: bool,
}

/// Behaviour that Dropbox doesn't document: decided by the seed.
struct Quirks {
    moving_makes_a_revision: bool,
    pages_are_shuffled: bool,
    cursors_follow_their_folder: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) path: String,
    pub(super) alive: bool,
    /// Oldest first; empty for a folder.
    pub(super) revisions: Vec<(String, char, i64)>,
    /// Whether it, or a folder above it, was ever moved.
    pub(super) was_moved: bool,
    /// A file without content that can be recorded.
    pub(super) is_cloud_document: bool,
}

#[derive(Clone)]
struct Place {
    root: FolderId,
    root_path: String,
    queue: Vec<String>,
    read: usize,
    is_listing: bool,
}

impl Node {
    fn new(path: &str, revisions: Vec<(String, char, i64)>, is_cloud_document: bool) -> Self {
        let path = path.to_owned();
        Self { path, alive: true, revisions, was_moved: false, is_cloud_document }
    }

    pub(super) fn is_file(&self) -> bool {
        !self.revisions.is_empty()
    }

    pub(super) fn content(&self) -> char {
        self.revisions.last().unwrap().1
    }
}

impl Model {
    pub(super) fn new(seed: u64, manner: Manner, store: MemoryStore) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let quirks = Quirks {
            moving_makes_a_revision: rng.random_bool(0.5),
            pages_are_shuffled: rng.random_bool(0.3),
            cursors_follow_their_folder: rng.random_bool(0.5),
        };
        let mut state = State {
            rng,
            nodes: BTreeMap::new(),
            places: BTreeMap::new(),
            manner,
            quirks,
            journal: Vec::new(),
            cursors: HashMap::new(),
            clock: 0,
            ids: 0,
            diary: Vec::new(),
            store,
            linked_once: BTreeSet::new(),
            replaced: None,
            peaceful: true,
        };
        for folder in FOLDERS {
            state.put_folder(folder);
        }
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What people do.
impl State {
    pub(super) fn put_folder(&mut self, path: &str) -> String {
        let id = self.next_id();
        self.insert(&id, Node::new(path, vec![], false));
        id
    }

    pub(super) fn create(&mut self, path: &str) {
        let id = self.next_id();
        let revision = self.revision();
        let is_cloud_document = self.rng.random_bool(0.1);
        self.insert(&id, Node::new(path, vec![revision], is_cloud_document));
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
            node.alive = false;
            let path = node.path.clone();
            self.places.remove(&key(&path));
            self.touch(&path);
        }
    }

    /// Puts a deleted file back, as itself.
    pub(super) fn restore(&mut self, id: &str) {
        let content = self.nodes[id].content();
        let (rev, _, time) = self.revision();
        let node = self.nodes.get_mut(id).unwrap();
        node.alive = true;
        node.revisions.push((rev, content, time));
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
            let (rev, _, time) = self.revision();
            let makes_a_revision = self.quirks.moving_makes_a_revision;
            let node = self.nodes.get_mut(&id).unwrap();
            node.path = format!("{to}{}", &node.path[from.len()..]);
            node.was_moved = true;
            if node.is_file() && makes_a_revision {
                let content = node.content();
                node.revisions.push((rev, content, time));
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
        self.linked_where(|node| !node.is_cloud_document)
    }

    /// Files that the rules link at this moment and that can't be recorded.
    pub(super) fn unrecordable(&self) -> BTreeSet<String> {
        self.linked_where(|node| node.is_cloud_document)
    }

    fn linked_where(&self, wanted: impl Fn(&Node) -> bool) -> BTreeSet<String> {
        let rows = self.store.rows();
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
        let place = |rule: &PlacedRule| match self.nodes.get(rule.rule.folder.as_str()) {
            Some(node) if node.alive => Some(key(&node.path)),
            // A folder made anew at the path succeeds the one that is gone.
            _ if self.is_folder(&rule.path_key) => Some(rule.path_key.clone()),
            _ if rule.rule.verdict == Verdict::Exclude => Some(rule.path_key.clone()),
            _ => None,
        };
        let covering = placed.iter().filter_map(|rule| Some((place(rule)?, rule.rule.verdict)));
        let covering = covering.filter(|(place, _)| is_within(place, path));
        let nearest = covering.max_by_key(|(place, _)| place.len());
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
        let now = self.at(path).map(|id| (id, &self.nodes[id].revisions));
        self.diary.push(format!("{path} is now {now:?}"));
        self.journal.push(key(path));
    }

    fn next_id(&mut self) -> String {
        self.ids += 1;
        format!("id:{:03}", self.ids)
    }

    fn revision(&mut self) -> (String, char, i64) {
        self.clock += 1;
        let content = ['A', 'B', 'C'][self.rng.random_range(0..3)];
        (format!("r{:04}", self.clock), content, self.clock)
    }
}

/// What the API answers.
impl State {
    fn start(&mut self, root: &FolderId) -> Result<Page, Error> {
        self.disturb(false)?;
        let node = self.nodes.get(root.as_str()).filter(|node| node.alive);
        let root_path = node.ok_or_else(|| failure(ErrorKind::NotFound))?.path.clone();
        let queue = self.places.keys().filter(|place| is_within(&root_path, place));
        let queue = queue.cloned().collect();
        let read = self.journal.len();
        let place = Place { root: root.clone(), root_path, queue, read, is_listing: true };
        Ok(self.page(place))
    }

    fn go_on(&mut self, cursor: &Cursor) -> Result<Page, Error> {
        self.disturb(true)?;
        let mut place = self.cursors[cursor.expose()].clone();
        let node = self.nodes.get(place.root.as_str()).filter(|node| node.alive);
        let node = node.ok_or_else(|| failure(ErrorKind::NotFound))?;
        let old_path = place.root_path.clone();
        if key(&node.path) != key(&place.root_path) {
            if !self.quirks.cursors_follow_their_folder {
                return Err(failure(ErrorKind::NotFound));
            }
            place.root_path = node.path.clone();
        }
        if place.queue.is_empty() {
            let touched: BTreeSet<_> = self.journal[place.read..].iter().cloned().collect();
            let inside =
                |path: &String| is_within(&place.root_path, path) || is_within(&old_path, path);
            place.queue = touched.into_iter().filter(|path| inside(path)).collect();
            place.read = self.journal.len();
            place.is_listing = false;
        }
        Ok(self.page(place))
    }

    /// The next few paths of the queue, as they are at this moment.
    fn page(&mut self, mut place: Place) -> Page {
        let mut queue = std::mem::take(&mut place.queue);
        if self.quirks.pages_are_shuffled {
            for at in (1..queue.len()).rev() {
                let other = self.rng.random_range(0..=at);
                queue.swap(at, other);
            }
        }
        let now = self.rng.random_range(0..=queue.len().min(6));
        let now = if self.rng.random_bool(0.5) { queue.len() } else { now };
        place.queue = queue.split_off(now);
        let entries = queue.iter().filter_map(|path| self.entry(path, &place)).collect();
        let has_more = !place.queue.is_empty();
        self.diary.push(format!("page of {} at {:?}, more: {has_more}", place.root, queue));
        let name = format!("c{}", self.cursors.len());
        self.cursors.insert(name.clone(), place);
        Page { entries, cursor: Cursor::new(name), has_more }
    }

    fn entry(&self, path_key: &str, place: &Place) -> Option<Entry> {
        match self.places.get(path_key) {
            Some(id) => Some(self.describe(id)),
            None if place.is_listing || !is_within(&place.root_path, path_key) => None,
            None if self.is_below_nothing(path_key, &place.root_path) => None,
            None => Some(Entry::Deleted(DeletedMetadata {
                name: base(path_key).to_owned(),
                path_lower: Some(path_key.to_owned()),
                path_display: Some(path_key.to_owned()),
            })),
        }
    }

    /// What vanished with its folder isn't told apart from it.
    fn is_below_nothing(&self, path_key: &str, root: &str) -> bool {
        let above = parent(path_key);
        is_within(root, above) && !self.places.contains_key(above)
    }

    fn describe(&self, id: &str) -> Entry {
        let node = &self.nodes[id];
        match node.revisions.last() {
            Some(revision) => Entry::File(file(id, node, revision)),
            None => Entry::Folder(FolderMetadata {
                id: Id::new(id),
                name: base(&node.path).to_owned(),
                path_lower: Some(key(&node.path)),
                path_display: Some(node.path.clone()),
                access: FolderAccess::Full,
            }),
        }
    }

    fn find(&mut self, path: &PathRef) -> Result<Option<Entry>, Error> {
        self.disturb(false)?;
        let path = path.as_str();
        let id = self.places.get(path).map_or(path, String::as_str);
        let found = self.nodes.get(id).is_some_and(|node| node.alive);
        Ok(found.then(|| self.describe(id)))
    }

    fn history(&mut self, id: &Id) -> Result<Revisions, Error> {
        self.disturb(false)?;
        let node = self.nodes.get(id.as_str()).ok_or_else(|| failure(ErrorKind::NotFound))?;
        let newest_first = node.revisions.iter().rev();
        let entries = newest_first.map(|revision| file(id.as_str(), node, revision)).collect();
        Ok(Revisions { entries, is_deleted: !node.alive, has_more: false })
    }

    /// What may happen at any call: a failure, or somebody at work in the account.
    fn disturb(&mut self, has_cursor: bool) -> Result<(), Error> {
        if self.peaceful {
            return Ok(());
        }
        match self.manner {
            Manner::Faulty if self.rng.random_bool(0.06) => {
                Err(failure(ErrorKind::RateLimited { retry_after: Duration::ZERO }))
            }
            Manner::Faulty if has_cursor && self.rng.random_bool(0.04) => {
                Err(failure(ErrorKind::CursorReset))
            }
            Manner::Racing if self.rng.random_bool(0.15) => {
                super::world::meddle(self);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Remote for Model {
    async fn list(&self, folder: &FolderId) -> Result<Page, Error> {
        self.state().start(folder)
    }

    async fn resume(&self, cursor: &Cursor) -> Result<Page, Error> {
        self.state().go_on(cursor)
    }

    async fn metadata(&self, path: &PathRef) -> Result<Option<Entry>, Error> {
        self.state().find(path)
    }

    async fn revisions(&self, file: &Id) -> Result<Revisions, Error> {
        self.state().history(file)
    }

    async fn wait(&self, _: &Cursor, _: Duration) -> Result<Longpoll, Error> {
        Ok(Longpoll { changes: true, backoff: None })
    }
}

pub(super) fn hash(content: char) -> [u8; 32] {
    let mut hash = [0; 32];
    content.encode_utf8(&mut hash);
    hash
}

fn file(id: &str, node: &Node, (rev, content, time): &(String, char, i64)) -> FileMetadata {
    let time = Timestamp::from_second(*time).unwrap();
    FileMetadata {
        id: Id::new(id),
        name: base(&node.path).to_owned(),
        path_lower: Some(key(&node.path)),
        path_display: Some(node.path.clone()),
        rev: Rev::new(rev),
        size: 1,
        content_hash: (!node.is_cloud_document).then(|| ContentHash(hash(*content))),
        client_modified: time,
        server_modified: time,
        is_downloadable: !node.is_cloud_document,
        modified_by: None,
    }
}

fn failure(kind: ErrorKind) -> Error {
    Error { kind, route: "model", request_id: None }
}
