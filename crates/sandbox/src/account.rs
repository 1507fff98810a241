//! One person's Dropbox: who they are, what is in it, and where its bytes are.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use thiserror::Error;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::faults::Quirks;
use crate::folder::Versions;
use crate::identifier::{self, NodeId};
use crate::locks::Locks;
use crate::namespace::{Namespace, NewFile, Operation, Refusal};
use crate::options::Person;
use crate::path::{self, Naming};
use crate::shared_folders::{Mount, SharedFolders};
use crate::state_file::Chapter;
use crate::table::Shelf;
use crate::team::Team;
use crate::view::Frame;
use crate::wire::{Extras, Lens};
use crate::world::locked;

pub(crate) struct Account {
    pub(crate) id: String,
    /// The user id and the root namespace, in Dropbox's older parts.
    pub(crate) number: u32,
    pub(crate) person: Person,
    /// The key of the folder at which paths begin when nothing else is said.
    pub(crate) home: String,
    pub(crate) place: Place,
    pub(crate) clock: Arc<Clock>,
    pub(crate) circle: Circle,
    namespace: Mutex<Namespace>,
    /// Wakes longpolls.
    tip: watch::Sender<u64>,
    state: Option<Chapter>,
    naming: Mutex<Naming>,
}

/// What an account may have in common with others.
#[derive(Clone)]
pub(crate) struct Circle {
    pub(crate) turn: Arc<Mutex<()>>,
    pub(crate) shared: Arc<SharedFolders>,
    pub(crate) locks: Arc<Locks>,
    pub(crate) team: Option<Arc<Team>>,
    /// Where the content of files on the disk is kept for when it is overwritten there.
    pub(crate) versions: Option<Arc<Versions>>,
}

impl Circle {
    /// What people had in common in an earlier run.
    pub(crate) fn open(shelf: &mut Shelf, team: Option<Team>) -> serde_json::Result<Self> {
        Ok(Self {
            turn: Arc::default(),
            shared: Arc::new(SharedFolders::open(shelf)?),
            locks: Arc::new(shelf.open("locks")?.into()),
            team: team.map(Arc::new),
            versions: None,
        })
    }

    /// The same, to go separate ways.
    pub(crate) fn apart(&self) -> Self {
        Self {
            turn: Arc::default(),
            shared: Arc::new(self.shared.copy()),
            locks: Arc::new(locked(&self.locks).copy().into()),
            team: self.team.clone(),
            versions: self.versions.clone(),
        }
    }

    /// Members of a team have a folder of their own in its root.
    fn home_of(&self, person: &Person) -> String {
        let name = || format!("/{}", path::lower(&person.display_name()));
        self.team.as_ref().map_or_else(String::new, |_| name())
    }
}

/// Where content is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a folder that the keeper watches.
    Disk(PathBuf),
    /// In the namespace itself.
    Memory,
    /// Nowhere: computed when it is asked for, with edits in memory.
    Computed,
}

#[derive(Debug, Error)]
pub(crate) enum PerformError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the state file can't be written")]
    Unrecorded(#[source] io::Error),
    #[error("the file can't be read")]
    Unreadable(#[source] io::Error),
}

impl Account {
    pub(crate) fn new(
        person: Person,
        place: Place,
        namespace: Namespace,
        clock: Arc<Clock>,
        state: Option<Chapter>,
        circle: Circle,
    ) -> Self {
        let home = circle.home_of(&person);
        Self {
            id: identifier::account_id(&person.email),
            number: identifier::account_number(&person.email),
            tip: watch::Sender::new(namespace.tip()),
            namespace: Mutex::new(namespace),
            person,
            home,
            circle,
            place,
            clock,
            state,
            naming: Mutex::default(),
        }
    }

    /// The rules for names that clients give.
    pub(crate) fn naming(&self) -> Naming {
        *self.naming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on Dropbox behaves like this here.
    pub(crate) fn behave(&self, quirks: &Quirks) {
        let naming = Naming { emoji: quirks.emoji, normalization: quirks.normalization };
        *self.naming.lock().unwrap_or_else(PoisonError::into_inner) = naming;
        self.namespace().tell_by(quirks.coalescing);
    }

    /// Makes everybody look who waits, although nothing changed.
    pub(crate) fn nudge(&self) {
        self.tip.send_modify(|_| {});
    }

    /// The same person and files, apart from now on, and not recorded.
    pub(crate) fn copy(&self, clock: Arc<Clock>, circle: &Circle) -> Self {
        let namespace = self.namespace().clone();
        let circle = circle.clone();
        Self::new(self.person.clone(), self.place.clone(), namespace, clock, None, circle)
    }

    /// Never held over an await.
    pub(crate) fn namespace(&self) -> MutexGuard<'_, Namespace> {
        self.namespace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held while somebody decides by what is there and then does it: one for all accounts, since
    /// what one does in a shared folder happens to others. Whoever holds it may take namespaces,
    /// never the other way round. Never held over an await.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.circle.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of the folder at which a namespace begins, if this account has it.
    pub(crate) fn namespace_root(&self, number: &str) -> Option<String> {
        if number == self.root_number() {
            return Some(String::new());
        }
        if number == self.number.to_string() {
            return Some(self.home.clone());
        }
        let mounts = self.mounts();
        mounts.into_iter().find(|mount| mount.number == number).map(|mount| mount.lower)
    }

    /// Where this account has shared folders.
    pub(crate) fn mounts(&self) -> Vec<Mount> {
        self.circle.shared.mounts_of(self)
    }

    /// How entries look to this account from one of its folders. Takes the namespace for a moment.
    pub(crate) fn lens(&self, frame: Frame) -> Lens {
        let extras = Extras::default();
        Lens { frame, mounts: self.mounts(), locks: self.locks_shown(), extras }
    }

    pub(crate) fn shared(&self) -> &SharedFolders {
        &self.circle.shared
    }

    pub(crate) fn team(&self) -> Option<&Team> {
        self.circle.team.as_deref()
    }

    pub(crate) fn has_team(&self) -> bool {
        self.circle.team.is_some()
    }

    pub(crate) fn is_teammate_of(&self, other: &Self) -> bool {
        self.has_team() && other.has_team()
    }

    pub(crate) fn team_member_id(&self) -> Option<String> {
        self.has_team().then(|| self.id.replacen("dbid:", "dbmid:", 1))
    }

    /// The namespace at the top of everything that this person can see.
    pub(crate) fn root_number(&self) -> String {
        self.team().map_or(self.number, |team| team.number).to_string()
    }

    /// Dropbox's `RootInfo`.
    pub(crate) fn root_info(&self) -> Value {
        let mut info = json!({
            ".tag": if self.has_team() { "team" } else { "user" },
            "root_namespace_id": self.root_number(),
            "home_namespace_id": self.number.to_string(),
        });
        if let (true, Some(fields)) = (self.has_team(), info.as_object_mut()) {
            fields
                .insert("home_path".to_owned(), json!(format!("/{}", self.person.display_name())));
        }
        info
    }

    /// Changes what is in the account: recorded first, then done, then told to who waits.
    /// In a shared folder the others get it too.
    pub(crate) fn perform(&self, operation: &Operation) -> Result<(), PerformError> {
        let mounts = self.mounts();
        let mut operation = Cow::Borrowed(operation);
        if let Operation::Write(file) = operation.as_ref() {
            operation = Cow::Owned(Operation::Write(self.known_by_all(file, &mounts)));
        }
        match self.carried(&mounts, &operation) {
            identities if identities.is_empty() => self.perform_here(&operation)?,
            identities => {
                let operation = Box::new(operation.clone().into_owned());
                self.perform_here(&Operation::Follow { operation, identities })?;
            }
        }
        if !mounts.is_empty() {
            self.circle.shared.echo(self, &mounts, &operation);
        }
        Ok(())
    }

    /// Files in shared folders tell who wrote them, and one that lives on with somebody else is not
    /// the one that comes back here.
    fn known_by_all(&self, file: &NewFile, mounts: &[Mount]) -> NewFile {
        let lower = path::lower(&file.path);
        let is_shared = mounts.iter().any(|mount| mount.has_inside(&lower));
        let lives_on = |id: &NodeId| {
            let mut others = self.circle.shared.accounts().filter(|other| other.id != self.id);
            others.any(|other| other.namespace().by_id(*id).is_some())
        };
        let modified_by = if is_shared { Some(self.id.clone()) } else { file.modified_by.clone() };
        NewFile { id: file.id.filter(|id| !lives_on(id)), modified_by, ..file.clone() }
    }

    /// The same for this account alone.
    pub(crate) fn perform_here(&self, operation: &Operation) -> Result<(), PerformError> {
        let mut namespace = self.namespace();
        namespace.check(operation)?;
        if let Some(state) = &self.state {
            state.append(operation).map_err(PerformError::Unrecorded)?;
        }
        namespace.apply(operation);
        self.tip.send_replace(namespace.tip());
        Ok(())
    }

    /// The number of the latest change.
    pub(crate) fn tip(&self) -> u64 {
        *self.tip.borrow()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.tip.subscribe()
    }
}
