//! Signed notes: what is read is written back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::SignedNote;

fuzz_target!(|text: &str| {
    if let Ok(note) = SignedNote::parse(text) {
        assert_eq!(note.with([]).unwrap().to_string(), text);
    }
});
