//! The log as the public reads it. Nothing beyond the newest checkpoint is shown.

use tlog::{BundleId, TileId, VerifierKey};

use crate::error::StoreError;
use crate::ledger::Ledger;
use crate::store::log;

impl Ledger {
    /// The newest checkpoint, as a signed note.
    pub async fn checkpoint(&self) -> Result<String, StoreError> {
        let newest = self.read(log::newest_checkpoint).await?;
        newest
            .map(|checkpoint| checkpoint.note)
            .ok_or_else(|| StoreError::Damaged("the log has no signed checkpoint".to_owned()))
    }

    /// The key that checkpoints are verified with; its text is the vkey.
    pub fn log_key(&self) -> VerifierKey {
        self.inner.key.clone()
    }

    /// The log's name.
    pub fn origin(&self) -> String {
        self.inner.key.name().to_string()
    }

    /// A tile's bytes, if the log has it.
    pub async fn tile(&self, tile: TileId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(move |db| {
            let signed = log::signed_size(db)?;
            tile.is_in(signed).then(|| log::tile(db, tile)).transpose()
        })
        .await
    }

    /// An entry bundle's bytes, if the log has it.
    pub async fn entry_bundle(&self, bundle: BundleId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(move |db| {
            let signed = log::signed_size(db)?;
            bundle.is_in(signed).then(|| log::bundle(db, bundle)).transpose()
        })
        .await
    }
}
