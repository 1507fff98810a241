//! Making proofs from the complete nodes of the tree, which the caller reads from where it keeps
//! them.
//!
//! Both proofs walk from the root of the tree down to the place in question, and take at every
//! fork the root of the side that they don't go to. A proof reads at most two nodes per level.

use crate::{EMPTY_ROOT, Hash, NodeId, TREE_SIZE_MAX, node_hash};

/// A tree of [`TREE_SIZE_MAX`] leaves has complete subtrees up to this level, exclusively.
const LEVELS_MAX: u8 = 63;

/// Why a proof couldn't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveError<E> {
    /// The tree has no such entry, or no such earlier size.
    #[error("a tree of {size} entries has no proof for {asked}")]
    OutOfTree {
        /// The index of the entry, or the earlier size.
        asked: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A node couldn't be read.
    #[error("a node of the tree couldn't be read")]
    Read(#[source] E),
}

/// The proof that the leaf `index` is in the tree of `size` leaves: the sibling of the leaf first,
/// the child of the root last.
pub fn prove_inclusion<E>(
    index: u64,
    size: u64,
    mut read: impl FnMut(NodeId) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProveError<E>> {
    if index >= size || size > TREE_SIZE_MAX {
        return Err(ProveError::OutOfTree { asked: index, size });
    }
    let (mut begin, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - begin > 1 {
        let fork = fork(begin, end);
        if index < fork {
            proof.push(subtree_root(fork, end, &mut read)?);
            end = fork;
        } else {
            proof.push(subtree_root(begin, fork, &mut read)?);
            begin = fork;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `new_size` leaves begins with the tree of `old_size` leaves. It is
/// empty when there is nothing to prove: the sizes are the same, or the old tree is empty.
pub fn prove_consistency<E>(
    old_size: u64,
    new_size: u64,
    mut read: impl FnMut(NodeId) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProveError<E>> {
    if old_size > new_size || new_size > TREE_SIZE_MAX {
        return Err(ProveError::OutOfTree { asked: old_size, size: new_size });
    }
    if old_size == 0 {
        return Ok(Vec::new());
    }
    let (mut begin, mut end) = (0, new_size);
    let mut proof = Vec::new();
    while end != old_size {
        let fork = fork(begin, end);
        if old_size <= fork {
            proof.push(subtree_root(fork, end, &mut read)?);
            end = fork;
        } else {
            proof.push(subtree_root(begin, fork, &mut read)?);
            begin = fork;
        }
    }
    // The verifier has the root of the whole old tree, but not of the old tree's last part.
    if begin != 0 {
        proof.push(subtree_root(begin, end, &mut read)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Where a subtree of at least two leaves is divided: behind the largest power of two that is
/// smaller than it.
fn fork(begin: u64, end: u64) -> u64 {
    begin + (1 << (end - begin - 1).ilog2())
}

/// The root of the leaves `begin..end`, which hang under one fork: merged from the right out of
/// the complete subtrees, one per set bit of the length.
fn subtree_root<E>(
    begin: u64,
    mut end: u64,
    read: &mut impl FnMut(NodeId) -> Result<Hash, E>,
) -> Result<Hash, ProveError<E>> {
    let length = end - begin;
    let mut root = None;
    for level in (0..LEVELS_MAX).filter(|level| length >> level & 1 == 1) {
        end -= 1 << level;
        let node = read(NodeId { level, index: end >> level }).map_err(ProveError::Read)?;
        root = Some(root.map_or(node, |right| node_hash(&node, &right)));
    }
    Ok(root.unwrap_or(EMPTY_ROOT))
}
