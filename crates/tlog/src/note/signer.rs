//! The secret halves of keys: a log's, and a cosigner's.
//!
//! Seeds come in as arguments: where they are kept, and whether what is signed may be signed, is
//! for the owner of the key to see to.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};

use crate::{Checkpoint, MalformedCheckpoint};

use super::{KeyName, Signature, SignatureType, SignedNote, TIME_MAX_S, VerifierKey, cosignature};

/// A key that signs notes. Its seed is the secret, so it never shows itself.
#[derive(Clone)]
pub struct Signer {
    name: KeyName,
    key: SigningKey,
}

/// A key that signs checkpoints along with a time: a witness's. Whoever uses it says that the log
/// had nothing newer then, and that nothing signed before contradicts it; who keeps that promise
/// is the owner of the key.
#[derive(Clone)]
pub struct Cosigner {
    name: KeyName,
    key: SigningKey,
}

/// Why a note isn't cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignError {
    /// The note's text isn't a checkpoint, and nothing else is cosigned.
    #[error("only checkpoints are cosigned")]
    NotACheckpoint(#[from] MalformedCheckpoint),
    /// The time is later than [`TIME_MAX_S`].
    #[error("the time {0} is later than a cosignature can tell")]
    Time(u64),
}

impl Signer {
    /// The Ed25519 key of a 32-byte seed, which must be random and secret.
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        Self { name, key: SigningKey::from_bytes(seed) }
    }

    /// The key's name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// What to give to those who verify.
    pub fn verifier_key(&self) -> VerifierKey {
        VerifierKey::new(self.name.clone(), SignatureType::Ed25519, self.key.verifying_key())
    }

    /// The signature over a note's text.
    pub(super) fn sign(&self, text: &str) -> Signature {
        let bytes = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        Signature { name: self.name.clone(), key_id: self.verifier_key().id(), bytes }
    }
}

impl Cosigner {
    /// The Ed25519 key of a 32-byte seed, which must be random and secret, and the seed of no
    /// other key: what is signed doesn't say the cosigner's name.
    pub fn ed25519(name: KeyName, seed: &[u8; 32]) -> Self {
        Self { name, key: SigningKey::from_bytes(seed) }
    }

    /// The key's name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// What to give to those who verify.
    pub fn verifier_key(&self) -> VerifierKey {
        let kind = SignatureType::Ed25519Cosignature;
        VerifierKey::new(self.name.clone(), kind, self.key.verifying_key())
    }

    /// The signature of a checkpoint at `time_s`, in seconds since 1970. It doesn't look at the
    /// note's other signatures: a witness checks the log's before it signs along.
    pub fn cosign(&self, checkpoint: &SignedNote, time_s: u64) -> Result<Signature, CosignError> {
        if time_s > TIME_MAX_S {
            return Err(CosignError::Time(time_s));
        }
        Checkpoint::parse(checkpoint.text())?;
        let message = cosignature::message(time_s, checkpoint.text());
        let signature = self.key.sign(message.as_bytes()).to_bytes();
        let bytes = cosignature::with_time(time_s, &signature);
        Ok(Signature { name: self.name.clone(), key_id: self.verifier_key().id(), bytes })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cosigner").field("name", &self.name).finish_non_exhaustive()
    }
}
