//! The address of a `PostgreSQL` database: libpq's, read by `tokio-postgres`, with what that leaves out of
//! encryption.
//!
//! Encryption always comes with knowing the server: `require` and `verify-ca`, which managed databases
//! write into their addresses, are taken for `verify-full`. Nothing was lost if that is refused by
//! a server whose certificate nobody vouches for, but with less somebody in between could read and
//! change everything. A Unix socket is never encrypted, as libpq has it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::DatabaseError;
use crate::error::chain;

/// What holds unless the address says otherwise: a server that is gone without a word is noticed within a
/// minute. Seconds each.
const PATIENCE: &str = "connect_timeout=10&tcp_user_timeout=30&keepalives_idle=20&keepalives_interval=10&keepalives_retries=3";

/// How a `PostgreSQL` database is reached. What it prints holds no password.
#[derive(Clone, Debug)]
pub struct Postgres {
    config: Box<Config>,
    encryption: Encryption,
}

/// What protects the bytes on their way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Nothing.
    Off,
    /// TLS with a server whose name one of these certificates vouches for: those of a PEM file, or those
    /// that the system trusts.
    Verified { roots: Option<PathBuf> },
}

impl Postgres {
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn encryption(&self) -> &Encryption {
        &self.encryption
    }
}

impl FromStr for Postgres {
    type Err = DatabaseError;

    fn from_str(text: &str) -> Result<Self, DatabaseError> {
        let (address, parameters) = text.split_once('?').unwrap_or((text, ""));
        let parameters = parameters.split('&').filter(|part| !part.is_empty());
        let (ours, theirs): (Vec<_>, Vec<_>) = parameters.partition(|part| part.starts_with("ssl"));
        // What stands later counts.
        let address = format!("{address}?{PATIENCE}&{}", theirs.join("&"));
        let mut config: Config =
            address.parse().map_err(|error| DatabaseError::Address(chain(&error)))?;
        let mut encryption = encryption(&ours)?;
        if config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) {
            encryption = Encryption::Off;
        }
        config.ssl_mode(match encryption {
            Encryption::Off => SslMode::Disable,
            Encryption::Verified { .. } => SslMode::Require,
        });
        Ok(Self { config: Box::new(config), encryption })
    }
}

/// What the parameters that begin with `ssl` ask for.
fn encryption(parameters: &[&str]) -> Result<Encryption, DatabaseError> {
    let (mut is_on, mut roots) = (false, None);
    for parameter in parameters {
        match parameter.split_once('=') {
            Some(("sslmode", "disable")) => is_on = false,
            Some(("sslmode", "require" | "verify-ca" | "verify-full")) => is_on = true,
            Some(("sslmode", mode @ ("allow" | "prefer"))) => {
                return Err(DatabaseError::WeakSslMode(mode.to_owned()));
            }
            Some(("sslrootcert", "system")) => roots = None,
            Some(("sslrootcert", path)) => {
                let path = percent_decode_str(path).decode_utf8();
                let path = path.map_err(|error| DatabaseError::Address(error.to_string()))?;
                roots = Some(PathBuf::from(path.as_ref()));
            }
            _ => return Err(DatabaseError::UnknownSsl((*parameter).to_owned())),
        }
    }
    Ok(if is_on { Encryption::Verified { roots } } else { Encryption::Off })
}

/// The database's name, and where it is.
impl fmt::Display for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.config.get_dbname().or(self.config.get_user()).unwrap_or("default");
        write!(f, "the PostgreSQL database {name}")?;
        match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => write!(f, " at {host}"),
            Some(Host::Unix(path)) => write!(f, " at {}", path.display()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(text: &str) -> Postgres {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_database_has_a_name_and_a_place() {
        let named = postgres("postgres://ada:secret@db.example/proofs").to_string();
        assert_eq!(named, "the PostgreSQL database proofs at db.example");
        let named = postgres("postgresql:///proofs?host=/run/postgresql&user=ada").to_string();
        assert_eq!(named, "the PostgreSQL database proofs at /run/postgresql");
    }

    #[test]
    fn a_server_that_is_gone_is_noticed() {
        let timeout = |text: &str| postgres(text).config().get_connect_timeout().copied();
        let seconds = |seconds| Some(std::time::Duration::from_secs(seconds));
        assert_eq!(timeout("postgres://ada@db.example/proofs"), seconds(10));
        assert_eq!(timeout("postgres://ada@db.example/proofs?connect_timeout=3"), seconds(3));
    }

    #[test]
    fn encryption_is_asked_for_in_the_words_of_libpq() {
        let verified =
            |roots: Option<&str>| Encryption::Verified { roots: roots.map(PathBuf::from) };
        for (asked, expected) in [
            ("", Encryption::Off),
            ("?sslmode=disable", Encryption::Off),
            ("?sslmode=require", verified(None)),
            ("?sslmode=verify-ca&sslrootcert=system", verified(None)),
            (
                "?sslmode=verify-full&sslrootcert=/etc/our%20ca.pem",
                verified(Some("/etc/our ca.pem")),
            ),
            ("?connect_timeout=3&sslmode=verify-full", verified(None)),
        ] {
            let postgres = postgres(&format!("postgres://ada@db.example/proofs{asked}"));
            assert_eq!(*postgres.encryption(), expected, "{asked}");
        }
        let socket = postgres("postgres://ada@/proofs?host=/run/postgresql&sslmode=verify-full");
        assert_eq!(*socket.encryption(), Encryption::Off, "as libpq has it");
    }

    #[test]
    fn encryption_that_protects_from_nobody_is_refused() {
        for mode in ["allow", "prefer"] {
            let asked = format!("postgres://db.example/proofs?sslmode={mode}");
            let error = asked.parse::<Postgres>().unwrap_err().to_string();
            assert!(error.contains("write sslmode=verify-full"), "{error}");
        }
        for asked in ["sslmode=VERIFY", "sslmode", "sslcert=/me.pem", "sslnegotiation=direct"] {
            let error = format!("postgres://db.example/proofs?{asked}").parse::<Postgres>();
            let error = error.unwrap_err().to_string();
            assert!(error.starts_with(asked), "{error}");
        }
    }
}
