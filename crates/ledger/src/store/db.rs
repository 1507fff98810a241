//! The door to a database, for functions that do one thing at once.
//!
//! A store function takes a [`Db`] and says `db.execute(STATEMENT, params![...])`, or one of its
//! neighbours. Both databases know the same tables and take the same text, with `?1` for the first
//! parameter; where they differ, two texts stand side by side in a [`Texts`]. Values are what
//! `rusqlite`'s `ToSql` and `FromSql` make of them: numbers, texts and bytes. Statements are prepared once
//! for a connection and found again by their text.
//!
//! Texts for both: name the constraint of `on conflict (...) do update`; quote `"user"`; compare a
//! parameter with a column before asking whether it is null; `cast(sum(x) as bigint)`; no `cross join
//! ... on`, no comparison of a number with a condition. A number of a new row comes by `returning id`.

use std::ops::ControlFlow::{self, Continue};
use std::ops::Deref;

use rusqlite::OptionalExtension;
use rusqlite::types::FromSql;

pub(crate) use rusqlite::{ToSql, params};

use super::postgres::{self, Session};
use super::sqlite::Sqlite;
use super::tables::Tables;
use crate::error::StoreError;

/// `PostgreSQL`'s.
const BEGIN: &str = "begin isolation level read committed";
const UNFLUSHED: &str = "set local synchronous_commit = off";
const SAVEPOINT: &str = "savepoint job";
const ROLLBACK_TO_SAVEPOINT: &str = "rollback to job";
const RELEASE_SAVEPOINT: &str = "release job";
const COMMIT: &str = "commit";
const ROLLBACK: &str = "rollback";

/// What stands for `?1`, `?2` and so on in a statement: what `params!` makes.
pub(crate) type Params<'a> = &'a [&'a dyn ToSql];

/// One connection.
pub(crate) enum Db {
    /// To a file.
    Sqlite(Sqlite),
    /// To a server.
    Postgres(Session),
}

/// A row of an answer, while it is being read.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

/// A statement that inserts one row: `insert into ... values (...)`, and nothing else. A batch has
/// thousands of one kind, so they may leave together, where the table is one of those that
/// [`Tables`] knows.
pub(crate) struct Insert(pub(crate) &'static str);

/// A statement whose text differs.
pub(crate) struct Texts {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// A transaction that writes. Dropped, it is undone.
pub(crate) struct Transaction<'a> {
    db: &'a Db,
    is_open: bool,
}

impl Insert {
    /// Where its rows go.
    pub(crate) fn table(&self) -> Tables {
        Tables::named_in(self.0)
    }
}

impl Texts {
    /// The text for a connection.
    pub(crate) fn on(&self, db: &Db) -> &'static str {
        match db {
            Db::Sqlite(_) => self.sqlite,
            Db::Postgres(_) => self.postgres,
        }
    }
}

impl Db {
    /// Runs a statement whose outcome nobody asks for. In a transaction it may still be on its way
    /// when this returns, and an error of it come with a later one; see [`Db::settle`].
    pub(crate) fn execute(&self, statement: &str, params: Params<'_>) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => Ok(db.prepared(statement)?.execute(params).map(drop)?),
            Self::Postgres(session) => session.send(statement, params),
        }
    }

    /// Runs a statement by itself, without waiting for a disk: should the machine fail before the next
    /// transaction is durable, it may be as if it had never run. For what can be made again.
    pub(crate) fn execute_unflushed(
        &self,
        statement: &str,
        params: Params<'_>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.unflushed(|| self.execute(statement, params)),
            Self::Postgres(session) => {
                session.begin(BEGIN)?;
                session.send(UNFLUSHED, &[])?;
                session.send(statement, params)?;
                session.commit(COMMIT)
            }
        }
    }

    /// Inserts a row. In a transaction it may wait for others of its kind, and an error of it come with
    /// a later statement; see [`Db::settle`].
    pub(crate) fn insert(
        &self,
        insert: &'static Insert,
        row: Params<'_>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.insert(insert, row),
            Self::Postgres(session) => session.send(insert.0, row),
        }
    }

    /// Runs a statement; says how many rows it changed.
    pub(crate) fn changed(&self, statement: &str, params: Params<'_>) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(db) => Ok(db.prepared(statement)?.execute(params)? as u64),
            Self::Postgres(session) => session.changed(statement, params),
        }
    }

    /// The first row of an answer that has one.
    pub(crate) fn query_row<T>(
        &self,
        statement: &str,
        params: Params<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.optional(statement, params, read)?
            .ok_or(StoreError::Database(rusqlite::Error::QueryReturnedNoRows))
    }

    /// The first row of an answer, if there is one.
    pub(crate) fn optional<T>(
        &self,
        statement: &str,
        params: Params<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self {
            Self::Sqlite(db) => {
                let mut statement = db.prepared(statement)?;
                let read = |row: &rusqlite::Row<'_>| Ok(read(&Row::Sqlite(row)));
                statement.query_row(params, read).optional()?.transpose()
            }
            Self::Postgres(session) => {
                let rows = session.rows(statement, params)?;
                rows.first().map(|row| read(&Row::Postgres(row))).transpose()
            }
        }
    }

    /// The same, while rows that wait are not sent for it: whoever may ask about one settles before.
    pub(crate) fn optional_beside<T>(
        &self,
        statement: &str,
        params: Params<'_>,
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.optional_of_each(statement, &[params], read)?.pop().flatten())
    }

    /// The first row of each of many answers to one statement, where there is one. A database that is a
    /// round trip away is asked everything at once. Rows that wait are not sent for it: whoever may ask
    /// about one settles before.
    pub(crate) fn optional_of_each<T>(
        &self,
        statement: &str,
        all: &[Params<'_>],
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<Option<T>>, StoreError> {
        match self {
            Self::Sqlite(db) => {
                let mut statement = db.prepared_beside(statement)?;
                let read = |row: &rusqlite::Row<'_>| Ok(read(&Row::Sqlite(row)));
                let first = |params: &Params<'_>| {
                    statement.query_row(*params, read).optional()?.transpose()
                };
                all.iter().map(first).collect()
            }
            Self::Postgres(session) => {
                let answers = session.rows_of_each(statement, all)?;
                let first = |rows: &Vec<tokio_postgres::Row>| {
                    rows.first().map(|row| read(&Row::Postgres(row))).transpose()
                };
                answers.iter().map(first).collect()
            }
        }
    }

    /// All rows of an answer that is known to be short.
    pub(crate) fn query_all<T>(
        &self,
        statement: &str,
        params: Params<'_>,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Sqlite(_) => {
                let mut all = Vec::new();
                self.each(statement, params, |row| {
                    all.push(read(row)?);
                    Ok(())
                })?;
                Ok(all)
            }
            Self::Postgres(session) => session
                .rows(statement, params)?
                .iter()
                .map(|row| read(&Row::Postgres(row)))
                .collect(),
        }
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
        match self {
            Self::Sqlite(db) => {
                let mut statement = db.prepared(statement)?;
                let mut rows = statement.query(params)?;
                while let Some(row) = rows.next()? {
                    if visit(&Row::Sqlite(row))?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
            Self::Postgres(session) => {
                session.visit(statement, params, |row| visit(&Row::Postgres(row)))
            }
        }
    }

    /// Runs statements without parameters, one after the other.
    pub(crate) fn script(&self, text: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => Ok(db.settled()?.execute_batch(text)?),
            Self::Postgres(session) => session.script(text),
        }
    }

    /// A number that is another one once something was written: what tells whether there is anything
    /// to undo.
    pub(crate) fn written(&self) -> u64 {
        match self {
            Self::Sqlite(db) => db.written(),
            Self::Postgres(session) => session.written(),
        }
    }

    /// Waits for whatever is on its way; gives the first error.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.settled().map(drop),
            Self::Postgres(session) => session.settle(),
        }
    }

    /// Whether it can be used no longer.
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(session) => session.is_closed(),
        }
    }

    /// Begins a transaction that writes; nobody else may at the same time.
    pub(crate) fn transaction(&self) -> Result<Transaction<'_>, StoreError> {
        match self {
            Self::Sqlite(_) => self.execute("begin immediate", params![])?,
            Self::Postgres(session) => session.begin(BEGIN)?,
        }
        Ok(Transaction { db: self, is_open: true })
    }

    /// Runs reads that all see one state of the store. The connection of one that could not end is
    /// not used again: the outer error.
    pub(crate) fn on_one_state<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<Result<T, StoreError>, StoreError> {
        match self {
            Self::Sqlite(_) => self.execute("begin", params![])?,
            Self::Postgres(session) => {
                session.begin("begin isolation level repeatable read read only")?;
            }
        }
        let result = work(self);
        match self {
            Self::Sqlite(_) => self.execute(COMMIT, params![])?,
            Self::Postgres(session) if result.is_ok() => session.leave(ROLLBACK)?,
            Self::Postgres(session) => session.undo(ROLLBACK)?,
        }
        Ok(result)
    }

    /// Runs work within a transaction that is undone alone where it says so. An error in it is an error
    /// of the whole.
    pub(crate) fn in_savepoint<E: From<StoreError>>(
        &self,
        work: impl FnOnce() -> Result<Savepoint, E>,
    ) -> Result<(), E> {
        self.begin_savepoint()?;
        if work()? == Savepoint::Undone {
            self.execute(ROLLBACK_TO_SAVEPOINT, params![])?;
        }
        Ok(self.end_savepoint()?)
    }

    fn begin_savepoint(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => {
                db.settled()?.execute_batch(SAVEPOINT)?;
                db.set_apart(true);
                Ok(())
            }
            Self::Postgres(session) => session.begin_savepoint(SAVEPOINT),
        }
    }

    fn end_savepoint(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => {
                db.set_apart(false);
                self.execute(RELEASE_SAVEPOINT, params![])
            }
            Self::Postgres(session) => session.end_savepoint(RELEASE_SAVEPOINT),
        }
    }
}

/// What becomes of the work in a savepoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Savepoint {
    Kept,
    Undone,
}

impl Row<'_> {
    /// A column's value.
    pub(crate) fn get<T: FromSql>(&self, column: usize) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(row) => postgres::read(row, column),
        }
    }
}

impl Transaction<'_> {
    /// Makes it durable.
    pub(crate) fn commit(mut self) -> Result<(), StoreError> {
        match self.db {
            Db::Sqlite(db) => db.settled()?.execute_batch(COMMIT)?,
            Db::Postgres(session) => session.commit(COMMIT)?,
        }
        self.is_open = false;
        Ok(())
    }

    /// Undoes it.
    pub(crate) fn rollback(mut self) -> Result<(), StoreError> {
        self.is_open = false;
        self.undo()
    }

    fn undo(&self) -> Result<(), StoreError> {
        match self.db {
            Db::Sqlite(db) => {
                db.forget();
                db.set_apart(false);
                self.db.execute(ROLLBACK, params![])
            }
            Db::Postgres(session) => session.undo(ROLLBACK),
        }
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
            drop(self.undo());
        }
    }
}
