//! A tree as one JSON value, written when the state file is compacted. What follows from the rest
//! (paths by id, the journal) is left out and rebuilt.

use serde::{Deserialize, Serialize};

use super::journal::Change;
use super::node::{Gone, Node, Revision};
use super::tree::Tree;
use crate::identifier::NodeId;

#[derive(Serialize, Deserialize)]
pub(crate) struct Snapshot {
    nodes: Vec<(String, Node)>,
    gone: Vec<(String, Gone)>,
    histories: Vec<(NodeId, Vec<Revision>)>,
    last_number: u64,
    cursor_epoch: u32,
}

impl Snapshot {
    pub(crate) fn of(tree: &Tree) -> Self {
        let owned = |(lower, node): (&String, &Node)| (lower.clone(), node.clone());
        Self {
            nodes: tree.nodes.iter().map(owned).collect(),
            gone: tree.gone.iter().map(|(lower, gone)| (lower.clone(), gone.clone())).collect(),
            histories: tree.histories.iter().map(|(id, all)| (*id, all.clone())).collect(),
            last_number: tree.last_number,
            cursor_epoch: tree.cursor_epoch,
        }
    }
}

impl From<Snapshot> for Tree {
    fn from(snapshot: Snapshot) -> Self {
        let revision = |(id, revisions): &(NodeId, Vec<Revision>)| {
            let id = *id;
            revisions.iter().map(move |revision| (revision.file.rev, id)).collect::<Vec<_>>()
        };
        let mut tree = Self {
            revisions: snapshot.histories.iter().flat_map(revision).collect(),
            histories: snapshot.histories.into_iter().collect(),
            last_number: snapshot.last_number,
            cursor_epoch: snapshot.cursor_epoch,
            ..Self::default()
        };
        for (lower, node) in snapshot.nodes {
            if node.changed > 0 {
                tree.journal.record(node.changed, Change::Present(lower.clone()));
            }
            tree.paths.insert(node.id, lower.clone());
            tree.nodes.insert(lower, node);
        }
        for (lower, gone) in snapshot.gone {
            if let Some(number) = gone.changed {
                tree.journal.record(number, Change::Gone(lower.clone()));
            }
            tree.gone.insert(lower, gone);
        }
        tree
    }
}
