//! What a key of each kind is made of, and what its signatures must be over.

use ed25519_dalek::VerifyingKey;
use ml_dsa::{MlDsa44, Verifier as _};

use crate::Checkpoint;

use super::{KeyName, SignatureType, cosignature};

/// A public key together with the kind of signature that it is trusted for: the same Ed25519 key
/// may sign notes or checkpoints, but one `VerifierKey` is for one of both.
#[derive(Clone)]
pub(super) enum PublicKey {
    Ed25519(VerifyingKey),
    Ed25519Cosignature(VerifyingKey),
    MlDsa44Cosignature(ml_dsa::VerifyingKey<MlDsa44>),
}

/// What a right signature tells beyond who made it.
pub(super) struct Told {
    pub(super) time_s: Option<u64>,
}

impl PublicKey {
    /// The key in these bytes, unless nobody should trust it.
    pub(super) fn parse(kind: SignatureType, bytes: &[u8]) -> Option<Self> {
        Some(match kind {
            SignatureType::Ed25519 => Self::Ed25519(ed25519(bytes)?),
            SignatureType::Ed25519Cosignature => Self::Ed25519Cosignature(ed25519(bytes)?),
            SignatureType::MlDsa44Cosignature => {
                let encoded = bytes.try_into().ok()?;
                Self::MlDsa44Cosignature(ml_dsa::VerifyingKey::decode(encoded))
            }
        })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) | Self::Ed25519Cosignature(key) => key.as_bytes().to_vec(),
            Self::MlDsa44Cosignature(key) => key.encode().to_vec(),
        }
    }

    pub(super) fn kind(&self) -> SignatureType {
        match self {
            Self::Ed25519(_) => SignatureType::Ed25519,
            Self::Ed25519Cosignature(_) => SignatureType::Ed25519Cosignature,
            Self::MlDsa44Cosignature(_) => SignatureType::MlDsa44Cosignature,
        }
    }

    /// Checks the bytes of a signature by `name` over a note's text.
    pub(super) fn verify(&self, name: &KeyName, text: &str, bytes: &[u8]) -> Option<Told> {
        let time_s = match self {
            Self::Ed25519(key) => {
                verify_ed25519(key, text.as_bytes(), bytes)?;
                None
            }
            Self::Ed25519Cosignature(key) => {
                let (time_s, signature) = cosignature::split_time(bytes)?;
                let message = cosignature::message(time_s, text);
                verify_ed25519(key, message.as_bytes(), signature)?;
                Some(time_s)
            }
            Self::MlDsa44Cosignature(key) => {
                let (time_s, signature) = cosignature::split_time(bytes)?;
                let checkpoint = Checkpoint::parse(text).ok()?;
                let message = cosignature::subtree_message(name, time_s, &checkpoint);
                key.verify(&message, &signature.try_into().ok()?).ok()?;
                // Zero says that the signer doesn't say when.
                (time_s > 0).then_some(time_s)
            }
        };
        Some(Told { time_s })
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.to_bytes() == other.to_bytes()
    }
}

impl Eq for PublicKey {}

/// A key of small order has signatures that hold for any text.
fn ed25519(bytes: &[u8]) -> Option<VerifyingKey> {
    let key = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
    (!key.is_weak()).then_some(key)
}

/// Strictly: a signature that some verifiers take and others refuse is refused.
pub(super) fn verify_ed25519(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> Option<()> {
    let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
    key.verify_strict(message, &signature).ok()
}
