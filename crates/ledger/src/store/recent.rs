//! Two levels for the indexes whose keys are random.
//!
//! A row with a random key lands on a page of its own, and a commit writes every page that it
//! touched: with a million files, each would cost several kilobytes of writing per index. So new
//! rows go to level 0, which stays small enough for a commit to touch each of its pages several
//! times, and move to level 1 many at a time. Whoever reads looks at both.
//!
//! They move in the order of their keys, a slice with each batch: a slice meets a page of level 1
//! as often as the whole would, and nobody waits for the whole. Rows that arrive behind the sweep
//! wait for the next one.

use super::db::{Db, params};
use crate::error::StoreError;

const KEYS: Statements = Statements {
    count: "select count(*) from item_key where level = 0",
    last_of_slice: "
        select tag, item from item_key where level = 0 and (tag, item) > (?1, ?2)
        order by tag, item limit 1 offset ?3",
    copy: "
        insert into item_key (level, tag, item) select 1, tag, item from item_key
        where level = 0 and (tag, item) > (?1, ?2) and (tag, item) <= (?3, ?4)",
    delete: "
        delete from item_key
        where level = 0 and (tag, item) > (?1, ?2) and (tag, item) <= (?3, ?4)",
};

const FINGERPRINTS: Statements = Statements {
    count: "select count(*) from lookup where level = 0",
    last_of_slice: "
        select prefix, event from lookup where level = 0 and (prefix, event) > (?1, ?2)
        order by prefix, event limit 1 offset ?3",
    copy: "
        insert into lookup (level, prefix, event) select 1, prefix, event from lookup
        where level = 0 and (prefix, event) > (?1, ?2) and (prefix, event) <= (?3, ?4)",
    delete: "
        delete from lookup
        where level = 0 and (prefix, event) > (?1, ?2) and (prefix, event) <= (?3, ?4)",
};

/// A sweep begins when level 0 has so many rows: about 300 pages. Tests sweep all the time.
const RECENT_ROWS_MAX: u64 = if cfg!(test) { 50 } else { 65_536 };
/// A slice has so many rows, and twice as many as arrived since the last one: so that a sweep
/// overtakes what arrives.
const SLICE_ROWS_MIN: u64 = if cfg!(test) { 7 } else { 256 };

/// Before every key, and behind every key.
const START: Key = (i64::MIN, i64::MIN);
const END: Key = (i64::MAX, i64::MAX);

type Key = (i64, i64);

/// What is on level 0. The writer counts as it inserts.
#[derive(Clone)]
pub(crate) struct Recent(Option<Levels>);

/// Level 0 of each index, where there is another level: `PostgreSQL` writes rows to its pages later, and
/// many of them together.
#[derive(Clone)]
struct Levels {
    keys: Level,
    fingerprints: Level,
}

/// Level 0 of one index.
#[derive(Clone)]
struct Level {
    statements: &'static Statements,
    rows: u64,
    /// Rows that arrived since the last slice.
    added: u64,
    /// How far a sweep has come.
    swept: Option<Key>,
}

struct Statements {
    count: &'static str,
    last_of_slice: &'static str,
    copy: &'static str,
    delete: &'static str,
}

impl Recent {
    /// Counts what is there.
    pub(crate) fn load(db: &Db) -> Result<Self, StoreError> {
        if let Db::Postgres(_) = db {
            return Ok(Self(None));
        }
        let (keys, fingerprints) = (Level::load(db, &KEYS)?, Level::load(db, &FINGERPRINTS)?);
        Ok(Self(Some(Levels { keys, fingerprints })))
    }

    /// Counts a row of `item_key`.
    pub(crate) fn add_key(&mut self) {
        if let Some(levels) = &mut self.0 {
            levels.keys.added += 1;
        }
    }

    /// Counts rows of `lookup`.
    pub(crate) fn add_fingerprints(&mut self, count: u64) {
        if let Some(levels) = &mut self.0 {
            levels.fingerprints.added += count;
        }
    }

    /// Moves a slice of what has grown large.
    pub(crate) fn settle(&mut self, db: &Db) -> Result<(), StoreError> {
        let Some(levels) = &mut self.0 else { return Ok(()) };
        levels.keys.settle(db)?;
        levels.fingerprints.settle(db)
    }
}

impl Level {
    fn load(db: &Db, statements: &'static Statements) -> Result<Self, StoreError> {
        let rows = db.query_row(statements.count, params![], |row| row.get(0))?;
        Ok(Self { statements, rows, added: 0, swept: None })
    }

    fn settle(&mut self, db: &Db) -> Result<(), StoreError> {
        let added = std::mem::take(&mut self.added);
        self.rows += added;
        if self.swept.is_none() && self.rows < RECENT_ROWS_MAX {
            return Ok(());
        }
        let from = self.swept.unwrap_or(START);
        let last = self.last_of_slice(db, from, SLICE_ROWS_MIN + 2 * added)?;
        let to = last.unwrap_or(END);
        db.execute(self.statements.copy, params![from.0, from.1, to.0, to.1])?;
        let moved = db.changed(self.statements.delete, params![from.0, from.1, to.0, to.1])?;
        self.rows = self.rows.saturating_sub(moved as u64);
        self.swept = last;
        Ok(())
    }

    /// The key that a slice ends with; `None` where fewer rows are left.
    fn last_of_slice(&self, db: &Db, from: Key, rows: u64) -> Result<Option<Key>, StoreError> {
        db.optional(self.statements.last_of_slice, params![from.0, from.1, rows - 1], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }
}
