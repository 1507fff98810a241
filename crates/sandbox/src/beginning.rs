//! How a sandbox begins: with what its options say, and with what an earlier run left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use url::Url;

use crate::access::Access;
use crate::account::{Account, Circle, Place};
use crate::clock::Clock;
use crate::folder::Versions;
use crate::http::Properties;
use crate::identifier;
use crate::namespace::{Generated, Namespace, Operation, Tree};
use crate::options::{AppKey, Backing, Options, Person};
use crate::sandbox::StartError;
use crate::seal::Key;
use crate::serve::{Authority, AuthorityError};
use crate::shared_links::SharedLinks;
use crate::state_file::{Chapter, StateError, StateFile};
use crate::table::Shelf;
use crate::team::{self, Team};
use crate::webhooks::Webhooks;
use crate::world::World;

const GENERATED_FILES_MAX: u64 = 10_000_000;

pub(crate) fn build(options: Options, url: Url) -> Result<World, StartError> {
    let authority = authority(options.certificates.as_deref(), &options.backing)?;
    let mut left = Left::behind(options.backing)?;
    let people =
        People::of(&mut left, options.account, options.further_accounts, options.team.as_ref())?;
    assemble(left, people, authority, options.app_keys, url).map_err(unreadable)
}

/// Everybody, and what they have in common.
struct People {
    clock: Arc<Clock>,
    circle: Circle,
    accounts: Vec<Arc<Account>>,
}

impl People {
    fn of(
        left: &mut Left,
        first: Person,
        further: Vec<Person>,
        team: Option<&crate::options::Team>,
    ) -> Result<Self, StartError> {
        let clock = Arc::new(Clock::default());
        let common = team.map(|team| Team::new(&team.name));
        let mut circle = Circle::open(&mut left.shelf, common).map_err(unreadable)?;
        circle.versions = left.versions()?;
        let mut accounts = vec![Arc::new(left.first(first, &clock, &circle))];
        for person in further {
            accounts.push(Arc::new(left.further(person, &clock, &circle)?));
        }
        circle.shared.introduce(&accounts);
        if let Some(team) = team {
            let settled = team::settle(&accounts, &team.folders);
            settled.map_err(|error| StartError::Team(error.into()))?;
        }
        Ok(Self { clock, circle, accounts })
    }
}

fn assemble(
    mut left: Left,
    people: People,
    authority: Authority,
    apps: Vec<AppKey>,
    url: Url,
) -> serde_json::Result<World> {
    let shelf = &mut left.shelf;
    Ok(World {
        url,
        key: left.key,
        authority: Arc::new(authority),
        clock: people.clock,
        apps,
        accounts: people.accounts,
        circle: people.circle,
        stopping: CancellationToken::new(),
        webhooks: Webhooks::open(shelf)?,
        shared_links: SharedLinks::open(shelf)?.into(),
        file_members: shelf.open("file_members")?.into(),
        properties: Properties::open(shelf)?.into(),
        file_requests: shelf.open("file_requests")?.into(),
        tags: shelf.open("tags")?.into(),
        state: left.shelf.state,
        access: left.access.into(),
        codes: std::sync::Mutex::default(),
        bad_days: std::sync::Mutex::default(),
        requests: std::sync::Mutex::default(),
        uploads: std::sync::Mutex::default(),
        jobs: std::sync::Mutex::default(),
        serial: std::sync::atomic::AtomicU64::new(1),
    })
}

fn unreadable(error: serde_json::Error) -> StartError {
    StartError::State(error.into())
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

/// What a sandbox finds when it starts; nothing but a new key where nothing was ever kept.
struct Left {
    key: Key,
    access: Access,
    place: Place,
    namespace: Namespace,
    /// The trees of further people, by account.
    trees: BTreeMap<String, Tree>,
    shelf: Shelf,
    /// The state file, beside which other things are kept.
    beside: Option<PathBuf>,
}

impl Left {
    fn behind(backing: Backing) -> Result<Self, StartError> {
        match backing {
            Backing::Folder { path, state_file } => Self::over_folder(&path, state_file),
            Backing::Memory => Self::nothing(Place::Memory, Namespace::default()),
            Backing::Generated { files, .. } if files > GENERATED_FILES_MAX => {
                Err(StartError::TooManyFiles)
            }
            Backing::Generated { seed, files } => {
                let generated = Namespace::generated(Generated::new(seed, files));
                Self::nothing(Place::Computed, generated)
            }
        }
    }

    fn nothing(place: Place, namespace: Namespace) -> Result<Self, StartError> {
        Ok(Self {
            key: Key::random().map_err(|error| StartError::Random(error.into()))?,
            access: Access::default(),
            place,
            namespace,
            trees: BTreeMap::new(),
            shelf: Shelf::default(),
            beside: None,
        })
    }

    fn over_folder(path: &Path, state_file: PathBuf) -> Result<Self, StartError> {
        let missing = |error| StartError::Folder(path.to_owned(), error);
        let folder = path.canonicalize().map_err(missing)?;
        std::fs::read_dir(&folder).map_err(missing)?;
        if is_inside(&state_file, &folder) {
            return Err(StartError::StateInside(state_file));
        }
        let refused = |error: StateError| StartError::State(error.into());
        let (state, restored) = StateFile::open(&state_file).map_err(refused)?;
        Ok(Self {
            key: restored.key,
            access: restored.access,
            place: Place::Disk(folder),
            namespace: Namespace::stored(restored.tree),
            trees: restored.trees,
            shelf: Shelf { kept: restored.tables, state: Some(Arc::new(state)) },
            beside: Some(state_file),
        })
    }

    fn versions(&self) -> Result<Option<Arc<Versions>>, StartError> {
        let Some(beside) = &self.beside else { return Ok(None) };
        let directory = beside.with_extension("versions");
        let versions = Versions::open_in(directory.clone());
        let failed = |error| StartError::Folder(directory, error);
        Ok(Some(Arc::new(versions.map_err(failed)?)))
    }

    fn first(&mut self, person: Person, clock: &Arc<Clock>, circle: &Circle) -> Account {
        let chapter = self.shelf.state.clone().map(Chapter::First);
        let namespace = std::mem::take(&mut self.namespace);
        let (clock, circle) = (Arc::clone(clock), circle.clone());
        Account::new(person, self.place.clone(), namespace, clock, chapter, circle)
    }

    /// Where the first account is a folder, that of everybody else is one beside the state file.
    fn further(
        &mut self,
        person: Person,
        clock: &Arc<Clock>,
        circle: &Circle,
    ) -> Result<Account, StartError> {
        let id = identifier::account_id(&person.email);
        let place = match &self.beside {
            None => Place::Memory,
            Some(beside) => Place::Disk(folder_of(beside, &person)?),
        };
        let tree = self.trees.remove(&id).unwrap_or_default();
        let chapter = self.shelf.state.clone().map(|state| Chapter::Further(state, id));
        let namespace = Namespace::stored(tree);
        let (clock, circle) = (Arc::clone(clock), circle.clone());
        let account = Account::new(person, place, namespace, clock, chapter, circle);
        let from = identifier::first_number(account.number);
        if account.tip() < from {
            let numbered = account.perform_here(&Operation::Number { from });
            numbered.map_err(|error| StartError::State(error.into()))?;
        }
        Ok(account)
    }
}

fn folder_of(beside: &Path, person: &Person) -> Result<PathBuf, StartError> {
    let name = person.email.to_lowercase().replace('/', "_");
    let folder = beside.with_extension("people").join(name);
    let made = std::fs::create_dir_all(&folder).and_then(|()| folder.canonicalize());
    made.map_err(|error| StartError::Folder(folder, error))
}
