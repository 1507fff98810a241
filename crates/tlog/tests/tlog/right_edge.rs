//! The right edge against the tiles of the definition.

use std::convert::Infallible;

use tlog::{Frontier, Hash, RightEdge, TileId};

use crate::reference::Log;

/// Enough for two levels, a full tile on the second included.
const SIZE: u64 = 65_800;

fn hashes(log: &Log, tile: TileId) -> Vec<Hash> {
    tile.nodes().map(|node| log.node(node)).collect()
}

#[test]
fn every_tile_of_a_growing_log_comes_out_once_and_as_defined() {
    let log = Log::of(SIZE);
    let mut edge = RightEdge::new();
    let mut full = Vec::new();
    for leaf in &log.leaves {
        full.extend(edge.push(*leaf));
    }
    assert_eq!((edge.size(), edge.root()), (SIZE, log.frontier.root()));
    for tile in &full {
        assert_eq!(tile.hashes, hashes(&log, tile.id), "{:?}", tile.id);
        assert_eq!(tile.root, log.node(tile.id.root()), "{:?}", tile.id);
    }
    for (tile, partial) in edge.partial_tiles() {
        assert_eq!(partial, hashes(&log, tile), "{tile:?}");
    }
    let mut given: Vec<_> = full.iter().map(|tile| tile.id).collect();
    given.extend(edge.partial_tiles().map(|(tile, _)| tile));
    given.sort_unstable();
    assert_eq!(given, TileId::all(SIZE).collect::<Vec<_>>());
}

#[test]
fn edge_that_was_stored_goes_on_as_if_it_had_not_been() {
    let log = Log::of(1_030);
    let mut edge = RightEdge::new();
    for leaf in &log.leaves {
        let read = |tile| Ok::<_, Infallible>(hashes(&log, tile));
        let bytes = edge.frontier().to_bytes();
        let frontier = Frontier::from_bytes(edge.size(), &bytes).unwrap();
        let mut resumed = RightEdge::resume(frontier, read).unwrap();
        assert_eq!(resumed, edge);
        assert_eq!(resumed.push(*leaf), edge.push(*leaf));
        edge = resumed;
    }
}
