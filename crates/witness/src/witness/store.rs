//! What a witness remembers: of each log the last checkpoint that it signed, and nothing else.
//!
//! In `SQLite`, with one table: reading the last checkpoint and putting another in its place must
//! be one step that is durable or did not happen, and that is what a transaction is. Files that
//! are renamed and flushed would do for one process; this also holds when somebody starts a second
//! one over the same directory by mistake, since a transaction that writes excludes every other.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use tlog::{Checkpoint, KeyName, Origin, SignedNote};

use super::{OpenError, Problem};

/// The name of the database in the directory.
pub(super) const DATABASE: &str = "witness.db";

/// How long to wait for a second process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// With `synchronous = full`, a transaction that returned is on disk.
const SETTINGS: &str = "
    pragma journal_mode = wal;
    pragma synchronous = full;
    create table if not exists witness (name text not null) strict;
    create table if not exists latest (
        origin text primary key,
        note text not null,
        seen_at integer not null
    ) strict;";

const BEGIN: &str = "insert into witness select ?1 where not exists (select * from witness)";
const NAME: &str = "select name from witness";
const LATEST: &str = "select note, seen_at from latest where origin = ?1";
const REPLACE: &str = "
    insert into latest (origin, note, seen_at) values (?1, ?2, ?3)
    on conflict (origin) do update set note = excluded.note, seen_at = excluded.seen_at";

/// The open database.
pub(super) struct Store {
    db: Connection,
}

/// A checkpoint that was signed.
pub(super) struct Seen {
    /// What it says.
    pub(super) checkpoint: Checkpoint,
    /// It with the signatures of the log and of this witness.
    pub(super) note: String,
    /// When it was signed.
    pub(super) at: Timestamp,
}

impl Store {
    /// Opens the database of the witness of this name.
    pub(super) fn open(directory: &Path, name: &KeyName) -> Result<Self, OpenError> {
        let path = directory.join(DATABASE);
        create_private(&path)
            .map_err(|source| OpenError::Directory { path: path.clone(), source })?;
        let failed = |source| OpenError::Store { path: path.clone(), source };
        let db = connect(&path).map_err(failed)?;
        let began = began_as(&db, name).map_err(failed)?;
        if began == name.as_str() { Ok(Self { db }) } else { Err(OpenError::OtherName { began }) }
    }

    /// The last checkpoint of a log, if there is one.
    pub(super) fn latest(&self, origin: &Origin) -> Result<Option<Seen>, rusqlite::Error> {
        latest(&self.db, origin)
    }

    /// Puts what `decide` makes of the last checkpoint in its place, unless it refuses. Returns
    /// when that is durable.
    pub(super) fn replace<T>(
        &mut self,
        origin: &Origin,
        decide: impl FnOnce(Option<&Checkpoint>) -> Result<(Seen, T), Problem>,
    ) -> Result<T, Problem> {
        let transaction = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Problem::Failed)?;
        let known = latest(&transaction, origin).map_err(Problem::Failed)?;
        let (seen, decided) = decide(known.as_ref().map(|seen| &seen.checkpoint))?;
        let at = seen.at.as_second();
        transaction
            .execute(REPLACE, params![origin.as_str(), seen.note, at])
            .map_err(Problem::Failed)?;
        transaction.commit().map_err(Problem::Failed)?;
        Ok(decided)
    }
}

fn create_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.execute_batch(SETTINGS)?;
    Ok(db)
}

/// The name that the witness began with, which is this one at the first start.
fn began_as(db: &Connection, name: &KeyName) -> Result<String, rusqlite::Error> {
    db.execute(BEGIN, [name.as_str()])?;
    db.query_row(NAME, [], |row| row.get(0))
}

fn latest(db: &Connection, origin: &Origin) -> Result<Option<Seen>, rusqlite::Error> {
    db.query_row(LATEST, [origin.as_str()], seen).optional()
}

/// A note that can't be read is an error: it may be what keeps us from signing a fork.
fn seen(row: &Row<'_>) -> Result<Seen, rusqlite::Error> {
    let note: String = row.get("note")?;
    let parsed = SignedNote::parse(&note).map_err(|error| unreadable(0, Type::Text, error))?;
    let checkpoint = Checkpoint::parse(parsed.text());
    let checkpoint = checkpoint.map_err(|error| unreadable(0, Type::Text, error))?;
    let at = Timestamp::from_second(row.get("seen_at")?)
        .map_err(|error| unreadable(1, Type::Integer, error))?;
    Ok(Seen { checkpoint, note, at })
}

fn unreadable(
    column: usize,
    kind: Type,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
}
