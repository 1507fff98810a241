//! Requests to a witness and its answers: what is read is written back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::{AddCheckpoint, LatestSize, Signature};

fuzz_target!(|text: &str| {
    if let Ok(request) = AddCheckpoint::parse(text) {
        assert_eq!(request.to_string(), text);
        assert!(request.origin().is_ok());
        let _ = request.check(&[], None);
    }
    if let Ok(size) = text.parse::<LatestSize>() {
        assert_eq!(size.to_string(), text);
    }
    if let Ok(lines) = Signature::parse_lines(text) {
        let written: Vec<_> = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(written.concat(), text);
    }
});
