//! Stored frontiers: what is read is written back the same and goes on growing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::{EMPTY_ROOT, Frontier};

fuzz_target!(|bytes: &[u8]| {
    let Some((size, bytes)) = bytes.split_first_chunk() else { return };
    if let Ok(mut frontier) = Frontier::from_bytes(u64::from_be_bytes(*size), bytes) {
        assert_eq!(frontier.to_bytes(), bytes);
        if frontier.size() < tlog::TREE_SIZE_MAX {
            frontier.push(EMPTY_ROOT, &mut |_, _| {});
        }
        let _ = frontier.root();
    }
});
