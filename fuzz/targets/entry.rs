//! What the ledger keeps of an entry and what a receipt opens of it: the policy and the salts are
//! written back the same; the openings, which are JSON, come back from what is written.

#![no_main]

use ledger::entry::{Opened, Policy, Salts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(policy) = Policy::parse(bytes) {
        assert_eq!(policy.entry(), bytes);
    }
    if let Ok(salts) = Salts::from_bytes(bytes) {
        assert_eq!(salts.to_bytes(), bytes);
    }
    if let Ok(opened) = Opened::parse(bytes) {
        let written = opened.to_extra();
        assert_eq!(Opened::parse(&written).ok().as_ref(), Some(&opened));
        let _ = (opened.statement(), opened.leaf());
    }
});
