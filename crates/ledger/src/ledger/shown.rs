//! The log as people are shown it: its newest checkpoints, how it grew, and single entries. Whose
//! entry is whose is not told: nobody can list what is public.

use std::sync::Arc;

use jiff::Timestamp;

use crate::error::StoreError;
use crate::ledger::Ledger;
use crate::model::asset::CheckpointSeen;
use crate::model::log::{ProvedEntry, SignedCheckpoint};
use crate::store::shown;

/// The most points of the log's growth that are computed at once. Each costs a few dozen seeks.
const GROWTH_POINTS_MAX: u32 = 200;
/// The most checkpoints that are listed at once.
const CHECKPOINTS_MAX: u32 = 200;

impl Ledger {
    /// The newest checkpoints, the newest first.
    pub async fn newest_checkpoints(
        &self,
        count: u32,
    ) -> Result<Vec<SignedCheckpoint>, StoreError> {
        self.read(move |db| shown::newest_checkpoints(db, count.min(CHECKPOINTS_MAX))).await
    }

    /// How large the signed log was, at times that divide its life until now evenly. The first is
    /// its first checkpoint, the last is now.
    pub async fn growth(&self, points: u32) -> Result<Vec<CheckpointSeen>, StoreError> {
        let now = self.inner.clock.now();
        self.scan(move |db| {
            let Some(oldest) = shown::oldest(db)? else { return Ok(Vec::new()) };
            shown::sizes_at(db, &evenly(oldest.at, now, points.min(GROWTH_POINTS_MAX)))
        })
        .await
    }

    /// The entry at an index, with the proof that the newest checkpoint covers it. `None` beyond.
    pub async fn log_entry(&self, index: u64) -> Result<Option<ProvedEntry>, StoreError> {
        let tiles = Arc::clone(&self.inner.tiles);
        self.read(move |db| shown::proved_entry(db, &tiles, index)).await
    }
}

/// Times from the first to the last, both included.
fn evenly(first: Timestamp, last: Timestamp, points: u32) -> Vec<Timestamp> {
    let (first, last) = (first.as_millisecond(), last.as_millisecond());
    let steps = i64::from(points.max(2) - 1);
    let times = (0..=steps).map(|step| first + (last - first).max(0) * step / steps);
    times.filter_map(|time| Timestamp::from_millisecond(time).ok()).collect()
}
