//! How things leave their place: moved, deleted, or told once more as gone and come back.

use std::ops::Bound;

use super::Tree;
use crate::identifier::NodeId;
use crate::namespace::journal::Change;
use crate::namespace::node::{Gone, Kind, Node, Seen};
use crate::path;

impl Tree {
    pub(super) fn relocate(&mut self, from: &str, to: &str, at: i64, seen: Option<&Seen>) {
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
            let key = format!("{target}{}", lower.get(from.len()..).unwrap_or_default());
            node.path_display = if number == 0 {
                display.to_owned()
            } else {
                let parent = self.at(path::parent(&key));
                let folder = parent.map_or("", |item| item.node.path_display.as_str());
                format!("{folder}/{}", node.name())
            };
            self.renew(&key, &mut node);
            self.put_changed(key, node);
        }
    }

    /// A file that is elsewhere, or another, has another revision.
    fn renew(&mut self, lower: &str, node: &mut Node) {
        let id = node.id;
        if let Kind::File(file) = &mut node.kind {
            file.rev = self.rev_at(lower, id);
            let renewed = file.clone();
            self.remember(id, &node.path_display, &renewed);
        }
    }

    pub(super) fn delete(&mut self, lower: &str, at: i64) {
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

    pub(super) fn retell(&mut self, lower: &str, at: i64) {
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

    /// Everything has an id of its own from here on; what it was before, it was as another.
    pub(super) fn detach(&mut self, lower: &str, at: i64) {
        for (key, mut node) in self.take_out(lower, at) {
            node.id = NodeId(self.number());
            self.renew(&key, &mut node);
            self.put_changed(key, node);
        }
    }

    /// Drops the histories of what is gone at a path and below it. That it is gone is still told.
    pub(super) fn forget(&mut self, lower: &str) {
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
}
