//! The keys that a configuration may hold, each with its environment variable. What a value means
//! is parsed in the parent.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// One setting.
pub(crate) struct Key {
    /// Its name in the file.
    pub(crate) name: &'static str,
    /// Its name in the environment.
    pub(crate) variable: &'static str,
    /// A line for the file that would be right.
    pub(crate) example: &'static str,
}

pub(super) const LISTEN: Key =
    Key { name: "listen", variable: "PROOFBOX_LISTEN", example: "listen = \"127.0.0.1:8470\"" };
pub(super) const DATABASE: Key = Key {
    name: "database",
    variable: "PROOFBOX_DATABASE",
    example: "database = \"postgres://proofbox@db.example.org/proofbox\"",
};
pub(super) const PUBLIC_URL: Key = Key {
    name: "public_url",
    variable: "PROOFBOX_PUBLIC_URL",
    example: "public_url = \"https://proofs.example.org\"",
};
pub(super) const DROPBOX_APP_KEY: Key = Key {
    name: "dropbox_app_key",
    variable: "DROPBOX_APP_KEY",
    example: "dropbox_app_key = \"a1b2c3d4e5f6g7h\"",
};
pub(super) const DROPBOX_APP_SECRET: Key = Key {
    name: "dropbox_app_secret",
    variable: "DROPBOX_APP_SECRET",
    example: "dropbox_app_secret = \"h7g6f5e4d3c2b1a\"",
};
pub(super) const DROPBOX_URL: Key = Key {
    name: "dropbox_url",
    variable: "PROOFBOX_DROPBOX_URL",
    example: "dropbox_url = \"http://127.0.0.1:8471\"",
};
pub(super) const METRICS_TOKEN: Key = Key {
    name: "metrics_token",
    variable: "PROOFBOX_METRICS_TOKEN",
    example: "metrics_token = \"a long random text\"",
};
pub(super) const WITNESSES: Key = Key {
    name: "witnesses",
    variable: "PROOFBOX_WITNESSES",
    example: "witnesses = \"/etc/proofbox/witnesses.policy\"",
};
pub(super) const LOG_COPY: Key =
    Key { name: "log_copy", variable: "PROOFBOX_LOG_COPY", example: "log_copy = \"/srv/log\"" };
pub(super) const WEBHOOKS_TO: Key = Key {
    name: "webhooks_to",
    variable: "PROOFBOX_WEBHOOKS_TO",
    example: "webhooks_to = \"public\"",
};
pub(super) const NAME_SERVERS: Key = Key {
    name: "name_servers",
    variable: "PROOFBOX_NAME_SERVERS",
    example: "name_servers = \"9.9.9.9, 149.112.112.112\"",
};
pub(super) const LOG_FORMAT: Key =
    Key { name: "log_format", variable: "PROOFBOX_LOG_FORMAT", example: "log_format = \"json\"" };
pub(super) const LOG_FILTER: Key = Key {
    name: "log_filter",
    variable: "PROOFBOX_LOG",
    example: "log_filter = \"info,sync=debug\"",
};

/// Every key.
pub(crate) const KEYS: [&Key; 13] = [
    &DATABASE,
    &LISTEN,
    &PUBLIC_URL,
    &DROPBOX_APP_KEY,
    &DROPBOX_APP_SECRET,
    &DROPBOX_URL,
    &METRICS_TOKEN,
    &WITNESSES,
    &LOG_COPY,
    &WEBHOOKS_TO,
    &NAME_SERVERS,
    &LOG_FORMAT,
    &LOG_FILTER,
];

/// Loopback: whoever wants to be reached says so.
pub(super) const LISTEN_DEFAULT: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8470);

pub(super) const LOG_FILTER_DEFAULT: &str = "info";

/// A value as it was given, before it is parsed.
pub(super) struct Given {
    pub(super) value: String,
    pub(super) place: Place,
}

/// Where a value was given, to send the reader there.
#[derive(Debug)]
pub(crate) enum Place {
    Flag,
    Environment,
    File(PathBuf),
}

impl Key {
    /// The error for a value that cannot be used. The value itself is not repeated: it may be a
    /// secret.
    pub(super) fn unreadable(&self, place: &Place, problem: &str) -> anyhow::Error {
        anyhow::anyhow!(
            "{} cannot be read: {problem}; write it like {}",
            self.at(place),
            self.like(place)
        )
    }

    /// Where a value of it stands, to begin a sentence with.
    pub(super) fn at(&self, place: &Place) -> String {
        match place {
            Place::Flag => format!("the flag {}", self.flag()),
            Place::Environment => format!("the environment variable {}", self.variable),
            Place::File(path) => format!("{} in {}", self.name, path.display()),
        }
    }

    fn like(&self, place: &Place) -> String {
        let value = self
            .example
            .split_once("= ")
            .map_or(self.example, |(_, value)| value.trim_matches('"'));
        match place {
            Place::Flag => format!("{} {value}", self.flag()),
            Place::Environment => format!("{}={value}", self.variable),
            Place::File(_) => self.example.to_owned(),
        }
    }

    fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}
