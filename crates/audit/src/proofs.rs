//! Proofs made from the tiles of a published log, as any reader can make them.
//!
//! Nothing is trusted on the way: a proof is verified against a signed root, or it is worth nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use futures_util::{StreamExt, TryStreamExt, stream};
use tlog::{
    EMPTY_ROOT, Hash, NodeId, ProveError, Tile, TileId, node_hash, prove_consistency,
    prove_inclusion,
};

use crate::LogReader;
use crate::fetch::{self, FetchError};
use crate::reader::READS_MAX;

/// A tree has complete subtrees up to this level, exclusively.
const LEVELS_MAX: u8 = 63;

/// Makes proofs in the log of one size.
#[derive(Clone, Copy, Debug)]
pub struct Proofs<'r, R> {
    reader: &'r R,
    size: u64,
}

/// Why a proof couldn't be made.
#[derive(Debug, thiserror::Error)]
pub enum ProofsError {
    /// A tile couldn't be had.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The log has no such entry, or was never so small.
    #[error("a log of {size} entries has no proof for {asked}")]
    OutOfTree {
        /// The index of the entry, or the earlier size.
        asked: u64,
        /// The log's size.
        size: u64,
    },
}

/// Nodes of the tree, from tiles that were fetched for them.
struct Nodes {
    size: u64,
    tiles: BTreeMap<TileId, Vec<u8>>,
}

impl<'r, R: LogReader> Proofs<'r, R> {
    /// For the log as it was at this size.
    pub fn new(reader: &'r R, size: u64) -> Self {
        Self { reader, size }
    }

    /// The proof that an entry is in the log.
    pub async fn inclusion(&self, index: u64) -> Result<Vec<Hash>, ProofsError> {
        let size = self.size;
        self.prove(|read| prove_inclusion(index, size, |node| Ok(read(node)))).await
    }

    /// The proof that the log continues what it was at an earlier size.
    pub async fn consistency(&self, old_size: u64) -> Result<Vec<Hash>, ProofsError> {
        let size = self.size;
        self.prove(|read| prove_consistency(old_size, size, |node| Ok(read(node)))).await
    }

    /// The root that the log had at an earlier size, if its tiles are right.
    pub async fn root_at(&self, old_size: u64) -> Result<Hash, ProofsError> {
        self.prove(|read| Ok(root(old_size, read))).await
    }

    /// The roots of the log's complete subtrees, largest first.
    pub(crate) async fn peaks(&self) -> Result<Vec<Hash>, ProofsError> {
        let size = self.size;
        self.prove(|read| Ok(peaks(size).map(&mut *read).collect())).await
    }

    /// Runs the proof twice: first to learn which nodes it reads, then over what was fetched.
    async fn prove<T>(
        &self,
        prove: impl Fn(&mut dyn FnMut(NodeId) -> Hash) -> Result<T, ProveError<Infallible>>,
    ) -> Result<T, ProofsError> {
        let mut wanted = Vec::new();
        let rehearsed = prove(&mut |node| {
            wanted.push(node);
            EMPTY_ROOT
        });
        rehearsed.map_err(out_of_tree)?;
        let nodes = self.fetch(&wanted).await?;
        prove(&mut |node| nodes.get(node)).map_err(out_of_tree)
    }

    async fn fetch(&self, wanted: &[NodeId]) -> Result<Nodes, FetchError> {
        let holding = wanted.iter().filter_map(|node| TileId::holding(*node, self.size));
        let ids: BTreeSet<TileId> = holding.collect();
        let fetches = ids.into_iter().map(|id| async move {
            let hashes = fetch::tile(self.reader, id).await?;
            Ok((id, hashes.iter().flat_map(|hash| hash.0).collect()))
        });
        let tiles = stream::iter(fetches).buffered(READS_MAX).try_collect().await?;
        Ok(Nodes { size: self.size, tiles })
    }
}

impl Nodes {
    /// A node out of the tile that holds it. All were fetched; a wrong one makes a wrong proof.
    fn get(&self, node: NodeId) -> Hash {
        let id = TileId::holding(node, self.size);
        let tile = id.and_then(|id| Tile::new(id, self.tiles.get(&id)?).ok());
        tile.and_then(|tile| tile.node(node)).unwrap_or(EMPTY_ROOT)
    }
}

/// The nodes whose hashes are a tree's peaks, largest first.
fn peaks(size: u64) -> impl Iterator<Item = NodeId> {
    let complete = (0..LEVELS_MAX).rev().filter(move |level| size >> level & 1 == 1);
    complete.map(move |level| NodeId { level, index: (size >> level) - 1 })
}

/// The root of the first `size` leaves, merged from the right out of the peaks.
fn root(size: u64, read: &mut dyn FnMut(NodeId) -> Hash) -> Hash {
    let peaks: Vec<Hash> = peaks(size).map(read).collect();
    let merged = peaks.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
    merged.unwrap_or(EMPTY_ROOT)
}

fn out_of_tree(error: ProveError<Infallible>) -> ProofsError {
    match error {
        ProveError::OutOfTree { asked, size } => ProofsError::OutOfTree { asked, size },
        ProveError::Read(never) => match never {},
    }
}
