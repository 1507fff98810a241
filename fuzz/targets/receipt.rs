//! Receipts: what is read is written back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::Receipt;

fuzz_target!(|text: &str| {
    if let Ok(receipt) = Receipt::parse(text) {
        assert_eq!(receipt.to_string(), text);
        assert_eq!(Receipt::parse_under(text, &receipt.checkpoint), Ok(receipt));
    }
});
