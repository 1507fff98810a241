//! Checking a log: entries, stored tiles and root against each other, in one pass from the first
//! entry on, in constant memory.
//!
//! Where two places disagree the check names both, and goes on from what is *stored*: an entry
//! that was changed is reported once, and not again in every tile above it. Which of the two is
//! wrong the end of the pass may tell: [`LogCheck::entries_lead_to`] the root that was signed, or
//! they don't.

use crate::{Frontier, FullTile, Hash, RightEdge, TILE_WIDTH, TileId};

/// Two places of a log that do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// An entry and its hash.
    #[error("entry {index} is not the one whose hash {} holds", tile.path())]
    Entry {
        /// The entry's index.
        index: u64,
        /// The tile of level 0 that holds its hash.
        tile: TileId,
    },
    /// A tile and the one above it.
    #[error("{} does not hash to what {} holds at position {position}", below.path(), above.path())]
    Tile {
        /// The lower tile.
        below: TileId,
        /// The tile above.
        above: TileId,
        /// The place within the tile above.
        position: u16,
    },
    /// The tiles and the root.
    #[error("the tiles of {size} entries hash to another root than the signed one: {found}")]
    Root {
        /// How many entries they are.
        size: u64,
        /// What they hash to.
        found: Hash,
    },
}

/// A pass over a log.
#[derive(Clone, Debug, Default)]
pub struct LogCheck {
    /// The log as the tiles of level 0 have it.
    stored: RightEdge,
    /// The log as the entries have it, from the first disagreement on.
    entries: Option<Frontier>,
}

impl LogCheck {
    /// A pass that begins at entry 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries were taken.
    pub fn size(&self) -> u64 {
        self.stored.size()
    }

    /// Takes the next entries' leaf hashes, and what the tile of level 0 holds for them: `None`
    /// where that tile can't be had, which is for the caller to report. Gives the full tiles of
    /// higher levels that follow, each to be [compared](compare_tile) with the stored one.
    pub fn take(
        &mut self,
        leaves: &[Hash],
        stored: Option<&[Hash]>,
        found: &mut Vec<Disagreement>,
    ) -> Vec<FullTile> {
        let mut full = Vec::new();
        let stored = stored.filter(|stored| stored.len() == leaves.len()).unwrap_or(leaves);
        let first = self.size();
        let tile = TileId::at(0, first / u64::from(TILE_WIDTH), first + leaves.len() as u64);
        for (leaf, stored) in leaves.iter().zip(stored) {
            if leaf != stored {
                self.entries.get_or_insert_with(|| self.stored.frontier().clone());
                let index = self.size();
                found.extend(tile.map(|tile| Disagreement::Entry { index, tile }));
            }
            if let Some(entries) = &mut self.entries {
                entries.push(*leaf, &mut |_, _| ());
            }
            full.extend(self.stored.push(*stored));
        }
        full.retain(|tile| tile.id.level() > 0);
        full
    }

    /// The partial tiles of higher levels that follow from all that was taken.
    pub fn partial_tiles(&self) -> impl Iterator<Item = (TileId, &[Hash])> {
        self.stored.partial_tiles().filter(|(tile, _)| tile.level() > 0)
    }

    /// Whether the stored tiles of level 0 lead to this root.
    pub fn finish(&self, root: &Hash) -> Result<(), Disagreement> {
        let found = self.stored.root();
        if found == *root {
            return Ok(());
        }
        Err(Disagreement::Root { size: self.size(), found })
    }

    /// Whether the entries lead to this root: then they are right, and what disagrees with them
    /// can be made again from them.
    pub fn entries_lead_to(&self, root: &Hash) -> bool {
        let found = self.entries.as_ref().map_or_else(|| self.stored.root(), Frontier::root);
        found == *root
    }
}

/// What a stored tile of a higher level holds else than what follows from the tiles below.
pub fn compare_tile<'a>(
    tile: TileId,
    expected: &'a [Hash],
    stored: &'a [Hash],
) -> impl Iterator<Item = Disagreement> + 'a {
    let first = tile.index() * u64::from(TILE_WIDTH);
    let differs = expected.iter().zip(stored).map(|(expected, stored)| expected != stored);
    (0u16..).zip(differs).filter(|(_, differs)| *differs).filter_map(move |(position, _)| {
        let below = tile.level().checked_sub(1)?;
        let below = TileId::new(below, first + u64::from(position), TILE_WIDTH)?;
        Some(Disagreement::Tile { below, above: tile, position })
    })
}
