//! What is registered over the API: assets and events that no source leads to.

use jiff::Timestamp;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::attributes::{ATTRIBUTES_BYTES_MAX, Attributes, AttributesTooLarge};
use crate::error::StoreError;
use crate::ids::{AssetId, EventId};

/// The longest operation, behaviour or part of a principal, in characters.
pub const REGISTERED_WORD_CHARS_MAX: usize = 1_024;

/// Who did something, in the words of whoever says so. What is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Principal {
    /// Who vouches for the subject.
    pub issuer: String,
    /// Who it is, to the issuer.
    pub subject: String,
    /// What to call it.
    pub display_name: String,
    /// Its address.
    pub email: String,
}

/// Who made an event. Only the owner sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principals {
    /// Whom the instance let in.
    pub accepted: Principal,
    /// Whom that caller named.
    pub declared: Principal,
}

/// Who may see an asset. Chosen when it is made, and for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Its tenancy, and whom an access policy lets in.
    Private,
    /// Everybody who has its address or its content.
    Public,
}

/// Whether an asset is still followed. An owner's mark without consequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracking {
    /// It is.
    Tracked,
    /// It is not any more.
    NotTracked,
}

/// What an event says: the very words that its log entry commits to, by their hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// What it does to its asset.
    pub asset_attributes: Attributes,
    /// The kind of operation, in the published words.
    pub behaviour: String,
    /// What it says about itself.
    pub event_attributes: Attributes,
    /// The operation.
    pub operation: String,
}

impl Said {
    /// One text for one meaning: compact JSON with the keys of every object in the order of their
    /// bytes.
    pub fn to_canonical(&self) -> String {
        serde_json::to_string(self).expect("invariant: texts in maps are always JSON")
    }

    /// What the log entry's field `attributes` holds: SHA-256 of the canonical text, hex.
    pub fn hash_of(canonical: &str) -> String {
        hex::encode(Sha256::digest(canonical))
    }

    /// Reads a canonical text back.
    pub(crate) fn read(canonical: &str) -> Result<Self, StoreError> {
        serde_json::from_str(canonical)
            .map_err(|_| StoreError::Damaged("the words of a registered event".to_owned()))
    }

    /// Checks every limit.
    pub(crate) fn check(&self) -> Result<(), RegisterError> {
        self.asset_attributes.check()?;
        self.event_attributes.check()?;
        let bytes = self.asset_attributes.bytes() + self.event_attributes.bytes();
        if bytes > ATTRIBUTES_BYTES_MAX {
            return Err(AttributesTooLarge::All(bytes).into());
        }
        check_word("operation", &self.operation)?;
        check_word("behaviour", &self.behaviour)
    }
}

impl Principal {
    pub(crate) fn check(&self) -> Result<(), RegisterError> {
        let Self { issuer, subject, display_name, email } = self;
        let mut words = [issuer, subject, display_name, email].into_iter();
        words.try_for_each(|word| check_word("part of the principal", word))
    }
}

fn check_word(what: &'static str, word: &str) -> Result<(), RegisterError> {
    if word.chars().count() > REGISTERED_WORD_CHARS_MAX {
        return Err(RegisterError::Invalid(format!(
            "the {what} is longer than {REGISTERED_WORD_CHARS_MAX} characters"
        )));
    }
    Ok(())
}

/// An asset to register.
#[derive(Clone, Debug)]
pub struct NewAsset {
    /// Its first attributes.
    pub attributes: Attributes,
    /// Who may see it.
    pub sharing: Sharing,
    /// Who registers it.
    pub accepted: Principal,
}

/// An event to record on a registered asset.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What it says.
    pub said: Said,
    /// When it happened, if somebody says so.
    pub declared_at: Option<Timestamp>,
    /// Who made it, if somebody says so.
    pub declared: Option<Principal>,
    /// Who records it.
    pub accepted: Principal,
}

/// A caller's own name for a request, so that sending it twice does it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnceKey {
    /// SHA-256 over the caller's key and what it may be used for.
    pub key: [u8; 32],
    /// SHA-256 over the request, which must be the same each time.
    pub request: [u8; 32],
}

/// What was answered to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The body, which may hold a secret that is shown once.
    pub body: SecretString,
}

/// What is known of a request by its key.
#[derive(Clone, Debug)]
pub enum Answered {
    /// None with this key came before.
    Nothing,
    /// This very one came before.
    Same(Answer),
    /// Another one came with the same key.
    Another,
}

/// What was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The asset.
    pub asset: AssetId,
    /// The event.
    pub event: EventId,
}

/// Why something was not registered. Nothing of it was written then.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Too much.
    #[error(transparent)]
    TooLarge(#[from] AttributesTooLarge),
    /// Not what it should be.
    #[error("{0}")]
    Invalid(String),
    /// The asset is another tenancy's, or nobody's.
    #[error("there is no such asset")]
    UnknownAsset,
    /// The asset is another tenancy's, which shares it, and not for this.
    #[error("no access policy of the asset's owner allows this event")]
    NotShared,
    /// The asset follows a linked file.
    #[error("this asset follows a linked file, so its history is recorded from there alone")]
    FollowsSource,
    /// The tenancy has as much of it as it may.
    #[error("{0}")]
    Full(&'static str),
    /// What the request made when it first came is there no longer.
    #[error("what this request made before was deleted since")]
    Gone,
    /// The caller's key was used for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// Nothing may be signed.
    #[error("{0}")]
    ReadOnly(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Tracking {
    /// What it is after an event.
    pub(crate) fn after(self, said: &Said) -> Self {
        match said.operation.as_str() {
            "StopTracking" => Self::NotTracked,
            "StartTracking" => Self::Tracked,
            _ => self,
        }
    }
}

impl Principals {
    /// What the log entry's private field `editor` holds of a registered event.
    pub(crate) fn to_canonical(&self) -> String {
        serde_json::to_string(self).expect("invariant: texts are always JSON")
    }
}
