//! Compressed bundles: a log may keep and serve them so, even to those who didn't ask for it.

use std::io::Read;

use flate2::read::GzDecoder;

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The bytes inside, unless they are more than allowed or no gzip at all.
pub(crate) fn inflate(bytes: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
    if !bytes.starts_with(&MAGIC) {
        return None;
    }
    let mut inflated = Vec::new();
    let limit = bytes_max as u64 + 1;
    GzDecoder::new(bytes).take(limit).read_to_end(&mut inflated).ok()?;
    (inflated.len() <= bytes_max).then_some(inflated)
}
