//! The stored tree: nodes by path, ids to paths, histories, what is gone, and the journal.

mod leaving;

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use super::journal::{Change, Journal};
use super::node::{File, Gone, Item, Kind, Mark, Node, Revision, Seen};
use super::operation::{Identities, NewFile, Operation};
use crate::identifier::{FIRST_STORED, NodeId, Rev};
use crate::path;

const REVISIONS_KEPT_MAX: usize = 1_000;

#[derive(Clone)]
pub(crate) struct Tree {
    pub(super) nodes: BTreeMap<String, Node>,
    pub(super) paths: HashMap<NodeId, String>,
    pub(super) gone: BTreeMap<String, Gone>,
    pub(super) histories: HashMap<NodeId, Vec<Revision>>,
    /// Whose revision it is.
    pub(super) revisions: HashMap<Rev, NodeId>,
    pub(super) journal: Journal,
    /// Ids, revisions and changes are numbered together, so that none is ever used twice.
    pub(super) last_number: u64,
    pub(super) cursor_epoch: u32,
    /// Where somebody else's operation is followed, what is new there.
    pub(super) given: Identities,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: BTreeMap::new(),
            paths: HashMap::new(),
            gone: BTreeMap::new(),
            histories: HashMap::new(),
            revisions: HashMap::new(),
            journal: Journal::default(),
            last_number: FIRST_STORED,
            cursor_epoch: 0,
            given: Identities::new(),
        }
    }
}

impl Tree {
    pub(crate) fn tip(&self) -> u64 {
        self.last_number
    }

    pub(crate) fn cursor_epoch(&self) -> u32 {
        self.cursor_epoch
    }

    pub(crate) fn at(&self, lower: &str) -> Option<Item<'_>> {
        self.nodes.get_key_value(lower).map(|(lower, node)| Item { lower, node })
    }

    pub(crate) fn by_id(&self, id: NodeId) -> Option<Item<'_>> {
        self.paths.get(&id).and_then(|path| self.at(path))
    }

    pub(crate) fn by_rev(&self, rev: Rev) -> Option<(NodeId, Revision)> {
        let id = *self.revisions.get(&rev)?;
        let found = self.history(id).iter().find(|revision| revision.file.rev == rev);
        found.map(|revision| (id, revision.clone()))
    }

    /// Oldest first.
    pub(crate) fn history(&self, id: NodeId) -> &[Revision] {
        self.histories.get(&id).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn gone_at(&self, lower: &str) -> Option<&Gone> {
        self.gone.get(lower)
    }

    pub(crate) fn gone_by_id(&self, id: NodeId) -> Option<&Gone> {
        self.gone.values().filter(|gone| gone.id == id).max_by_key(|gone| gone.at)
    }

    pub(crate) fn files(&self) -> u64 {
        self.nodes.values().filter(|node| !node.is_folder()).count() as u64
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = Item<'_>> {
        self.nodes.iter().map(|(lower, node)| Item { lower, node })
    }

    /// Everything below a folder, in the order of the keys.
    pub(crate) fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = Item<'a>> {
        let first = format!("{folder}/");
        self.nodes
            .range::<str, _>((Bound::Included(first.as_str()), Bound::Unbounded))
            .take_while(move |(lower, _)| lower.starts_with(&first))
            .map(|(lower, node)| Item { lower, node })
    }

    /// Does what [`Self::check`] allows; anything else changes nothing.
    pub(crate) fn apply(&mut self, operation: &Operation) {
        if self.check(operation).is_err() {
            return;
        }
        match operation {
            Operation::Write(file) => self.write(file),
            Operation::CreateFolder { path, seen, .. } => self.create_folder(path, seen.clone()),
            Operation::Move { from, to, at, seen } => self.relocate(from, to, *at, seen.as_ref()),
            Operation::Delete { path, at } => self.delete(path, *at),
            Operation::See { path, seen } => self.see(path, seen),
            Operation::Retell { path, at } => self.retell(path, *at),
            Operation::Detach { path, at } => self.detach(path, *at),
            Operation::Follow { operation, identities } => {
                self.given.clone_from(identities);
                self.apply(operation);
                self.given.clear();
            }
            Operation::Number { from } => self.last_number = self.last_number.max(*from),
            Operation::Forget { path } => self.forget(path),
            Operation::Mark { path, mark } => self.mark(path, *mark),
            Operation::ResetCursors => self.cursor_epoch += 1,
        }
    }

    /// Takes in a node that was always there. No cursor hears of it.
    pub(super) fn adopt(&mut self, lower: &str, node: Node) {
        if let Kind::File(file) = &node.kind {
            self.remember(node.id, &node.path_display, file);
        }
        self.put(lower.to_owned(), node);
    }

    fn write(&mut self, new: &NewFile) {
        let lower = path::lower(&new.path);
        self.ensure_folder(path::parent(&new.path));
        if self.has_content(&lower, new) {
            if let Some(seen) = &new.seen {
                self.see(&lower, seen);
            }
            return;
        }
        let display = self.display(&new.path);
        let present = self.at(&lower).map(|item| (item.node.id, item.node.path_display.clone()));
        let (id, path_display) = present.unwrap_or_else(|| (self.id_for(new, &lower), display));
        for Revision { path_display, file } in &new.earlier {
            if !self.revisions.contains_key(&file.rev) {
                self.remember(id, path_display, file);
            }
        }
        let file = new.stored_as(self.rev_at(&lower, id));
        self.remember(id, &path_display, &file);
        let kind = Kind::File(file);
        self.put_changed(
            lower,
            Node { id, path_display, changed: 0, kind, seen: new.seen.clone() },
        );
    }

    /// The id that a restored file had, or a new one.
    fn id_for(&mut self, new: &NewFile, lower: &str) -> NodeId {
        let vacant = new.id.filter(|id| !self.paths.contains_key(id));
        vacant.unwrap_or_else(|| self.id_at(lower))
    }

    /// The id that was given to what is new at a key, or the next one.
    fn id_at(&mut self, lower: &str) -> NodeId {
        let given = self.given.get(lower).map(|given| given.id);
        let vacant = given.filter(|id| !self.paths.contains_key(id));
        vacant.unwrap_or_else(|| NodeId(self.number()))
    }

    /// The same for a revision.
    fn rev_at(&mut self, lower: &str, id: NodeId) -> Rev {
        let given = self.given.get(lower).and_then(|given| given.rev);
        let is_free = |rev: &Rev| self.revisions.get(rev).is_none_or(|owner| *owner == id);
        given.filter(is_free).unwrap_or_else(|| Rev(self.number()))
    }

    fn has_content(&self, lower: &str, new: &NewFile) -> bool {
        let present = self.at(lower).and_then(|item| item.node.file());
        present.is_some_and(|file| file.content_hash == new.content_hash && file.size == new.size)
    }

    fn create_folder(&mut self, path: &str, seen: Option<Seen>) {
        self.ensure_folder(path);
        if let Some(seen) = seen {
            self.see(&path::lower(path), &seen);
        }
    }

    fn ensure_folder(&mut self, path: &str) {
        for prefix in path::prefixes(path) {
            let lower = path::lower(prefix);
            if self.nodes.contains_key(&lower) {
                continue;
            }
            let path_display = self.display(prefix);
            let id = self.id_at(&lower);
            let folder = Node { id, path_display, changed: 0, kind: Kind::Folder, seen: None };
            self.put_changed(lower, folder);
        }
    }

    /// The name as given, in the folder as it is already known.
    fn display(&self, path: &str) -> String {
        let parent = self.at(&path::lower(path::parent(path)));
        let folder = parent.map_or("", |item| item.node.path_display.as_str());
        format!("{folder}/{}", path::name(path))
    }

    fn see(&mut self, lower: &str, seen: &Seen) {
        if let Some(node) = self.nodes.get_mut(lower) {
            node.seen = Some(seen.clone());
        }
    }

    fn mark(&mut self, lower: &str, mark: Option<Mark>) {
        let number = self.number();
        let Some(node) = self.nodes.get_mut(lower) else { return };
        let Kind::File(file) = &mut node.kind else { return };
        file.mark = mark;
        let (id, earlier) = (node.id, std::mem::replace(&mut node.changed, number));
        self.journal.forget(earlier);
        self.journal.record(number, Change::Present(lower.to_owned()));
        let history = self.histories.get_mut(&id);
        if let Some(newest) = history.and_then(|history| history.last_mut()) {
            newest.file.mark = mark;
        }
    }

    fn put_changed(&mut self, lower: String, mut node: Node) {
        node.changed = self.number();
        self.journal.record(node.changed, Change::Present(lower.clone()));
        self.put(lower, node);
    }

    fn put(&mut self, lower: String, node: Node) {
        self.paths.insert(node.id, lower.clone());
        if let Some(earlier) = self.nodes.insert(lower, node) {
            self.journal.forget(earlier.changed);
        }
    }

    fn remember(&mut self, id: NodeId, path_display: &str, file: &File) {
        let history = self.histories.entry(id).or_default();
        if self.revisions.contains_key(&file.rev) {
            // It comes back as what it was.
            history.retain(|revision| revision.file.rev != file.rev);
        }
        if history.len() == REVISIONS_KEPT_MAX {
            self.revisions.remove(&history.remove(0).file.rev);
        }
        history.push(Revision { path_display: path_display.to_owned(), file: file.clone() });
        self.revisions.insert(file.rev, id);
    }

    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}

impl NewFile {
    fn stored_as(&self, rev: Rev) -> File {
        File {
            rev,
            size: self.size,
            content_hash: self.content_hash,
            mark: None,
            client_modified: self.client_modified,
            server_modified: self.at,
            modified_by: self.modified_by.clone(),
            content: self.content.clone(),
        }
    }
}
