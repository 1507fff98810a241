//! What integrations did: noting a step, and reading them back.

use crate::error::StoreError;
use crate::ids::SourceId;
use crate::ledger::Ledger;
use crate::model::activity::{Activity, Step};
use crate::store::{activity, sources};

impl Ledger {
    /// Remembers a step of an integration. What commits and owners do is remembered by itself.
    pub async fn note(&self, id: SourceId, step: Step) -> Result<(), StoreError> {
        self.write(move |batch| {
            let Some(source) = sources::row_id(batch.db, id)? else { return Ok(()) };
            batch.note(source, &step)
        })
        .await
    }

    /// Steps of an integration, newest first, from before the one with this number.
    pub async fn activity(
        &self,
        id: SourceId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Activity>, StoreError> {
        let before = before.unwrap_or(u64::MAX);
        self.scan(move |db| activity::list(db, id, before, limit)).await
    }
}
