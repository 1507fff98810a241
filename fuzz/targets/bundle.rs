//! Entry bundles: what is read is written back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::{BundleId, decode_bundle, encode_bundle};

fuzz_target!(|bytes: &[u8]| {
    let Some((&width, bytes)) = bytes.split_first() else { return };
    let Some(id) = BundleId::new(0, u16::from(width) + 1) else { return };
    if let Ok(entries) = decode_bundle(id, bytes) {
        assert_eq!(encode_bundle(&entries).as_deref(), Ok(bytes));
    }
});
