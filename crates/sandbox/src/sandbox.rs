//! A running sandbox: built from its options, served by one task, watched by one thread.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::access::Access;
use crate::account::{Account, Circle, Place};
use crate::admin::Admin;
use crate::clock::Clock;
use crate::environment;
use crate::files::Files;
use crate::folder::{Keeper, KeeperError};
use crate::namespace::{Generated, Namespace};
use crate::options::{Backing, Options, Person};
use crate::seal::Key;
use crate::serve::{Authority, AuthorityError, serve};
use crate::state_file::{StateError, StateFile};
use crate::team::{self, Team};
use crate::webhooks;
use crate::world::World;

const GENERATED_FILES_MAX: u64 = 10_000_000;
/// How long a start waits for the first look at a folder. A large one goes on being read later.
const FIRST_LOOK_MAX: Duration = Duration::from_secs(2);
/// How long open connections may take to end when the sandbox stops.
const SHUTDOWN_MAX: Duration = Duration::from_secs(2);

/// A Dropbox that runs here. Dropping it stops serving; [`Sandbox::shutdown`] also waits.
pub struct Sandbox {
    world: Arc<World>,
    server: Option<JoinHandle<()>>,
    keeper: Option<Keeper>,
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
        let keeper = watch(&world)?;
        if let Some(keeper) = &keeper {
            keeper.first_look(FIRST_LOOK_MAX).await;
        }
        let server = tokio::spawn(serve(listener, Arc::clone(&world)));
        Ok(Self { world, server: Some(server), keeper })
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
        if let Some(keeper) = self.keeper.take() {
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

fn build(options: Options, url: Url) -> Result<World, StartError> {
    let authority = authority(options.certificates.as_deref(), &options.backing)?;
    let clock = Arc::new(Clock::default());
    let team = options.team.as_ref().map(|team| Arc::new(Team::new(&team.name)));
    let circle = Circle { team, ..Circle::default() };
    let (first, beginning) =
        first_account(options.account, options.backing, &clock, circle.clone())?;
    let mut accounts = vec![Arc::new(first)];
    for person in options.further_accounts {
        let namespace = Namespace::default();
        let (clock, circle) = (Arc::clone(&clock), circle.clone());
        let further = Account::new(person, Place::Memory, namespace, clock, None, circle);
        accounts.push(Arc::new(further));
    }
    circle.shared.introduce(&accounts);
    if let Some(team) = &options.team {
        team::settle(&accounts, &team.folders).map_err(|error| StartError::Team(error.into()))?;
    }
    Ok(World {
        url,
        key: beginning.key,
        authority: Arc::new(authority),
        clock,
        apps: options.app_keys,
        accounts,
        stopping: CancellationToken::new(),
        state: beginning.state,
        access: beginning.access.into(),
        codes: std::sync::Mutex::default(),
        bad_days: std::sync::Mutex::default(),
        requests: std::sync::Mutex::default(),
        webhooks: crate::webhooks::Webhooks::default(),
        uploads: std::sync::Mutex::default(),
        shared_links: std::sync::Mutex::default(),
        jobs: std::sync::Mutex::default(),
        file_members: std::sync::Mutex::default(),
        properties: std::sync::Mutex::default(),
        file_requests: std::sync::Mutex::default(),
        tags: std::sync::Mutex::default(),
        locks: std::sync::Mutex::default(),
        serial: std::sync::atomic::AtomicU64::new(1),
    })
}

/// The authority's key must not become part of the account either.
fn authority(directory: Option<&Path>, backing: &Backing) -> Result<Authority, StartError> {
    let failed = |error: AuthorityError| StartError::Certificate(error.into());
    let Some(directory) = directory else { return Authority::in_memory().map_err(failed) };
    if let Backing::Folder { path, .. } = backing
        && is_inside(directory, path)
    {
        return Err(StartError::StateInside(directory.to_owned()));
    }
    Authority::kept_in(directory).map_err(failed)
}

fn is_inside(path: &Path, folder: &Path) -> bool {
    let folder = folder.canonicalize();
    folder.is_ok_and(|folder| std::path::absolute(path).is_ok_and(|path| path.starts_with(folder)))
}

/// What a sandbox has besides files when it starts.
struct Beginning {
    key: Key,
    access: Access,
    state: Option<Arc<StateFile>>,
}

fn first_account(
    person: Person,
    backing: Backing,
    clock: &Arc<Clock>,
    circle: Circle,
) -> Result<(Account, Beginning), StartError> {
    let clock = Arc::clone(clock);
    let (place, namespace) = match backing {
        Backing::Folder { path, state_file } => {
            return folder_account(person, &path, &state_file, clock, circle);
        }
        Backing::Memory => (Place::Memory, Namespace::default()),
        Backing::Generated { files, .. } if files > GENERATED_FILES_MAX => {
            return Err(StartError::TooManyFiles);
        }
        Backing::Generated { seed, files } => {
            (Place::Computed, Namespace::generated(Generated::new(seed, files)))
        }
    };
    let key = Key::random().map_err(|error| StartError::Random(error.into()))?;
    let account = Account::new(person, place, namespace, clock, None, circle);
    Ok((account, Beginning { key, access: Access::default(), state: None }))
}

fn folder_account(
    person: Person,
    path: &Path,
    state_file: &Path,
    clock: Arc<Clock>,
    circle: Circle,
) -> Result<(Account, Beginning), StartError> {
    let missing = |error| StartError::Folder(path.to_owned(), error);
    let folder = path.canonicalize().map_err(missing)?;
    std::fs::read_dir(&folder).map_err(missing)?;
    if is_inside(state_file, &folder) {
        return Err(StartError::StateInside(state_file.to_owned()));
    }
    let refused = |error: StateError| StartError::State(error.into());
    let (state, restored) = StateFile::open(state_file).map_err(refused)?;
    let state = Some(Arc::new(state));
    let namespace = Namespace::stored(restored.tree);
    let account =
        Account::new(person, Place::Disk(folder), namespace, clock, state.clone(), circle);
    Ok((account, Beginning { key: restored.key, access: restored.access, state }))
}

fn watch(world: &World) -> Result<Option<Keeper>, StartError> {
    let Some(account) = world.accounts.first() else { return Ok(None) };
    let Place::Disk(folder) = &account.place else { return Ok(None) };
    let keeper = Keeper::start(folder.clone(), Arc::clone(account));
    keeper.map(Some).map_err(|error: KeeperError| StartError::Watch(error.into()))
}
