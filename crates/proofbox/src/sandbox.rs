//! `proofbox sandbox`: a Dropbox to run at home, over a folder of this machine or over generated
//! files. For demos, tests and benchmarks; nothing of it is part of an instance.

mod environment;
pub(crate) mod folder;
mod people;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{ArgGroup, Args, Subcommand};
use jiff::Timestamp;
use sandbox::{Admin, AppKey, Backing, Fault, Options, Pages, Quirks, Sandbox, Webhook};
use serde::de::DeserializeOwned;

use crate::config::LogFormat;
use crate::exit::Outcome;
use crate::shutdown::Shutdown;
use crate::{logging, output};

/// The app that a sandbox knows when nobody says otherwise.
pub(crate) const APP_KEY: &str = "sandbox-app-key";
const LOG_FILTER: &str = "warn";

/// Run a Dropbox of your own: the same HTTP API over a folder
#[derive(Args)]
#[command(group = ArgGroup::new("content").args(["folder", "generate", "empty"]).required(true))]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "Beside it: PROOFBOX_DROPBOX_URL=http://127.0.0.1:8471 \
    DROPBOX_APP_KEY=sandbox-app-key proofbox serve --data DIR\n\
    For programs that know only the real Dropbox: eval \"$(proofbox sandbox env)\"")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Show the files of this folder
    #[arg(long, value_name = "DIR", requires = "state")]
    folder: Option<PathBuf>,
    /// Show so many files that exist only on paper
    #[arg(long, value_name = "FILES")]
    generate: Option<u64>,
    /// Start with no files; what clients put there is gone when the sandbox stops
    #[arg(long)]
    empty: bool,
    /// What generated files follow from
    #[arg(long, value_name = "NUMBER", default_value_t = 1, conflicts_with_all = ["folder", "empty"])]
    seed: u64,
    /// Keep the certificate authority for TLS in this directory, and all that a folder does not hold
    /// itself: file ids, revisions, connected apps, shares, links, the folders of other people
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8471")]
    listen: SocketAddr,
    /// App key that may ask for access, with its secret if it has one; may be given several times
    #[arg(long = "app-key", value_name = "KEY[:SECRET]", default_value = APP_KEY)]
    app_keys: Vec<String>,
    /// Show a home directory or the whole disk too
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    people: people::People,
    #[command(flatten)]
    days: Days,
}

/// What docs/sandbox.md calls bad days: each takes the JSON that its address under `/sandbox/` takes.
#[derive(Args)]
#[command(next_help_heading = "Bad days, in the JSON of the administration (docs/sandbox.md)")]
struct Days {
    /// Let it be this time now
    #[arg(long, value_name = "TIME")]
    clock: Option<Timestamp>,
    /// How listings are cut into pages
    #[arg(long, value_name = "JSON", value_parser = json::<Pages>)]
    pages: Option<Pages>,
    /// How Dropbox behaves where it varies
    #[arg(long, value_name = "JSON", value_parser = json::<Quirks>)]
    quirks: Option<Quirks>,
    /// What happens to the next calls of a route; may be given several times
    #[arg(long = "fault", value_name = "JSON", value_parser = json::<Fault>)]
    faults: Vec<Fault>,
    /// Where an app wants to hear of changes; may be given several times
    #[arg(long = "webhook", value_name = "JSON", value_parser = json::<Webhook>)]
    webhooks: Vec<Webhook>,
}

fn json<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_str(text)
}

impl Days {
    fn begin(self, admin: &Admin) {
        if let Some(now) = self.clock {
            admin.set_clock(now);
        }
        if let Some(pages) = self.pages {
            admin.set_pages(pages);
        }
        if let Some(quirks) = self.quirks {
            admin.set_quirks(quirks);
        }
        self.faults.into_iter().for_each(|fault| admin.inject(fault));
    }
}

#[derive(Subcommand)]
enum Command {
    Env(environment::Arguments),
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    if let Some(Command::Env(arguments)) = &arguments.command {
        return environment::run(arguments).await;
    }
    if let Some(folder) = &arguments.folder {
        folder::check(folder, arguments.yes.into())?;
    }
    let shutdown = Shutdown::listen()?;
    logging::start(LogFormat::Text, LOG_FILTER)?;
    let sandbox = start(Options {
        bind: arguments.listen,
        backing: arguments.backing(),
        certificates: arguments.state.clone(),
        app_keys: apps(&arguments.app_keys),
        webhooks: arguments.days.webhooks.clone(),
        further_accounts: arguments.people.further(),
        team: arguments.people.team(),
        ..Options::default()
    })
    .await?;
    arguments.days.begin(&sandbox.admin());
    output::result(format_args!("The sandbox Dropbox is at {}", sandbox.url()))?;
    shutdown.requested().await;
    sandbox.shutdown().await;
    Ok(Outcome::Done)
}

impl Arguments {
    fn backing(&self) -> Backing {
        match (&self.folder, &self.state, self.generate) {
            (Some(folder), Some(state), _) => over_folder(folder, state),
            (_, _, Some(files)) => Backing::Generated { seed: self.seed, files },
            _ => Backing::Memory,
        }
    }
}

/// What a sandbox over a folder is made of.
pub(crate) fn over_folder(folder: &Path, state: &Path) -> Backing {
    Backing::Folder { path: folder.to_owned(), state_file: state.join("sandbox.json") }
}

/// An app, by the name that a person reads before allowing it anything.
fn app(given: &str) -> AppKey {
    let (key, secret) =
        given.split_once(':').map_or((given, None), |(key, secret)| (key, Some(secret)));
    let name = if key == APP_KEY { "Proofbox" } else { key };
    AppKey { name: name.to_owned(), secret: secret.map(str::to_owned), ..AppKey::from(key) }
}

/// The apps that a sandbox knows.
pub(crate) fn apps(keys: &[String]) -> Vec<AppKey> {
    keys.iter().map(|key| app(key)).collect()
}

/// Starts a sandbox, or says where it could not.
pub(crate) async fn start(options: Options) -> anyhow::Result<Sandbox> {
    let bind = options.bind;
    Sandbox::start(options).await.with_context(|| format!("the sandbox cannot start on {bind}"))
}
