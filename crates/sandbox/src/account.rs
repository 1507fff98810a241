//! One person's Dropbox: who they are, what is in it, and where its bytes are.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use thiserror::Error;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::identifier;
use crate::namespace::{Namespace, Operation, Refusal};
use crate::options::Person;
use crate::state_file::{Record, StateFile};

pub(crate) struct Account {
    pub(crate) id: String,
    /// The user id and the root namespace, in Dropbox's older parts.
    pub(crate) number: u32,
    pub(crate) person: Person,
    /// The key of the folder at which paths begin when nothing else is said.
    pub(crate) home: String,
    pub(crate) place: Place,
    pub(crate) clock: Arc<Clock>,
    namespace: Mutex<Namespace>,
    /// Whose turn it is to decide and do something; see [`Self::turn`].
    turn: Mutex<()>,
    /// Wakes longpolls.
    tip: watch::Sender<u64>,
    state: Option<Arc<StateFile>>,
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
        state: Option<Arc<StateFile>>,
    ) -> Self {
        Self {
            id: identifier::account_id(&person.email),
            number: identifier::account_number(&person.email),
            tip: watch::Sender::new(namespace.tip()),
            namespace: Mutex::new(namespace),
            turn: Mutex::new(()),
            person,
            home: String::new(),
            place,
            clock,
            state,
        }
    }

    /// The same person and files, apart from now on, and not recorded.
    pub(crate) fn copy(&self, clock: Arc<Clock>) -> Self {
        let namespace = self.namespace().clone();
        Self::new(self.person.clone(), self.place.clone(), namespace, clock, None)
    }

    /// Never held over an await.
    pub(crate) fn namespace(&self) -> MutexGuard<'_, Namespace> {
        self.namespace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held while somebody decides by what is there and then does it. Whoever holds it may take the
    /// namespace, never the other way round. Never held over an await.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of the folder at which a namespace begins, if this account has it.
    pub(crate) fn namespace_root(&self, number: &str) -> Option<String> {
        (number == self.number.to_string()).then(String::new)
    }

    /// The namespace at the top of everything that this person can see.
    pub(crate) fn root_number(&self) -> String {
        self.number.to_string()
    }

    /// Dropbox's `RootInfo`.
    pub(crate) fn root_info(&self) -> Value {
        json!({
            ".tag": "user",
            "root_namespace_id": self.root_number(),
            "home_namespace_id": self.number.to_string(),
        })
    }

    /// Changes what is in the account: recorded first, then done, then told to who waits.
    pub(crate) fn perform(&self, operation: &Operation) -> Result<(), PerformError> {
        let mut namespace = self.namespace();
        namespace.check(operation)?;
        if let Some(state) = &self.state {
            state.append(&Record::Files(operation.clone())).map_err(PerformError::Unrecorded)?;
        }
        namespace.apply(operation);
        self.tip.send_replace(namespace.tip());
        Ok(())
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.tip.subscribe()
    }
}
