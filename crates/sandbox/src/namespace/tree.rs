//! The stored tree: nodes by path, ids to paths, histories, what is gone, and the journal.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use super::journal::{Change, Journal};
use super::node::{File, Gone, Item, Kind, Mark, Node, Revision, Seen};
use super::operation::{NewFile, Operation};
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
        let (id, path_display) = present.unwrap_or_else(|| (self.id_for(new), display));
        let file = new.stored_as(Rev(self.number()));
        self.remember(id, &path_display, &file);
        let kind = Kind::File(file);
        self.put_changed(
            lower,
            Node { id, path_display, changed: 0, kind, seen: new.seen.clone() },
        );
    }

    /// The id that a restored file had, or the next one.
    fn id_for(&mut self, new: &NewFile) -> NodeId {
        let vacant = new.id.filter(|id| !self.paths.contains_key(id));
        vacant.unwrap_or_else(|| NodeId(self.number()))
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
            let id = NodeId(self.number());
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

    fn relocate(&mut self, from: &str, to: &str, at: i64, seen: Option<&Seen>) {
        let target = path::lower(to);
        if target == from {
            self.change_case(from, to);
        } else {
            self.ensure_folder(path::parent(to));
            let display = self.display(to);
            self.rekey(from, &target, &display, at);
        }
        if let Some(seen) = seen {
            self.see(&target, seen);
        }
    }

    /// Changes of case alone are not told to cursors, as Dropbox documents.
    fn change_case(&mut self, lower: &str, to: &str) {
        let display = self.display(to);
        if let Some(node) = self.nodes.get_mut(lower) {
            node.path_display = display;
        }
    }

    fn rekey(&mut self, from: &str, target: &str, display: &str, at: i64) {
        for (number, (lower, mut node)) in self.take_out(from, at).into_iter().enumerate() {
            let rest = lower.get(from.len()..).unwrap_or_default();
            node.path_display = if number == 0 {
                display.to_owned()
            } else {
                let parent = self.at(path::parent(&format!("{target}{rest}")));
                let folder = parent.map_or("", |item| item.node.path_display.as_str());
                format!("{folder}/{}", node.name())
            };
            if let Kind::File(file) = &mut node.kind {
                file.rev = Rev(self.number());
                let moved = file.clone();
                self.remember(node.id, &node.path_display, &moved);
            }
            self.put_changed(format!("{target}{rest}"), node);
        }
    }

    fn delete(&mut self, lower: &str, at: i64) {
        self.take_out(lower, at);
    }

    /// Removes a node and everything below; only the topmost is reported as deleted.
    fn take_out(&mut self, lower: &str, at: i64) -> Vec<(String, Node)> {
        let mut keys = vec![lower.to_owned()];
        keys.extend(self.below(lower).map(|item| item.lower.to_owned()));
        self.forget_deletions_below(lower);
        let mut taken = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(node) = self.nodes.remove(&key) else { continue };
            self.journal.forget(node.changed);
            self.paths.remove(&node.id);
            let changed = (key == lower).then(|| self.number());
            self.bury(&key, &node, changed, at);
            taken.push((key, node));
        }
        taken
    }

    /// The deletion of a folder tells what the deletions in it would tell.
    fn forget_deletions_below(&mut self, folder: &str) {
        let first = format!("{folder}/");
        let gone =
            self.gone.range_mut::<str, _>((Bound::Included(first.as_str()), Bound::Unbounded));
        for (_, gone) in gone.take_while(|(lower, _)| lower.starts_with(&first)) {
            self.journal.forget(gone.changed.take().unwrap_or_default());
        }
    }

    fn retell(&mut self, lower: &str, at: i64) {
        let Some(top) = self.nodes.get(lower).cloned() else { return };
        let mut keys = vec![lower.to_owned()];
        keys.extend(self.below(lower).map(|item| item.lower.to_owned()));
        self.forget_deletions_below(lower);
        let number = self.number();
        self.bury(lower, &top, Some(number), at);
        for key in keys {
            let Some(node) = self.nodes.remove(&key) else { continue };
            self.journal.forget(node.changed);
            self.put_changed(key, node);
        }
    }

    /// Drops the histories of what is gone at a path and below it. That it is gone is still told.
    fn forget(&mut self, lower: &str) {
        let below = format!("{lower}/");
        let gone = self.gone.iter().filter(|(path, _)| *path == lower || path.starts_with(&below));
        let ids: Vec<NodeId> = gone.map(|(_, gone)| gone.id).collect();
        for id in ids.into_iter().filter(|id| !self.paths.contains_key(id)).collect::<Vec<_>>() {
            for revision in self.histories.remove(&id).into_iter().flatten() {
                self.revisions.remove(&revision.file.rev);
            }
        }
    }

    fn bury(&mut self, lower: &str, node: &Node, changed: Option<u64>, at: i64) {
        let path_display = node.path_display.clone();
        let gone = Gone { id: node.id, path_display, is_file: !node.is_folder(), at, changed };
        if let Some(number) = changed {
            self.journal.record(number, Change::Gone(lower.to_owned()));
        }
        if let Some(earlier) = self.gone.insert(lower.to_owned(), gone) {
            self.journal.forget(earlier.changed.unwrap_or_default());
        }
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
