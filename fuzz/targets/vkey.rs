//! Verifier keys: what is read comes back from what is written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::VerifierKey;

fuzz_target!(|text: &str| {
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string().parse(), Ok(key));
    }
});
