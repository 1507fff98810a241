//! What left the linked folders while deletions are withdrawn: was it deleted, or is it elsewhere?
//!
//! A page can't tell, and neither can a listing that lacks a file. So nothing is withdrawn before
//! Dropbox has said of this very file that it is deleted. What it says nothing about, such as a
//! shared folder that isn't mounted any more, is taken as elsewhere: the trail only pauses.

use dropbox::{Id, PathRef};
use futures_util::{StreamExt, TryStreamExt, stream};
use ledger::{Commit, Departure, Whereabouts};

use super::page::{list_or_none, or_none};
use super::seams::{Remote, Store};
use super::{ReadError, Reader};

/// How many are asked about, and settled, in one go.
const DEPARTED_ITEMS: u32 = 100;
/// How many calls of one account are made side by side, beside its listing.
const CALLS_MAX: usize = 4;

impl<R: Remote, S: Store> Reader<R, S> {
    /// Asks about everything that left since the last time.
    pub(super) async fn settle_departures(&self) -> Result<(), ReadError> {
        loop {
            let keys = self.store.departed(DEPARTED_ITEMS).await?;
            if keys.is_empty() {
                return Ok(());
            }
            let asked = stream::iter(keys).map(|key| self.departure(key));
            let settled_departures = asked.buffer_unordered(CALLS_MAX).try_collect().await?;
            self.store.commit(Commit { settled_departures, ..self.store.blank() }).await?;
        }
    }

    async fn departure(&self, key: String) -> Result<Departure, ReadError> {
        let id = Id::new(&key);
        let found = or_none(self.remote.metadata(&PathRef::from(&id)).await)?.flatten();
        let whereabouts = match found {
            Some(_) => Whereabouts::Elsewhere,
            None => match list_or_none(self.remote.revisions(&id).await)? {
                Some(revisions) if revisions.is_deleted => Whereabouts::Deleted,
                _ => Whereabouts::Elsewhere,
            },
        };
        Ok(Departure { key, whereabouts })
    }
}
