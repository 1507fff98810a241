//! A whole instance in this process: sandbox, ledger, synchronisation and server on loopback, over
//! a directory that is gone afterwards. For tests that look at HTTP and want to reach behind it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use dropbox::{App, Client, Hosts};
use ledger::{Clock, Database, Ledger};
use sandbox::{Backing, Options, Sandbox};
use secrecy::ExposeSecret;
use server::{Config, State};
use sync::{Sync, SyncOptions};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{APP_KEY, Walk};

/// Short waits, so that tests do not wait: a sandbox has no opinion about politeness.
const BACKOFF_FIRST: Duration = Duration::from_millis(20);

/// An instance beside its sandbox.
pub struct Instance {
    directory: TempDir,
    sandbox: Sandbox,
    ledger: Ledger,
    sync: Sync,
    server: JoinHandle<std::io::Result<()>>,
    closing: CancellationToken,
    url: String,
}

impl Instance {
    /// Starts one on this database, beside an empty Dropbox in memory.
    pub async fn start(database: Database) -> anyhow::Result<Self> {
        let backing = Backing::Memory;
        let app_keys = vec![APP_KEY.into()];
        let sandbox = Sandbox::start(Options { backing, app_keys, ..Options::default() }).await?;
        let directory = tempfile::tempdir()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let bind = listener.local_addr()?;
        let url = format!("http://{bind}");
        let ledger = Ledger::open(ledger::Options {
            directory: directory.path().join("data"),
            database,
            origin: bind.to_string(),
            clock: Clock::system(),
            witnesses: None,
        })?;
        let hosts = Hosts::single(sandbox.url().clone());
        let app = App { key: APP_KEY.to_owned(), secret: None };
        let options = SyncOptions { backoff_first: BACKOFF_FIRST, ..SyncOptions::default() };
        let sync = Sync::start(ledger.clone(), Some(Client::new(hosts, app)?), options);
        let config = Config {
            public_url: url.parse()?,
            bind,
            dropbox_web: sandbox.url().clone(),
            metrics_token: None,
            webhooks: server::Reach::default(),
            domains: server::Lookups::default(),
        };
        let state = State::new(config, ledger.clone(), sync.clone());
        let closing = CancellationToken::new();
        let server = tokio::spawn(server::serve(listener, state, closing.clone()));
        Ok(Self { directory, sandbox, ledger, sync, server, closing, url })
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The Dropbox beside it.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// What it has recorded.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Where it keeps what it has recorded.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Somebody who is not signed in.
    pub fn visitor(&self) -> anyhow::Result<Walk> {
        Walk::new(&self.url)
    }

    /// The administrator, signed in.
    pub async fn administrator(&self) -> anyhow::Result<Walk> {
        let user = self.ledger.first_administrator().await?;
        let token = self.ledger.create_sign_in_link(user.id).await?.context("no such user")?;
        let walk = self.visitor()?;
        walk.sign_in(&format!("{}/sign-in/{}", self.url, token.expose_secret())).await?;
        Ok(walk)
    }

    /// Stops everything; what was recorded is gone with it.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.closing.cancel();
        self.sync.shutdown().await;
        self.server.await??;
        self.ledger.close().await;
        self.sandbox.shutdown().await;
        Ok(())
    }
}
