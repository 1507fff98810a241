//! A running sandbox: built from its options, served by one task, watched by one thread.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::account::Place;
use crate::admin::Admin;
use crate::beginning::build;
use crate::environment;
use crate::files::Files;
use crate::folder::{Keeper, KeeperError};
use crate::options::Options;
use crate::serve::serve;
use crate::webhooks;
use crate::world::World;

/// How long a start waits for the first look at a folder. A large one goes on being read later.
const FIRST_LOOK_MAX: Duration = Duration::from_secs(2);
/// How long open connections may take to end when the sandbox stops.
const SHUTDOWN_MAX: Duration = Duration::from_secs(2);

/// A Dropbox that runs here. Dropping it stops serving; [`Sandbox::shutdown`] also waits.
pub struct Sandbox {
    world: Arc<World>,
    server: Option<JoinHandle<()>>,
    keepers: Vec<Keeper>,
}

/// Why a sandbox does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("the sandbox can't listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
    /// The folder is missing or unreadable.
    #[error("the sandbox can't serve the folder {0}")]
    Folder(PathBuf, #[source] io::Error),
    /// State or keys would be in the folder and so become part of the account.
    #[error("{0} must not be inside of the folder that is served")]
    StateInside(PathBuf),
    /// What an earlier run left can't be read.
    #[error("the sandbox can't continue where it stopped")]
    State(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The folders of a team can't be made.
    #[error("the sandbox can't make the folders of the team")]
    Team(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A folder can't be watched.
    #[error("the sandbox can't watch the folder")]
    Watch(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The certificate authority can't be made or read.
    #[error("the sandbox has no certificate for TLS")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A webhook leads away from this machine, or can't be signed.
    #[error(transparent)]
    Webhook(#[from] webhooks::WebhookError),
    /// More files than the generator numbers.
    #[error("the sandbox generates at most ten million files")]
    TooManyFiles,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Sandbox {
    /// Serves until it is shut down. A folder has been looked at once when this returns, unless it
    /// is so large that this takes seconds.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let listen = |error| StartError::Listen(options.bind, error);
        let listener = TcpListener::bind(options.bind).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let url = origin(address);
        let webhooks = options.webhooks.clone();
        let sandbox = Self::open(listener, build(options, url)?).await?;
        webhooks::resume(&sandbox.world);
        for webhook in webhooks {
            webhooks::expect(&sandbox.world, webhook)?;
        }
        Ok(sandbox)
    }

    /// A second Dropbox on another port that begins with everything that this one has: files and
    /// their histories, cursors, tokens. From then on they go separate ways, so that one beginning
    /// can be continued in many ways. A copy is kept in memory; that of a folder watches the same
    /// folder.
    pub async fn copy(&self) -> Result<Self, StartError> {
        let bind = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener =
            TcpListener::bind(bind).await.map_err(|error| StartError::Listen(bind, error))?;
        let address = listener.local_addr().map_err(|error| StartError::Listen(bind, error))?;
        Self::open(listener, self.world.copy(origin(address))).await
    }

    async fn open(listener: TcpListener, world: World) -> Result<Self, StartError> {
        let world = Arc::new(world);
        let keepers = watch(&world)?;
        for keeper in &keepers {
            keeper.first_look(FIRST_LOOK_MAX).await;
        }
        let server = tokio::spawn(serve(listener, Arc::clone(&world)));
        Ok(Self { world, server: Some(server), keepers })
    }

    /// The one origin of all hosts, with a slash at the end.
    pub fn url(&self) -> &Url {
        &self.world.url
    }

    /// The certificate of its authority in PEM: what clients have to trust for TLS.
    pub fn certificate(&self) -> &str {
        &self.world.authority.certificate
    }

    /// What the environment of an unmodified client needs to find the sandbox behind Dropbox's own
    /// hosts. Nothing if the authority is not kept in a directory.
    pub fn environment(&self) -> Option<BTreeMap<String, String>> {
        environment::of(&self.world)
    }

    /// What is in the Dropbox that the backing is.
    pub fn files(&self) -> Files {
        let first = self.world.accounts.first();
        Files::new(Arc::clone(first.expect("invariant: there is always one account")))
    }

    /// What is in the Dropbox of one of the people.
    pub fn files_of(&self, email: &str) -> Option<Files> {
        self.world.account_by_email(email).map(|account| Files::new(Arc::clone(account)))
    }

    /// Faults, tokens, cursors, the clock and the request log.
    pub fn admin(&self) -> Admin {
        Admin::new(Arc::clone(&self.world))
    }

    #[cfg(test)]
    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Stops listening, ends what waits, and returns when nothing of the sandbox runs any more.
    pub async fn shutdown(mut self) {
        self.world.stopping.cancel();
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(SHUTDOWN_MAX, &mut server).await.is_err()
        {
            server.abort();
        }
        for keeper in self.keepers.drain(..) {
            keeper.stop().await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.world.stopping.cancel();
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

fn origin(address: SocketAddr) -> Url {
    Url::parse(&format!("http://{address}/"))
        .expect("invariant: a socket address is a valid authority")
}

/// Whoever keeps accounts like the folders that they are.
fn watch(world: &World) -> Result<Vec<Keeper>, StartError> {
    let folders = world.accounts.iter().filter_map(|account| match &account.place {
        Place::Disk(folder) => Some((folder.clone(), Arc::clone(account))),
        Place::Memory | Place::Computed => None,
    });
    let keepers = folders.map(|(folder, account)| Keeper::start(folder, account));
    let failed = |error: KeeperError| StartError::Watch(error.into());
    keepers.collect::<Result<_, _>>().map_err(failed)
}
