//! The store on `PostgreSQL`: sessions, their settings, the schema, and the lock of the one writer.
//!
//! Statements are planned as `SQLite` plans them: by the indexes, one row after the other, whatever
//! is bound. Nearly all of them touch few rows of large tables, statistics lag behind a first scan,
//! and a plan that changes by itself one night is worse than one that is a little slower.
//!
//! Who may write is decided by a lock that belongs to the writer's own session: when the session
//! ends, so does the lock, and with the session ended nothing can be written. What is overwritten or
//! deleted leaves the files of the server when the server vacuums, and its write-ahead log when that
//! is recycled; both are the server's business.

mod bulk;
mod session;
mod tls;
mod value;

pub(super) use session::{Filling, Session};
pub(super) use value::read;

use super::db::{Db, params};
use super::{SCHEMA, check_version};
use crate::error::{OpenError, StoreError};
use crate::location::{Encryption, Location, Postgres};

/// One script per schema version, oldest first. The first one makes what four scripts make of a
/// `SQLite` file; from then on both have one with the same number.
const MIGRATIONS: [(u32, &str); 9] = [
    (4, include_str!("migrations/postgres/0004.sql")),
    (5, include_str!("migrations/postgres/0005.sql")),
    (6, include_str!("migrations/postgres/0006.sql")),
    (7, include_str!("migrations/postgres/0007.sql")),
    (8, include_str!("migrations/postgres/0008.sql")),
    (9, include_str!("migrations/postgres/0009.sql")),
    (10, include_str!("migrations/postgres/0010.sql")),
    (11, include_str!("migrations/postgres/0011.sql")),
    (12, include_str!("migrations/postgres/0012.sql")),
];

const _: () = assert!(matches!(MIGRATIONS.last(), Some((SCHEMA, _))), "both have one schema");

/// The oldest server that is tried.
const SERVER_MIN: i64 = 150_000;

/// A commit that is acknowledged is on the server's disk, and a writer that is cut off loses its lock
/// within a minute.
const SETTINGS: &str = "
    set client_min_messages = warning;
    set synchronous_commit = on;
    set tcp_keepalives_idle = 20;
    set tcp_keepalives_interval = 10;
    set tcp_keepalives_count = 3;
    set lock_timeout = '3s';
    set jit = off;";
const PLANS: &str = "
    set plan_cache_mode = force_generic_plan;
    set enable_seqscan = off;
    set enable_bitmapscan = off;
    set enable_hashjoin = off;
    set enable_mergejoin = off;
    set enable_sort = off;
    set enable_material = off;
    set cursor_tuple_fraction = 0.001;";
const READ_ONLY: &str = "set default_transaction_read_only = on;";

/// The schema that `search_path` names first is made where it is missing.
const MAKE_SCHEMA: &str = "
    do $$ begin
        if current_schema() is null then
            execute format('create schema if not exists %I',
                trim(split_part(current_setting('search_path'), ',', 1)));
        end if;
    end $$";
const SELECT_SERVER: &str = "
    select cast(current_setting('server_version_num') as bigint), current_setting('server_encoding')";
const SELECT_IS_THERE: &str = "select to_regclass('schema_version') is not null";
const SELECT_VERSION: &str = "select version from schema_version";
const UPDATE_VERSION: &str = "update schema_version set version = ?1";
/// Waits as long as `lock_timeout` says: a process that was killed is still being noticed.
const LOCK: &str = "select pg_advisory_lock(hashtextextended('proofbox writer in ' || current_schema(), 0)) is null";

/// What to do about a server that does not answer, or not as it should.
const CHECK_ADDRESS: &str = "check its address, and that PostgreSQL runs there; where it demands encryption, write \
    sslmode=verify-full";
const CHECK_ENCRYPTION: &str = "check its address, that PostgreSQL runs there with ssl = on, and that its \
    certificate is for this very name and vouched for by the system or by the file that sslrootcert names";

/// Whether nothing was ever kept there.
pub(super) fn is_new(postgres: &Postgres, at: &Location) -> Result<bool, OpenError> {
    let db = connect(postgres, at, PLANS)?;
    is_there(&db).map(|is_there| !is_there).map_err(|source| failed(at, source))
}

/// Opens the session that writes, and brings the schema up to date.
pub(super) fn open_writer(postgres: &Postgres, at: &Location) -> Result<Db, OpenError> {
    let db = connect(postgres, at, PLANS)?;
    db.script(MAKE_SCHEMA).map_err(|source| failed(at, source))?;
    lock(&db, at)?;
    let found = schema_version(&db).map_err(|source| failed(at, source))?;
    check_version(at, found)?;
    migrate(&db, found).map_err(|source| failed(at, source))?;
    Ok(db)
}

/// Opens the session of a second process, which must find the schema that it knows.
pub(super) fn open_beside(postgres: &Postgres, at: &Location) -> Result<Db, OpenError> {
    known(connect(postgres, at, PLANS)?, at)
}

/// Opens a session that only reads, and reads nearly everything: the server may plan as it likes.
pub(super) fn open_to_check(postgres: &Postgres, at: &Location) -> Result<Db, OpenError> {
    known(connect(postgres, at, READ_ONLY)?, at)
}

/// Opens a session that only reads.
pub(super) fn open_reader(postgres: &Postgres) -> Result<Db, StoreError> {
    let session = Session::connect(postgres)?;
    session.script(SETTINGS)?;
    session.script(PLANS)?;
    session.script(READ_ONLY)?;
    Ok(Db::Postgres(session))
}

fn connect(postgres: &Postgres, at: &Location, settings: &str) -> Result<Db, OpenError> {
    let what_to_do = match postgres.encryption() {
        Encryption::Off => CHECK_ADDRESS,
        Encryption::Verified { .. } => CHECK_ENCRYPTION,
    };
    let unreachable =
        |source| OpenError::Unreachable { database: at.to_string(), what_to_do, source };
    let session = Session::connect(postgres).map_err(unreachable)?;
    session.script(SETTINGS).map_err(unreachable)?;
    session.script(settings).map_err(unreachable)?;
    let db = Db::Postgres(session);
    check_server(&db, at)?;
    Ok(db)
}

fn check_server(db: &Db, at: &Location) -> Result<(), OpenError> {
    let read = |row: &super::db::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let server = db.query_row(SELECT_SERVER, params![], read);
    let (version, encoding): (i64, String) = server.map_err(|source| failed(at, source))?;
    let unsuitable = |what: String| OpenError::Unsuitable { database: at.to_string(), what };
    if version < SERVER_MIN {
        let version = version / 10_000;
        return Err(unsuitable(format!("it is version {version}; use PostgreSQL 15 or later")));
    }
    if encoding != "UTF8" {
        let what = format!("its encoding is {encoding}; create one with encoding UTF8");
        return Err(unsuitable(what));
    }
    Ok(())
}

fn lock(db: &Db, at: &Location) -> Result<(), OpenError> {
    match db.query_row(LOCK, params![], |_| Ok(())) {
        Err(StoreError::Postgres(error))
            if error.code() == Some(&tokio_postgres::error::SqlState::LOCK_NOT_AVAILABLE) =>
        {
            Err(OpenError::DatabaseInUse(at.to_string()))
        }
        outcome => outcome.map_err(|source| failed(at, source)),
    }
}

fn known(db: Db, at: &Location) -> Result<Db, OpenError> {
    let found = schema_version(&db).map_err(|source| failed(at, source))?;
    if found == 0 {
        return Err(OpenError::NotFound(at.to_string()));
    }
    check_version(at, found)?;
    Ok(db)
}

fn is_there(db: &Db) -> Result<bool, StoreError> {
    db.query_row(SELECT_IS_THERE, params![], |row| row.get(0))
}

/// The schema's version; 0 where there is none.
fn schema_version(db: &Db) -> Result<u32, StoreError> {
    if !is_there(db)? {
        return Ok(0);
    }
    db.query_row(SELECT_VERSION, params![], |row| row.get(0))
}

/// Each version in a transaction of its own, with its number: a crash between two resumes there.
fn migrate(db: &Db, found: u32) -> Result<(), StoreError> {
    for (version, script) in MIGRATIONS.iter().skip_while(|(version, _)| *version <= found) {
        let transaction = db.transaction()?;
        transaction.script(script)?;
        transaction.execute(UPDATE_VERSION, params![version])?;
        transaction.commit()?;
    }
    Ok(())
}

fn failed(at: &Location, source: StoreError) -> OpenError {
    OpenError::Store { place: at.to_string(), source }
}
