//! The right edge: what a log keeps in memory to append and to cut what it appends into tiles.
//!
//! That is the frontier and the hashes of each level's last tile while it isn't full. Whoever
//! stores a log keeps the full tiles that [`RightEdge::push`] gives; whoever publishes one writes
//! the partial ones too.

use crate::{Frontier, Hash, NodeId, TILE_HEIGHT, TILE_WIDTH, TileId};

/// Levels of tiles that a log can have.
const LEVELS: usize = 8;

/// The growing end of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightEdge {
    frontier: Frontier,
    /// The hashes of each level's last tile, while it is not full.
    tiles: [Vec<Hash>; LEVELS],
}

/// A tile that will not change any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullTile {
    /// Its place.
    pub id: TileId,
    /// Its 256 hashes.
    pub hashes: Vec<Hash>,
    /// What they hash up to: the hash that the tile above holds for this one.
    pub root: Hash,
}

impl RightEdge {
    /// The edge of a log without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// The edge of a log whose frontier and partial tiles were stored. `read` gives the hashes of
    /// a partial tile. That they belong together shows in the root alone.
    pub fn resume<E>(
        frontier: Frontier,
        mut read: impl FnMut(TileId) -> Result<Vec<Hash>, E>,
    ) -> Result<Self, E> {
        let size = frontier.size();
        let mut edge = Self { frontier, ..Self::default() };
        for (level, hashes) in (0..).zip(&mut edge.tiles) {
            if let Some(tile) = last_tile(level, size) {
                *hashes = read(tile)?;
            }
        }
        Ok(edge)
    }

    /// How many entries the log has; also the index of the next one.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root of the whole log.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The roots of the complete subtrees: what to store beside the size.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Appends a leaf; gives the tiles that are full with it, lowest level first.
    pub fn push(&mut self, leaf: Hash) -> Vec<FullTile> {
        let Self { frontier, tiles } = self;
        let mut full = Vec::new();
        frontier.push(leaf, &mut |node, hash| {
            if node.level % TILE_HEIGHT == 0 {
                full.extend(extend(tiles, node, hash));
            }
        });
        full
    }

    /// Each level's last tile where it is not full, lowest level first.
    pub fn partial_tiles(&self) -> impl Iterator<Item = (TileId, &[Hash])> {
        let size = self.size();
        let last = move |(level, hashes)| Some((last_tile(level, size)?, Vec::as_slice(hashes)));
        (0..).zip(&self.tiles).filter_map(last)
    }
}

/// Adds a hash to the last tile of its level. A hash above level 0 is the root of the tile below,
/// which is full with it.
fn extend(tiles: &mut [Vec<Hash>; LEVELS], node: NodeId, hash: Hash) -> Option<FullTile> {
    let level = node.level / TILE_HEIGHT;
    let full = level.checked_sub(1).and_then(|below| {
        let hashes = std::mem::take(tiles.get_mut(usize::from(below))?);
        Some(FullTile { id: TileId::new(below, node.index, TILE_WIDTH)?, hashes, root: hash })
    });
    if let Some(hashes) = tiles.get_mut(usize::from(level)) {
        hashes.push(hash);
    }
    full
}

/// A level's last tile in a log of that size, unless it is full.
fn last_tile(level: u8, size: u64) -> Option<TileId> {
    let hashes = size >> (level * TILE_HEIGHT);
    TileId::at(level, hashes / u64::from(TILE_WIDTH), size)
}
