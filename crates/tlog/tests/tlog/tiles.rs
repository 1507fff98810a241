//! Tiles and entry bundles against the specification's example and a log that another
//! implementation made.

use std::{fs, path::Path};

use proptest::prelude::*;
use tlog::{
    BundleId, ENTRY_BYTES_MAX, EntryTooLong, Hash, MalformedBundle, MalformedPath, NodeId,
    TREE_SIZE_MAX, Tile, TileId, TileNodes, WrongTileLength, decode_bundle, encode_bundle,
    leaf_hash, prove_consistency, prove_inclusion,
};

use crate::reference::{self, Log};

fn vector(log: &str, path: &str) -> Vec<u8> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    fs::read(vectors.join(log).join(path)).unwrap()
}

fn tile_bytes(log: &Log, id: TileId) -> Vec<u8> {
    id.nodes().flat_map(|node| log.node(node).0).collect()
}

#[test]
fn tiles_of_70_000_entries_are_those_of_the_specification() {
    let paths: Vec<_> = TileId::all(70_000).map(TileId::path).collect();
    let mut expected: Vec<_> = (0..273).map(|index| format!("tile/0/{index:03}")).collect();
    expected.extend(
        ["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"].map(String::from),
    );
    assert_eq!(paths, expected);
    let bundles: Vec<_> = BundleId::all(70_000).map(BundleId::path).collect();
    assert_eq!(bundles.len(), 274);
    assert_eq!(bundles[273], "tile/entries/273.p/112");
}

#[test]
fn small_and_empty_trees_have_no_empty_tiles() {
    let paths = |size| TileId::all(size).map(TileId::path).collect::<Vec<_>>();
    assert_eq!(paths(0), [""; 0]);
    assert_eq!(paths(1), ["tile/0/000.p/1"]);
    assert_eq!(paths(256), ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(paths(257), ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]);
    assert_eq!(TileId::at(0, 1, 256), None);
    assert_eq!(BundleId::at(1, 256), None);
}

#[test]
fn tiles_and_bundles_are_byte_for_byte_those_of_the_vectors() {
    for (name, size) in [("log8", 8), ("log257", 257)] {
        let log = Log::of(size);
        for id in TileId::all(size) {
            assert_eq!(tile_bytes(&log, id), vector(name, &id.path()), "{name} {}", id.path());
        }
        for id in BundleId::all(size) {
            let entries: Vec<_> = id.entries().map(reference::entry).collect();
            let stored = vector(name, &id.path());
            assert_eq!(encode_bundle(&entries).unwrap(), stored);
            let decoded = decode_bundle(id, &stored).unwrap();
            assert!(decoded.iter().copied().eq(entries.iter().map(String::as_bytes)));
        }
    }
}

#[test]
fn growing_a_log_makes_the_tiles_that_it_did_not_have() {
    for (old, new) in [(0, 0), (5, 5), (0, 257), (255, 256), (256, 257), (1000, 70_000)] {
        let before: Vec<_> = TileId::all(old).collect();
        let made: Vec<_> = TileId::grown(old, new).collect();
        let expected: Vec<_> = TileId::all(new).filter(|tile| !before.contains(tile)).collect();
        assert_eq!(made, expected, "{old} to {new}");
    }
    assert_eq!(TileId::grown(257, 256).count(), 0);
}

#[test]
fn every_node_of_a_tree_can_be_read_from_its_tiles() {
    let log = Log::of(700);
    for size in [0, 1, 5, 255, 256, 257, 300, 511, 512, 700] {
        for level in 0..=10_u8 {
            for index in 0..=size >> level {
                let node = NodeId { level, index };
                let Some(id) = TileId::holding(node, size) else {
                    assert!(!node.is_complete_in(size));
                    continue;
                };
                assert!(id.is_in(size));
                let bytes = tile_bytes(&log, id);
                assert_eq!(Tile::new(id, &bytes).unwrap().node(node), Some(log.node(node)));
            }
        }
    }
}

#[test]
fn proofs_made_from_tiles_are_those_of_the_definition() {
    let size = 300;
    let log = Log::of(size);
    let read = |node| {
        let id = TileId::holding(node, size).ok_or(MalformedPath)?;
        let bytes = tile_bytes(&log, id);
        Tile::new(id, &bytes).ok().and_then(|tile| tile.node(node)).ok_or(MalformedPath)
    };
    for place in [0, 1, 2, 127, 128, 254, 255, 256, 257, 298, 299] {
        let index = usize::try_from(place).unwrap();
        let proof = prove_inclusion(place, size, read).unwrap();
        assert_eq!(proof, reference::inclusion(index, &log.leaves));
        let proof = prove_consistency(place.max(1), size, read).unwrap();
        assert_eq!(proof, reference::consistency(index.max(1), &log.leaves));
    }
}

#[test]
fn full_tile_hashes_up_to_the_node_of_the_level_above() {
    let log = Log::of(512);
    let id = TileId::at(0, 1, 512).unwrap();
    let bytes = tile_bytes(&log, id);
    let tile = Tile::new(id, &bytes).unwrap();
    assert!(id.is_full());
    assert_eq!(id.root(), NodeId { level: 8, index: 1 });
    assert_eq!(tile.node(id.root()), Some(log.node(id.root())));
    assert!(tile.hashes().eq(log.leaves[256..].iter().copied()));
}

#[test]
fn tile_answers_only_for_what_is_under_it() {
    let log = Log::of(300);
    let id = TileId::at(0, 1, 300).unwrap();
    let bytes = tile_bytes(&log, id);
    let tile = Tile::new(id, &bytes).unwrap();
    let node = |level, index| tile.node(NodeId { level, index });
    assert_eq!(node(0, 255), None, "left of the tile");
    assert!(node(0, 256).is_some());
    assert!(node(0, 299).is_some());
    assert_eq!(node(0, 300), None, "not there yet");
    assert_eq!(node(0, 512), None, "right of the tile");
    assert_eq!(node(8, 1), None, "the tile isn't full");
    assert_eq!(node(9, 0), None, "higher than a tile");
    assert_eq!(node(255, u64::MAX), None);
}

#[test]
fn nodes_computed_once_are_those_computed_each_time() {
    let log = Log::of(700);
    for id in TileId::all(700) {
        let bytes = tile_bytes(&log, id);
        let tile = Tile::new(id, &bytes).unwrap();
        let nodes = TileNodes::new(&tile);
        assert_eq!(nodes.id(), id);
        for level in 0..20 {
            for index in 0..800 {
                let node = NodeId { level, index };
                assert_eq!(nodes.node(node), tile.node(node), "{id:?} {node:?}");
            }
        }
    }
}

#[test]
fn partial_tile_is_a_prefix_of_the_one_that_grew() {
    let log = Log::of(300);
    let grown = tile_bytes(&log, TileId::at(0, 1, 300).unwrap());
    let earlier = TileId::new(0, 1, 10).unwrap();
    let tile = Tile::new(earlier, &grown).unwrap();
    assert_eq!(tile.hashes().len(), 10);
    assert_eq!(tile.node(NodeId::leaf(266)), None);

    let too_short = WrongTileLength { expected: 320, found: 288 };
    assert_eq!(Tile::new(earlier, &grown[..288]), Err(too_short));
    assert!(Tile::new(earlier, &grown[..321]).is_err(), "not whole hashes");
}

#[test]
fn tiles_that_no_tree_has_cannot_be_named() {
    assert_eq!(TileId::new(0, 0, 0), None);
    assert_eq!(TileId::new(0, 0, 257), None);
    assert_eq!(TileId::new(8, 0, 1), None);
    assert_eq!(TileId::new(0, u64::MAX, 1), None);
    assert_eq!(TileId::new(7, 0, 128), None);
    assert!(TileId::new(7, 0, 127).is_some());
    assert_eq!(BundleId::new(0, 0), None);
    assert_eq!(BundleId::new(0, 257), None);
    assert_eq!(BundleId::new(TREE_SIZE_MAX, 1), None);
    assert!(BundleId::new(TREE_SIZE_MAX / 256, 255).is_some());
    assert_eq!(BundleId::new(TREE_SIZE_MAX / 256, 256), None);
}

#[test]
fn paths_are_written_in_groups_of_three_digits() {
    for (index, path) in [
        (0, "tile/0/000"),
        (256, "tile/0/256"),
        (999, "tile/0/999"),
        (1000, "tile/0/x001/000"),
        (1_234_067, "tile/0/x001/x234/067"),
        (36_028_797_018_963_966, "tile/0/x036/x028/x797/x018/x963/966"),
    ] {
        let id = TileId::new(0, index, 256).unwrap();
        assert_eq!(id.path(), path);
        assert_eq!(TileId::parse(path), Ok(id));
        let bundle = BundleId::new(index, 17).unwrap();
        assert_eq!(bundle.path(), path.replace("/0/", "/entries/") + ".p/17");
        assert_eq!(BundleId::parse(&bundle.path()), Ok(bundle));
    }
}

#[test]
fn paths_have_one_spelling() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1234",
        "tile/0/x000/000",
        "tile/0/x1/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/x001/x000",
        "tile/0/x001//000",
        "tile/0//000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/00/000",
        "tile/+0/000",
        "tile/-1/000",
        "tile/8/000",
        "tile/64/000",
        "tile/x/000",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/+5",
        "tile/0/000.p/5/",
        "tile/0/000.p",
        "tile/0/000.p5",
        "tile/0/000.p/5.p/5",
        "tile/0/+00",
        "tile/0/-00",
        "tile/0/0 0",
        "tile/0/0\u{660}0",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/7/000",
        "TILE/0/000",
        "tile/0/000\n",
        "tile/entries",
        "tile/entries/",
        "tile/entries/0",
        "tile/entries/x000/000",
        "tile/entries/000.p/0",
        "tile/entries/000.p/256",
        "tile/data/000",
    ] {
        assert_eq!(TileId::parse(path), Err(MalformedPath), "{path:?}");
        assert_eq!(BundleId::parse(path), Err(MalformedPath), "{path:?}");
    }
    let long = format!("tile/0/{}000", "x000/".repeat(1000));
    assert_eq!(TileId::parse(&long), Err(MalformedPath));
}

#[test]
fn bundle_of_another_length_is_refused() {
    let id = BundleId::new(0, 2).unwrap();
    let bytes = encode_bundle(&["one", ""]).unwrap();
    assert_eq!(bytes, b"\0\x03one\0\0");
    assert_eq!(decode_bundle(id, &bytes), Ok(vec!["one".as_bytes(), b""]));
    for length in 0..bytes.len() {
        assert_eq!(decode_bundle(id, &bytes[..length]), Err(MalformedBundle::Truncated));
    }
    let longer = [bytes.as_slice(), b"\0"].concat();
    assert_eq!(decode_bundle(id, &longer), Err(MalformedBundle::TooLong));
}

#[test]
fn longest_entry_fits_and_a_longer_one_does_not() {
    let longest = vec![7; ENTRY_BYTES_MAX];
    let bytes = encode_bundle(&[&longest]).unwrap();
    assert_eq!(decode_bundle(BundleId::new(0, 1).unwrap(), &bytes), Ok(vec![longest.as_slice()]));
    let longer = vec![7; ENTRY_BYTES_MAX + 1];
    assert_eq!(encode_bundle(&[&longer]), Err(EntryTooLong { found: ENTRY_BYTES_MAX + 1 }));
}

#[test]
fn bundle_entries_hash_to_the_leaves_of_their_tile() {
    let bundle = vector("log257", "tile/entries/000");
    let entries = decode_bundle(BundleId::new(0, 256).unwrap(), &bundle).unwrap();
    let tile = vector("log257", "tile/0/000");
    let tile = Tile::new(TileId::new(0, 0, 256).unwrap(), &tile).unwrap();
    let leaves: Vec<Hash> = entries.into_iter().map(leaf_hash).collect();
    assert!(tile.hashes().eq(leaves));
}

proptest! {
    #[test]
    fn names_of_tiles_come_back_from_their_paths(
        level in 0..8_u8,
        index in any::<u64>(),
        shift in 0..64_u32,
        width in 1..=256_u16,
    ) {
        let index = index >> shift;
        if let Some(id) = TileId::new(level, index, width) {
            prop_assert_eq!(TileId::parse(&id.path()), Ok(id));
            prop_assert_eq!(id.nodes().len(), usize::from(width));
        }
        if let Some(id) = BundleId::new(index, width) {
            prop_assert_eq!(BundleId::parse(&id.path()), Ok(id));
        }
    }

    #[test]
    fn places_in_any_tree_are_found_without_overflow(
        level in any::<u8>(),
        index in any::<u64>(),
        size in any::<u64>(),
    ) {
        let node = NodeId { level, index };
        let held = TileId::holding(node, size);
        prop_assert_eq!(held.is_some(), node.is_complete_in(size));
        let _ = (TileId::at(level, index, size), TileId::new(level, index, 1));
    }
}
