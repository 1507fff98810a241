//! The settings of an instance, from three places: a flag beats the environment, the environment
//! beats the file `proofbox.toml`, the file beats the default. Parsed here once into types that
//! the rest relies on; an error names the key, where it stands and what to write instead.

mod file;
mod keys;
mod log_copy;
mod witnesses;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use ledger::{Database, DatabaseError};
use secrecy::SecretString;
use server::Reach;
use url::Url;

use file::File;

#[cfg(test)]
pub(crate) use keys::KEYS;
pub(crate) use keys::Place;
use keys::{Given, Key};
pub(crate) use witnesses::Witnesses;

/// The configuration file, looked for in the data directory.
pub(crate) const FILE_NAME: &str = "proofbox.toml";

/// Where to find an instance: flags that several subcommands share.
#[derive(Args, Clone, Debug)]
pub(crate) struct Location {
    /// Directory that holds everything of this instance; created if missing
    #[arg(long, value_name = "DIR", env = "PROOFBOX_DATA")]
    pub(crate) data: PathBuf,
    /// Configuration file [default: proofbox.toml in the data directory]
    #[arg(long, value_name = "FILE", env = "PROOFBOX_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// Where an instance keeps what it knows: flags of the commands that go beside it.
#[derive(Args, Clone, Debug)]
pub(crate) struct Kept {
    /// Data directory of the instance
    #[arg(long, value_name = "DIR", env = "PROOFBOX_DATA")]
    pub(crate) data: PathBuf,
    /// Its database, where proofbox.toml does not name it
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}

impl Kept {
    /// The data directory with the database that flag, environment or file name.
    pub(crate) fn location(&self) -> anyhow::Result<ledger::Location> {
        let flags = Flags { database: self.database.clone(), ..Flags::default() };
        let file = File::read(&self.data.join(FILE_NAME), file::Presence::Optional)?;
        let database = Sources { flags: &flags, file }.database()?;
        Ok(ledger::Location { directory: self.data.clone(), database })
    }
}

const DATABASE_HELP: &str = "Where the rows are kept: sqlite, in the data directory, or \
    postgres://USER@HOST/DATABASE [default: sqlite]";

/// Settings that may also be given as flags.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Flags {
    /// Address and port to listen on [default: 127.0.0.1:8470]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    #[arg(long, value_name = "URL", help = DATABASE_HELP)]
    pub(crate) database: Option<String>,
    /// The address under which people open Proofbox [default: localhost with the port]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

/// Everything that an instance needs to know.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The data directory.
    pub(crate) data: PathBuf,
    /// Where the rows are kept.
    pub(crate) database: Database,
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// Where people open it; unset means localhost with the port that was bound.
    pub(crate) public_url: Option<Url>,
    /// The Dropbox app, when an operator brought one.
    pub(crate) dropbox_app: Option<DropboxApp>,
    /// Another Dropbox than the real one: the sandbox.
    pub(crate) dropbox_url: Option<Url>,
    /// What a monitoring system shows to read the metrics.
    pub(crate) metrics_token: Option<SecretString>,
    /// Who witnesses the log.
    pub(crate) witnesses: Option<Witnesses>,
    /// Where a copy of the log is kept current.
    pub(crate) log_copy: Option<PathBuf>,
    /// How far the messages of webhooks may go.
    pub(crate) webhooks: Reach,
    /// Who is asked about the domains of tenancies; the system's name servers where there are none.
    pub(crate) name_servers: Vec<SocketAddr>,
    /// How logs look.
    pub(crate) log_format: LogFormat,
    /// Which logs are written.
    pub(crate) log_filter: String,
    /// Which keys were set, and where; the others have their defaults.
    pub(crate) set: Vec<(&'static str, Place)>,
}

/// An app registered at Dropbox.
#[derive(Debug)]
pub(crate) struct DropboxApp {
    pub(crate) key: String,
    pub(crate) secret: Option<SecretString>,
}

/// How logs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Settings {
    /// Reads flags, environment and file.
    pub(crate) fn read(location: &Location, flags: &Flags) -> anyhow::Result<Self> {
        let file = File::read(&location.config_file(), location.config_is_required())?;
        let sources = Sources { flags, file };
        let settings = Self {
            data: location.data.clone(),
            database: sources.database()?,
            listen: sources.parse(&keys::LISTEN, listen)?.unwrap_or(keys::LISTEN_DEFAULT),
            public_url: sources.parse(&keys::PUBLIC_URL, web_address)?,
            dropbox_app: sources.dropbox_app()?,
            dropbox_url: sources.parse(&keys::DROPBOX_URL, web_address)?,
            metrics_token: sources.parse(&keys::METRICS_TOKEN, metrics_token)?,
            witnesses: sources.witnesses()?,
            log_copy: sources.log_copy(&location.data)?,
            webhooks: sources.parse(&keys::WEBHOOKS_TO, webhooks_to)?.unwrap_or_default(),
            name_servers: sources.parse(&keys::NAME_SERVERS, name_servers)?.unwrap_or_default(),
            log_format: sources.parse(&keys::LOG_FORMAT, log_format)?.unwrap_or(LogFormat::Text),
            log_filter: sources
                .parse(&keys::LOG_FILTER, log_filter)?
                .unwrap_or_else(|| keys::LOG_FILTER_DEFAULT.to_owned()),
            set: sources.set()?,
        };
        settings.refuse_unreachable()?;
        Ok(settings)
    }

    /// Open to the network but known as localhost: nobody else could follow a link to it.
    fn refuse_unreachable(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.public_url.is_some() || self.listen.ip().is_loopback(),
            "public_url is not set, and listen = \"{}\" is open to the network: say under which \
             address people reach it, like {}",
            self.listen,
            keys::PUBLIC_URL.example
        );
        Ok(())
    }
}

impl Location {
    /// The configuration file that counts.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.config.clone().unwrap_or_else(|| self.data.join(FILE_NAME))
    }

    fn config_is_required(&self) -> file::Presence {
        if self.config.is_some() { file::Presence::Required } else { file::Presence::Optional }
    }
}

/// The three places, asked in order.
struct Sources<'a> {
    flags: &'a Flags,
    file: File,
}

impl Sources<'_> {
    fn given(&self, key: &'static Key) -> anyhow::Result<Option<Given>> {
        if let Some(value) = self.flag(key) {
            return Ok(Some(Given { value, place: Place::Flag }));
        }
        // An empty variable is how a shell script says "not set".
        if let Some(value) = std::env::var_os(key.variable).filter(|value| !value.is_empty()) {
            let value = value
                .into_string()
                .map_err(|_| key.unreadable(&Place::Environment, "it is not UTF-8"))?;
            return Ok(Some(Given { value, place: Place::Environment }));
        }
        self.file.given(key)
    }

    fn set(&self) -> anyhow::Result<Vec<(&'static str, Place)>> {
        let mut set = Vec::new();
        for key in keys::KEYS {
            set.extend(self.given(key)?.map(|given| (key.name, given.place)));
        }
        Ok(set)
    }

    fn flag(&self, key: &'static Key) -> Option<String> {
        match key.name {
            "listen" => self.flags.listen.clone(),
            "public_url" => self.flags.public_url.clone(),
            "database" => self.flags.database.clone(),
            _ => None,
        }
    }

    fn parse<T>(
        &self,
        key: &'static Key,
        parse: fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<Option<T>> {
        let Some(given) = self.given(key)? else { return Ok(None) };
        parse(&given.value).map(Some).map_err(|problem| key.unreadable(&given.place, &problem))
    }

    fn database(&self) -> anyhow::Result<Database> {
        Ok(self.parse(&keys::DATABASE, database)?.unwrap_or_default())
    }

    fn witnesses(&self) -> anyhow::Result<Option<Witnesses>> {
        let Some(given) = self.given(&keys::WITNESSES)? else { return Ok(None) };
        witnesses::read(&given.value).map(Some).with_context(|| {
            format!(
                "{} names a policy that cannot be used; docs/witness.md says how to write one",
                keys::WITNESSES.at(&given.place)
            )
        })
    }

    fn log_copy(&self, data: &Path) -> anyhow::Result<Option<PathBuf>> {
        let Some(given) = self.given(&keys::LOG_COPY)? else { return Ok(None) };
        log_copy::place(&given.value, data).map(Some).map_err(|problem| {
            anyhow::anyhow!(
                "{} names {}, which cannot be used: {problem}",
                keys::LOG_COPY.at(&given.place),
                given.value
            )
        })
    }

    fn dropbox_app(&self) -> anyhow::Result<Option<DropboxApp>> {
        let secret = self.parse(&keys::DROPBOX_APP_SECRET, app_credential)?;
        match self.parse(&keys::DROPBOX_APP_KEY, app_credential)? {
            Some(key) => Ok(Some(DropboxApp { key, secret: secret.map(SecretString::from) })),
            None if secret.is_some() => {
                anyhow::bail!(
                    "dropbox_app_secret is set but dropbox_app_key is not: set both, or neither"
                )
            }
            None => Ok(None),
        }
    }
}

/// Long enough that nobody guesses it.
fn metrics_token(value: &str) -> Result<SecretString, String> {
    const CHARS_MIN: usize = 16;
    if value.chars().count() < CHARS_MIN {
        return Err(format!("it has fewer than {CHARS_MIN} characters"));
    }
    Ok(value.into())
}

/// Never quoted in an error: it may hold a password.
fn database(text: &str) -> Result<Database, String> {
    text.parse().map_err(|error: DatabaseError| error.to_string())
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "it is not an IP address with a port".to_owned())
}

fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "it is not a web address".to_owned())?;
    match url {
        url if !matches!(url.scheme(), "http" | "https") => {
            Err("it must begin with http:// or https://".into())
        }
        url if url.path() != "/" || url.query().is_some() || url.fragment().is_some() => {
            Err("it must end after the host and port".into())
        }
        url => Ok(url),
    }
}

/// Never quoted in an error: one of the two is a secret.
fn app_credential(text: &str) -> Result<String, String> {
    let plain =
        text.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character));
    if plain {
        Ok(text.to_owned())
    } else {
        Err("it holds other characters than letters and digits".into())
    }
}

fn webhooks_to(text: &str) -> Result<Reach, String> {
    match text {
        "public" => Ok(Reach::Public),
        "loopback" => Ok(Reach::LoopbackToo),
        _ => Err("it is neither public nor loopback".into()),
    }
}

/// Addresses with commas between them, each with a port where it is not the usual one.
fn name_servers(text: &str) -> Result<Vec<SocketAddr>, String> {
    const NAME_SERVERS_MAX: usize = 8;
    const PORT: u16 = 53;
    let server = |text: &str| {
        let text = text.trim();
        let alone = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, PORT));
        alone.or_else(|_| text.parse()).map_err(|_| "it is no list of IP addresses".to_owned())
    };
    let servers = text.split(',').map(server).collect::<Result<Vec<_>, _>>()?;
    if servers.len() > NAME_SERVERS_MAX {
        return Err(format!("it names more than {NAME_SERVERS_MAX} name servers"));
    }
    Ok(servers)
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("it is neither text nor json".into()),
    }
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

/// The keys, for `--help`.
pub(crate) fn keys_help() -> String {
    let lines = keys::KEYS.map(|key| format!("\n  {:24} {}", key.variable, key.example));
    format!("Settings of proofbox.toml, each also an environment variable:{}", lines.concat())
}
