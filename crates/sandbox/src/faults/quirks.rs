//! Ways in which Dropbox has behaved at one time or another, or may: each can be chosen.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the sandbox behaves where Dropbox is known to vary. The default is Dropbox of today on a good
/// day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quirks {
    /// How long every call of the API waits first.
    pub delay_ms: u64,
    /// Up to so much longer, never twice the same.
    pub jitter_ms: u64,
    /// Puts the entries of each page into another order, always the same for a seed. Only where the
    /// order means nothing.
    pub shuffle_seed: Option<u64>,
    /// Whether several changes of a file are told as one.
    pub coalescing: Coalescing,
    /// Whether names may have characters beyond the Basic Multilingual Plane.
    pub emoji: Emoji,
    /// What happens to accents that are characters of their own.
    pub normalization: Normalization,
    /// How the content host says that a token is no good.
    pub content_auth_errors: ContentAuthErrors,
    /// How a token is refused that no server ever made.
    pub malformed_tokens: MalformedTokens,
    /// Answered by longpolls that ran out: don't ask for so many seconds.
    pub backoff_s: Option<u32>,
    /// How long new access tokens are good for; four hours at Dropbox.
    pub access_token_s: u32,
}

/// What happens to several changes of one file between two looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coalescing {
    /// The latest state is told, once.
    #[default]
    On,
    /// Every state is told, in order.
    Off,
}

/// Characters such as emoji in names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Emoji {
    /// As since 2026.
    #[default]
    Allow,
    /// `malformed_path`, as before.
    Reject,
}

/// The Unicode form of names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// Composed, whatever form a client sends.
    #[default]
    Nfc,
    /// As clients send them; other forms are other names.
    Off,
}

/// The content host's 401.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentAuthErrors {
    /// As on the other hosts.
    #[default]
    Plain,
    /// `other`, with the error as text in a message for the user.
    Wrapped,
}

/// A token that can't be one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MalformedTokens {
    /// 401 `invalid_access_token`.
    #[default]
    Invalid,
    /// 400 and a sentence, as in former years.
    Text,
}

impl Quirks {
    /// How long a call waits; the serial makes it differ from the one before.
    pub(crate) fn delay(&self, serial: u64) -> Duration {
        let jitter_ms = match self.jitter_ms {
            0 => 0,
            most => random(serial) % most.saturating_add(1),
        };
        Duration::from_millis(self.delay_ms.saturating_add(jitter_ms))
    }
}

/// Numbers without a pattern, always the same for the same seed.
pub(crate) fn random(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            delay_ms: 0,
            jitter_ms: 0,
            shuffle_seed: None,
            coalescing: Coalescing::On,
            emoji: Emoji::Allow,
            normalization: Normalization::Nfc,
            content_auth_errors: ContentAuthErrors::Plain,
            malformed_tokens: MalformedTokens::Invalid,
            backoff_s: None,
            access_token_s: 14_400,
        }
    }
}
