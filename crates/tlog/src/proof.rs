//! Proofs that an entry is in a tree and that one tree continues another.
//!
//! Proving needs stored nodes and lives in [`prove`]; verifying needs nothing but the proof and
//! lives in [`verify`], so that a verifier's reader has one short file to trust.

mod prove;
mod verify;

pub use prove::{ProveError, prove_consistency, prove_inclusion};
pub(crate) use verify::root_of_inclusion;
pub use verify::{ProofError, verify_consistency, verify_inclusion};

/// The longest proof of any tree: one hash per level, and for consistency one to start from.
pub const PROOF_HASHES_MAX: usize = 64;
