//! What a record says to whoever has the file, and its sealing to one fixed length.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LookupId, LookupKey, LookupRecord};
use crate::ids::{AssetId, EventId};
use crate::model::asset::DocumentStatus;

/// The length of an answer before it is sealed, spaces included.
pub(super) const ANSWER_BYTES: usize = 448;
/// The length of a record's body: nonce, sealed answer, authentication tag.
pub(super) const BODY_BYTES: usize = NONCE_BYTES + ANSWER_BYTES + 16;
const NONCE_BYTES: usize = 12;

/// What is known about one document that published a content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The document.
    pub asset: AssetId,
    /// Its newest event with this content.
    pub event: EventId,
    /// That event's place in the log.
    pub index: u64,
    /// That event's version.
    pub version: u32,
    /// How many versions the document has.
    pub versions: u32,
    /// Whether the document stands.
    pub status: DocumentStatus,
    /// When that event was accepted.
    pub published: Timestamp,
    /// The document's newest event.
    pub latest_event: EventId,
    /// When the newest event was accepted.
    pub latest_published: Timestamp,
    /// What the publisher calls itself; cut short where it is too long.
    pub publisher: String,
    /// The domain that the publisher proved to control.
    pub verified_domain: Option<String>,
}

/// An answer does not fit, however short the publisher's name is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a lookup answer does not fit into {ANSWER_BYTES} bytes")]
pub struct AnswerTooLong;

/// A body does not open with this file, or does not hold an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lookup record does not open with this file")]
pub struct MalformedAnswer;

impl Answer {
    /// Seals the answer for whoever has the file. The nonce must be fresh.
    pub fn seal(
        &self,
        id: &LookupId,
        key: &LookupKey,
        nonce: [u8; NONCE_BYTES],
    ) -> Result<LookupRecord, AnswerTooLong> {
        let sealed = Aes256Gcm::new(&key.0.into())
            .encrypt(&Nonce::from(nonce), self.padded()?.as_slice())
            .expect("invariant: AES-GCM seals anything below 64 GiB");
        Ok(LookupRecord { tag: id.tag(), body: [nonce.as_slice(), &sealed].concat() })
    }

    /// Opens a record's body.
    pub fn open(key: &LookupKey, body: &[u8]) -> Result<Self, MalformedAnswer> {
        let (nonce, sealed) = body.split_first_chunk().ok_or(MalformedAnswer)?;
        let nonce: [u8; NONCE_BYTES] = *nonce;
        let plain = Aes256Gcm::new(&key.0.into())
            .decrypt(&Nonce::from(nonce), sealed)
            .map_err(|_| MalformedAnswer)?;
        serde_json::from_slice(&plain).map_err(|_| MalformedAnswer)
    }

    /// The answer as JSON, filled with spaces; the publisher's name gives way where it must.
    fn padded(&self) -> Result<Vec<u8>, AnswerTooLong> {
        let mut answer = self.clone();
        loop {
            let mut json = serde_json::to_vec(&answer)
                .expect("invariant: strings and numbers always make JSON");
            if json.len() <= ANSWER_BYTES {
                json.resize(ANSWER_BYTES, b' ');
                return Ok(json);
            }
            answer.publisher = shortened(&answer.publisher).ok_or(AnswerTooLong)?;
        }
    }
}

/// The name without its last character, marked as cut.
fn shortened(name: &str) -> Option<String> {
    let mut characters = name.strip_suffix('…').unwrap_or(name).chars();
    characters.next_back()?;
    Some(format!("{}…", characters.as_str()))
}
