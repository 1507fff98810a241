//! Heads that something else than the database remembers: the high-water file, a witness, a copy
//! of the published log. A database that is behind one of them, or contradicts it, is an older
//! copy or another history; signing from it would make a second history under the same name,
//! which nothing could mend.

use tlog::{Hash, ProveError, prove_consistency, verify_consistency};

use super::Edge;
use crate::error::StoreError;
use crate::store::log::Nodes;

/// A head that was signed, or was about to be, as somebody else remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Who remembers it, as it stands in a sentence: "the witness w1.example.org".
    pub place: String,
    /// How many entries the log had.
    pub size: u64,
    /// The root, where it is known: a witness may tell the size alone.
    pub root: Option<Hash>,
}

impl Remembered {
    /// Why the stored log, which ends at the edge, must not be signed, if it does not continue this head.
    pub(crate) fn objection(
        &self,
        nodes: &mut Nodes<'_>,
        edge: &Edge,
    ) -> Result<Option<String>, StoreError> {
        let Self { place, size, root } = self;
        if *size > edge.size() {
            return Ok(Some(format!(
                "the database holds a log of {} entries, but {place} knows one of {size} entries \
                 that was signed before: this is an older copy. Nothing is recorded or signed, \
                 because a second history would contradict the receipts that people have; \
                 everything can be read. Stop Proofbox and restore the newest copy of the whole \
                 data directory",
                edge.size()
            )));
        }
        if root.map_or(Ok(true), |root| continues(nodes, edge, *size, &root))? {
            return Ok(None);
        }
        Ok(Some(format!(
            "the database holds a log that does not continue the {size} entries that {place} \
             knows and that were signed before: it comes from another history. Nothing is \
             recorded or signed; everything can be read. Stop Proofbox, make sure that no other \
             instance has this log's key, and restore the newest copy of the whole data directory"
        )))
    }
}

/// Whether the stored log begins with the entries under that root.
fn continues(
    nodes: &mut Nodes<'_>,
    edge: &Edge,
    size: u64,
    root: &Hash,
) -> Result<bool, StoreError> {
    match prove_consistency(size, edge.size(), |node| nodes.read(node)) {
        Ok(proof) => Ok(verify_consistency(size, root, edge.size(), &edge.root(), &proof).is_ok()),
        Err(ProveError::Read(error)) => Err(error),
        Err(error @ ProveError::OutOfTree { .. }) => Err(StoreError::Damaged(error.to_string())),
    }
}
