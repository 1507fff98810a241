//! The store on `SQLite`: a file in the data directory, its settings and its schema.
//!
//! Why these settings: WAL lets readers read while the one writer commits, and with `synchronous =
//! full` a commit that returned is on disk. Who may write is decided by the lock on the directory.

mod connection;
#[cfg(test)]
mod plans;
mod rows;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

pub(crate) use self::connection::Sqlite;

use super::db::{Db, params};
use super::{SCHEMA, check_version};
use crate::error::{OpenError, StoreError};
use crate::location::Location;

/// The name of the database in the data directory.
pub(super) const DATABASE: &str = "proofbox.db";

/// One script per schema version, oldest first. They only ever grow in number.
const MIGRATIONS: [&str; SCHEMA as usize] = [
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
    include_str!("migrations/0011.sql"),
    include_str!("migrations/0012.sql"),
];

/// How long to wait for a second process that makes a sign-in link.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// More than there are statements, so that each is prepared once.
const STATEMENTS_MAX: usize = 256;

/// `secure_delete` overwrites what is deleted, because erasing is a promise. When the write-ahead log
/// is folded back is the writer's business. One that was held back and grew is cut to 256 MiB when it begins
/// anew, and no other: to cut a file takes up to 200 ms, in which nobody commits.
const WRITER_SETTINGS: &str = "
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma secure_delete = on;
    pragma cache_size = -65536;
    pragma wal_autocheckpoint = 0;
    pragma journal_size_limit = 268435456;
    pragma temp_store = memory;";

const READER_SETTINGS: &str = "
    pragma query_only = on;
    pragma cache_size = -8192;
    pragma temp_store = memory;";

/// Whether nothing was ever kept there.
pub(super) fn is_new(directory: &Path) -> bool {
    !directory.join(DATABASE).exists()
}

/// Opens the connection that writes, and brings the schema up to date.
pub(super) fn open_writer(at: &Location) -> Result<Db, OpenError> {
    let failed = |source| OpenError::Store { place: at.to_string(), source };
    create_private(&at.directory.join(DATABASE))?;
    let db = connect(&at.directory, WRITER_SETTINGS).map_err(failed)?;
    let found = schema_version(&db).map_err(failed)?;
    check_version(at, found)?;
    migrate(&db, found).map_err(failed)?;
    Ok(db)
}

/// Opens the connection of a second process, which must find the schema that it knows.
pub(super) fn open_beside(at: &Location) -> Result<Db, OpenError> {
    known(at, WRITER_SETTINGS)
}

/// Opens a connection that only reads, on a directory that may hold anything.
pub(super) fn open_to_check(at: &Location) -> Result<Db, OpenError> {
    known(at, READER_SETTINGS)
}

fn known(at: &Location, settings: &str) -> Result<Db, OpenError> {
    let failed = |source| OpenError::Store { place: at.to_string(), source };
    if is_new(&at.directory) {
        return Err(OpenError::NotFound(at.to_string()));
    }
    let db = connect(&at.directory, settings).map_err(failed)?;
    check_version(at, schema_version(&db).map_err(failed)?)?;
    Ok(db)
}

/// Opens a connection that only reads.
pub(super) fn open_reader(directory: &Path) -> Result<Db, StoreError> {
    connect(directory, READER_SETTINGS)
}

/// Makes the database readable by its owner alone, whoever may read the directory. The files
/// that `SQLite` puts beside it take over its mode.
fn create_private(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    let failed = |source| OpenError::Directory { path: path.to_owned(), source };
    options.open(path).map(drop).map_err(failed)
}

fn connect(directory: &Path, settings: &str) -> Result<Db, StoreError> {
    let db = Connection::open(directory.join(DATABASE))?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    // A plan must not depend on the values bound, or every execution may plan again.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    db.execute_batch(settings)?;
    Ok(Db::Sqlite(Sqlite::new(db)))
}

fn schema_version(db: &Db) -> Result<u32, StoreError> {
    db.query_row("pragma user_version", params![], |row| row.get(0))
}

/// Each version in a transaction of its own, with its number: a crash between two resumes there.
fn migrate(db: &Db, found: u32) -> Result<(), StoreError> {
    for (version, script) in (1..).zip(MIGRATIONS).skip_while(|(version, _)| *version <= found) {
        let transaction = db.transaction()?;
        transaction.script(script)?;
        transaction.script(&format!("pragma user_version = {version}"))?;
        transaction.commit()?;
    }
    Ok(())
}
