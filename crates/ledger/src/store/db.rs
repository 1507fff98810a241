//! The door to a database, for functions that do one thing at once.
//!
//! A store function takes a [`Db`] and says `db.execute(STATEMENT, params![...])`, or one of its
//! neighbours. Values are what `rusqlite`'s `ToSql` and `FromSql` make of them: numbers, texts and bytes.
//! Statements are prepared once for a connection and found again by their text.

use std::ops::ControlFlow::{self, Continue};
use std::ops::Deref;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension, Rows, ToSql};

pub(crate) use rusqlite::params;

use crate::error::StoreError;

const BEGIN_WRITE: &str = "begin immediate";
const BEGIN_READ: &str = "begin";
const COMMIT: &str = "commit";
const ROLLBACK: &str = "rollback";

/// What stands for `?1`, `?2` and so on in a statement: what `params!` makes.
pub(crate) type Params<'a> = &'a [&'a dyn ToSql];

/// One connection.
pub(crate) struct Db {
    sqlite: Connection,
}

/// A row of an answer, while it is being read.
pub(crate) struct Row<'a>(&'a rusqlite::Row<'a>);

/// A transaction that writes. Dropped, it is undone.
pub(crate) struct Transaction<'a> {
    db: &'a Db,
    is_open: bool,
}

impl From<Connection> for Db {
    fn from(sqlite: Connection) -> Self {
        Self { sqlite }
    }
}

impl Db {
    /// The connection itself, for what only `SQLite` has.
    pub(crate) fn sqlite(&self) -> &Connection {
        &self.sqlite
    }

    /// Runs a statement whose outcome nobody asks for.
    pub(crate) fn execute(&self, statement: &str, params: Params<'_>) -> Result<(), StoreError> {
        self.changed(statement, params).map(drop)
    }

    /// Runs a statement; says how many rows it changed.
    pub(crate) fn changed(&self, statement: &str, params: Params<'_>) -> Result<u64, StoreError> {
        Ok(self.sqlite.prepare_cached(statement)?.execute(params)? as u64)
    }

    /// The first row of an answer that has one.
    pub(crate) fn query_row<T>(
        &self,
        statement: &str,
        params: Params<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.sqlite.prepare_cached(statement)?.query_row(params, |row| Ok(read(&Row(row))))?
    }

    /// The first row of an answer, if there is one.
    pub(crate) fn optional<T>(
        &self,
        statement: &str,
        params: Params<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.sqlite.prepare_cached(statement)?;
        statement.query_row(params, |row| Ok(read(&Row(row)))).optional()?.transpose()
    }

    /// All rows of an answer that is known to be short.
    pub(crate) fn query_all<T>(
        &self,
        statement: &str,
        params: Params<'_>,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        self.each(statement, params, |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Visits all rows of an answer, however long it is.
    pub(crate) fn each(
        &self,
        statement: &str,
        params: Params<'_>,
        mut visit: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.visit(statement, params, |row| visit(row).map(Continue))
    }

    /// Visits rows of an answer until the visitor has enough. The visitor may ask for something else
    /// meanwhile.
    pub(crate) fn visit(
        &self,
        statement: &str,
        params: Params<'_>,
        mut visit: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.sqlite.prepare_cached(statement)?;
        let mut rows: Rows<'_> = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if visit(&Row(row))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// A number that is another one once something was written: what tells whether there is anything
    /// to undo.
    pub(crate) fn written(&self) -> u64 {
        self.sqlite.total_changes()
    }

    /// Begins a transaction that writes; nobody else may at the same time.
    pub(crate) fn transaction(&self) -> Result<Transaction<'_>, StoreError> {
        self.execute(BEGIN_WRITE, params![])?;
        Ok(Transaction { db: self, is_open: true })
    }

    /// Runs reads that all see one state of the store. The connection of one that could not end is
    /// not used again: the outer error.
    pub(crate) fn on_one_state<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<Result<T, StoreError>, StoreError> {
        self.execute(BEGIN_READ, params![])?;
        let result = work(self);
        self.execute(COMMIT, params![])?;
        Ok(result)
    }
}

impl Row<'_> {
    /// A column's value.
    pub(crate) fn get<T: FromSql>(&self, column: usize) -> Result<T, StoreError> {
        Ok(self.0.get(column)?)
    }
}

impl Transaction<'_> {
    /// Makes it durable.
    pub(crate) fn commit(mut self) -> Result<(), StoreError> {
        self.db.execute(COMMIT, params![])?;
        self.is_open = false;
        Ok(())
    }

    /// Undoes it.
    pub(crate) fn rollback(mut self) -> Result<(), StoreError> {
        self.is_open = false;
        self.db.execute(ROLLBACK, params![])
    }
}

impl Deref for Transaction<'_> {
    type Target = Db;

    fn deref(&self) -> &Db {
        self.db
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            // Where it fails nothing is left to undo: the database has done it, or is gone.
            drop(self.db.execute(ROLLBACK, params![]));
        }
    }
}
