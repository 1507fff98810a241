//! Items: what a source was last seen to hold, for whoever reconciles it.

use crate::error::StoreError;
use crate::ids::SourceId;
use crate::ledger::Ledger;
use crate::model::source::Item;

impl Ledger {
    /// The items with these keys, in no particular order; unknown keys are left out.
    pub async fn items_by_key(
        &self,
        source: SourceId,
        keys: &[String],
    ) -> Result<Vec<Item>, StoreError> {
        todo!()
    }

    /// The items at these path keys, gone ones included, in no particular order. One path may
    /// have several: gone ones, and others while a move is half seen.
    pub async fn items_by_path(
        &self,
        source: SourceId,
        path_keys: &[String],
    ) -> Result<Vec<Item>, StoreError> {
        todo!()
    }

    /// Items below a folder (its path key without the final slash; empty is everything), gone
    /// ones included, in a stable order; `after_key` is the key of the last item of the page
    /// before.
    pub async fn items_below(
        &self,
        source: SourceId,
        folder_path_key: &str,
        after_key: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        todo!()
    }

    /// Present items below a folder that no listing of this generation or later has seen.
    pub async fn items_unseen(
        &self,
        source: SourceId,
        folder_path_key: &str,
        generation: u32,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        todo!()
    }
}
