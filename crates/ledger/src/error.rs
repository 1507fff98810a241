//! What can go wrong, in words that say what to do next. An enum per operation; causes are
//! sources and are not repeated.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a ledger did not open.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has the directory.
    #[error(
        "the data directory {} is in use by another Proofbox{}; stop it, or choose another \
         directory with --data",
        directory.display(),
        process.map(|id| format!(" (process {id})")).unwrap_or_default()
    )]
    InUse {
        /// The directory.
        directory: PathBuf,
        /// The process that has it, if it said so.
        process: Option<u32>,
    },
    /// Another process has the database.
    #[error("{0} is in use by another Proofbox; stop it, or choose another database")]
    DatabaseInUse(String),
    /// The database cannot be reached.
    #[error("{database} cannot be reached; {what_to_do}")]
    Unreachable {
        /// Which.
        database: String,
        /// What to look at.
        what_to_do: &'static str,
        /// What the other side said.
        #[source]
        source: StoreError,
    },
    /// The database is of a kind that cannot be used.
    #[error("{database} cannot be used: {what}")]
    Unsuitable {
        /// Which.
        database: String,
        /// What is missing, and what to do.
        what: String,
    },
    /// There is nothing to attach to.
    #[error(
        "there is no Proofbox data in {0}; begin with `proofbox serve --data DIR`, and the same `--database` \
         if you gave one"
    )]
    NotFound(String),
    /// A newer Proofbox wrote it.
    #[error(
        "the data in {} was written by a newer Proofbox (schema {found}, this one knows \
         {known}); install the newer version again, or restore a copy from before the upgrade",
        place
    )]
    Newer {
        /// The data directory, or the database.
        place: String,
        /// The schema found.
        found: u32,
        /// The newest schema that this build knows.
        known: u32,
    },
    /// The directory cannot be made or read.
    #[error("cannot use {}; check that it exists and that this user may write there", path.display())]
    Directory {
        /// What was touched.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A key file is not usable.
    #[error("the key file {} cannot be used", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: KeyProblem,
    },
    /// The key is not the one that the log began with.
    #[error(
        "{} is not the key that this log was started with ({expected}); put the right key file \
         back: with another key nothing may be signed",
        path.display()
    )]
    OtherKey {
        /// The key file.
        path: PathBuf,
        /// The key that entry 0 names.
        expected: String,
    },
    /// The origin is not a name that a log may have.
    #[error(
        "\"{0}\" cannot be the name of a log: it must not be empty or hold spaces, control \
         characters or a plus sign"
    )]
    Origin(String),
    /// What is stored contradicts itself.
    #[error(
        "the data in {place} is damaged: {what}; restore a copy, and keep this one for examination"
    )]
    Damaged {
        /// The data directory, or the database.
        place: String,
        /// What does not fit.
        what: String,
    },
    /// The store failed.
    #[error("the data in {place} cannot be opened")]
    Store {
        /// The data directory, or the database.
        place: String,
        /// What the store said.
        #[source]
        source: StoreError,
    },
}

/// What is wrong with a key file.
#[derive(Debug, Error)]
pub enum KeyProblem {
    /// It holds something else.
    #[error("it must hold 64 hexadecimal digits and a line end; restore it from your copy")]
    Content,
    /// Others may read it.
    #[error("others may read it (mode {0:o}); run chmod 600 on it, and consider who had access")]
    Mode(u32),
    /// It is gone while the log it belongs to is there.
    #[error("it is missing, and the data beside it needs it; restore it from your copy")]
    Missing,
    /// The system refused.
    #[error("the system refused")]
    System(#[source] io::Error),
}

/// Why a connection cannot be encrypted.
#[derive(Debug, Error)]
pub enum TlsProblem {
    /// The file with certificates is of no use.
    #[error(
        "the certificates in {} cannot be used: {what}; sslrootcert names a PEM file of those that vouch for \
         the server",
        path.display()
    )]
    Roots {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// What the system trusts cannot be read.
    #[error("the system's certificates cannot be used; name a file with sslrootcert")]
    System(#[from] rustls::Error),
}

/// Why a read, or a write outside the log, failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// `SQLite` failed, or a column holds what it never holds.
    #[error("the database failed")]
    Database(#[from] rusqlite::Error),
    /// `PostgreSQL` failed.
    #[error("the database failed")]
    Postgres(#[from] tokio_postgres::Error),
    /// No session with `PostgreSQL` could begin.
    #[error("no session with the database began")]
    Session(#[source] io::Error),
    /// No encryption could be prepared.
    #[error("the encryption of the database's connection cannot be prepared")]
    Tls(#[from] TlsProblem),
    /// The connection was lost, and is there again: what was asked for did not happen, or nobody knows.
    #[error("{0}")]
    Interrupted(&'static str),
    /// A row holds what no row may hold.
    #[error("the database holds something impossible: {0}")]
    Damaged(String),
    /// The system has no randomness to give.
    #[error("the system gives no random numbers")]
    Randomness(#[source] io::Error),
    /// The writer has stopped.
    #[error("{0}")]
    Stopped(String),
    /// The high-water file cannot be written.
    #[error("the high-water file cannot be written")]
    HighWater(#[source] io::Error),
    /// A witness's answer is not what its key signs.
    #[error("the cosignature of {witness} is not kept: {error}")]
    Cosignature {
        /// The witness's name in the policy.
        witness: String,
        /// What is wrong with it.
        error: String,
    },
    /// The page token is not one of ours.
    #[error("the page token is not valid here; start the list again without it")]
    PageToken,
}

/// Why a commit was not made.
#[derive(Debug, Error)]
pub enum CommitError {
    /// There is no such source.
    #[error("there is no such integration")]
    UnknownSource,
    /// The source is disconnected, which ends its trail until it is connected again.
    #[error("the integration is disconnected; connect it again to continue")]
    Disconnected,
    /// Somebody else syncs the source by now.
    #[error("the integration is synced by another process or worker by now")]
    LeaseLost,
    /// Something is larger than the ledger takes.
    #[error("the commit holds too much: {0}")]
    TooLarge(&'static str),
    /// Nothing may be signed: what was signed before is newer than what is stored.
    #[error("{0}")]
    ReadOnly(String),
    /// The store failed; nothing of the commit was acknowledged. Repeat it after a restart.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a lookup was not answered.
#[derive(Debug, Error)]
pub enum LookupError {
    /// The bucket asked for is not of a size that is served.
    #[error("ask for a bucket of {current} bits")]
    Bits {
        /// The number of bits served now.
        current: u8,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error with its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
