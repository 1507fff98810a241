//! The store: two databases, one contract, and one file of hand-written SQL per topic.
//!
//! `SQLite` in the data directory is what an instance begins with; `PostgreSQL` is for those who
//! have one and want what it has: copies that follow, backups, people who look after it. Both hold
//! the same tables and rows, and every test of the ledger runs on both.
//!
//! Functions take a connection, [`db::Db`], and do one thing at once; who may write, in which
//! transaction and in which order is the writer's business. The text of a statement is shared, and
//! where it cannot be, both stand side by side. What only one of the two has stays in its file,
//! [`sqlite`] or [`postgres`]: settings, schema, the lock of the writer.

pub(crate) mod access;
pub(crate) mod activity;
pub(crate) mod answers;
pub(crate) mod applications;
pub(crate) mod assets;
pub(crate) mod awaited;
pub(crate) mod blobs;
pub(crate) mod copy;
pub(crate) mod db;
pub(crate) mod departed;
pub(crate) mod domains;
pub(crate) mod event_lists;
pub(crate) mod events;
pub(crate) mod folders;
pub(crate) mod fsck;
pub(crate) mod iam;
pub(crate) mod items;
pub(crate) mod lists;
pub(crate) mod log;
pub(crate) mod lookup;
pub(crate) mod members;
mod postgres;
pub(crate) mod rebuild;
pub(crate) mod receipts;
pub(crate) mod recent;
pub(crate) mod registered;
pub(crate) mod registrations;
mod search;
pub(crate) mod secrets;
pub(crate) mod shared;
pub(crate) mod shown;
pub(crate) mod size;
pub(crate) mod sources;
pub(crate) mod sqlite;
mod tables;
pub(crate) mod tally;
pub(crate) mod trails;
pub(crate) mod unrecorded;
pub(crate) mod values;
pub(crate) mod webhooks;
pub(crate) mod witnesses;

use crate::error::{OpenError, StoreError};
use crate::location::{Database, Location};
use db::Db;

/// The newest schema of both databases.
const SCHEMA: u32 = 12;

/// Whether nothing was ever kept there.
pub(crate) fn is_new(at: &Location) -> Result<bool, OpenError> {
    match &at.database {
        Database::Embedded => Ok(sqlite::is_new(&at.directory)),
        Database::Postgres(server) => postgres::is_new(server, at),
    }
}

/// Opens the connection that writes, and brings the schema up to date.
pub(crate) fn open_writer(at: &Location) -> Result<Db, OpenError> {
    match &at.database {
        Database::Embedded => sqlite::open_writer(at),
        Database::Postgres(server) => postgres::open_writer(server, at),
    }
}

/// Opens the connection of a second process, which must find the schema that it knows.
pub(crate) fn open_beside(at: &Location) -> Result<Db, OpenError> {
    match &at.database {
        Database::Embedded => sqlite::open_beside(at),
        Database::Postgres(server) => postgres::open_beside(server, at),
    }
}

/// Opens a connection that only reads, where anything may be.
pub(crate) fn open_to_check(at: &Location) -> Result<Db, OpenError> {
    match &at.database {
        Database::Embedded => sqlite::open_to_check(at),
        Database::Postgres(server) => postgres::open_to_check(server, at),
    }
}

/// Opens a connection that only reads.
pub(crate) fn open_reader(at: &Location) -> Result<Db, StoreError> {
    match &at.database {
        Database::Embedded => sqlite::open_reader(&at.directory),
        Database::Postgres(server) => postgres::open_reader(server),
    }
}

fn check_version(at: &Location, found: u32) -> Result<(), OpenError> {
    if found > SCHEMA {
        return Err(OpenError::Newer { place: at.to_string(), found, known: SCHEMA });
    }
    Ok(())
}
