//! The growing right edge of the tree: all that appending needs to remember.
//!
//! A frontier is a binary counter whose set bits carry hashes. Bit `l` of the size is set exactly
//! when the tree ends in a complete subtree of 2^l leaves, a *peak*; appending a leaf merges peaks
//! as adding one carries bits. That is one inner hash per leaf on average, and no allocation. It
//! can't answer for the past: proofs read stored nodes.

use std::fmt;

use crate::{EMPTY_ROOT, Hash, NodeId, TREE_SIZE_MAX, node_hash};

const PEAKS_MAX: usize = u64::BITS as usize;

/// The compact form of a tree: its size and the roots of its complete subtrees.
#[derive(Clone)]
pub struct Frontier {
    size: u64,
    /// The peak of level `l` where bit `l` of `size` is set; left over from earlier where not.
    peaks: [Hash; PEAKS_MAX],
}

/// Stored bytes aren't the frontier of the tree of that size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedFrontier {
    /// More entries than a tree may have.
    #[error("a tree of {size} entries is larger than {TREE_SIZE_MAX}")]
    TooLarge {
        /// The size asked for.
        size: u64,
    },
    /// Too few or too many bytes for the peaks of the size.
    #[error("the frontier of {size} entries is {expected} bytes long, not {found}")]
    WrongLength {
        /// The size asked for.
        size: u64,
        /// What the size needs.
        expected: usize,
        /// What was given.
        found: usize,
    },
}

impl Frontier {
    /// The frontier of the tree without entries.
    pub fn new() -> Self {
        Self { size: 0, peaks: [EMPTY_ROOT; PEAKS_MAX] }
    }

    /// How many leaves the tree has; also the index of the next one.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hash of the whole tree, merged from the right. It changes nothing: an incomplete
    /// subtree's hash is of no further use.
    pub fn root(&self) -> Hash {
        let merge = |right: Hash, left: &Hash| node_hash(left, &right);
        let mut from_right = self.peaks().rev();
        from_right.next().map_or(EMPTY_ROOT, |&smallest| from_right.fold(smallest, merge))
    }

    /// Appends a leaf and reports every node that is final with it, from the leaf upwards.
    pub fn push(&mut self, leaf: Hash, complete: &mut impl FnMut(NodeId, Hash)) {
        let mut node = leaf;
        for (level, peak) in (0..).zip(&mut self.peaks) {
            complete(NodeId { level, index: self.size >> level }, node);
            if self.size >> level & 1 == 0 {
                *peak = node;
                break;
            }
            node = node_hash(peak, &node);
        }
        self.size += 1;
    }

    /// The peaks, largest subtree first: what to store beside the size.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.peaks().flat_map(|peak| peak.0).collect()
    }

    /// The frontier of a tree of `size` entries, from the bytes that [`to_bytes`](Self::to_bytes)
    /// gave. That they belong together shows in the root alone.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, MalformedFrontier> {
        if size > TREE_SIZE_MAX {
            return Err(MalformedFrontier::TooLarge { size });
        }
        let expected = size.count_ones() as usize * Hash::BYTES;
        if bytes.len() != expected {
            return Err(MalformedFrontier::WrongLength { size, expected, found: bytes.len() });
        }
        let mut frontier = Self { size, ..Self::new() };
        let (hashes, _) = bytes.as_chunks();
        for (peak, hash) in frontier.peaks_mut().zip(hashes) {
            *peak = Hash(*hash);
        }
        Ok(frontier)
    }

    fn peaks(&self) -> impl DoubleEndedIterator<Item = &Hash> {
        let size = self.size;
        let is_set = move |(level, _): &(usize, _)| size >> level & 1 == 1;
        self.peaks.iter().enumerate().rev().filter(is_set).map(|(_, peak)| peak)
    }

    fn peaks_mut(&mut self) -> impl Iterator<Item = &mut Hash> {
        let size = self.size;
        let is_set = move |(level, _): &(usize, _)| size >> level & 1 == 1;
        self.peaks.iter_mut().enumerate().rev().filter(is_set).map(|(_, peak)| peak)
    }
}

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Frontier {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.peaks().eq(other.peaks())
    }
}

impl Eq for Frontier {}

impl fmt::Debug for Frontier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peaks: Vec<_> = self.peaks().collect();
        f.debug_struct("Frontier").field("size", &self.size).field("peaks", &peaks).finish()
    }
}
