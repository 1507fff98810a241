//! The texts ("vkeys") by which others know a key, and checking its signatures.
//!
//! Three kinds are known: plain Ed25519, with which a log signs, and the timestamped cosignatures
//! with Ed25519 and ML-DSA-44, of which the latter may be a log's too. A new kind is a new
//! [`SignatureType`] and a new `PublicKey`. The secret halves of the keys are not here but in
//! `signer`.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use crate::text::{base64, parse_base64};

use super::{
    KeyName, MalformedName, Signature, SignatureError, Verified,
    public_key::{PublicKey, verify_ed25519},
};

/// The largest key of a known or coming kind is ML-DSA-44's with 1312 bytes.
const KEY_BYTES_MAX: usize = 2048;

/// The first four bytes of the hash of a key with its name and type. Short, for it only tells keys
/// of the same name apart: whoever forges an id still can't make the signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

/// What a key's signatures look like and what exactly they sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureType {
    /// 64 bytes over the note's text.
    Ed25519,
    /// A time and 64 bytes over the time and the text of a checkpoint: a witness says that it saw
    /// this checkpoint then, and nothing that contradicts it.
    Ed25519Cosignature,
    /// A time and 2420 bytes over the time, the signer's name and what a checkpoint says: a
    /// witness's, or the log's own, which will outlast quantum computers.
    MlDsa44Cosignature,
}

/// A key whose signatures are trusted; as text a "vkey", `<name>+<id>+<type and key>`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    key: PublicKey,
}

/// Why a text is no verifier key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedKey {
    /// Not of the form `<name>+<id>+<key>`.
    #[error("a verifier key has the form <name>+<8 hexadecimal digits>+<base64>")]
    Form,
    /// The name isn't one.
    #[error("the key's name is malformed")]
    Name(#[from] MalformedName),
    /// The id isn't that of the key.
    #[error("the key's id is not {0}, so a part of it was changed")]
    WrongId(KeyId),
    /// A kind of key that isn't known here.
    #[error("keys of type {0:#04x} are not supported")]
    UnknownType(u8),
    /// Not of the length of its kind, or not a point of the curve, or one whose signatures anybody
    /// can make.
    #[error("the key isn't a usable key of its kind")]
    Unusable,
}

impl VerifierKey {
    pub(super) fn new(name: KeyName, key: PublicKey) -> Self {
        let id = KeyId::of(&name, key.kind().byte(), &key.to_bytes());
        Self { name, id, key }
    }

    /// The key's name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key's id, unique among keys of the same name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What its signatures look like.
    pub fn signature_type(&self) -> SignatureType {
        self.key.kind()
    }

    /// Whether it is the same key, though perhaps under another name or for something else.
    pub(crate) fn has_same_public_key(&self, other: &Self) -> bool {
        self.key.to_bytes() == other.key.to_bytes()
    }

    /// The bytes of a log's plain Ed25519 key; `None` for keys of another kind.
    pub(crate) fn ed25519(&self) -> Option<&[u8; 32]> {
        match &self.key {
            PublicKey::Ed25519(key) => Some(key.as_bytes()),
            PublicKey::Ed25519Cosignature(_) | PublicKey::MlDsa44Cosignature(_) => None,
        }
    }

    /// Checks a plain Ed25519 signature over bytes that no note's text can be taken for. `None`
    /// when it is wrong, or the key of another kind.
    pub(crate) fn verify_bytes(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        match &self.key {
            PublicKey::Ed25519(key) => verify_ed25519(key, message, signature),
            PublicKey::Ed25519Cosignature(_) | PublicKey::MlDsa44Cosignature(_) => None,
        }
    }

    /// Whether the signature says that it is by this key.
    pub(super) fn claims(&self, signature: &Signature) -> bool {
        self.name == signature.name && self.id == signature.key_id
    }

    /// Checks a signature that says so.
    pub(super) fn verify(
        &self,
        text: &str,
        signature: &Signature,
    ) -> Result<Verified<'_>, SignatureError> {
        match self.key.verify(&self.name, text, &signature.bytes) {
            Some(told) => Ok(Verified { key: self, time_s: told.time_s }),
            None => Err(SignatureError::Wrong(self.name.clone())),
        }
    }
}

impl FromStr for VerifierKey {
    type Err = MalformedKey;

    fn from_str(text: &str) -> Result<Self, MalformedKey> {
        // The base64 at the end may have a '+' of its own.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(MalformedKey::Form);
        };
        let name: KeyName = name.parse()?;
        let bytes = parse_base64(key, KEY_BYTES_MAX).ok_or(MalformedKey::Form)?;
        let (&kind, key) = bytes.split_first().ok_or(MalformedKey::Form)?;
        let computed = KeyId::of(&name, kind, key);
        if KeyId::parse(id).ok_or(MalformedKey::Form)? != computed {
            return Err(MalformedKey::WrongId(computed));
        }
        let kind = SignatureType::from_byte(kind).ok_or(MalformedKey::UnknownType(kind))?;
        let key = PublicKey::parse(kind, key).ok_or(MalformedKey::Unusable)?;
        Ok(Self { name, id: computed, key })
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [[self.key.kind().byte()].as_slice(), &self.key.to_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, self.id, base64(&key))
    }
}

/// Without the key itself: some have 1312 bytes, and its id says which it is.
impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({}+{})", self.name, self.id)
    }
}

impl KeyId {
    fn of(name: &KeyName, kind: u8, key: &[u8]) -> Self {
        let hasher = Sha256::new_with_prefix(name.as_str()).chain_update([b'\n', kind]);
        let hash: [u8; 32] = hasher.chain_update(key).finalize().into();
        let [a, b, c, d, ..] = hash;
        Self([a, b, c, d])
    }

    /// Eight hexadecimal digits.
    fn parse(text: &str) -> Option<Self> {
        let is_hex = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = u32::from_str_radix(text, 16).ok().filter(|_| is_hex)?;
        Some(Self(id.to_be_bytes()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl SignatureType {
    /// The byte that stands for it in keys and their ids.
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Ed25519Cosignature => 0x04,
            Self::MlDsa44Cosignature => 0x06,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        let known = [Self::Ed25519, Self::Ed25519Cosignature, Self::MlDsa44Cosignature];
        known.into_iter().find(|kind| kind.byte() == byte)
    }
}
