//! Checkpoints: the text begins with what is written back; extension lines may follow.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::Checkpoint;

fuzz_target!(|text: &str| {
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert!(text.starts_with(&checkpoint.text()));
    }
});
