//! Witnesses: what whoever talks to them needs of the log, and what becomes of their answers.

use std::sync::Arc;

use jiff::Timestamp;
use tlog::{
    Hash, Policy, ProveError, Signature, SignedNote, VerifierKey, Witness, prove_consistency,
};

use crate::error::StoreError;
use crate::ledger::Ledger;
use crate::store::log::{self, Nodes};
use crate::store::witnesses;
use crate::writer::{Batch, Mark, Remembered};

/// A witness of the policy and what it cosigned last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessSeen {
    /// Its key's name.
    pub name: String,
    /// The largest size that it cosigned, and when; `None` before the first time.
    pub newest: Option<(u64, Timestamp)>,
}

impl Ledger {
    /// The policy that says which witnesses count, for this log.
    pub fn witness_policy(&self) -> Option<Arc<Policy>> {
        self.inner.witnesses.clone()
    }

    /// The witnesses of the policy and how far each has cosigned; empty without a policy.
    pub async fn witnesses(&self) -> Result<Vec<WitnessSeen>, StoreError> {
        let Some(policy) = self.witness_policy() else { return Ok(Vec::new()) };
        self.read(move |db| {
            let seen = |witness: &Witness| {
                let newest = witnesses::newest_by(db, &witness.key)?;
                Ok(WitnessSeen { name: witness.key.name().to_string(), newest })
            };
            policy.witnesses().iter().map(seen).collect()
        })
        .await
    }

    /// How many entries are under a checkpoint that the policy's quorum cosigned; 0 if there is
    /// none, or no policy.
    pub async fn witnessed_size(&self) -> Result<u64, StoreError> {
        if self.inner.witnesses.is_none() {
            return Ok(0);
        }
        let newest = self.read(witnesses::newest_witnessed).await?;
        Ok(newest.map_or(0, |checkpoint| checkpoint.size))
    }

    /// When a checkpoint over this entry was first cosigned by the policy's quorum.
    pub async fn witnessed_at(&self, index: u64) -> Result<Option<Timestamp>, StoreError> {
        if self.inner.witnesses.is_none() {
            return Ok(None);
        }
        self.read(move |db| witnesses::witnessed_at(db, index)).await
    }

    /// The newest checkpoint that the policy's quorum cosigned, with its cosignatures.
    pub async fn witnessed_checkpoint(&self) -> Result<Option<String>, StoreError> {
        if self.inner.witnesses.is_none() {
            return Ok(None);
        }
        self.read(|db| {
            let Some(newest) = witnesses::newest_witnessed(db)? else { return Ok(None) };
            witnesses::cosigned(db, &newest).map(|note| Some(note.to_string()))
        })
        .await
    }

    /// Proof that the log of `new` entries continues the one of `old`; `None` where `old` is larger
    /// or `new` is not signed yet.
    pub async fn consistency_proof(
        &self,
        old: u64,
        new: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        self.scan(move |db| {
            if old > new || new > log::signed_size(db)? {
                return Ok(None);
            }
            let mut nodes = Nodes::new(db, new);
            match prove_consistency(old, new, |node| nodes.read(node)) {
                Ok(proof) => Ok(Some(proof)),
                Err(ProveError::Read(error)) => Err(error),
                Err(error @ ProveError::OutOfTree { .. }) => {
                    Err(StoreError::Damaged(error.to_string()))
                }
            }
        })
        .await
    }

    /// Keeps what witnesses put under the checkpoint of this size. Only signatures by witnesses of
    /// the policy are kept, and only right ones: a wrong one is an error, and nothing is kept.
    /// Gives whether the quorum has seen the checkpoint now.
    pub async fn add_cosignatures(
        &self,
        size: u64,
        signatures: Vec<Signature>,
    ) -> Result<bool, StoreError> {
        let Some(policy) = self.witness_policy() else { return Ok(false) };
        self.write(move |batch| add_cosignatures(batch, &policy, size, &signatures)).await
    }

    /// Stops all signing if this head is larger than the log or contradicts it, and gives the
    /// reason then. A head with its root must have been signed with the log's key: it is
    /// remembered for good, so that the next start knows too.
    pub async fn stop_signing(&self, known: Remembered) -> Result<Option<String>, StoreError> {
        self.write(move |batch| stop_signing(batch, &known)).await
    }
}

fn add_cosignatures(
    batch: &mut Batch<'_>,
    policy: &Policy,
    size: u64,
    signatures: &[Signature],
) -> Result<bool, StoreError> {
    let Some(checkpoint) = witnesses::checkpoint(batch.db, size)? else { return Ok(false) };
    let note = SignedNote::parse(&checkpoint.note)
        .map_err(|error| StoreError::Damaged(error.to_string()))?;
    for signature in signatures {
        if let Some(cosigned_at) = verify(policy, &note, signature)? {
            witnesses::insert(batch.db, size, signature, cosigned_at)?;
        }
    }
    let cosigned = witnesses::cosigned(batch.db, &checkpoint)?;
    let is_witnessed = policy.check(&cosigned).is_ok();
    if is_witnessed {
        witnesses::mark(batch.db, size, batch.now)?;
    }
    Ok(is_witnessed)
}

/// When a witness of the policy says that it signed; `None` for a signature of anybody else.
fn verify(
    policy: &Policy,
    note: &SignedNote,
    signature: &Signature,
) -> Result<Option<Timestamp>, StoreError> {
    let is_by =
        |key: &VerifierKey| key.name() == signature.name() && key.id() == signature.key_id();
    let Some(witness) = policy.witnesses().iter().find(|witness| is_by(&witness.key)) else {
        return Ok(None);
    };
    let wrong = |error: String| StoreError::Cosignature { witness: witness.name.clone(), error };
    let with = note.with([signature.clone()]).map_err(|error| wrong(error.to_string()))?;
    let keys = [witness.key.clone()];
    let verified = with.verify(&keys).map_err(|error| wrong(error.to_string()))?;
    let time_s = verified.iter().filter_map(|verified| verified.time_s).max();
    let time_s = time_s.and_then(|time_s| i64::try_from(time_s).ok());
    let cosigned_at = time_s.and_then(|time_s| Timestamp::from_second(time_s).ok());
    cosigned_at.map(Some).ok_or_else(|| wrong("it does not say when it was made".to_owned()))
}

fn stop_signing(batch: &mut Batch<'_>, known: &Remembered) -> Result<Option<String>, StoreError> {
    let mut nodes = Nodes::new(batch.db, batch.edge.size());
    let Some(reason) = known.objection(&mut nodes, batch.edge)? else { return Ok(None) };
    tracing::error!(reason, "the ledger is read-only");
    batch.shared.read_only.get_or_init(|| reason.clone());
    if let Some(root) = known.root {
        let mark = Mark { size: known.size, root };
        batch.high_water.overrule(mark).map_err(StoreError::HighWater)?;
    }
    Ok(Some(reason))
}
