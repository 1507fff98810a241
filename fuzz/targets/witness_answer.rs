//! What a witness answers, signature lines or the size that it knows: what is read is written back
//! the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::{LatestSize, Signature};

fuzz_target!(|text: &str| {
    if let Ok(size) = text.parse::<LatestSize>() {
        assert_eq!(size.to_string(), text);
    }
    if let Ok(lines) = Signature::parse_lines(text) {
        let written: Vec<_> = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(written.concat(), text);
    }
});
