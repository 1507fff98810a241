//! The range lookup behind Instaproof: who asks says only the first bits of a lookup id, and gets
//! sealed records that only the file itself opens. docs/formats/lookup.md is the same thing for
//! whoever writes a client elsewhere.
//!
//! Pure, both sides of it: keys, sealing and padding for the server, opening for the client. Which
//! records are real is the store's business.

mod answer;
mod bucket;

use std::fmt;

use sha2::{Digest, Sha256};

pub use answer::{Answer, AnswerTooLong, MalformedAnswer};
pub use bucket::BUCKET_RECORDS_STEP;

pub(crate) use bucket::Decoys;

use crate::model::asset::Content;

const ID_DOMAIN: &[u8] = b"proofbox/lookup/v1\n";
const KEY_DOMAIN: &[u8] = b"proofbox/lookup-key/v1\n";
/// A bucket holds this many real records on average, or up to twice as many.
const BUCKET_RECORDS_WANTED: u64 = 32;
/// The finest bucket there is: never more than this much of a lookup id is asked for.
pub const BITS_MAX: u8 = 32;

/// Which of a file's fingerprints a lookup id was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256 over the SHA-256 of each block of 4 MiB.
    ContentHash,
    /// SHA-256 of the content.
    Sha256,
}

/// What a fingerprint is filed under. Nobody finds the fingerprint from it without the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupId([u8; 32]);

/// What the records about a fingerprint are sealed with. It follows from the fingerprint, so
/// whoever has the file has the key.
#[derive(Clone)]
pub struct LookupKey([u8; 32]);

/// One record of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupRecord {
    /// Which record of the bucket is about a content: bytes 8 to 16 of its lookup id.
    pub tag: [u8; 8],
    /// Nonce and sealed answer.
    pub body: Vec<u8>,
}

impl Algorithm {
    fn byte(self) -> u8 {
        match self {
            Self::ContentHash => 0,
            Self::Sha256 => 1,
        }
    }
}

impl LookupId {
    /// The id of a fingerprint.
    pub fn of(algorithm: Algorithm, fingerprint: &[u8; 32]) -> Self {
        Self(derive(ID_DOMAIN, algorithm, fingerprint))
    }

    /// Its first 64 bits, of which a client sends the most significant ones.
    pub fn prefix(&self) -> u64 {
        u64::from_be_bytes(self.word(0))
    }

    /// What marks its records in a bucket.
    pub fn tag(&self) -> [u8; 8] {
        self.word(1)
    }

    fn word(&self, number: usize) -> [u8; 8] {
        let (words, _) = self.0.as_chunks();
        words.get(number).copied().expect("invariant: 32 bytes are four words")
    }
}

impl LookupKey {
    /// The key of a fingerprint.
    pub fn of(algorithm: Algorithm, fingerprint: &[u8; 32]) -> Self {
        Self(derive(KEY_DOMAIN, algorithm, fingerprint))
    }

    #[cfg(test)]
    pub(crate) fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for LookupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupKey(..)")
    }
}

impl fmt::Debug for LookupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

fn derive(domain: &[u8], algorithm: Algorithm, fingerprint: &[u8; 32]) -> [u8; 32] {
    let hash = Sha256::new_with_prefix(domain).chain_update([algorithm.byte()]);
    hash.chain_update(fingerprint).finalize().into()
}

/// The fingerprints that a version is filed under, each with its algorithm. One that was registered
/// by SHA-256 alone is also found by the content hash that it has if it is one block.
pub fn fingerprints(content: impl Into<Content>) -> impl Iterator<Item = (Algorithm, [u8; 32])> {
    let Content { content_hash, sha256 } = content.into();
    let one_block = sha256.as_ref().map(Content::content_hash_of_one_block);
    let by_content = content_hash.or(one_block).map(|hash| (Algorithm::ContentHash, hash));
    let by_sha256 = sha256.map(|hash| (Algorithm::Sha256, hash));
    by_content.into_iter().chain(by_sha256)
}

/// How many bits of a lookup id to ask for when there are so many fingerprints: few enough that
/// the question fits many files, enough that the answer stays small.
pub fn bits_for(fingerprints: u64) -> u8 {
    let bits = (fingerprints / BUCKET_RECORDS_WANTED).checked_ilog2().unwrap_or(0);
    u8::try_from(bits).unwrap_or(BITS_MAX).min(BITS_MAX)
}

/// The first and last prefix of a bucket.
pub fn bucket_range(bits: u8, prefix: u64) -> (u64, u64) {
    let rest = u64::MAX.checked_shr(bits.into()).unwrap_or(0);
    (prefix & !rest, prefix | rest)
}

#[cfg(test)]
mod tests;
