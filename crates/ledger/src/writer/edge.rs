//! The log's right edge, kept in memory by the writer: what appending needs and the store would
//! only give back slowly.

use rusqlite::Connection;
use tlog::{Frontier, Hash, NodeId, TILE_HEIGHT, TILE_WIDTH, TileId, leaf_hash};

use crate::error::StoreError;
use crate::store::log::{self, HeadRow};

/// Levels of tiles that a log can have.
const LEVELS: usize = 8;

/// The growing end of the log.
#[derive(Clone)]
pub(crate) struct Edge {
    frontier: Frontier,
    /// The hashes of each level's last tile, while it is not full.
    tiles: [Vec<Hash>; LEVELS],
    /// How many fingerprints the lookup has.
    fingerprints: u64,
}

impl Edge {
    /// The edge of a log without entries.
    pub(crate) fn empty() -> Self {
        Self { frontier: Frontier::new(), tiles: Default::default(), fingerprints: 0 }
    }

    /// Reads the edge of the stored log, and checks that it leads to the stored root.
    pub(crate) fn load(db: &Connection, head: &HeadRow) -> Result<Self, StoreError> {
        let frontier = Frontier::from_bytes(head.size, &head.frontier)
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        if frontier.root() != head.root {
            return Err(StoreError::Damaged("the log's frontier has another root".into()));
        }
        let mut edge = Self { frontier, fingerprints: head.fingerprints, ..Self::empty() };
        for (level, hashes) in (0..).zip(&mut edge.tiles) {
            *hashes = last_hashes(db, level, head.size)?;
        }
        Ok(edge)
    }

    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(crate) fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Counts fingerprints that were filed.
    pub(crate) fn add_fingerprints(&mut self, count: u64) {
        self.fingerprints += count;
    }

    pub(crate) fn to_row(&self) -> HeadRow {
        HeadRow {
            size: self.size(),
            root: self.root(),
            frontier: self.frontier.to_bytes(),
            fingerprints: self.fingerprints,
        }
    }

    /// Appends an entry with the tiles that it completes; gives its index and leaf hash.
    pub(crate) fn append(
        &mut self,
        db: &Connection,
        entry: &[u8],
    ) -> Result<(u64, Hash), StoreError> {
        let (index, leaf) = (self.size(), leaf_hash(entry));
        log::insert_entry(db, index, entry)?;
        let mut complete = Vec::new();
        self.frontier.push(leaf, &mut |node, hash| {
            if node.level % TILE_HEIGHT == 0 {
                complete.push((node, hash));
            }
        });
        for (node, hash) in complete {
            self.extend(db, node, hash)?;
        }
        Ok((index, leaf))
    }

    /// Adds a hash to the last tile of its level. A hash above level 0 is the root of a tile that
    /// is full with it, which is stored now.
    fn extend(&mut self, db: &Connection, node: NodeId, hash: Hash) -> Result<(), StoreError> {
        let level = node.level / TILE_HEIGHT;
        if let Some(below) = level.checked_sub(1) {
            let hashes = self.tiles.get_mut(usize::from(below)).map(std::mem::take);
            let tile = TileId::new(below, node.index, TILE_WIDTH);
            if let Some((tile, hashes)) = tile.zip(hashes) {
                log::insert_tile(db, tile, &hashes, hash)?;
            }
        }
        if let Some(hashes) = self.tiles.get_mut(usize::from(level)) {
            hashes.push(hash);
        }
        Ok(())
    }
}

/// The hashes of a level's last tile, unless it is full.
fn last_hashes(db: &Connection, level: u8, size: u64) -> Result<Vec<Hash>, StoreError> {
    let hashes = size >> (level * TILE_HEIGHT);
    let partial = TileId::at(level, hashes / u64::from(TILE_WIDTH), size);
    let Some(tile) = partial.filter(|tile| !tile.is_full()) else { return Ok(Vec::new()) };
    let bytes = log::tile(db, tile)?;
    Ok(bytes.as_chunks().0.iter().copied().map(Hash).collect())
}
