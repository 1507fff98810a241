//! `proofbox demo`: a sandbox Dropbox over a folder and a Proofbox beside it, in one process, both
//! on loopback. What it records is kept, so that running it again continues.

mod samples;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ::sandbox::Options;
use anyhow::Context;
use clap::Args;
use sha2::{Digest, Sha256};

use crate::config::{DropboxApp, LogFormat, Settings};
use crate::exit::Outcome;
use crate::instance::{Instance, SignInLink};
use crate::shutdown::Shutdown;
use crate::{logging, output, sandbox};

/// Only what goes wrong: the demo's terminal is for its two addresses.
const LOG_FILTER: &str = "warn";

/// Run Proofbox beside a sandbox Dropbox over a folder, to try it out
#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder whose files the sandbox shows [default: a few samples, created on the first run]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Directory for everything that the demo keeps
    #[arg(long, value_name = "DIR", default_value = "demo")]
    data: PathBuf,
    /// Address and port of Proofbox
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8470")]
    listen: SocketAddr,
    /// Address and port of the sandbox
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8471")]
    sandbox_listen: SocketAddr,
    /// Show a home directory or the whole disk too
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    let shutdown = Shutdown::listen()?;
    logging::start(LogFormat::Text, LOG_FILTER)?;
    let place = Place::prepare(&arguments)?;
    let dropbox = sandbox::start(Options {
        bind: arguments.sandbox_listen,
        backing: sandbox::over_folder(&place.folder, &place.dropbox),
        certificates: Some(place.dropbox.clone()),
        app_keys: sandbox::apps(&[sandbox::APP_KEY.to_owned()]),
        ..Options::default()
    })
    .await?;
    let instance = Instance::start(&Settings {
        database: ledger::Database::default(),
        data: place.proofbox,
        listen: arguments.listen,
        public_url: None,
        dropbox_app: Some(DropboxApp { key: sandbox::APP_KEY.to_owned(), secret: None }),
        dropbox_url: Some(dropbox.url().clone()),
        metrics_token: None,
        webhooks: server::Reach::LoopbackToo,
        name_servers: Vec::new(),
        witnesses: None,
        log_copy: None,
        log_format: LogFormat::Text,
        log_filter: LOG_FILTER.to_owned(),
        set: Vec::new(),
    })
    .await?;
    welcome(&instance, dropbox.url(), &place.folder).await?;
    instance.run_until(shutdown.requested()).await?;
    dropbox.shutdown().await;
    output::tell("Stopped. Running it again continues with the same data.");
    Ok(Outcome::Done)
}

/// Where a demo keeps what. Each folder has its own demo: one Dropbox account doesn't turn into
/// another because a different folder is tried.
struct Place {
    folder: PathBuf,
    dropbox: PathBuf,
    proofbox: PathBuf,
}

impl Place {
    fn prepare(arguments: &Arguments) -> anyhow::Result<Self> {
        let (folder, home) = match &arguments.folder {
            Some(folder) => {
                sandbox::folder::check(folder, arguments.yes.into())?;
                chosen(folder, &arguments.data)?
            }
            None => sampled(&arguments.data)?,
        };
        std::fs::create_dir_all(&home)
            .with_context(|| format!("cannot create {}", home.display()))?;
        Ok(Self { folder, dropbox: home.join("dropbox"), proofbox: home.join("proofbox") })
    }
}

/// A folder of the user's, and where its demo is kept.
fn chosen(folder: &Path, data: &Path) -> anyhow::Result<(PathBuf, PathBuf)> {
    let cannot = || format!("cannot open the folder {}", folder.display());
    let folder = folder.canonicalize().with_context(cannot)?;
    anyhow::ensure!(folder.is_dir(), "{} is not a folder", folder.display());
    let home = data.join(name_for(&folder));
    Ok((folder, home))
}

/// The samples, and where their demo is kept.
fn sampled(data: &Path) -> anyhow::Result<(PathBuf, PathBuf)> {
    let folder = data.join("files");
    samples::ensure(&folder)?;
    Ok((folder, data.to_owned()))
}

/// A name for a folder's demo that people recognise and that two folders never share.
fn name_for(folder: &Path) -> String {
    let hash = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = name.replace(|character: char| !character.is_alphanumeric(), "-");
    format!("{name}-{}", hex::encode(hash.first_chunk::<4>().expect("invariant: 32 bytes have 4")))
}

async fn welcome(instance: &Instance, dropbox: &url::Url, folder: &Path) -> anyhow::Result<()> {
    output::result(format_args!("Proofbox is at {}", instance.address()))?;
    if let Some(link) = instance.sign_in_link(SignInLink::Always).await? {
        output::result(format_args!("Sign in, once and within 15 minutes: {link}"))?;
    }
    output::result(format_args!("The sandbox Dropbox is at {dropbox}"))?;
    output::result(format_args!(
        "It shows the files in {}: change them and watch.",
        folder.display()
    ))?;
    output::result("Ctrl-C stops both.")
}
