//! Where an instance keeps what it knows: a data directory with its keys, and a database.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

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

/// How a `PostgreSQL` database is reached. What it prints holds no password.
#[derive(Clone, Debug)]
pub struct Postgres(Box<tokio_postgres::Config>);

/// Why a text names no database.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// It is no address of one.
    #[error("write sqlite, or postgres://USER@HOST/DATABASE")]
    Scheme,
    /// The address is malformed. Not repeated: it may hold a password.
    #[error("this address of PostgreSQL cannot be read: {0}")]
    Address(String),
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
        let config: tokio_postgres::Config =
            text.parse().map_err(|error| DatabaseError::Address(explain(&error)))?;
        Ok(Self::Postgres(Postgres(Box::new(config))))
    }
}

/// For tests, of whichever room.
#[cfg(any(test, feature = "scratch"))]
impl Database {
    /// A database that nobody used before: with `PROOFBOX_TEST_DATABASE` in the environment a schema
    /// of its own there, without it the embedded one.
    pub fn scratch() -> Self {
        let Ok(address) = std::env::var("PROOFBOX_TEST_DATABASE") else { return Self::Embedded };
        let mut name = [0; 8];
        getrandom::fill(&mut name).expect("the system gives random numbers");
        let schema = format!("options=-c%20search_path%3Dscratch_{}", hex::encode(name));
        format!("{address}&{schema}").parse().expect("PROOFBOX_TEST_DATABASE is an address")
    }
}

impl Postgres {
    pub(crate) fn config(&self) -> &tokio_postgres::Config {
        &self.0
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

/// The database's name, and where it is.
impl fmt::Display for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use tokio_postgres::config::Host;
        let name = self.0.get_dbname().or(self.0.get_user()).unwrap_or("default");
        write!(f, "the PostgreSQL database {name}")?;
        match self.0.get_hosts().first() {
            Some(Host::Tcp(host)) => write!(f, " at {host}"),
            Some(Host::Unix(path)) => write!(f, " at {}", path.display()),
            None => Ok(()),
        }
    }
}

fn explain(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(text: &str) -> Postgres {
        match text.parse() {
            Ok(Database::Postgres(postgres)) => postgres,
            other => panic!("{text} is {other:?}"),
        }
    }

    #[test]
    fn a_database_is_named_by_its_address() {
        assert!(matches!("sqlite".parse(), Ok(Database::Embedded)));
        let named = postgres("postgres://ada:secret@db.example/proofs").to_string();
        assert_eq!(named, "the PostgreSQL database proofs at db.example");
        let named = postgres("postgresql:///proofs?host=/run/postgresql&user=ada").to_string();
        assert_eq!(named, "the PostgreSQL database proofs at /run/postgresql");
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
