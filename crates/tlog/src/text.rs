//! The primitives that C2SP's text formats share: decimals, base64, characters that may occur.
//!
//! Each value has exactly one spelling here. A second one (a leading zero, a missing pad, stray
//! bits behind the last byte) would let two different texts mean the same.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::TREE_SIZE_MAX;

/// A size or an index: ASCII digits without leading zeros, at most [`TREE_SIZE_MAX`].
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if !only_digits || leading_zero {
        return None;
    }
    text.parse().ok().filter(|&value| value <= TREE_SIZE_MAX)
}

/// Standard base64 with its padding, of at most `bytes_max` bytes.
pub(crate) fn parse_base64(text: &str, bytes_max: usize) -> Option<Vec<u8>> {
    if text.len() > bytes_max.div_ceil(3) * 4 {
        return None;
    }
    STANDARD.decode(text).ok().filter(|bytes| bytes.len() <= bytes_max)
}

/// The spelling that [`parse_base64`] reads.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Whether the text has an ASCII control character other than a newline: no signed note may.
pub(crate) fn has_control_character(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}
