//! The hash that Dropbox gives to content: SHA-256 over the SHA-256s of its 4 MiB blocks.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;
use std::thread;

use sha2::{Digest, Sha256};

/// The size of a block of the content hash: 4 MiB.
pub const BLOCK_BYTES: usize = 4 * 1024 * 1024;

/// Dropbox's hash of a file's content.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

/// A text that isn't 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a content hash is 64 hexadecimal digits")]
pub struct InvalidHash;

/// Computes a content hash from bytes as they come, in constant memory.
#[derive(Clone, Debug, Default)]
pub struct ContentHasher {
    blocks: Sha256,
    block: Sha256,
    block_bytes: usize,
}

/// What one reading of some content gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Dropbox's hash.
    pub content_hash: ContentHash,
    /// Plain SHA-256.
    pub sha256: [u8; 32],
    /// How many bytes there were.
    pub bytes: u64,
}

impl ContentHasher {
    /// Starts with no bytes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, in pieces of any size.
    pub fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = BLOCK_BYTES - self.block_bytes;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.block.update(now);
            self.block_bytes += now.len();
            if self.block_bytes == BLOCK_BYTES {
                self.close_block();
            }
            bytes = later;
        }
    }

    /// The hash of everything written. No bytes have no block, so not even an empty one is counted.
    pub fn finish(mut self) -> ContentHash {
        if self.block_bytes > 0 {
            self.close_block();
        }
        ContentHash(self.blocks.finalize().into())
    }

    fn close_block(&mut self) {
        self.blocks.update(self.block.finalize_reset());
        self.block_bytes = 0;
    }
}

/// Computes both hashes from bytes as they come, in constant memory.
#[derive(Clone, Debug, Default)]
pub struct Digester {
    content: ContentHasher,
    whole: Sha256,
    bytes: u64,
}

impl Digester {
    /// Takes the next bytes, in pieces of any size.
    pub fn write(&mut self, bytes: &[u8]) {
        self.content.write(bytes);
        self.whole.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// The hashes of everything written.
    pub fn finish(self) -> Digests {
        let Self { content, whole, bytes } = self;
        Digests { content_hash: content.finish(), sha256: whole.finalize().into(), bytes }
    }
}

/// Reads content to its end once and gives both of its hashes.
///
/// The two are computed side by side, each on a thread of its own, a block at a time: SHA-256 can't
/// be split, so that this is as fast as one hash can be.
pub fn digest(mut content: impl Read) -> io::Result<Digests> {
    let mut block = vec![0; BLOCK_BYTES];
    let mut hasher = ContentHasher::new();
    let mut sha256 = Sha256::new();
    let mut bytes = 0;
    loop {
        let filled = fill(&mut content, &mut block)?;
        let read = block.get(..filled).unwrap_or_default();
        thread::scope(|scope| {
            if read.len() < PARALLEL_BYTES_MIN {
                hasher.write(read);
            } else {
                thread::Builder::new().spawn_scoped(scope, || hasher.write(read))?;
            }
            sha256.update(read);
            io::Result::Ok(())
        })?;
        bytes += read.len() as u64;
        if read.len() < BLOCK_BYTES {
            break;
        }
    }
    Ok(Digests { content_hash: hasher.finish(), sha256: sha256.finalize().into(), bytes })
}

/// Below this a second thread costs more than it saves.
const PARALLEL_BYTES_MIN: usize = 256 * 1024;

/// Reads until the block is full or the content ends; says how many bytes there are.
fn fill(content: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = block.get_mut(filled..).filter(|room| !room.is_empty()) {
        match content.read(room) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(interrupted) if interrupted.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

impl FromStr for ContentHash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).map_err(|_| InvalidHash)?;
        Ok(Self(hash))
    }
}
