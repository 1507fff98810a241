//! What the simulated Dropbox answers: the state of now, never what happened, as Dropbox does.

use std::collections::BTreeSet;

use dropbox::{
    ContentHash, Cursor, DeletedMetadata, Digests, Entry, Error, ErrorKind, FileMetadata,
    FolderAccess, FolderMetadata, Id, Page, PathRef, Rev, Revisions,
};
use jiff::Timestamp;
use rand::RngExt;

use super::dropbox::{Node, Place, Revision, State};
use super::names::{base, is_within, key, parent};
use crate::rules::FolderId;

/// The first day of every world.
const EPOCH_S: i64 = 1_767_225_600;
/// How many entries a page that isn't the last one has at most.
const PAGE_ENTRIES_MAX: usize = 6;

impl State {
    pub(super) fn start(&mut self, root: &FolderId) -> Result<Page, Error> {
        let node = self.nodes.get(root.as_str()).filter(|node| node.alive);
        let root_path = node.ok_or_else(|| failure(ErrorKind::NotFound))?.path.clone();
        let queue = self.places.keys().filter(|place| is_within(&root_path, place));
        let queue = queue.cloned().collect();
        let read = self.journal.len();
        let place = Place { root: root.clone(), root_path, queue, read, is_listing: true };
        Ok(self.page(place))
    }

    pub(super) fn go_on(&mut self, cursor: &Cursor) -> Result<Page, Error> {
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
        let now = self.rng.random_range(0..=queue.len().min(PAGE_ENTRIES_MAX));
        let now = if self.rng.random_bool(0.5) { queue.len() } else { now };
        place.queue = queue.split_off(now);
        let entries = queue.iter().filter_map(|path| self.entry(path, &place, &queue)).collect();
        let has_more = !place.queue.is_empty();
        let root = place.root.clone();
        self.note(|| format!("page of {root} at {queue:?}, more: {has_more}"));
        let name = format!("c{}", self.cursors.len());
        self.cursors.insert(name.clone(), place);
        Page { entries, cursor: Cursor::new(name), has_more }
    }

    fn entry(&self, path_key: &str, place: &Place, page: &[String]) -> Option<Entry> {
        match self.places.get(path_key) {
            Some(id) => Some(self.describe(id)),
            None if place.is_listing || !is_within(&place.root_path, path_key) => None,
            None if self.vanishes_with_its_folder(path_key, &place.root_path, page) => None,
            None => Some(Entry::Deleted(DeletedMetadata {
                name: base(path_key).to_owned(),
                path_lower: Some(path_key.to_owned()),
                path_display: Some(path_key.to_owned()),
            })),
        }
    }

    /// What vanished with its folder isn't told apart from it, where the page tells of that: by the
    /// next one a new folder may lie there.
    fn vanishes_with_its_folder(&self, path_key: &str, root: &str, page: &[String]) -> bool {
        let above = parent(path_key);
        is_within(root, above)
            && !self.places.contains_key(above)
            && page.iter().any(|told| told == above)
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

    pub(super) fn find(&self, path: &PathRef) -> Option<Entry> {
        let path = path.as_str();
        let id = self.places.get(path).map_or(path, String::as_str);
        let found = self.nodes.get(id).is_some_and(|node| node.alive);
        found.then(|| self.describe(id))
    }

    pub(super) fn history(&self, id: &Id) -> Result<Revisions, Error> {
        let node = self.nodes.get(id.as_str()).ok_or_else(|| failure(ErrorKind::NotFound))?;
        let newest_first = node.revisions.iter().rev();
        let entries = newest_first.map(|revision| file(id.as_str(), node, revision)).collect();
        Ok(Revisions { entries, is_deleted: !node.alive, has_more: false })
    }

    pub(super) fn digest(&self, revision: &str) -> Result<Digests, Error> {
        let has_it = |node: &&Node| node.revisions.iter().any(|it| it.rev == revision);
        let node = self.nodes.values().find(has_it);
        let node = node.ok_or_else(|| failure(ErrorKind::NotFound))?;
        if node.is_taken_down() {
            return Err(failure(ErrorKind::Path("restricted_content".to_owned())));
        }
        let content = node.revisions.iter().find(|it| it.rev == revision).unwrap().content;
        let (content_hash, sha256) = (ContentHash(hash(content)), sha256(content));
        Ok(Digests { content_hash, sha256, bytes: 1 })
    }

    /// Whether a reader at this cursor would find anything.
    pub(super) fn has_news(&self, cursor: &Cursor) -> bool {
        let place = &self.cursors[cursor.expose()];
        let is_in_place = self
            .nodes
            .get(place.root.as_str())
            .is_some_and(|node| node.alive && key(&node.path) == key(&place.root_path));
        let mut touched = self.journal[place.read..].iter();
        !is_in_place
            || !place.queue.is_empty()
            || touched.any(|path| is_within(&place.root_path, path))
    }
}

pub(super) fn hash(content: char) -> [u8; 32] {
    let mut hash = [0; 32];
    content.encode_utf8(&mut hash);
    hash
}

pub(super) fn sha256(content: char) -> [u8; 32] {
    hash(content).map(|byte| !byte)
}

fn file(id: &str, node: &Node, revision: &Revision) -> FileMetadata {
    let Revision { rev, content, at } = revision;
    let time = Timestamp::from_second(EPOCH_S + at).unwrap();
    FileMetadata {
        id: Id::new(id),
        name: base(&node.path).to_owned(),
        path_lower: Some(key(&node.path)),
        path_display: Some(node.path.clone()),
        rev: Rev::new(rev),
        size: 1,
        content_hash: (!node.is_cloud_document()).then(|| ContentHash(hash(*content))),
        client_modified: time,
        server_modified: time,
        is_downloadable: !node.is_cloud_document(),
        modified_by: None,
    }
}

pub(super) fn failure(kind: ErrorKind) -> Error {
    Error { kind, route: "a simulated call", request_id: None }
}
