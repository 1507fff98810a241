//! The tree as RFC 6962 defines it, recursively and slowly, and the stores that tests read from.

use std::{collections::HashMap, convert::Infallible};

use tlog::{EMPTY_ROOT, Frontier, Hash, NodeId, leaf_hash, node_hash};

/// A log in memory: its leaves, and every node that was reported as complete.
pub(crate) struct Log {
    pub(crate) leaves: Vec<Hash>,
    pub(crate) frontier: Frontier,
    nodes: HashMap<NodeId, Hash>,
}

impl Log {
    /// The log of the entries `entry 0`, `entry 1`, …, which the vectors use too.
    pub(crate) fn of(size: u64) -> Self {
        let mut log = Self { leaves: Vec::new(), frontier: Frontier::new(), nodes: HashMap::new() };
        for index in 0..size {
            log.push(leaf_hash(entry(index).as_bytes()));
        }
        log
    }

    pub(crate) fn push(&mut self, leaf: Hash) {
        self.leaves.push(leaf);
        self.frontier.push(leaf, &mut |id, hash| {
            assert_eq!(self.nodes.insert(id, hash), None, "{id:?} was reported twice");
        });
    }

    pub(crate) fn node(&self, id: NodeId) -> Hash {
        self.nodes[&id]
    }

    pub(crate) fn read(&self) -> impl Fn(NodeId) -> Result<Hash, Infallible> {
        |id| Ok(self.node(id))
    }

    pub(crate) fn root(&self, size: usize) -> Hash {
        root(&self.leaves[..size])
    }
}

pub(crate) fn entry(index: u64) -> String {
    format!("entry {index}")
}

/// MTH of RFC 6962, section 2.1.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH of RFC 6962, section 2.1.1.
pub(crate) fn inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if index < left.len() {
        with(inclusion(index, left), root(right))
    } else {
        with(inclusion(index - left.len(), right), root(left))
    }
}

/// PROOF of RFC 6962, section 2.1.2.
pub(crate) fn consistency(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    fn subproof(old: usize, leaves: &[Hash], is_whole: bool) -> Vec<Hash> {
        if old == leaves.len() {
            return if is_whole { Vec::new() } else { vec![root(leaves)] };
        }
        let (left, right) = leaves.split_at(split(leaves.len()));
        if old <= left.len() {
            with(subproof(old, left, is_whole), root(right))
        } else {
            with(subproof(old - left.len(), right, false), root(left))
        }
    }
    subproof(old, leaves, true)
}

fn split(length: usize) -> usize {
    length.next_power_of_two() / 2
}

fn with(mut proof: Vec<Hash>, hash: Hash) -> Vec<Hash> {
    proof.push(hash);
    proof
}
