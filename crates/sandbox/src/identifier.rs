//! Ids and revisions: numbers inside, Dropbox's text outside.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Numbers below are left to generated files, whose id and revision follow from their position.
pub(crate) const FIRST_STORED: u64 = 1 << 40;

/// What stays the same through renames and moves: `id:` and 22 url-safe characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct NodeId(pub(crate) u64);

impl NodeId {
    pub(crate) const ROOT: Self = Self(0);

    pub(crate) fn text(self) -> String {
        let mut bytes = [0; 16];
        let (head, tail) = bytes.split_at_mut(8);
        head.copy_from_slice(&scrambled(self.0).to_be_bytes());
        tail.copy_from_slice(&self.0.to_be_bytes());
        let mut text = String::with_capacity(25);
        text.push_str("id:");
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        text
    }

    /// Reads what follows `id:`. Anything that was never handed out here is `None`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (head, tail) = bytes.split_first_chunk::<8>()?;
        let number = u64::from_be_bytes(tail.try_into().ok()?);
        (scrambled(number) == u64::from_be_bytes(*head)).then_some(Self(number))
    }
}

/// Makes the ids of neighbours look unrelated, as Dropbox's do.
fn scrambled(number: u64) -> u64 {
    number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}

/// One version of a file: at least nine hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Rev(pub(crate) u64);

impl Rev {
    pub(crate) fn text(self) -> String {
        format!("{:015x}", self.0)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() >= 9 && text.bytes().all(digits))
            .then(|| u64::from_str_radix(text, 16).ok().map(Self))
            .flatten()
    }
}

/// An account's ids, which follow from its e-mail address, so that they survive everything.
pub(crate) fn account_id(email: &str) -> String {
    let digest = Sha256::digest(email.to_lowercase());
    let text = URL_SAFE_NO_PAD.encode(digest);
    // 40 characters in all, which is what every client that checks the length expects.
    format!("dbid:{}", text.get(..35).unwrap_or_default())
}

/// Where the numbers of somebody's ids and revisions begin, far from those of everybody else.
pub(crate) fn first_number(account_number: u32) -> u64 {
    u64::from(account_number) << 35
}

/// The number that legacy parts of the API call a user id, and of which the root is made.
pub(crate) fn account_number(email: &str) -> u32 {
    let digest = Sha256::digest(email.to_lowercase());
    digest.iter().take(3).fold(1, |number, byte| (number << 8) | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_revisions_read_back_and_strangers_are_refused() {
        for number in [0, 1, 77, FIRST_STORED, u64::MAX] {
            let id = NodeId(number).text();
            assert_eq!(id.len(), 25);
            assert_eq!(NodeId::parse(&id[3..]), Some(NodeId(number)));
        }
        assert_eq!(NodeId::parse("a4ayc_80_OEAAAAAAAAAXw"), None);
        assert_eq!(Rev::parse(&Rev(12).text()), Some(Rev(12)));
        assert_eq!(Rev::parse("XYZ"), None);
        assert_eq!(account_id("ada@example.org").len(), 40);
    }
}
