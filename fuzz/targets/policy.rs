//! Policies: what is read decides about a checkpoint without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::{Policy, SignedNote};

const CHECKPOINT: &str = include_str!("../../crates/tlog/tests/vectors/log8/checkpoint");

fuzz_target!(|bytes: &[u8]| {
    if let Ok(policy) = Policy::parse(bytes) {
        let note = SignedNote::parse(CHECKPOINT).expect("invariant: the vector is a note");
        let _ = policy.check(&note);
    }
});
