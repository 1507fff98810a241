//! The small texts in all the others: names of keys, origins of logs, hashes. What is read is
//! written back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tlog::{Hash, KeyName, Origin};

fuzz_target!(|text: &str| {
    if let Ok(name) = text.parse::<KeyName>() {
        assert_eq!(name.as_str(), text);
        assert_eq!(Origin::from(&name).as_str(), text);
    }
    if let Ok(origin) = text.parse::<Origin>() {
        assert_eq!(origin.as_str(), text);
    }
    if let Ok(hash) = text.parse::<Hash>() {
        assert_eq!(hash.to_string(), text);
    }
});
