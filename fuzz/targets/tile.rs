//! Tiles: the hashes that are read are the bytes, and what is under a tile is answered from it
//! without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::{NodeId, Tile, TileId};

fuzz_target!(|bytes: &[u8]| {
    let Some((&[level, width, node_level], bytes)) = bytes.split_first_chunk() else { return };
    let Some((&index, bytes)) = bytes.split_first_chunk() else { return };
    let index = u64::from_be_bytes(index);
    let Some(id) = TileId::new(level, index, u16::from(width) + 1) else { return };
    assert_eq!(TileId::parse(&id.path()), Ok(id));
    if let Ok(tile) = Tile::new(id, bytes) {
        let hashes: Vec<_> = tile.hashes().collect();
        let written: Vec<u8> = hashes.iter().flat_map(AsRef::<[u8]>::as_ref).copied().collect();
        // The bytes may be those of the same tile when it had grown further.
        assert_eq!(Some(written.as_slice()), bytes.get(..id.byte_length()));
        for (node, hash) in id.nodes().zip(hashes) {
            assert_eq!(tile.node(node), Some(hash));
        }
        let _ = tile.node(NodeId { level: node_level, index });
    }
});
