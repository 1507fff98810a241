//! How the log grew, computed once a minute at most. It costs some thousand seeks in a log of many
//! years, and everybody may ask for the page; a curve over years looks the same a minute later.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use ledger::{CheckpointSeen, Ledger, StoreError};

/// How many points of the log's growth are drawn.
const POINTS: u32 = 97;
/// How long a curve is good.
const KEPT: Duration = Duration::from_mins(1);

/// The last curve that was computed, and when.
#[derive(Default)]
pub(crate) struct Growth(Mutex<Option<(Instant, Vec<CheckpointSeen>)>>);

impl Growth {
    /// The curve until now, where the log has this size now.
    pub(super) async fn until(
        &self,
        ledger: &Ledger,
        size: u64,
    ) -> Result<Vec<CheckpointSeen>, StoreError> {
        let mut points = match self.kept() {
            Some(points) => points,
            None => self.keep(ledger.growth(POINTS).await?),
        };
        if let Some(last) = points.last_mut() {
            last.size = last.size.max(size);
        }
        Ok(points)
    }

    fn kept(&self) -> Option<Vec<CheckpointSeen>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(at, _)| at.elapsed() < KEPT).map(|(_, points)| points.clone())
    }

    /// Who asks while somebody computes, computes too: the lock is never held meanwhile.
    fn keep(&self, points: Vec<CheckpointSeen>) -> Vec<CheckpointSeen> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((Instant::now(), points.clone()));
        points
    }
}
