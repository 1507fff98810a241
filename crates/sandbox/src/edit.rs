//! What clients do to an account: writing, making folders, moving, copying, deleting. Here it is
//! decided as Dropbox decides (conflicts, other names, same content), and done: on the disk first
//! where the account is a folder, then in the tree.
//!
//! Edits of an account take turns with each other and with the keeper's looks, so that what was
//! decided still holds when it is done.

mod names;
mod relocate;
mod trouble;
mod write;

use std::sync::{Arc, MutexGuard};

use crate::account::{Account, PerformError, Place};
use crate::folder::Hand;
use crate::namespace::{Node, Operation};
use crate::path::{self, Location};

pub(crate) use trouble::{Obstacle, Trouble};
pub(crate) use write::{Mode, Wish};

/// A node and its key.
pub(crate) type Placed = (String, Node);

/// Somebody's turn to change an account. Blocks on the disk; never on the async threads.
pub(crate) struct Editor<'a> {
    account: &'a Arc<Account>,
    hand: Option<Hand<'a>>,
    _turn: MutexGuard<'a, ()>,
}

impl<'a> Editor<'a> {
    pub(crate) fn begin(account: &'a Arc<Account>) -> Self {
        let hand = match &account.place {
            Place::Disk(folder) => Some(Hand::new(folder, account)),
            Place::Memory | Place::Computed => None,
        };
        Self { account, hand, _turn: account.turn() }
    }

    /// What is at a key now.
    pub(crate) fn at(&self, lower: &str) -> Option<Node> {
        self.account.namespace().at(lower).map(|item| item.node.clone())
    }

    /// Makes a folder and those above it.
    pub(crate) fn create_folder(
        &self,
        place: &Location,
        autorename: bool,
    ) -> Result<Placed, Trouble> {
        self.catch_up(&[place]);
        self.check_ancestors(place)?;
        let place = match self.at(&place.lower) {
            None => place.clone(),
            Some(_) if autorename => self.free(place, names::numbered),
            Some(node) => return Err(Trouble::in_the_way(&node)),
        };
        self.make_folder(&place)
    }

    /// Deletes what is at a key, with everything below.
    pub(crate) fn delete(&self, lower: &str) -> Result<(), Trouble> {
        let node = self.at(lower).ok_or(Trouble::Gone)?;
        if let Some(hand) = &self.hand {
            hand.remove(lower, &node)?;
        }
        self.perform(&Operation::Delete { path: lower.to_owned(), at: self.now_s() })
    }

    fn make_folder(&self, place: &Location) -> Result<Placed, Trouble> {
        let seen = self.hand.as_ref().map(|hand| hand.create_folder(place)).transpose()?;
        let path = place.display.clone();
        self.perform(&Operation::CreateFolder { path, at: self.now_s(), seen })?;
        self.placed(&place.lower)
    }

    /// Looks at the folders in which something is about to happen, so that what people did there
    /// a moment ago is known.
    fn catch_up(&self, places: &[&Location]) {
        if let Some(hand) = &self.hand {
            hand.look(places.iter().map(|place| path::parent(&place.lower)));
        }
    }

    fn check_ancestors(&self, place: &Location) -> Result<(), Trouble> {
        let mut namespace = self.account.namespace();
        let blocked = path::prefixes(path::parent(&place.lower))
            .any(|prefix| namespace.at(prefix).is_some_and(|item| !item.node.is_folder()));
        if blocked { Err(Trouble::Conflict(Obstacle::FileAncestor)) } else { Ok(()) }
    }

    /// The first name after this one that nothing has.
    fn free(&self, place: &Location, name: fn(&str, u32) -> String) -> Location {
        let folder = path::parent(&place.display);
        let mut namespace = self.account.namespace();
        let mut tries = (1..).map(|number| {
            let display = format!("{folder}/{}", name(path::name(&place.display), number));
            Location { lower: path::lower(&display), display }
        });
        let free = tries.find(|place| namespace.at(&place.lower).is_none());
        free.expect("invariant: an account has fewer names than there are numbers")
    }

    fn placed(&self, lower: &str) -> Result<Placed, Trouble> {
        self.at(lower).map(|node| (lower.to_owned(), node)).ok_or(Trouble::Gone)
    }

    fn perform(&self, operation: &Operation) -> Result<(), Trouble> {
        self.account.perform(operation).map_err(|error: PerformError| error.into())
    }

    fn now_s(&self) -> i64 {
        self.account.clock.now_s()
    }
}
