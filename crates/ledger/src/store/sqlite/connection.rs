//! A connection to the file, and the rows that wait to be inserted through it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection};

use super::rows::Rows;
use crate::error::StoreError;
use crate::store::db::{Insert, Params};
use crate::store::tables::Tables;

/// A connection. While a transaction is open, rows of an [`Insert`] wait for more of their kind; a
/// statement that names their table sends them before, so that nobody finds one missing.
pub(crate) struct Sqlite {
    connection: Connection,
    waiting: RefCell<Vec<Rows>>,
    /// The tables that rows wait for.
    awaited: Cell<Tables>,
    /// What each statement names that was run while rows waited.
    named: RefCell<HashMap<String, Tables>>,
    /// How many rows were ever to wait.
    kept: Cell<u64>,
    /// Whether every row is to go at once: in a savepoint, where a refusal must be told to the one who
    /// inserted it.
    is_apart: Cell<bool>,
}

impl Sqlite {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection,
            waiting: RefCell::default(),
            awaited: Cell::default(),
            named: RefCell::default(),
            kept: Cell::default(),
            is_apart: Cell::default(),
        }
    }

    /// The connection, once nothing waits any more.
    pub(crate) fn settled(&self) -> Result<&Connection, StoreError> {
        self.send(Tables::ALL)?;
        Ok(&self.connection)
    }

    /// Inserts what waits for some tables.
    fn send(&self, tables: Tables) -> Result<(), StoreError> {
        if !self.awaited.get().meets(tables) {
            return Ok(());
        }
        self.awaited.set(self.awaited.get().without(tables));
        let mut waiting = self.waiting.borrow_mut();
        let due = || waiting.iter().filter(|rows| rows.table.meets(tables));
        let sent = due().try_for_each(|rows| rows.send(&self.connection));
        // What was refused, and whatever else waited, is undone with the transaction.
        waiting.iter_mut().filter(|rows| rows.table.meets(tables)).for_each(Rows::clear);
        if sent.is_err() {
            // Whoever asks whether there is something to undo is not the one whose rows these were.
            self.kept.set(self.kept.get() + 1);
        }
        sent
    }

    /// A statement, prepared once for the connection.
    pub(crate) fn prepared(&self, statement: &str) -> Result<CachedStatement<'_>, StoreError> {
        if self.awaited.get().is_any() {
            self.send(self.named_in(statement))?;
        }
        self.prepared_beside(statement)
    }

    /// The same for one that asks about no row that waits.
    pub(crate) fn prepared_beside(
        &self,
        statement: &str,
    ) -> Result<CachedStatement<'_>, StoreError> {
        #[cfg(test)]
        super::plans::check(&self.connection, statement);
        Ok(self.connection.prepare_cached(statement)?)
    }

    fn named_in(&self, statement: &str) -> Tables {
        let mut named = self.named.borrow_mut();
        if let Some(tables) = named.get(statement) {
            return *tables;
        }
        let tables = Tables::named_in(statement);
        named.insert(statement.to_owned(), tables);
        tables
    }

    pub(crate) fn insert(
        &self,
        insert: &'static Insert,
        row: Params<'_>,
    ) -> Result<(), StoreError> {
        if self.is_apart.get() || self.connection.is_autocommit() {
            return self.insert_now(insert, row);
        }
        let mut waiting = self.waiting.borrow_mut();
        let known = waiting.iter().position(|rows| std::ptr::eq(rows.insert, insert));
        let place = known.unwrap_or(waiting.len());
        if known.is_none() {
            waiting.push(Rows::new(insert, row.len()));
        }
        let Some(rows) = waiting.get_mut(place) else { return Ok(()) };
        if !rows.table.is_any() {
            return self.insert_now(insert, row);
        }
        rows.push(row)?;
        self.kept.set(self.kept.get() + 1);
        self.awaited.set(self.awaited.get().with(rows.table));
        if rows.is_full() {
            let table = rows.table;
            drop(waiting);
            self.send(table)?;
        }
        Ok(())
    }

    fn insert_now(&self, insert: &Insert, row: Params<'_>) -> Result<(), StoreError> {
        Ok(self.connection.prepare_cached(insert.0)?.execute(row).map(drop)?)
    }

    /// Does something outside of a transaction that the next one will flush.
    pub(crate) fn unflushed<T>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connection.execute_batch("pragma synchronous = normal")?;
        let done = work();
        self.connection.execute_batch("pragma synchronous = full")?;
        done
    }

    /// Forgets what waits: it belongs to a transaction that is undone.
    pub(crate) fn forget(&self) {
        self.awaited.set(Tables::default());
        self.waiting.borrow_mut().iter_mut().for_each(Rows::clear);
    }

    pub(crate) fn set_apart(&self, is_apart: bool) {
        self.is_apart.set(is_apart);
    }

    /// Another number once something was written, or was to be.
    pub(crate) fn written(&self) -> u64 {
        self.connection.total_changes() + self.kept.get()
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;

    static INSERT: Insert = Insert("insert into asset (id) values (?1)");

    #[test]
    fn a_row_that_is_refused_when_another_asks_counts_as_written() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("create table asset (id integer primary key)").unwrap();
        connection.execute_batch("insert into asset values (1); begin").unwrap();
        let db = Sqlite::new(connection);
        db.insert(&INSERT, params![1]).unwrap();
        let before_the_other = db.written();
        assert!(db.prepared("select id from asset where id = ?1").is_err());
        assert_ne!(db.written(), before_the_other);
    }
}
