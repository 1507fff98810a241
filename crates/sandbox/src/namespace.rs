//! What is in one account: files and folders by path, what they were, and in which order they
//! changed. A pure state machine: time, numbers and content arrive with each [`Operation`], so
//! that replaying the operations gives the same ids, revisions and cursors.
//!
//! Not here: where operations come from (a watched folder, a test), how they are kept (the state
//! file), and how entries look on the wire.

mod check;
mod generated;
mod generated_walk;
mod journal;
mod listing;
mod node;
mod operation;
mod snapshot;
mod story;
mod tree;

pub(crate) use generated::Generated;
pub(crate) use listing::{Entry, Position, Scope};
pub use node::Mark;
pub(crate) use node::{File, Gone, Item, Kind, Node, Revision, Seen};
pub(crate) use operation::{Identities, Identity, NewFile, Operation, Refusal};
pub(crate) use snapshot::Snapshot;
pub(crate) use tree::Tree;

use bytes::Bytes;

use story::Story;

use crate::faults::Coalescing;
use crate::identifier::{NodeId, Rev};

/// The tree that is stored, and below it, where there is one, the tree that is computed. Whatever
/// an operation touches is copied from the computed tree into the stored one first.
#[derive(Clone, Default)]
pub(crate) struct Namespace {
    tree: Tree,
    generated: Option<Generated>,
    /// Every state that there was, where cursors are to be told of each.
    story: Option<Story>,
}

impl Namespace {
    pub(crate) fn stored(tree: Tree) -> Self {
        Self { tree, ..Self::default() }
    }

    pub(crate) fn generated(generated: Generated) -> Self {
        Self { generated: Some(generated), ..Self::default() }
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Whether an operation can be done now; nothing changes.
    pub(crate) fn check(&mut self, operation: &Operation) -> Result<(), Refusal> {
        self.bring_up(operation);
        self.tree.check(operation)
    }

    /// Does what [`Self::check`] allowed.
    pub(crate) fn apply(&mut self, operation: &Operation) {
        self.bring_up(operation);
        let before = self.tree.tip();
        self.tree.apply(operation);
        if let Some(story) = &mut self.story {
            story.follow(&self.tree, before);
        }
    }

    /// Whether cursors are told of the latest state alone, or of every state from now on.
    pub(crate) fn tell_by(&mut self, coalescing: Coalescing) {
        match (coalescing, &self.story) {
            (Coalescing::On, _) => self.story = None,
            (Coalescing::Off, None) => self.story = Some(Story::begin(&self.tree)),
            (Coalescing::Off, Some(_)) => {}
        }
    }

    /// The number of the latest change; grows with each.
    pub(crate) fn tip(&self) -> u64 {
        self.tree.tip()
    }

    pub(crate) fn at(&mut self, lower: &str) -> Option<Item<'_>> {
        self.copy_up(lower);
        self.tree.at(lower)
    }

    pub(crate) fn by_id(&mut self, id: NodeId) -> Option<Item<'_>> {
        if let Some(path) = self.generated.as_ref().and_then(|base| base.path_of(id)) {
            self.copy_up(&path);
        }
        self.tree.by_id(id)
    }

    /// A version of a file by its revision, whatever the file is today.
    pub(crate) fn by_rev(&mut self, rev: Rev) -> Option<(NodeId, Revision)> {
        if let Some(path) = self.generated.as_ref().and_then(|base| base.path_of(NodeId(rev.0))) {
            self.copy_up(&path);
        }
        let (id, mut version) = self.tree.by_rev(rev)?;
        // What was moved without being written has the content that it began with.
        if let (None, Some(base)) = (&version.file.content, &self.generated) {
            version.file.content = base.content(id);
        }
        Some((id, version))
    }

    pub(crate) fn content(&mut self, lower: &str) -> Option<Bytes> {
        self.copy_up(lower);
        let node = self.tree.at(lower)?.node;
        let Kind::File(file) = &node.kind else { return None };
        let computed = || self.generated.as_ref().and_then(|base| base.content(node.id));
        file.content.clone().or_else(computed)
    }

    /// How many files there are now.
    pub(crate) fn files(&self) -> u64 {
        self.tree.files() + self.generated.as_ref().map_or(0, Generated::files_left)
    }

    /// What all files weigh that are stored. Computed ones weigh nothing.
    pub(crate) fn bytes(&self) -> u64 {
        self.tree.nodes().filter_map(|item| item.node.file()).map(|file| file.size).sum()
    }

    fn bring_up(&mut self, operation: &Operation) {
        match operation {
            Operation::Write(file) => self.copy_up(&crate::path::lower(&file.path)),
            Operation::CreateFolder { path, .. } => self.copy_up(&crate::path::lower(path)),
            Operation::See { path, .. } | Operation::Mark { path, .. } => self.copy_up(path),
            Operation::Move { from, to, .. } => {
                self.copy_up_below(from);
                self.copy_up(&crate::path::lower(to));
            }
            Operation::Delete { path, .. } | Operation::Retell { path, .. } => {
                self.copy_up_below(path);
            }
            Operation::Detach { path, .. } => {
                self.copy_up_below(path);
                self.copy_content_below(path);
            }
            Operation::Follow { operation, .. } => self.bring_up(operation),
            Operation::Number { .. } | Operation::Forget { .. } | Operation::ResetCursors => {}
        }
    }

    /// Copies a path and the folders that it is in.
    fn copy_up(&mut self, lower: &str) {
        let Some(base) = &mut self.generated else { return };
        for prefix in crate::path::prefixes(lower) {
            if let Some(node) = base.take(prefix) {
                self.tree.adopt(prefix, node);
            }
        }
    }

    /// Stores what is computed by an id, for files that are to have another.
    fn copy_content_below(&mut self, lower: &str) {
        let Some(base) = &self.generated else { return };
        let all = self.tree.at(lower).into_iter().chain(self.tree.below(lower));
        let keys: Vec<String> = all.map(|item| item.lower.to_owned()).collect();
        for key in keys {
            let Some(node) = self.tree.nodes.get_mut(&key) else { continue };
            if let Kind::File(file) = &mut node.kind {
                file.content = file.content.take().or_else(|| base.content(node.id));
            }
        }
    }

    /// Copies a folder and everything below into the stored tree, to be walked there.
    pub(crate) fn copy_up_below(&mut self, lower: &str) {
        self.copy_up(lower);
        let Some(base) = &mut self.generated else { return };
        for (path, node) in base.take_below(lower) {
            self.tree.adopt(&path, node);
        }
    }
}
