//! A running instance: ledger, the feeder of its witnesses, the copy of its log, synchronisation and
//! server, started in this order and stopped in the opposite one. Where settings come from and when to
//! stop is up to the caller.

mod log_copy;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use dropbox::{App, Client, Hosts};
use ledger::Ledger;
use secrecy::{ExposeSecret, SecretString};
use server::{Config, Lookups, State};
use sync::{Sync, SyncOptions};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use url::Url;
use witness::{Feeder, Pace};

use crate::config::Settings;
use log_copy::LogCopy;

/// Where a running instance notes its address, for `proofbox sign-in-link` beside it.
const ADDRESS_FILE: &str = "address";
/// How long requests and pages in hand may take to finish.
const DRAIN_DEADLINE: Duration = Duration::from_secs(15);

/// How long a start waits for what the witnesses remember.
const WITNESSES_DEADLINE: Duration = Duration::from_secs(5);

/// An instance that serves until it is stopped.
pub(crate) struct Instance {
    ledger: Ledger,
    feeder: Feeder,
    log_copy: Option<LogCopy>,
    sync: Sync,
    server: JoinHandle<std::io::Result<()>>,
    closing: CancellationToken,
    address: Url,
    is_first_start: bool,
}

/// When to make a sign-in link at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInLink {
    /// At the first start over a data directory.
    FirstStart,
    /// At every start.
    Always,
}

impl Instance {
    /// Starts everything; when this returns, the address answers.
    pub(crate) async fn start(settings: &Settings) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(settings.listen).await.with_context(|| {
            format!("cannot listen on {}; choose another address with --listen", settings.listen)
        })?;
        let bind = listener.local_addr()?;
        let address = settings.public_url.clone().map_or_else(|| localhost(bind.port()), Ok)?;
        let ledger = open(settings, &address).await?;
        let feeder = Feeder::start(&ledger, Pace::default())?;
        let log_copy = settings.log_copy.clone().map(|copy| LogCopy::start(&ledger, copy));
        let is_first_start = noted_address(&settings.data).is_none();
        note_address(&settings.data, &address)?;
        let hosts = settings.dropbox_url.clone().map_or_else(Hosts::dropbox, Hosts::single);
        let dropbox_web = hosts.web.clone();
        let sync = Sync::start(ledger.clone(), client(settings, hosts)?, SyncOptions::default());
        let metrics_token = settings.metrics_token.clone();
        let (public_url, webhooks) = (address.clone(), settings.webhooks);
        let name_servers = settings.name_servers.clone();
        let domains = Lookups { name_servers, ..Lookups::default() };
        let config = Config { public_url, bind, dropbox_web, metrics_token, webhooks, domains };
        let state = State::new(config, ledger.clone(), sync.clone());
        let closing = CancellationToken::new();
        let server = tokio::spawn(server::serve(listener, state, closing.clone()));
        Ok(Self { ledger, feeder, log_copy, sync, server, closing, address, is_first_start })
    }

    /// Where people open it.
    pub(crate) fn address(&self) -> &Url {
        &self.address
    }

    /// A one-time link for the administrator, if it is time for one.
    pub(crate) async fn sign_in_link(&self, when: SignInLink) -> anyhow::Result<Option<Url>> {
        if when == SignInLink::FirstStart && !self.is_first_start {
            return Ok(None);
        }
        let administrator = self.ledger.first_administrator().await?;
        let token = self.ledger.create_sign_in_link(administrator.id).await?;
        token.map(|token| sign_in_address(&self.address, &token)).transpose()
    }

    /// Serves until asked to stop, or until the ledger or the server fails.
    pub(crate) async fn run_until(mut self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let end = tokio::select! {
            () = stop => Ok(()),
            reason = self.ledger.failed() => Err(recording_failed(&reason)),
            served = &mut self.server => match served? {
                Ok(()) => Err(anyhow::anyhow!("the server ended by itself")),
                Err(error) => Err(anyhow::Error::new(error).context("the server failed")),
            },
        };
        self.stop().await?;
        end
    }

    /// Cancel, drain, deadline. What is not finished by then is lost to nobody: a kill at any
    /// point loses nothing that was acknowledged.
    async fn stop(self) -> anyhow::Result<()> {
        self.closing.cancel();
        let drained = timeout(DRAIN_DEADLINE, async {
            self.sync.shutdown().await;
            if !self.server.is_finished() {
                self.server.await??;
            }
            self.feeder.shutdown().await;
            if let Some(log_copy) = self.log_copy {
                log_copy.shutdown().await;
            }
            self.ledger.close().await;
            anyhow::Ok(())
        });
        match drained.await {
            Ok(outcome) => outcome,
            Err(_) => bail!(
                "work in hand did not finish within {} s; stopped without it",
                DRAIN_DEADLINE.as_secs()
            ),
        }
    }
}

/// Opens the ledger, after the witnesses and the copy of the log were asked whether it is the newest.
async fn open(settings: &Settings, address: &Url) -> anyhow::Result<Ledger> {
    let witnesses = settings.witnesses.as_ref().map(|witnesses| witnesses.policy.clone());
    let opening = Ledger::prepare(ledger::Options {
        directory: settings.data.clone(),
        database: settings.database.clone(),
        origin: origin(address),
        clock: ledger::Clock::system(),
        witnesses: witnesses.clone(),
    })?;
    let mut heads = Vec::new();
    if let Some(policy) = witnesses {
        let checkpoint = opening.checkpoint()?;
        let (key, checkpoint) = (opening.log_key(), checkpoint.as_deref());
        heads = witness::remembered(&policy, &key, checkpoint, WITNESSES_DEADLINE).await?;
    }
    if let Some(copy) = &settings.log_copy {
        heads.extend(log_copy::remembered(copy, &opening.log_key()).await?);
    }
    Ok(opening.open(&heads)?)
}

/// The address of an instance in this directory, as it noted it when it last started.
pub(crate) fn noted_address(data: &Path) -> Option<Url> {
    std::fs::read_to_string(data.join(ADDRESS_FILE)).ok()?.trim().parse().ok()
}

/// The page on which a one-time token is redeemed.
pub(crate) fn sign_in_address(address: &Url, token: &SecretString) -> anyhow::Result<Url> {
    Ok(address.join("sign-in/")?.join(token.expose_secret())?)
}

fn note_address(data: &Path, address: &Url) -> anyhow::Result<()> {
    std::fs::write(data.join(ADDRESS_FILE), format!("{address}\n"))
        .with_context(|| format!("cannot write to {}", data.display()))
}

fn client(settings: &Settings, hosts: Hosts) -> anyhow::Result<Option<Client>> {
    let Some(app) = &settings.dropbox_app else { return Ok(None) };
    let app = App { key: app.key.clone(), secret: app.secret.clone() };
    Ok(Some(Client::new(hosts, app)?))
}

fn localhost(port: u16) -> anyhow::Result<Url> {
    Ok(format!("http://localhost:{port}").parse()?)
}

/// The name of a new log: where it is published, without scheme.
fn origin(address: &Url) -> String {
    address
        .as_str()
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned()
}

fn recording_failed(reason: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "recording stopped: {reason}. Nothing that was published is lost. Make room or repair the \
         disk, then start Proofbox again: it continues where it was"
    )
}
