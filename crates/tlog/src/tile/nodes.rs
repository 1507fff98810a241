//! A tile with every node that its hashes make, computed once: for whoever makes many proofs, whose
//! paths meet in the same few tiles.

use crate::{Hash, NodeId, node_hash};

use super::{TILE_HEIGHT, Tile, TileId};

/// A tile's nodes on all of its binary levels: twice as many hashes as the tile holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileNodes {
    id: TileId,
    /// The stored hashes, then the complete pairs of each level below.
    levels: Vec<Vec<Hash>>,
}

impl TileNodes {
    /// Hashes a tile: 255 times if it is full.
    pub fn new(tile: &Tile<'_>) -> Self {
        let mut levels = vec![tile.hashes().collect::<Vec<_>>()];
        for _ in 0..TILE_HEIGHT {
            let below = levels.last().map_or(&[][..], Vec::as_slice);
            let (pairs, _) = below.as_chunks::<2>();
            levels.push(pairs.iter().map(|[left, right]| node_hash(left, right)).collect());
        }
        Self { id: tile.id(), levels }
    }

    /// Which tile it is.
    pub fn id(&self) -> TileId {
        self.id
    }

    /// The same as [`Tile::node`].
    pub fn node(&self, node: NodeId) -> Option<Hash> {
        let height = node.level.checked_sub(self.id.level() * TILE_HEIGHT)?;
        let above = TILE_HEIGHT.checked_sub(height)?;
        if node.index >> above != self.id.index() {
            return None;
        }
        let within = usize::try_from(node.index & ((1 << above) - 1)).ok()?;
        self.levels.get(usize::from(height))?.get(within).copied()
    }
}
