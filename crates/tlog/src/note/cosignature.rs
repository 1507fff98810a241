//! What exactly a cosignature signs, and how it carries its time.
//!
//! Signer and verifier make the same bytes here; keys are not this file's business.

use crate::{Checkpoint, NAME_BYTES_MAX, TREE_SIZE_MAX};

use super::KeyName;

/// The latest time that a cosignature may tell, in seconds since 1970. The specification's limit
/// happens to be that of sizes: what a signed 64-bit integer holds.
pub const TIME_MAX_S: u64 = TREE_SIZE_MAX;

/// What an Ed25519 cosignature signs: the time and the whole text.
pub(super) fn message(time_s: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

/// What an ML-DSA-44 cosignature signs: who says when that a log's tree has which root. Lines that
/// a checkpoint may have behind its root are not in it.
pub(super) fn subtree_message(name: &KeyName, time_s: u64, checkpoint: &Checkpoint) -> Vec<u8> {
    let mut message = b"subtree/v1\n\0".to_vec();
    push_text(&mut message, name.as_str());
    message.extend(time_s.to_be_bytes());
    push_text(&mut message, checkpoint.origin.as_str());
    // A checkpoint is of the subtree that begins with the first leaf.
    message.extend(0_u64.to_be_bytes());
    message.extend(checkpoint.size.to_be_bytes());
    message.extend(checkpoint.root.0);
    message
}

/// A text behind its length in one byte.
fn push_text(message: &mut Vec<u8>, text: &str) {
    const { assert!(NAME_BYTES_MAX <= u8::MAX as usize) };
    let length = u8::try_from(text.len()).expect("invariant: names have NAME_BYTES_MAX bytes");
    message.push(length);
    message.extend(text.as_bytes());
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
