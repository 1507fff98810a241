//! A log in memory with its key: the one of the vectors, whose entry `n` is the text `entry n`.

use std::collections::HashMap;
use std::convert::Infallible;

use sha2::{Digest, Sha256};
use tlog::{
    AddCheckpoint, Checkpoint, Frontier, Hash, NodeId, Policy, SignedNote, Signer, leaf_hash,
    prove_consistency,
};

pub(crate) const ORIGIN: &str = "log.example.com/test";

/// All its heads can be signed, so it can also fork.
pub(crate) struct Log {
    frontier: Frontier,
    nodes: HashMap<NodeId, Hash>,
}

impl Log {
    pub(crate) fn of(size: u64) -> Self {
        let mut log = Self { frontier: Frontier::new(), nodes: HashMap::new() };
        (0..size).for_each(|index| log.push(&format!("entry {index}")));
        log
    }

    /// As long, but the last entry is another one.
    pub(crate) fn forked(size: u64) -> Self {
        let mut log = Self::of(size - 1);
        log.push("something else");
        log
    }

    fn push(&mut self, entry: &str) {
        let Self { frontier, nodes } = self;
        frontier.push(leaf_hash(entry.as_bytes()), &mut |id, hash| {
            nodes.insert(id, hash);
        });
    }

    pub(crate) fn head(&self) -> Checkpoint {
        let origin = ORIGIN.parse().unwrap();
        Checkpoint { origin, size: self.frontier.size(), root: self.frontier.root() }
    }

    pub(crate) fn checkpoint(&self) -> SignedNote {
        self.head().sign(&signer())
    }

    /// Asks for a signature of the whole log, for a witness that knows its first entries.
    pub(crate) fn request(&self, old_size: u64) -> AddCheckpoint {
        let read = |id| Ok::<_, Infallible>(self.nodes[&id]);
        let proof = match old_size {
            0 => Vec::new(),
            _ => prove_consistency(old_size, self.frontier.size(), read).unwrap(),
        };
        AddCheckpoint { old_size, proof, checkpoint: self.checkpoint() }
    }
}

pub(crate) fn signer() -> Signer {
    Signer::from_seed(ORIGIN.parse().unwrap(), &seed("log key seed"))
}

pub(crate) fn seed(of: &str) -> [u8; 32] {
    Sha256::digest(of).into()
}

/// What a witness is told that knows this log.
pub(crate) fn known() -> Policy {
    let log = format!("log {}\nquorum none\n", signer().verifier_key());
    Policy::parse(log.as_bytes()).unwrap()
}
