//! What exactly a cosignature signs, and how it carries its time.
//!
//! Signer and verifier make the same bytes here; keys are not this file's business.

use crate::TREE_SIZE_MAX;

/// The latest time that a cosignature may tell, in seconds since 1970. The specification's limit
/// happens to be that of sizes: what a signed 64-bit integer holds.
pub const TIME_MAX_S: u64 = TREE_SIZE_MAX;

/// What an Ed25519 cosignature signs: the time and the whole text.
pub(super) fn message(time_s: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

/// A cosignature's bytes behind the key's id.
pub(super) fn with_time(time_s: u64, signature: &[u8]) -> Vec<u8> {
    [time_s.to_be_bytes().as_slice(), signature].concat()
}

/// The time that the bytes begin with, and the signature proper.
pub(super) fn split_time(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = bytes.split_first_chunk()?;
    let time_s = u64::from_be_bytes(*time);
    (time_s <= TIME_MAX_S).then_some((time_s, signature))
}
