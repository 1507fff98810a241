//! Items: what a source was last seen to hold, for whoever reconciles it.

use crate::error::StoreError;
use crate::ids::SourceId;
use crate::ledger::Ledger;
use crate::model::change::{Awaited, Awaiting};
use crate::model::source::Item;
use crate::store::{awaited, departed, items};

impl Ledger {
    /// The items with these keys, in no particular order; unknown keys are left out.
    pub async fn items_by_key(
        &self,
        source: SourceId,
        keys: &[String],
    ) -> Result<Vec<Item>, StoreError> {
        let keys = keys.to_vec();
        self.scan(move |db| items::by_key(db, source, &keys)).await
    }

    /// The items at these path keys, gone ones included, in no particular order. One path may
    /// have several: gone ones, and others while a move is half seen.
    pub async fn items_by_path(
        &self,
        source: SourceId,
        path_keys: &[String],
    ) -> Result<Vec<Item>, StoreError> {
        let path_keys = path_keys.to_vec();
        self.scan(move |db| items::by_path(db, source, &path_keys)).await
    }

    /// Items below a folder (its path key without the final slash; empty is everything), gone
    /// ones included, in a stable order; `after_key` is the key of the last item of the page
    /// before, which must not have moved since.
    pub async fn items_below(
        &self,
        source: SourceId,
        folder_path_key: &str,
        after_key: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        let folder = folder_path_key.to_owned();
        let after = after_key.map(str::to_owned);
        self.scan(move |db| items::below(db, source, &folder, after.as_deref(), limit)).await
    }

    /// Keys of items that left, of which somebody should find out whether they were deleted.
    pub async fn departed(&self, source: SourceId, limit: u32) -> Result<Vec<String>, StoreError> {
        self.scan(move |db| departed::list(db, source, limit)).await
    }

    /// Versions that wait for their content to be read and whose turn it is, none longer than
    /// `bytes_max`, the newest first.
    pub async fn awaited(
        &self,
        source: SourceId,
        bytes_max: u64,
        limit: u32,
    ) -> Result<Vec<Awaited>, StoreError> {
        self.scan(move |db| awaited::list(db, source, bytes_max, limit)).await
    }

    /// How much of a source has yet to be read.
    pub async fn awaiting(&self, source: SourceId) -> Result<Awaiting, StoreError> {
        self.scan(move |db| awaited::count(db, source)).await
    }

    /// Present items below a folder that no listing of this generation or later has seen.
    pub async fn items_unseen(
        &self,
        source: SourceId,
        folder_path_key: &str,
        generation: u32,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        let folder = folder_path_key.to_owned();
        self.scan(move |db| items::unseen(db, source, &folder, generation, limit)).await
    }
}
