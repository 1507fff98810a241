//! The log as the public reads it. Nothing beyond the newest checkpoint is shown.

use tlog::{BundleId, TileId, VerifierKey};

use crate::error::StoreError;
use crate::ledger::Ledger;

impl Ledger {
    /// The newest checkpoint, as a signed note.
    pub async fn checkpoint(&self) -> Result<String, StoreError> {
        todo!()
    }

    /// The key that checkpoints are verified with; its text is the vkey.
    pub fn log_key(&self) -> VerifierKey {
        todo!()
    }

    /// The log's name.
    pub fn origin(&self) -> String {
        todo!()
    }

    /// A tile's bytes, if the log has it.
    pub async fn tile(&self, tile: TileId) -> Result<Option<Vec<u8>>, StoreError> {
        todo!()
    }

    /// An entry bundle's bytes, if the log has it.
    pub async fn entry_bundle(&self, bundle: BundleId) -> Result<Option<Vec<u8>>, StoreError> {
        todo!()
    }
}
