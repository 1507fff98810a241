//! COSE receipts: what is read is kept as it is, and is right or wrong without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::{EMPTY_ROOT, VerifierKey, cose::CoseReceipt};

const LOG_KEY: &str = "log.example.com/test+b55401fa+AQCCwyISfnreBzLGy4pd28EP8y5/pufPb965B2PZRlEH";

fuzz_target!(|bytes: &[u8]| {
    if let Ok(receipt) = CoseReceipt::parse(bytes) {
        assert_eq!(receipt.as_bytes(), bytes);
        let key: VerifierKey = LOG_KEY.parse().expect("invariant: the vector is a key");
        let _ = receipt.verify(&EMPTY_ROOT, &key);
    }
});
