//! The second signature under the newest checkpoint, with ML-DSA-44. It takes a millisecond and
//! 3.3 kB, so it is made when somebody asks for the checkpoint and not with every commit, and kept
//! until there is a newer one. It is of a head that is durable and signed with the first key:
//! signing the same head again is harmless.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tlog::{Cosigner, Signature, SignedNote, VerifierKey};

use crate::error::StoreError;

/// The second key and its newest signature.
pub(crate) struct Published {
    signer: Option<Cosigner>,
    newest: Mutex<Option<(u64, Signature)>>,
}

impl Published {
    pub(crate) fn new(signer: Option<Cosigner>) -> Self {
        Self { signer, newest: Mutex::default() }
    }

    pub(crate) fn verifier_key(&self) -> Option<VerifierKey> {
        self.signer.as_ref().map(Cosigner::verifier_key)
    }

    /// The note with the second signature under it. A log that must not sign goes without.
    pub(crate) fn complete(
        &self,
        size: u64,
        note: SignedNote,
        now: Timestamp,
        may_sign: bool,
    ) -> Result<SignedNote, StoreError> {
        let Some(signer) = self.signer.as_ref().filter(|_| may_sign) else { return Ok(note) };
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let known = newest.as_ref().filter(|(of, _)| *of == size);
        let signature = match known {
            Some((_, signature)) => signature.clone(),
            None => sign(signer, &note, now)?,
        };
        *newest = Some((size, signature.clone()));
        note.with([signature]).map_err(|error| StoreError::Damaged(error.to_string()))
    }
}

fn sign(signer: &Cosigner, note: &SignedNote, now: Timestamp) -> Result<Signature, StoreError> {
    let time_s = u64::try_from(now.as_second()).unwrap_or_default();
    signer.cosign(note, time_s).map_err(|error| StoreError::Damaged(error.to_string()))
}
