//! Dropbox's `content_hash`: SHA-256 over the concatenated SHA-256 of each 4 MiB block. Written a
//! second time on purpose, so that Proofbox's own computation is checked against another one.

use std::fmt;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const BLOCK_BYTES: u64 = 4 * 1024 * 1024;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct ContentHash([u8; 32]);

impl ContentHash {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut outer = Sha256::new();
        for block in bytes.chunks(usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX)) {
            outer.update(Sha256::digest(block));
        }
        Self(outer.finalize().into())
    }

    /// The hash and the length of everything that can be read.
    pub(crate) fn read(mut source: impl Read) -> io::Result<(Self, u64)> {
        let mut outer = Sha256::new();
        let mut block = Vec::new();
        let mut total = 0;
        loop {
            block.clear();
            let length = source.by_ref().take(BLOCK_BYTES).read_to_end(&mut block)?;
            if length == 0 {
                return Ok((Self(outer.finalize().into()), total));
            }
            outer.update(Sha256::digest(&block));
            total += length as u64;
        }
    }

    pub(crate) fn hex(self) -> [u8; 64] {
        let mut text = [0; 64];
        let written = hex::encode_to_slice(self.0, &mut text);
        debug_assert!(written.is_ok(), "64 digits are room for 32 bytes");
        text
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for ContentHash {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors_hold_at_every_block_boundary() {
        let vectors = [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "1cd6ef71e6e0ff46ad2609d403dc3fee244417089aa4461245a4e4fe23a55e42"),
            (4096, "8620913d33852befe09f16fff8fd75f77a83160d29f76f07e0276e9690903035"),
            (4_194_304, "d4d63bac5b866c71620185392a8a6218ac1092454a2d16f820363b69852befa3"),
            (4_194_305, "8f553da8d00d0bf509d8470e242888be33019c20c0544811f5b2b89e98360b92"),
            (8_388_609, "02c8a4aefc2bfc9036f89a7098001865885938ca580e5c9e5db672385edd303c"),
        ];
        for (length, expected) in vectors {
            let content = vec![b'A'; length];
            assert_eq!(ContentHash::of(&content).to_string(), expected);
            let (read, total) = ContentHash::read(content.as_slice()).unwrap();
            assert_eq!((read.to_string().as_str(), total), (expected, length as u64));
        }
    }
}
