//! The log entry: sixteen salted commitments under one hash, and the openings that a receipt
//! carries. docs/formats/entry.md is the same thing for whoever writes a verifier elsewhere.
//!
//! The log holds only that one hash, so a copy of it says how many events there are and nothing
//! else. Each field can be opened alone, and whoever destroys a field's salt erases the field for
//! good while every other opening stays valid.
//!
//! Pure: salts come in as a seed, and nothing is stored here.

mod field;
mod history;
mod opened;
mod policy;
mod salts;
mod statement;

use sha2::{Digest, Sha256};

pub use field::{FIELDS, Field, Values};
pub use history::{Broken, Proven, history};
pub use opened::{MalformedOpening, Opened, Opening};
pub use policy::Policy;
pub use salts::{MalformedSalts, Salts};
pub use statement::{MalformedStatement, Previous, Statement};

/// The length of the entry of an event.
pub const EVENT_ENTRY_BYTES: usize = 33;

const POLICY_TAG: u8 = 0x00;
const EVENT_TAG: u8 = 0x01;
const ENTRY_DOMAIN: &[u8] = b"proofbox/entry/v1\n";
const FIELD_DOMAIN: &[u8] = b"proofbox/field/v1\n";
const ABSENT: [u8; 1] = [0x00];
const PRESENT: [u8; 1] = [0x01];

/// Bytes are not an entry of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log entry is malformed")]
pub struct MalformedEntry;

/// What the log stores of an event: the hash over its commitments, in the order of the fields.
pub fn event_entry(commitments: &[[u8; 32]; FIELDS]) -> [u8; EVENT_ENTRY_BYTES] {
    let mut hash = Sha256::new_with_prefix(ENTRY_DOMAIN);
    hash.update(commitments.as_flattened());
    let mut entry = [EVENT_TAG; EVENT_ENTRY_BYTES];
    let (_, body) = entry.split_at_mut(1);
    body.copy_from_slice(&hash.finalize());
    entry
}

/// The same from the values and their salts.
pub fn event_entry_of(values: &Values, salts: &Salts) -> [u8; EVENT_ENTRY_BYTES] {
    let mut commitments = [[0; 32]; FIELDS];
    for ((slot, field), value) in commitments.iter_mut().zip(Field::ALL).zip(values) {
        *slot = salts.commitment(field, value.as_deref());
    }
    event_entry(&commitments)
}

/// The commitment to a field's value, or to its absence.
pub fn commitment(field: Field, salt: &[u8; 32], value: Option<&str>) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(FIELD_DOMAIN);
    hash.update([field.number()]);
    hash.update(salt);
    hash.update(if value.is_some() { PRESENT } else { ABSENT });
    hash.update(value.unwrap_or_default());
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
