//! Two levels for the indexes whose keys are random.
//!
//! A row with a random key lands on a page of its own, and a commit writes every page that it
//! touched: with a million files, each would cost several kilobytes of writing per index. So new
//! rows go to level 0, which stays small enough for a commit to touch each of its pages several
//! times, and move to level 1 in one sweep once there are many. Whoever reads looks at both.

use rusqlite::Connection;

use crate::error::StoreError;

const COUNT_KEYS: &str = "select count(*) from item_key where level = 0";
const COUNT_FINGERPRINTS: &str = "select count(*) from lookup where level = 0";
const SETTLE_KEYS: &str = "
    insert into item_key (level, tag, item) select 1, tag, item from item_key where level = 0";
const SETTLE_FINGERPRINTS: &str = "
    insert into lookup (level, prefix, event) select 1, prefix, event from lookup where level = 0";
const DELETE_KEYS: &str = "delete from item_key where level = 0";
const DELETE_FINGERPRINTS: &str = "delete from lookup where level = 0";

/// Level 0 settles when it has so many rows: about 300 pages. Tests settle all the time.
const RECENT_ROWS_MAX: u64 = if cfg!(test) { 50 } else { 65_536 };

/// How many rows are on level 0. The writer counts as it inserts.
pub(crate) struct Recent {
    keys: u64,
    fingerprints: u64,
}

impl Recent {
    /// Counts what is there.
    pub(crate) fn load(db: &Connection) -> Result<Self, StoreError> {
        Ok(Self {
            keys: db.query_row(COUNT_KEYS, [], |row| row.get(0))?,
            fingerprints: db.query_row(COUNT_FINGERPRINTS, [], |row| row.get(0))?,
        })
    }

    /// Counts a row of `item_key`.
    pub(crate) fn add_key(&mut self) {
        self.keys += 1;
    }

    /// Counts rows of `lookup`.
    pub(crate) fn add_fingerprints(&mut self, count: u64) {
        self.fingerprints += count;
    }

    /// Moves a level 0 that has grown large.
    pub(crate) fn settle(&mut self, db: &Connection) -> Result<(), StoreError> {
        if self.keys >= RECENT_ROWS_MAX {
            db.prepare_cached(SETTLE_KEYS)?.execute([])?;
            db.prepare_cached(DELETE_KEYS)?.execute([])?;
            self.keys = 0;
        }
        if self.fingerprints >= RECENT_ROWS_MAX {
            db.prepare_cached(SETTLE_FINGERPRINTS)?.execute([])?;
            db.prepare_cached(DELETE_FINGERPRINTS)?.execute([])?;
            self.fingerprints = 0;
        }
        Ok(())
    }
}
