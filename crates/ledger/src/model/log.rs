//! What people are shown of the log: its checkpoints, how it grew, and an entry with its proof.
//! Nothing here says which asset or event an entry belongs to.

use jiff::Timestamp;
use tlog::Hash;

use super::asset::CheckpointSeen;

/// A checkpoint with the log's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// How many entries it covers.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// When it was signed.
    pub at: Timestamp,
}

/// An entry with the proof that the newest checkpoint covers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedEntry {
    /// Its place in the log.
    pub index: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The proof that it is there, the leaf's sibling first.
    pub path: Vec<Hash>,
    /// What the proof leads to.
    pub newest: SignedCheckpoint,
    /// The first checkpoint that covered it.
    pub covered: CheckpointSeen,
}
