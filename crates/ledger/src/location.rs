//! Where an instance keeps what it knows: a data directory with its keys, and a database.

mod postgres;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

pub(crate) use postgres::Encryption;
pub use postgres::Postgres;

/// The data directory of an instance, and the database that belongs to it.
#[derive(Clone, Debug)]
pub struct Location {
    /// Keys and the high-water file, whatever the database is.
    pub directory: PathBuf,
    /// The database.
    pub database: Database,
}

/// Which database holds the rows.
#[derive(Clone, Debug, Default)]
pub enum Database {
    /// `SQLite`, in the data directory.
    #[default]
    Embedded,
    /// `PostgreSQL` 15 or later, somewhere.
    Postgres(Postgres),
}

/// Why a text names no database.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// It is no address of one.
    #[error("write sqlite, or postgres://USER@HOST/DATABASE")]
    Scheme,
    /// The address is malformed. Not repeated: it may hold a password.
    #[error("this address of PostgreSQL cannot be read: {0}")]
    Address(String),
    /// The address asks for encryption that protects from nobody.
    #[error(
        "sslmode={0} lets anybody between here and PostgreSQL read along; write sslmode=verify-full, or \
         sslmode=disable where nobody is between"
    )]
    WeakSslMode(String),
    /// The address asks for something about encryption that is not known.
    #[error(
        "{0} is not known here; sslmode is disable or verify-full, and sslrootcert names a file with \
         the certificates that vouch for the server"
    )]
    UnknownSsl(String),
}

impl Location {
    /// A data directory with its embedded database.
    pub fn embedded(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), database: Database::Embedded }
    }
}

impl From<&Path> for Location {
    fn from(directory: &Path) -> Self {
        Self::embedded(directory)
    }
}

impl From<&PathBuf> for Location {
    fn from(directory: &PathBuf) -> Self {
        Self::embedded(directory)
    }
}

impl From<PathBuf> for Location {
    fn from(directory: PathBuf) -> Self {
        Self::embedded(directory)
    }
}

impl FromStr for Database {
    type Err = DatabaseError;

    fn from_str(text: &str) -> Result<Self, DatabaseError> {
        if text == "sqlite" {
            return Ok(Self::Embedded);
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(DatabaseError::Scheme);
        }
        text.parse().map(Self::Postgres)
    }
}

/// For tests, of whichever room.
#[cfg(any(test, feature = "scratch"))]
impl Database {
    /// A database that nobody used before: with `PROOFBOX_TEST_DATABASE` in the environment a schema
    /// of its own there, without it the embedded one.
    pub fn scratch() -> Self {
        Self::scratch_address().parse().expect("PROOFBOX_TEST_DATABASE is an address")
    }

    /// What a configuration says of such a database.
    pub fn scratch_address() -> String {
        let Ok(address) = std::env::var("PROOFBOX_TEST_DATABASE") else {
            return "sqlite".to_owned();
        };
        let mut name = [0; 8];
        getrandom::fill(&mut name).expect("the system gives random numbers");
        format!("{address}&options=-c%20search_path%3Dscratch_{}", hex::encode(name))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.database {
            Database::Embedded => self.directory.display().fmt(f),
            Database::Postgres(postgres) => postgres.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_its_address() {
        assert!(matches!("sqlite".parse(), Ok(Database::Embedded)));
        assert!(matches!("postgres://db.example/proofs".parse(), Ok(Database::Postgres(_))));
        assert!(matches!("postgresql:///proofs?host=/run".parse(), Ok(Database::Postgres(_))));
    }

    #[test]
    fn what_is_no_address_is_refused_and_says_how_to_write_one() {
        for text in ["", "mysql://host/db", "/var/lib/proofbox"] {
            let error = text.parse::<Database>().unwrap_err();
            assert!(error.to_string().contains("postgres://USER@HOST/DATABASE"), "{error}");
        }
        assert!("postgres://host/db?port=many".parse::<Database>().is_err());
    }

    #[test]
    fn password_is_not_printed() {
        let database: Database = "postgres://ada:hunter2@db.example/proofs".parse().unwrap();
        let location = Location { directory: PathBuf::from("/data"), database };
        assert!(!format!("{location} {location:?}").contains("hunter2"));
    }
}
