//! Which tiles and entry bundles a tree of some size has, and where its nodes are in them.

use std::ops::Range;

use crate::{Hash, NodeId, TREE_SIZE_MAX};

use super::{TILE_HEIGHT, TILE_WIDTH};

/// The highest level on which a tree of [`TREE_SIZE_MAX`] entries has a tile. The specification
/// lets paths go up to 63, for trees that can't exist.
const LEVEL_MAX: u8 = 7;

/// A tile of hashes: its place and how many hashes it holds. Only tiles that some tree has can be
/// named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    level: u8,
    index: u64,
    width: u16,
}

/// A bundle of entries: those whose leaves stand in the tile of level 0 with the same index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId {
    index: u64,
    width: u16,
}

impl TileId {
    /// The tile at this place with this many hashes, unless no tree has one.
    pub fn new(level: u8, index: u64, width: u16) -> Option<Self> {
        let tile = Self { level, index, width };
        (level <= LEVEL_MAX && tile.is_in(TREE_SIZE_MAX)).then_some(tile)
    }

    /// The tile at this place as it is in a tree of `size` entries, full or partial.
    pub fn at(level: u8, index: u64, size: u64) -> Option<Self> {
        let width = width_at(index, hashes_on(level, size))?;
        Some(Self { level, index, width })
    }

    /// The tile which holds a node, or the hashes under it, in a tree of `size` entries.
    pub fn holding(node: NodeId, size: u64) -> Option<Self> {
        if !node.is_complete_in(size) {
            return None;
        }
        let height = node.level % TILE_HEIGHT;
        Self::at(node.level / TILE_HEIGHT, node.index >> (TILE_HEIGHT - height), size)
    }

    /// All the tiles of a tree of `size` entries, lowest level first.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        Self::grown(0, size)
    }

    /// The tiles that a tree of `new_size` entries has and a tree of `old_size` hadn't: what
    /// appending made, or made wider.
    pub fn grown(old_size: u64, new_size: u64) -> impl Iterator<Item = Self> {
        (0..=LEVEL_MAX).flat_map(move |level| {
            grown(hashes_on(level, old_size), hashes_on(level, new_size))
                .filter_map(move |index| Self::at(level, index, new_size))
        })
    }

    /// 0 for leaf hashes, one more for each 256 times the leaves.
    pub fn level(self) -> u8 {
        self.level
    }

    /// Counted from the left within the level.
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many hashes the tile holds, from 1 to [`TILE_WIDTH`].
    pub fn width(self) -> u16 {
        self.width
    }

    /// Whether the tile can't grow any more.
    pub fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// Whether a tree of `size` entries reaches so far as to have the tile, this wide or wider.
    pub fn is_in(self, size: u64) -> bool {
        is_in(self.index, self.width, hashes_on(self.level, size))
    }

    /// The nodes that the tile stores: their binary level and their indexes there.
    pub fn nodes(self) -> impl ExactSizeIterator<Item = NodeId> {
        let (level, first) = (self.level * TILE_HEIGHT, self.index * u64::from(TILE_WIDTH));
        (0..self.width).map(move |offset| NodeId { level, index: first + u64::from(offset) })
    }

    /// The node that a full tile of this place hashes up to.
    pub fn root(self) -> NodeId {
        NodeId { level: (self.level + 1) * TILE_HEIGHT, index: self.index }
    }

    /// The length of the tile's file.
    pub fn byte_length(self) -> usize {
        usize::from(self.width) * Hash::BYTES
    }
}

impl BundleId {
    /// The bundle at this place with this many entries, unless no tree has one.
    pub fn new(index: u64, width: u16) -> Option<Self> {
        is_in(index, width, TREE_SIZE_MAX).then_some(Self { index, width })
    }

    /// The bundle at this place as it is in a tree of `size` entries, full or partial.
    pub fn at(index: u64, size: u64) -> Option<Self> {
        let width = width_at(index, size)?;
        Some(Self { index, width })
    }

    /// All the bundles of a tree of `size` entries.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        grown(0, size).filter_map(move |index| Self::at(index, size))
    }

    /// Counted from the left.
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many entries the bundle holds, from 1 to [`TILE_WIDTH`].
    pub fn width(self) -> u16 {
        self.width
    }

    /// Whether the bundle can't grow any more.
    pub fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// Whether a tree of `size` entries reaches so far as to have the bundle, this wide or wider.
    pub fn is_in(self, size: u64) -> bool {
        is_in(self.index, self.width, size)
    }

    /// The indexes of its entries in the log.
    pub fn entries(self) -> Range<u64> {
        let first = self.index * u64::from(TILE_WIDTH);
        first..first + u64::from(self.width)
    }
}

/// How many hashes all the tiles of a level hold together.
fn hashes_on(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0)
}

/// The width of the tile at `index` where a level has `hashes`; `None` where it has no such tile.
fn width_at(index: u64, hashes: u64) -> Option<u16> {
    let first = index.checked_mul(TILE_WIDTH.into())?;
    let from_first = hashes.checked_sub(first).filter(|&count| count > 0)?;
    Some(u16::try_from(from_first).map_or(TILE_WIDTH, |count| count.min(TILE_WIDTH)))
}

fn is_in(index: u64, width: u16, hashes: u64) -> bool {
    width > 0 && width_at(index, hashes).is_some_and(|width_max| width <= width_max)
}

/// The indexes of the tiles that differ between a level of `old` and one of `new` hashes.
fn grown(old: u64, new: u64) -> Range<u64> {
    let last = if old < new { new.div_ceil(TILE_WIDTH.into()) } else { 0 };
    old / u64::from(TILE_WIDTH)..last
}
