//! A connection to the file, and the rows that wait to be inserted through it.

use std::cell::{Cell, RefCell};

use rusqlite::{CachedStatement, Connection};

use super::rows::Rows;
use crate::error::StoreError;
use crate::store::db::{Insert, Params};

/// A connection. While a transaction is open, rows of an [`Insert`] wait for more of their kind; any
/// other statement sends them before, so that nobody finds one missing.
pub(crate) struct Sqlite {
    connection: Connection,
    waiting: RefCell<Vec<Rows>>,
    /// How many rows those are.
    count: Cell<u64>,
    /// Whether every row is to go at once: in a savepoint, where a refusal must be told to the one who
    /// inserted it.
    is_apart: Cell<bool>,
}

impl Sqlite {
    pub(crate) fn new(connection: Connection) -> Self {
        let (waiting, count) = (RefCell::default(), Cell::new(0));
        Self { connection, waiting, count, is_apart: Cell::new(false) }
    }

    /// The connection, once nothing waits any more.
    pub(crate) fn settled(&self) -> Result<&Connection, StoreError> {
        if self.count.replace(0) > 0 {
            let mut waiting = self.waiting.borrow_mut();
            let sent = waiting.iter().try_for_each(|rows| rows.send(&self.connection));
            // What was refused, and whatever else waited, is undone with the transaction.
            waiting.iter_mut().for_each(Rows::clear);
            sent?;
        }
        Ok(&self.connection)
    }

    /// A statement, prepared once for the connection.
    pub(crate) fn prepared(&self, statement: &str) -> Result<CachedStatement<'_>, StoreError> {
        let connection = self.settled()?;
        #[cfg(test)]
        super::plans::check(connection, statement);
        Ok(connection.prepare_cached(statement)?)
    }

    pub(crate) fn insert(
        &self,
        insert: &'static Insert,
        row: Params<'_>,
    ) -> Result<(), StoreError> {
        if self.is_apart.get() || self.connection.is_autocommit() {
            return Ok(self.connection.prepare_cached(insert.0)?.execute(row).map(drop)?);
        }
        let mut waiting = self.waiting.borrow_mut();
        let known = waiting.iter().position(|rows| std::ptr::eq(rows.insert, insert));
        let place = known.unwrap_or(waiting.len());
        if known.is_none() {
            waiting.push(Rows::new(insert, row.len()));
        }
        let Some(rows) = waiting.get_mut(place) else { return Ok(()) };
        rows.push(row)?;
        self.count.set(self.count.get() + 1);
        if rows.is_full() {
            drop(waiting);
            self.settled()?;
        }
        Ok(())
    }

    /// Forgets what waits: it belongs to a transaction that is undone.
    pub(crate) fn forget(&self) {
        self.count.set(0);
        self.waiting.borrow_mut().iter_mut().for_each(Rows::clear);
    }

    pub(crate) fn set_apart(&self, is_apart: bool) {
        self.is_apart.set(is_apart);
    }

    /// Grows with every row that is written, or waits to be.
    pub(crate) fn written(&self) -> u64 {
        self.connection.total_changes() + self.count.get()
    }
}
