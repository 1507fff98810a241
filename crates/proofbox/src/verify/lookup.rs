//! Which bucket to ask a server for, and which of its records a file opens. The format is the
//! ledger's; here is how the command asks. No I/O.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::DocumentStatus;
use ledger::lookup::{Algorithm, Answer, BITS_MAX, LookupId, LookupKey};
use serde::Deserialize;

use crate::exit::Outcome;
use crate::fingerprint::Fingerprints;

/// One way to ask for a content: the algorithm of its fingerprint is part of the question.
pub(super) struct Question {
    id: LookupId,
    key: LookupKey,
}

/// What the server answers for a prefix.
#[derive(Deserialize)]
pub(super) struct Bucket {
    records: Vec<Record>,
}

/// A record that only the right file opens.
#[derive(Deserialize)]
struct Record {
    #[serde(deserialize_with = "hex::serde::deserialize")]
    tag: [u8; 8],
    body: String,
}

impl Question {
    /// A content is asked for under both of its fingerprints: a publisher may know either.
    pub(super) fn both(fingerprints: &Fingerprints) -> [Self; 2] {
        [
            Self::new(Algorithm::ContentHash, &fingerprints.content_hash),
            Self::new(Algorithm::Sha256, &fingerprints.sha256),
        ]
    }

    fn new(algorithm: Algorithm, fingerprint: &[u8; 32]) -> Self {
        let id = LookupId::of(algorithm, fingerprint);
        Self { id, key: LookupKey::of(algorithm, fingerprint) }
    }

    /// The first bits of the lookup id, left-aligned in hexadecimal digits: all that is sent.
    pub(super) fn prefix(&self, bits: u8) -> String {
        let bits = bits.min(BITS_MAX);
        let rest = u64::MAX.checked_shr(bits.into()).unwrap_or(0);
        let mut digits = format!("{:016x}", self.id.prefix() & !rest);
        digits.truncate(usize::from(bits).div_ceil(4));
        digits
    }

    /// The answers in a bucket that this content opens. Other records are about other files, or
    /// decoys.
    pub(super) fn open(&self, bucket: &Bucket) -> impl Iterator<Item = Answer> {
        let ours = bucket.records.iter().filter(|record| record.tag == self.id.tag());
        ours.filter_map(|record| Answer::open(&self.key, &STANDARD.decode(&record.body).ok()?).ok())
    }
}

/// What a publication says about the file.
pub(super) fn outcome(answer: &Answer) -> Outcome {
    match answer.status {
        DocumentStatus::Withdrawn => Outcome::Withdrawn,
        DocumentStatus::Published if answer.version < answer.versions => Outcome::Superseded,
        DocumentStatus::Published => Outcome::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_holds_the_asked_bits_and_no_more() {
        let question = Question::new(Algorithm::ContentHash, &[7; 32]);
        let all = question.id.prefix();
        for bits in 0..=BITS_MAX {
            let digits = question.prefix(bits);
            assert_eq!(digits.len(), usize::from(bits).div_ceil(4));
            let sent = u64::from_str_radix(&format!("{digits:0<16}"), 16).unwrap();
            let rest = u64::MAX.checked_shr(bits.into()).unwrap();
            assert_eq!((sent & rest, sent ^ (all & !rest)), (0, 0), "{bits} bits");
        }
    }

    #[test]
    fn server_cannot_ask_for_more_bits_than_the_limit() {
        let question = Question::new(Algorithm::Sha256, &[7; 32]);
        assert_eq!(question.prefix(200), question.prefix(BITS_MAX));
    }
}
