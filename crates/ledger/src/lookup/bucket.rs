//! Padding: how many records a bucket shows does not tell how many files there are, and not when
//! one is added. Decoys keep their tags from one answer to the next, as real records do.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::LookupRecord;
use super::answer::BODY_BYTES;

/// Buckets hold a multiple of this many records.
pub const BUCKET_RECORDS_STEP: usize = 64;

const DECOY_DOMAIN: &[u8] = b"proofbox/lookup-decoy/v1\n";

/// Makes records about nothing, from a secret of the instance.
pub(crate) struct Decoys {
    keyed: Hmac<Sha256>,
}

impl Decoys {
    /// Decoys from a secret.
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        let mut keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(secret)
            .expect("invariant: HMAC takes a key of any length");
        keyed.update(DECOY_DOMAIN);
        Self { keyed }
    }

    /// Fills a bucket up with decoys and sorts it. `random` must give fresh random bytes, a body's
    /// worth each time.
    pub(crate) fn fill<E>(
        &self,
        bits: u8,
        first_prefix: u64,
        mut records: Vec<LookupRecord>,
        mut random: impl FnMut() -> Result<[u8; BODY_BYTES], E>,
    ) -> Result<Vec<LookupRecord>, E> {
        let full = records.len().max(1).next_multiple_of(BUCKET_RECORDS_STEP);
        for number in records.len()..full {
            let tag = self.tag(bits, first_prefix, number);
            records.push(LookupRecord { tag, body: random()?.to_vec() });
        }
        records.sort_by(|a, b| a.tag.cmp(&b.tag).then_with(|| a.body.cmp(&b.body)));
        Ok(records)
    }

    fn tag(&self, bits: u8, first_prefix: u64, number: usize) -> [u8; 8] {
        let mut mac = self.keyed.clone();
        mac.update(&[bits]);
        mac.update(&first_prefix.to_be_bytes());
        mac.update(&(number as u64).to_be_bytes());
        let hash: [u8; 32] = mac.finalize().into_bytes().into();
        hash.first_chunk().copied().expect("invariant: 32 bytes have a first 8")
    }
}
