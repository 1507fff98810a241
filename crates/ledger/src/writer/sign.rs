//! Steps 3 to 5: from a durable head to a checkpoint that may be shown.

use jiff::Timestamp;
use tlog::{
    Checkpoint, NodeId, SignedNote, Signer, VerifierKey, prove_inclusion, verify_inclusion,
};

use super::high_water::{HighWater, Mark};
use super::{Edge, Operation, Steps, Stop};
use crate::error::StoreError;
use crate::store::db::Db;
use crate::store::log::{self, Nodes};

/// The signing key and what keeps it from signing twice.
pub(crate) struct Signing {
    pub(crate) signer: Signer,
    pub(crate) high_water: HighWater,
}

impl Signing {
    /// Signs a head that is durable. Signing the same head again is harmless.
    pub(crate) fn sign(
        &self,
        db: &Db,
        edge: &Edge,
        now: Timestamp,
        steps: &Steps,
    ) -> Result<(), Stop> {
        // One read of the tiles at the log's end serves both what is asked before and behind the signature.
        let mut nodes = Nodes::new(db, edge.size());
        steps.run(Operation::Remember, || self.mark(&mut nodes, edge))?;
        let head =
            Checkpoint { origin: self.signer.name().into(), size: edge.size(), root: edge.root() };
        let note = head.sign(&self.signer).to_string();
        steps.run(Operation::Sign, || Ok(log::insert_checkpoint(db, head.size, &note, now)?))?;
        steps.run(Operation::Check, || {
            Ok(check(db, &mut nodes, &self.signer.verifier_key(), &head)?)
        })
    }

    /// Step 3: refuses if something newer was signed, and remembers the head otherwise.
    fn mark(&self, nodes: &mut Nodes<'_>, edge: &Edge) -> Result<(), Stop> {
        let failed = |error: std::io::Error| {
            Stop(format!(
                "the high-water file cannot be used ({error}); check the disk and start Proofbox again"
            ))
        };
        let known = self.high_water.read().map_err(failed)?;
        if let Some(objection) =
            known.map_or(Ok(None), |mark| mark.remembered().objection(nodes, edge))?
        {
            return Err(Stop(objection));
        }
        let mark = Mark::of(edge);
        if known == Some(mark) {
            return Ok(());
        }
        self.high_water.advance(mark).map_err(failed)
    }
}

/// Step 5: what was stored must prove the newest entry under what was signed.
fn check(
    db: &Db,
    nodes: &mut Nodes<'_>,
    key: &VerifierKey,
    head: &Checkpoint,
) -> Result<(), StoreError> {
    let damaged =
        |what: &str| StoreError::Damaged(format!("the log does not verify after a commit: {what}"));
    let row = log::newest_checkpoint(db)?.ok_or_else(|| damaged("no checkpoint"))?;
    let note = SignedNote::parse(&row.note).map_err(|error| damaged(&error.to_string()))?;
    let signed = Checkpoint::open(&note, key).map_err(|error| damaged(&error.to_string()))?;
    if signed != *head {
        return Err(damaged("another head is signed"));
    }
    check_last_entry(nodes, head)
}

/// Proves the last entry from the stored rows.
pub(crate) fn check_last_entry(nodes: &mut Nodes<'_>, head: &Checkpoint) -> Result<(), StoreError> {
    let last = head.size.saturating_sub(1);
    let leaf = nodes.read(NodeId::leaf(last))?;
    let proof = prove_inclusion(last, head.size, |node| nodes.read(node))
        .map_err(|error| StoreError::Damaged(error.to_string()))?;
    verify_inclusion(&leaf, last, head.size, &proof, &head.root).map_err(|error| {
        StoreError::Damaged(format!("the log's last entry is not under its root: {error}"))
    })
}
