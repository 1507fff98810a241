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
use crate::namespace::{Mark, Node, Operation};
use crate::path::{self, Location};
use crate::shared_folders::Mount;

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

    /// A place of this name, or of the next one that nothing has.
    pub(crate) fn free_place(&self, path: &str) -> Location {
        let place = Location { display: path.to_owned(), lower: path::lower(path) };
        let is_taken = self.at(&place.lower).is_some();
        if is_taken { self.free(&place, names::numbered) } else { place }
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
        self.check_movable(lower)?;
        self.check_unlocked(&node, lower)?;
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
        self.check_allowed(&place.lower)?;
        let mut namespace = self.account.namespace();
        let blocked = path::prefixes(path::parent(&place.lower))
            .any(|prefix| namespace.at(prefix).is_some_and(|item| !item.node.is_folder()));
        if blocked { Err(Trouble::Conflict(Obstacle::FileAncestor)) } else { Ok(()) }
    }

    /// What somebody else has locked stays as it is and where it is, with the folders that it is in.
    fn check_unlocked(&self, node: &Node, lower: &str) -> Result<(), Trouble> {
        let is_marked = node.file().is_some_and(|file| file.mark == Some(Mark::Locked));
        let concerns = |kept: &String| kept == lower || path::is_below(kept, lower);
        let is_locked = is_marked || self.account.kept_from_it().iter().any(concerns);
        if is_locked { Err(Trouble::Locked) } else { Ok(()) }
    }

    /// Whoever may only look at a shared folder changes nothing in it.
    pub(crate) fn check_allowed(&self, lower: &str) -> Result<(), Trouble> {
        let mounts = self.account.mounts();
        let only_read = |mount: &Mount| mount.has_inside(lower) && !mount.access.may_write();
        if mounts.iter().any(only_read) { Err(Trouble::NotWritable) } else { Ok(()) }
    }

    /// Folders of a team stay where they are.
    fn check_movable(&self, lower: &str) -> Result<(), Trouble> {
        self.check_allowed(lower)?;
        let mounts = self.account.mounts();
        let is_team_folder = |mount: &Mount| mount.lower == lower && mount.is_team_folder;
        if mounts.iter().any(is_team_folder) { Err(Trouble::TeamFolder) } else { Ok(()) }
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
