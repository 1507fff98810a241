//! Hashes of the tree, and where in the tree they stand.
//!
//! Leaves and inner nodes are hashed with different first bytes, so that nobody can pass one off
//! as the other. What an entry contains is not this file's business.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::text;

/// The largest number of entries that a tree may have: what a signed 64-bit integer holds, because
/// that is how databases and the Go implementations count. It also keeps the arithmetic on sizes
/// and indexes free of overflow.
pub const TREE_SIZE_MAX: u64 = i64::MAX.unsigned_abs();

/// The root of the tree without entries: SHA-256 of nothing.
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

const LEAF_PREFIX: [u8; 1] = [0];
const NODE_PREFIX: [u8; 1] = [1];

/// A SHA-256 hash: a leaf's, an inner node's or a root. Its text is padded base64, as in all the
/// C2SP formats.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; Hash::BYTES]);

/// The place of a complete subtree: it spans the leaves `index << level .. (index + 1) << level`.
/// Only complete subtrees have a place, since only their hashes never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// The height above the leaves, which are level 0.
    pub level: u8,
    /// Counted from the left within the level.
    pub index: u64,
}

/// A text or a byte string isn't a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the padded base64 of a 32-byte hash")]
pub struct MalformedHash;

/// The hash of an entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new_with_prefix(LEAF_PREFIX).chain_update(entry).finalize().into())
}

/// The hash of an inner node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let hasher = Sha256::new_with_prefix(NODE_PREFIX);
    Hash(hasher.chain_update(left.0).chain_update(right.0).finalize().into())
}

impl Hash {
    /// The length of a hash.
    pub const BYTES: usize = 32;
}

impl TryFrom<&[u8]> for Hash {
    type Error = MalformedHash;

    fn try_from(bytes: &[u8]) -> Result<Self, MalformedHash> {
        bytes.try_into().map(Self).map_err(|_| MalformedHash)
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Hash {
    type Err = MalformedHash;

    fn from_str(text: &str) -> Result<Self, MalformedHash> {
        let bytes = text::parse_base64(text, Self::BYTES).ok_or(MalformedHash)?;
        Self::try_from(bytes.as_slice())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl NodeId {
    /// The place of a leaf.
    pub fn leaf(index: u64) -> Self {
        Self { level: 0, index }
    }

    /// Whether a tree of this size has the node: all of its leaves are there.
    pub fn is_complete_in(self, size: u64) -> bool {
        let complete = size.checked_shr(self.level.into()).unwrap_or(0);
        self.index < complete
    }
}
