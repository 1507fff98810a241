//! Some of a log's entries, in memory: read, hashed and cut into the files that hold them.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use tlog::{BundleId, Hash, RightEdge, TILE_WIDTH, TileId, encode_bundle, leaf_hash};

use crate::fetch::{self, Bundle, FetchError, Flaw};
use crate::reader::READS_MAX;
use crate::{LogFile, LogReader};

/// A portion ends when it holds so many bundles …
const BUNDLES_MAX: u64 = 64;
/// … or so many bytes, whichever comes first.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// Entries up to a size, as files.
pub(super) struct Portion {
    /// The end of the log with them.
    pub(super) edge: RightEdge,
    /// Their bundles, and the tiles that are full with them.
    pub(super) files: Arc<[(LogFile, Vec<u8>)]>,
}

impl Portion {
    /// Reads the entries that follow, some of those up to `size`.
    pub(super) async fn read<R: LogReader>(
        reader: &R,
        edge: &RightEdge,
        size: u64,
    ) -> Result<Self, FetchError> {
        let mut edge = edge.clone();
        let mut files = Vec::new();
        let first = edge.size() / u64::from(TILE_WIDTH);
        let ids = (first..first + BUNDLES_MAX).map_while(|index| BundleId::at(index, size));
        let bundles = ids.map(|id| async move { (id, fetch::bundle(reader, id).await) });
        let mut bundles = stream::iter(bundles).buffered(READS_MAX);
        let mut bytes = 0;
        while let Some((id, bundle)) = bundles.next().await {
            let (file, bundle) = (LogFile::Bundle(id), bundle?);
            let unwritable =
                |_| fetch::flawed(reader, file, Flaw::TooLong { bytes_max: file.bytes_max() });
            files.push((file, encode_bundle(bundle.entries()).map_err(unwritable)?));
            let known = known(&edge, id.index());
            if let Some(index) = differs(&bundle, &known, id) {
                return Err(fetch::flawed(reader, file, Flaw::OtherEntry { index }));
            }
            for entry in bundle.entries().iter().skip(known.len()) {
                bytes += entry.len();
                let full = edge.push(leaf_hash(entry)).into_iter();
                files.extend(full.map(|tile| (LogFile::Tile(tile.id), tile_bytes(&tile.hashes))));
            }
            if bytes > BYTES_MAX {
                break;
            }
        }
        Ok(Self { edge, files: files.into() })
    }
}

/// The hashes of those of a bundle's entries that the edge has already: their bundle was partial.
fn known(edge: &RightEdge, bundle: u64) -> Vec<Hash> {
    let is_it = |tile: &TileId| tile.level() == 0 && tile.index() == bundle;
    let mut partial = edge.partial_tiles().filter(|(tile, _)| is_it(tile));
    partial.next().map(|(_, hashes)| hashes.to_vec()).unwrap_or_default()
}

/// The first entry that isn't the known one. Those that follow are proven by the root; these are
/// only behind it.
fn differs(bundle: &Bundle, known: &[Hash], id: BundleId) -> Option<u64> {
    let mut pairs = id.entries().zip(bundle.entries().iter().zip(known));
    pairs.find(|(_, (entry, known))| leaf_hash(entry) != **known).map(|(index, _)| index)
}

/// A tile's file.
pub(super) fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
