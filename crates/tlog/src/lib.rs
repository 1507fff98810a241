//! The transparency log's arithmetic: tree, tiles, signed notes, checkpoints, proofs, receipts.
//!
//! A log is an append-only list of entries under one hash, the *root*. Whoever keeps the root of
//! a size can check, with a few hashes, that an entry is in the list ([`verify_inclusion`]) and
//! that a later root continues the same list ([`verify_consistency`]). The log signs its roots as
//! [`Checkpoint`]s; a [`Receipt`] packs an entry's index, its proof and a checkpoint into one file
//! that proves the entry to anybody who has the log's [`VerifierKey`], without asking a server.
//!
//! What each part follows, byte for byte:
//!
//! | part | specification |
//! |---|---|
//! | [`leaf_hash`], [`node_hash`], [`Frontier`], proofs | RFC 6962 section 2.1, with SHA-256 |
//! | [`TileId`], [`Tile`], [`BundleId`], [`encode_bundle`], [`RightEdge`] | C2SP tlog-tiles |
//! | [`SignedNote`], [`VerifierKey`], [`Signer`] | C2SP signed-note |
//! | [`Checkpoint`] | C2SP tlog-checkpoint |
//! | [`Cosigner`] | C2SP tlog-cosignature, with Ed25519 and ML-DSA-44 |
//! | [`Receipt`] | C2SP tlog-proof |
//! | [`Policy`] | C2SP tlog-policy |
//! | [`AddCheckpoint`] | C2SP tlog-witness |
//! | [`cose`] | RFC 9942 and RFC 9943, with Ed25519 |
//!
//! The crate is pure: it reads no file, no socket, no clock and no randomness. Stored hashes come
//! in through a closure, seeds and times as arguments. It doesn't know what an entry means.
//!
//! Whatever comes from outside is parsed here once, within named limits, and anything that a
//! specification doesn't allow is refused: a text that parses is written back byte for byte.
//!
//! ```
//! use tlog::{Checkpoint, Frontier, Hash, NodeId, Receipt, Signer, VerifierKey, leaf_hash};
//! use tlog::prove_inclusion;
//! use std::{collections::HashMap, convert::Infallible};
//!
//! // Append three entries, and keep every node of the tree that becomes final.
//! let mut nodes: HashMap<NodeId, Hash> = HashMap::new();
//! let mut frontier = Frontier::new();
//! for entry in ["first", "second", "third"] {
//!     frontier.push(leaf_hash(entry.as_bytes()), &mut |id, hash| {
//!         nodes.insert(id, hash);
//!     });
//! }
//!
//! // Sign the new head.
//! let signer = Signer::from_seed("log.example/1".parse()?, &[7; 32]);
//! let head = Checkpoint {
//!     origin: signer.name().into(),
//!     size: frontier.size(),
//!     root: frontier.root(),
//! };
//!
//! // Hand out a receipt for the second entry, which anybody can check with the log's key.
//! let read = |id| Ok::<_, Infallible>(nodes[&id]);
//! let path = prove_inclusion(1, head.size, read)?;
//! let receipt = Receipt { extra: None, index: 1, path, checkpoint: head.sign(&signer) };
//! let key: VerifierKey = signer.verifier_key().to_string().parse()?;
//! let checked = Receipt::parse(&receipt.to_string())?.verify(&leaf_hash(b"second"), &key)?;
//! assert_eq!(checked, head);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod add_checkpoint;
mod bundle;
mod check;
mod checkpoint;
pub mod cose;
mod frontier;
mod hash;
mod note;
mod policy;
mod proof;
mod receipt;
mod right_edge;
mod text;
mod tile;

pub use add_checkpoint::{
    ADD_CHECKPOINT_BYTES_MAX, ADD_CHECKPOINT_HASHES_MAX, AddCheckpoint, LatestSize,
    MalformedRequest, MalformedSize, Refusal,
};
pub use bundle::{ENTRY_BYTES_MAX, EntryTooLong, MalformedBundle, decode_bundle, encode_bundle};
pub use check::{Disagreement, LogCheck, compare_tile};
pub use checkpoint::{Checkpoint, CheckpointError, MalformedCheckpoint, Origin};
pub use frontier::{Frontier, MalformedFrontier};
pub use hash::{EMPTY_ROOT, Hash, MalformedHash, NodeId, TREE_SIZE_MAX, leaf_hash, node_hash};
pub use note::{
    CosignError, Cosigner, KeyId, KeyName, MalformedKey, MalformedName, MalformedNote,
    MalformedSignature, NAME_BYTES_MAX, NOTE_BYTES_MAX, SIGNATURES_MAX, Signature, SignatureError,
    SignatureType, SignedNote, Signer, TIME_MAX_S, Verified, VerifierKey,
};
pub use policy::{
    Cosignature, KnownLog, MalformedPolicy, POLICY_BYTES_MAX, POLICY_EACH_MAX, Policy, PolicyError,
    PolicyFault, Witness, Witnessed,
};
pub use proof::{
    PROOF_HASHES_MAX, ProofError, ProveError, prove_consistency, prove_inclusion,
    verify_consistency, verify_inclusion,
};
pub use receipt::{EXTRA_BYTES_MAX, MalformedReceipt, Receipt, ReceiptError};
pub use right_edge::{FullTile, RightEdge};
pub use tile::{
    BundleId, MalformedPath, TILE_HEIGHT, TILE_WIDTH, Tile, TileId, TileNodes, WrongTileLength,
};
