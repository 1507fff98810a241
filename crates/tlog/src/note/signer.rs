//! The secret halves of keys: a log's, and a cosigner's.
//!
//! Seeds come in as arguments: where they are kept, and whether what is signed may be signed, is
//! for the owner of the key to see to.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use ml_dsa::{Keypair as _, MlDsa44};

use crate::{Checkpoint, MalformedCheckpoint};

use super::{
    KeyName, Signature, SignedNote, TIME_MAX_S, VerifierKey, cosignature, public_key::PublicKey,
};

/// A key that signs notes. Its seed is the secret, so it never shows itself.
#[derive(Clone)]
pub struct Signer {
    name: KeyName,
    key: SigningKey,
}

/// A key that signs checkpoints along with a time: a witness's, or a log's second one beside its
/// [`Signer`]. Whoever uses it says that the log had nothing newer then, and that nothing signed
/// before contradicts it; who keeps that promise is the owner of the key.
#[derive(Clone)]
pub struct Cosigner {
    name: KeyName,
    key: CosigningKey,
}

#[derive(Clone)]
enum CosigningKey {
    Ed25519(SigningKey),
    MlDsa44(ml_dsa::SigningKey<MlDsa44>),
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
        VerifierKey::new(self.name.clone(), PublicKey::Ed25519(self.key.verifying_key()))
    }

    /// The signature over bytes that no note's text can be taken for.
    pub(crate) fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(message).to_bytes().to_vec()
    }

    /// The signature over a note's text.
    pub(super) fn sign(&self, text: &str) -> Signature {
        let bytes = self.sign_bytes(text.as_bytes());
        Signature { name: self.name.clone(), key_id: self.verifier_key().id(), bytes }
    }
}

impl Cosigner {
    /// The Ed25519 key of a 32-byte seed, which must be random and secret, and the seed of no
    /// other key: what is signed doesn't say the cosigner's name.
    pub fn ed25519(name: KeyName, seed: &[u8; 32]) -> Self {
        Self { name, key: CosigningKey::Ed25519(SigningKey::from_bytes(seed)) }
    }

    /// The ML-DSA-44 key of a 32-byte seed, which must be random and secret. A log signs its own
    /// checkpoints with it under the name of its origin.
    pub fn ml_dsa_44(name: KeyName, seed: &[u8; 32]) -> Self {
        Self { name, key: CosigningKey::MlDsa44(ml_dsa::SigningKey::from_seed(&(*seed).into())) }
    }

    /// The key's name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// What to give to those who verify.
    pub fn verifier_key(&self) -> VerifierKey {
        let key = match &self.key {
            CosigningKey::Ed25519(key) => PublicKey::Ed25519Cosignature(key.verifying_key()),
            CosigningKey::MlDsa44(key) => PublicKey::MlDsa44Cosignature(key.verifying_key()),
        };
        VerifierKey::new(self.name.clone(), key)
    }

    /// The signature of a checkpoint at `time_s`, in seconds since 1970. It doesn't look at the
    /// note's other signatures: a witness checks the log's before it signs along. With ML-DSA-44,
    /// time 0 leaves open when; a witness never does that.
    pub fn cosign(&self, checkpoint: &SignedNote, time_s: u64) -> Result<Signature, CosignError> {
        if time_s > TIME_MAX_S {
            return Err(CosignError::Time(time_s));
        }
        let signature = self.sign(checkpoint.text(), time_s)?;
        let bytes = cosignature::with_time(time_s, &signature);
        Ok(Signature { name: self.name.clone(), key_id: self.verifier_key().id(), bytes })
    }

    fn sign(&self, text: &str, time_s: u64) -> Result<Vec<u8>, MalformedCheckpoint> {
        let checkpoint = Checkpoint::parse(text)?;
        Ok(match &self.key {
            CosigningKey::Ed25519(key) => {
                let message = cosignature::message(time_s, text);
                key.sign(message.as_bytes()).to_bytes().to_vec()
            }
            CosigningKey::MlDsa44(key) => {
                let message = cosignature::subtree_message(&self.name, time_s, &checkpoint);
                let signature = key.try_sign(&message);
                signature
                    .expect("invariant: one message in 2^256 takes more attempts than there are")
                    .encode()
                    .to_vec()
            }
        })
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
