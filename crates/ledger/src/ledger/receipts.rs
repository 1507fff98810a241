//! Receipts. They are made together, as commits are: whoever asks while others are being made waits
//! for the next round, and a round shares one read, the verified checkpoint and the tiles. One
//! alone waits for nothing.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::ids::{EventId, TenancyId};
use crate::ledger::Ledger;
use crate::model::asset::PrivateField;
use crate::store::db::Db;
use crate::store::log::TileCache;
use crate::store::receipts::{Issuer, Trust};

/// The most receipts of one round: some milliseconds, for which other tasks wait.
const ROUND_RECEIPTS_MAX: usize = 64;

/// Who waits for a receipt, and whether somebody is making them.
#[derive(Default)]
pub(super) struct Desk {
    state: Mutex<DeskState>,
}

#[derive(Default)]
struct DeskState {
    waiting: Vec<Request>,
    is_open: bool,
}

struct Request {
    event: EventId,
    answer: oneshot::Sender<Result<Option<String>, StoreError>>,
}

impl Desk {
    /// Queues a request; says whether somebody must begin to serve.
    fn put(&self, request: Request) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.push(request);
        !std::mem::replace(&mut state.is_open, true)
    }

    /// The next round; `None` closes the desk.
    fn next_round(&self) -> Option<Vec<Request>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let count = state.waiting.len().min(ROUND_RECEIPTS_MAX);
        state.is_open = count > 0;
        state.is_open.then(|| state.waiting.drain(..count).collect())
    }
}

impl Ledger {
    /// The receipt of an event as the text of a `.tlog-proof` file, verified before it is handed
    /// out: under the newest checkpoint that the witnesses' quorum cosigned, or under the newest
    /// of all while none of those covers the event. `None` if there is no such event, or none
    /// signed yet.
    pub async fn receipt(&self, event: EventId) -> Result<Option<String>, StoreError> {
        let (answer, receipt) = oneshot::channel();
        if self.inner.desk.put(Request { event, answer }) {
            tokio::spawn(serve(self.clone()));
        }
        receipt
            .await
            .map_err(|_| StoreError::Stopped("a read was interrupted; try again".into()))?
    }

    /// The same receipt for an owner to hand to somebody: it opens these private fields too, each
    /// with its value or as one that the event lacks. A field that was erased stays closed, which
    /// the receipt's openings say. `None` if the tenancy has no such event.
    pub async fn owner_receipt(
        &self,
        tenancy: TenancyId,
        event: EventId,
        open: Vec<PrivateField>,
    ) -> Result<Option<String>, StoreError> {
        let (trust, tiles) = (self.trust(), Arc::clone(&self.inner.tiles));
        self.read(move |db| Issuer::new(db, &trust, &tiles)?.owner_receipt(tenancy, event, &open))
            .await
    }

    fn trust(&self) -> Trust {
        Trust { key: self.log_key(), witnesses: self.witness_policy() }
    }
}

/// Closes the desk when serving panics: those who wait are told that they were interrupted, and the next
/// one to come is served again.
struct Serving<'a>(&'a Desk);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
            *state = DeskState::default();
        }
    }
}

/// Serves round after round until nobody waits.
async fn serve(ledger: Ledger) {
    let _serving = Serving(&ledger.inner.desk);
    while let Some(round) = ledger.inner.desk.next_round() {
        let (trust, tiles) = (ledger.trust(), Arc::clone(&ledger.inner.tiles));
        let made = ledger.read(move |db| make(db, &trust, &tiles, round)).await;
        if let Err(error) = made {
            // Those who waited for this round were told that it was interrupted.
            tracing::error!(error = %error, "receipts could not be made");
        }
        tokio::task::yield_now().await;
    }
}

fn make(db: &Db, trust: &Trust, tiles: &TileCache, round: Vec<Request>) -> Result<(), StoreError> {
    let mut issuer = Issuer::new(db, trust, tiles)?;
    for Request { event, answer } in round {
        // Whoever went away has no use for it.
        drop(answer.send(issuer.receipt(event)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn whoever_comes_after_a_panic_is_served() {
        let desk = Desk::default();
        let ask = || {
            let (answer, receipt) = oneshot::channel();
            (desk.put(Request { event: EventId::from_bytes([1; 16]), answer }), receipt)
        };
        let (begins, _) = ask();
        let (joins, mut waits) = ask();
        assert!(begins && !joins);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _serving = Serving(&desk);
            panic!("in the middle of a round");
        }));
        assert!(panicked.is_err());
        assert!(matches!(waits.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
        assert!(ask().0, "somebody begins again");
    }
}
