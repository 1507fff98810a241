//! Tiles: the tree cut into files of up to 256 hashes, as a log serves and stores it.
//!
//! A tile of level `l` holds consecutive nodes of binary level `8 * l`. The seven binary levels in
//! between are hashed again when needed, from one tile. This file says what a tile's bytes mean;
//! [`id`] says which tiles a tree has, and [`path`] how they are called.

mod id;
mod nodes;
mod path;

pub use id::{BundleId, TileId};
pub use nodes::TileNodes;
pub use path::MalformedPath;

use crate::{Hash, NodeId, node_hash};

/// How many binary levels a tile spans.
pub const TILE_HEIGHT: u8 = 8;

/// How many hashes a full tile holds, and how many entries a full bundle.
pub const TILE_WIDTH: u16 = 1 << TILE_HEIGHT;

/// A tile's bytes, read in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile<'a> {
    id: TileId,
    hashes: &'a [[u8; Hash::BYTES]],
}

/// A tile's bytes don't have the length that its width asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tile is {expected} bytes long, not {found}")]
pub struct WrongTileLength {
    /// The tile's width in bytes.
    pub expected: usize,
    /// What was given.
    pub found: usize,
}

impl<'a> Tile<'a> {
    /// The tile `id` out of its bytes. They may be those of the same tile when it had grown
    /// further: a partial tile is a prefix of every later one.
    pub fn new(id: TileId, bytes: &'a [u8]) -> Result<Self, WrongTileLength> {
        let wrong_length = WrongTileLength { expected: id.byte_length(), found: bytes.len() };
        let (all, rest) = bytes.as_chunks();
        match all.get(..id.width().into()) {
            Some(hashes) if rest.is_empty() => Ok(Self { id, hashes }),
            _ => Err(wrong_length),
        }
    }

    /// Which tile it is.
    pub fn id(&self) -> TileId {
        self.id
    }

    /// The hashes that the tile stores.
    pub fn hashes(&self) -> impl ExactSizeIterator<Item = Hash> + 'a {
        self.hashes.iter().copied().map(Hash)
    }

    /// A node that the tile stores or that can be hashed from what it stores: up to the root of a
    /// full tile, which is the hash that the level above stores for it. `None` when the node isn't
    /// under this tile, or not complete in it.
    pub fn node(&self, node: NodeId) -> Option<Hash> {
        let height = node.level.checked_sub(self.id.level() * TILE_HEIGHT)?;
        let above = TILE_HEIGHT.checked_sub(height)?;
        if node.index >> above != self.id.index() {
            return None;
        }
        let within = usize::try_from(node.index & ((1 << above) - 1)).ok()?;
        let hashes = self.hashes.get(within << height..(within + 1) << height)?;
        Some(subtree_root(hashes))
    }
}

/// The root over a power of two of hashes; halving one comes down to single hashes.
fn subtree_root(hashes: &[[u8; Hash::BYTES]]) -> Hash {
    if let [hash] = hashes {
        return Hash(*hash);
    }
    let (left, right) = hashes.split_at(hashes.len() / 2);
    node_hash(&subtree_root(left), &subtree_root(right))
}
