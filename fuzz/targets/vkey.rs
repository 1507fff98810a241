//! Verifier keys: what is read is written back the same, but for the case of the id's digits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::VerifierKey;

fuzz_target!(|text: &str| {
    if let Ok(key) = text.parse::<VerifierKey>() {
        let parts: Vec<&str> = text.splitn(3, '+').collect();
        let [name, id, bytes] = parts.as_slice() else { panic!("a key of {} parts", parts.len()) };
        assert_eq!(key.to_string(), format!("{name}+{}+{bytes}", id.to_ascii_lowercase()));
        assert_eq!(key.to_string().parse(), Ok(key));
    }
});
