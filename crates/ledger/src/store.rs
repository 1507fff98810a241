//! The store on `SQLite`: connections, schema, and one file of hand-written SQL per topic.
//!
//! Functions take a connection and do one thing at once; who may write, in which transaction and
//! in which order is the writer's business. Why these settings: WAL lets readers read while the
//! one writer commits, and with `synchronous = full` a commit that returned is on disk.

pub(crate) mod access;
pub(crate) mod activity;
pub(crate) mod applications;
pub(crate) mod assets;
pub(crate) mod awaited;
pub(crate) mod blobs;
pub(crate) mod db;
pub(crate) mod departed;
pub(crate) mod events;
pub(crate) mod folders;
pub(crate) mod fsck;
pub(crate) mod iam;
pub(crate) mod items;
pub(crate) mod lists;
pub(crate) mod log;
pub(crate) mod lookup;
pub(crate) mod rebuild;
pub(crate) mod receipts;
pub(crate) mod recent;
pub(crate) mod registered;
pub(crate) mod registrations;
pub(crate) mod shown;
pub(crate) mod sources;
pub(crate) mod trails;
pub(crate) mod unrecorded;
pub(crate) mod values;
pub(crate) mod webhooks;
pub(crate) mod witnesses;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::error::{OpenError, StoreError};
use db::{Db, params};

/// The name of the database in the data directory.
pub(crate) const DATABASE: &str = "proofbox.db";

/// One script per schema version, oldest first. They only ever grow in number.
const MIGRATIONS: [&str; 6] = [
    include_str!("store/migrations/0001.sql"),
    include_str!("store/migrations/0002.sql"),
    include_str!("store/migrations/0003.sql"),
    include_str!("store/migrations/0004.sql"),
    include_str!("store/migrations/0005.sql"),
    include_str!("store/migrations/0006.sql"),
];

/// How long to wait for a second process that makes a sign-in link.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// More than there are statements, so that each is prepared once.
const STATEMENTS_MAX: usize = 128;

/// `secure_delete` overwrites what is deleted, because erasing is a promise. When the write-ahead log
/// is folded back is the writer's business; one that begins anew is cut to 128 MiB.
const WRITER_SETTINGS: &str = "
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma secure_delete = on;
    pragma cache_size = -65536;
    pragma wal_autocheckpoint = 0;
    pragma journal_size_limit = 134217728;
    pragma temp_store = memory;";

const READER_SETTINGS: &str = "
    pragma query_only = on;
    pragma cache_size = -8192;
    pragma temp_store = memory;";

/// Opens the connection that writes, and brings the schema up to date.
pub(crate) fn open_writer(directory: &Path) -> Result<Db, OpenError> {
    let failed = |source| OpenError::Store { directory: directory.to_owned(), source };
    create_private(&directory.join(DATABASE))?;
    let db = connect(directory, WRITER_SETTINGS).map_err(failed)?;
    let found = schema_version(&db).map_err(failed)?;
    check_version(directory, found)?;
    migrate(&db, found).map_err(failed)?;
    Ok(db)
}

/// Opens the connection of a second process, which must find the schema that it knows.
pub(crate) fn open_beside(directory: &Path) -> Result<Db, OpenError> {
    let failed = |source| OpenError::Store { directory: directory.to_owned(), source };
    if !directory.join(DATABASE).exists() {
        return Err(OpenError::NotFound(directory.to_owned()));
    }
    let db = connect(directory, WRITER_SETTINGS).map_err(failed)?;
    check_version(directory, schema_version(&db).map_err(failed)?)?;
    Ok(db)
}

/// Opens a connection that only reads, on a directory that may hold anything.
pub(crate) fn open_to_check(directory: &Path) -> Result<Db, OpenError> {
    let failed = |source| OpenError::Store { directory: directory.to_owned(), source };
    if !directory.join(DATABASE).exists() {
        return Err(OpenError::NotFound(directory.to_owned()));
    }
    let db = open_reader(directory).map_err(failed)?;
    check_version(directory, schema_version(&db).map_err(failed)?)?;
    Ok(db)
}

/// Opens a connection that only reads.
pub(crate) fn open_reader(directory: &Path) -> Result<Db, StoreError> {
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
    let path: PathBuf = directory.join(DATABASE);
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    // A plan must not depend on the values bound, or every execution may plan again.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    db.execute_batch(settings)?;
    Ok(db.into())
}

fn schema_version(db: &Db) -> Result<u32, StoreError> {
    db.query_row("pragma user_version", params![], |row| row.get(0))
}

fn check_version(directory: &Path, found: u32) -> Result<(), OpenError> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(OpenError::Newer { directory: directory.to_owned(), found, known });
    }
    Ok(())
}

/// Each version in a transaction of its own, with its number: a crash between two resumes there.
fn migrate(db: &Db, found: u32) -> Result<(), StoreError> {
    for (version, script) in (1..).zip(MIGRATIONS).skip_while(|(version, _)| *version <= found) {
        let transaction = db.transaction()?;
        transaction.sqlite().execute_batch(script)?;
        transaction.sqlite().pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}
