//! What the entries of a Proofbox log must be: the log's own statement first, and then events,
//! each of which is one hash. docs/formats/entry.md has it in words.

use audit::EntryRules;
use ledger::entry::{EVENT_ENTRY_BYTES, Policy};
use tlog::VerifierKey;

const POLICY_TAG: u8 = 0x00;
const EVENT_TAG: u8 = 0x01;

/// The rules of a Proofbox log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProofboxEntries;

impl EntryRules for ProofboxEntries {
    fn objection(&self, index: u64, entry: &[u8]) -> Option<String> {
        let objection = match (index, entry) {
            (0, [POLICY_TAG, ..]) if Policy::parse(entry).is_ok() => return None,
            (0, [POLICY_TAG, ..]) => "the log's statement about itself is malformed".to_owned(),
            (0, _) => "it must be the log's statement about itself, and is not".to_owned(),
            (_, [EVENT_TAG, ..]) if entry.len() == EVENT_ENTRY_BYTES => return None,
            (_, [EVENT_TAG, ..]) => {
                format!("an event has {EVENT_ENTRY_BYTES} bytes, not {}", entry.len())
            }
            (_, [kind, ..]) => format!("its kind {kind:#04x} is not known"),
            (_, []) => "it is empty".to_owned(),
        };
        Some(objection)
    }

    fn keys(&self, first_entry: &[u8]) -> Vec<VerifierKey> {
        let policy = Policy::parse(first_entry).ok();
        policy
            .map(|policy| [policy.key].into_iter().chain(policy.second_key).collect())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_that_is_no_entry_is_objected_to() {
        let event = [EVENT_TAG; EVENT_ENTRY_BYTES];
        let rules = ProofboxEntries;
        assert_eq!(rules.objection(1, &event), None);
        for (index, entry) in
            [(0, event.as_slice()), (1, &[EVENT_TAG; 32]), (1, &[2; 33]), (1, &[])]
        {
            assert!(rules.objection(index, entry).is_some(), "{index}: {entry:?}");
        }
        assert!(rules.objection(0, &[POLICY_TAG]).unwrap().contains("malformed"));
        assert!(rules.objection(7, &[POLICY_TAG]).unwrap().contains("0x00"));
    }
}
