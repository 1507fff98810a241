//! The log as the public reads it. Nothing beyond the newest checkpoint is shown.

use std::sync::Arc;

use tlog::{BundleId, TileId, VerifierKey};

use crate::error::StoreError;
use crate::ledger::Ledger;
use crate::store::{log, witnesses};

impl Ledger {
    /// The newest checkpoint, as a signed note with all the signatures that there are: the log's
    /// two and those of witnesses.
    pub async fn checkpoint(&self) -> Result<String, StoreError> {
        let (published, now) = (Arc::clone(&self.inner.published), self.inner.clock.now());
        let may_sign = self.read_only().is_none();
        let newest = self.scan(move |db| {
            let Some(newest) = log::newest_checkpoint(db)? else { return Ok(None) };
            let note = witnesses::cosigned(db, &newest)?;
            published.complete(newest.size, note, now, may_sign).map(Some)
        });
        let newest = newest.await?;
        newest
            .map(|note| note.to_string())
            .ok_or_else(|| StoreError::Damaged("the log has no signed checkpoint".to_owned()))
    }

    /// The post-quantum key that checkpoints are signed with too; older logs have none.
    pub fn second_log_key(&self) -> Option<VerifierKey> {
        self.inner.published.verifier_key()
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
        self.read(move |db| log::signed_tile(db, tile)).await
    }

    /// An entry bundle's bytes, if the log has it.
    pub async fn entry_bundle(&self, bundle: BundleId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(move |db| log::signed_bundle(db, bundle)).await
    }
}
