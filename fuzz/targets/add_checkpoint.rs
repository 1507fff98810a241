//! Requests to a witness: what is read is written back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::AddCheckpoint;

fuzz_target!(|text: &str| {
    if let Ok(request) = AddCheckpoint::parse(text) {
        assert_eq!(request.to_string(), text);
        assert!(request.origin().is_ok());
        let _ = request.check(&[], None);
    }
});
