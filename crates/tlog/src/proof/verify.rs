//! Checking proofs. Nothing here reads a stored hash or trusts a length from outside.
//!
//! Both checks climb from the leaf (or from the old tree's last complete subtree) to the root.
//! Below the level where the place and the tree's last leaf have met, the bits of the index say
//! on which side each sibling stands; above it, the place is on the tree's right edge, and every
//! sibling stands on the left.

use crate::{EMPTY_ROOT, Hash, TREE_SIZE_MAX, node_hash};

/// Why a proof doesn't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The tree has no such entry, or no such earlier size.
    #[error("a tree of {size} entries has no proof for {asked}")]
    OutOfTree {
        /// The index of the entry, or the earlier size.
        asked: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The proof has too few or too many hashes for its place.
    #[error("the proof has {found} hashes where {expected} are needed")]
    WrongLength {
        /// How many hashes a proof for this place has.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// The proof leads to another root than that of the tree.
    #[error("the proof leads to another root")]
    WrongRoot,
    /// The proof starts from another tree than the old one.
    #[error("the proof starts from another old root")]
    WrongOldRoot,
}

/// Checks that `leaf` is the hash of entry `index` in the tree of `size` entries under `root`.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let computed = root_of_inclusion(leaf, index, size, proof)?;
    if computed == *root { Ok(()) } else { Err(ProofError::WrongRoot) }
}

/// The root to which an inclusion proof leads; it is worth as much as the signature over it.
pub(crate) fn root_of_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
) -> Result<Hash, ProofError> {
    if index >= size || size > TREE_SIZE_MAX {
        return Err(ProofError::OutOfTree { asked: index, size });
    }
    let climb = Climb::from(index, size);
    expect_length(climb.length(), proof)?;
    let root = (0..).zip(proof).fold(*leaf, |node, (level, sibling)| {
        if climb.sibling_is_left(level) {
            node_hash(sibling, &node)
        } else {
            node_hash(&node, sibling)
        }
    });
    Ok(root)
}

/// Checks that the tree under `new_root` begins with the tree under `old_root`.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size > new_size || new_size > TREE_SIZE_MAX {
        return Err(ProofError::OutOfTree { asked: old_size, size: new_size });
    }
    if old_size == new_size || old_size == 0 {
        return verify_trivial(old_size, old_root, new_size, new_root, proof);
    }
    // The last complete subtree of the old tree is a node of both trees: both climbs start there.
    let level = old_size.trailing_zeros();
    let climb = Climb::from(old_size - 1, new_size).above(level);
    // It is the whole old tree when that has a power of two of leaves; else the proof begins with it.
    let is_given = !old_size.is_power_of_two();
    expect_length(climb.length() + usize::from(is_given), proof)?;
    let (start, siblings) = match proof.split_first() {
        Some(split) if is_given => split,
        _ => (old_root, proof),
    };
    let (mut old, mut new) = (*start, *start);
    for (level, sibling) in (0..).zip(siblings) {
        if climb.sibling_is_left(level) {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
        } else {
            // What stands on the right was appended after the old tree.
            new = node_hash(&new, sibling);
        }
    }
    if old != *old_root {
        return Err(ProofError::WrongOldRoot);
    }
    if new == *new_root { Ok(()) } else { Err(ProofError::WrongRoot) }
}

/// A tree continues itself, and any tree continues the empty one.
fn verify_trivial(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    expect_length(0, proof)?;
    if old_size == 0 && *old_root != EMPTY_ROOT {
        return Err(ProofError::WrongOldRoot);
    }
    if old_size == new_size && old_root != new_root {
        return Err(ProofError::WrongRoot);
    }
    Ok(())
}

fn expect_length(expected: usize, proof: &[Hash]) -> Result<(), ProofError> {
    let found = proof.len();
    if found == expected { Ok(()) } else { Err(ProofError::WrongLength { expected, found }) }
}

/// The way from a node up to the root.
#[derive(Clone, Copy)]
struct Climb {
    /// The index of the node; each level's bit says on which side of its parent the way comes in.
    index: u64,
    /// How many levels there are below the one where the way joins the tree's right edge.
    inner: u32,
}

impl Climb {
    /// The way from leaf `index`, which is in the tree of `size` leaves.
    fn from(index: u64, size: u64) -> Self {
        Self { index, inner: u64::BITS - (index ^ (size - 1)).leading_zeros() }
    }

    /// The same way, from `level` levels further up: never above the inner part, since the leaf is
    /// the last of a complete subtree of that level and not the last of the tree.
    fn above(self, level: u32) -> Self {
        Self { index: self.index >> level, inner: self.inner.saturating_sub(level) }
    }

    /// On the right edge only the levels where the node is a right child have a sibling.
    fn length(self) -> usize {
        (self.inner + (self.index >> self.inner).count_ones()) as usize
    }

    fn sibling_is_left(self, step: u32) -> bool {
        step >= self.inner || self.index >> step & 1 == 1
    }
}
