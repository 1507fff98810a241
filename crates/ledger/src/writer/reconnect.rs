//! A lost connection to the database, in the middle of a batch or before one.
//!
//! `PostgreSQL` may be started again, or another machine take its place, while Proofbox serves. What became of
//! the transaction that was under way is unknown until it is read back: over a new connection, with the
//! writer's lock, the stored head is either the one before the batch, or the one behind it, and then the
//! batch goes on where it was. Any other head is somebody else's, or that of a copy that lacks
//! something: the writer stops, as ever.
//!
//! What did not happen is done again: jobs may run twice. A batch that adds nothing to the log leaves the
//! head as it is, so once it was sent, its callers are told that nobody knows. What is written so
//! may be repeated.

use std::thread::sleep;
use std::time::{Duration, Instant};

use tlog::Hash;

use super::{Edge, Stop, Writer};
use crate::error::{OpenError, StoreError, chain};
use crate::store::db::Db;
use crate::store::tally::Tally;
use crate::store::{self, log};

/// For so long a connection is tried for. Whoever starts the process again after that begins anew.
const RECONNECT_MAX: Duration = Duration::from_mins(5);
/// Between two tries; the first ones come sooner.
const PAUSE_MAX: Duration = Duration::from_secs(2);
const PAUSE_FIRST: Duration = Duration::from_millis(50);

/// What callers are told whose batch came to nothing.
pub(super) const NOT_RECORDED: &str = "the connection to the database was lost before anything was \
    recorded; it is there again, so repeat it";
pub(super) const NOT_KNOWN: &str = "the connection to the database was lost, and nobody knows whether this \
    was still written; it is there again, so repeat it";

/// What a new connection shows of a batch.
pub(super) enum Found {
    /// It is durable.
    Committed,
    /// It did not happen.
    Undone,
    /// It added nothing to the log, so nobody knows.
    Unknown,
}

impl Writer {
    /// Connects again after an error, and reads back what became of the batch that was to lead from
    /// the old edge to the one that there is now, if it was sent at all.
    pub(super) fn reconnect(
        &mut self,
        lost: &Stop,
        old: (u64, Hash),
        is_sent: bool,
    ) -> Result<Found, Stop> {
        tracing::warn!(reason = lost.0, "the connection to the database is lost; trying again");
        self.db = self.connect(lost)?;
        self.folders.forget();
        let head = log::head(&self.db)?.ok_or_else(|| StoreError::Damaged("no head".into()))?;
        let new = (self.edge.size(), self.edge.root());
        let found = match (head.size, head.root) {
            head if head == old && !is_sent => Found::Undone,
            head if head == old && new == old => Found::Unknown,
            head if head == old => Found::Undone,
            head if head == new && is_sent => Found::Committed,
            _ => return Err(super::other_head(old.0)),
        };
        self.edge = Edge::load(&self.db, &head)?;
        self.tally = Tally::load(&self.db)?;
        tracing::info!("the database is there again");
        Ok(found)
    }

    fn connect(&self, lost: &Stop) -> Result<Db, Stop> {
        let (started, mut pause) = (Instant::now(), PAUSE_FIRST);
        loop {
            match store::open_writer(&self.at) {
                Ok(db) => return Ok(db),
                // The server is not there yet, or has not noticed yet that the lost session ended.
                Err(OpenError::Unreachable { .. } | OpenError::DatabaseInUse(_))
                    if started.elapsed() < RECONNECT_MAX => {}
                Err(OpenError::Unreachable { .. } | OpenError::DatabaseInUse(_)) => {
                    return Err(Stop(lost.0.clone()));
                }
                Err(other) => return Err(Stop(chain(&other))),
            }
            sleep(pause);
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}
