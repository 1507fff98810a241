//! Paths of tiles and bundles: each has one spelling.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::{BundleId, TileId};

fuzz_target!(|text: &str| {
    if let Ok(tile) = TileId::parse(text) {
        assert_eq!(tile.path(), text);
    }
    if let Ok(bundle) = BundleId::parse(text) {
        assert_eq!(bundle.path(), text);
    }
});
