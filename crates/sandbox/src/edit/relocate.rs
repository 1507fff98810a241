//! Moving and copying. A move keeps ids, a copy gives new ones.

use std::sync::Arc;

use super::{Editor, Placed, Trouble, Wish, names};
use crate::account::Account;
use crate::content::Incoming;
use crate::namespace::{Node, Operation};
use crate::path::{self, Location};
use crate::shared_folders::Mount;

/// More files than this can't be moved or copied by one call.
const FILES_MAX: usize = 10_000;

impl Editor<'_> {
    /// Moves a node. With another name of the same key, and the permission to choose a name, its
    /// case changes.
    pub(crate) fn relocate(
        &self,
        from: &str,
        to: &Location,
        autorename: bool,
    ) -> Result<Placed, Trouble> {
        let node = self.at(from).ok_or(Trouble::Gone)?;
        if path::is_below(&to.lower, from) {
            return Err(Trouble::IntoItself);
        }
        self.check_movable(from)?;
        self.check_unlocked(&node, from)?;
        self.check_nesting(from, to)?;
        let to =
            if to.lower == from && autorename { to.clone() } else { self.target(to, autorename)? };
        check_count(&with_below(self.account, from)?)?;
        let seen = self.hand.as_ref().map(|hand| hand.relocate(from, &node, &to)).transpose()?;
        let (path, at) = (to.display.clone(), self.now_s());
        self.perform(&Operation::Move { from: from.to_owned(), to: path, at, seen })?;
        self.placed(&to.lower)
    }

    /// A shared folder can't be put into another one.
    fn check_nesting(&self, from: &str, to: &Location) -> Result<(), Trouble> {
        let mounts = self.account.mounts();
        let is_carried = |mount: &Mount| mount.lower == from || path::is_below(&mount.lower, from);
        let carries = mounts.iter().any(is_carried);
        let enters = mounts.iter().any(|mount| mount.has_inside(&to.lower));
        if carries && enters { Err(Trouble::Nested) } else { Ok(()) }
    }

    pub(crate) fn copy(
        &self,
        from: &str,
        to: &Location,
        autorename: bool,
    ) -> Result<Placed, Trouble> {
        if path::is_below(&to.lower, from) {
            return Err(Trouble::IntoItself);
        }
        self.copy_from(self.account, from, to, autorename)
    }

    /// Copies from an account, which may be somebody else's.
    pub(crate) fn copy_from(
        &self,
        source: &Arc<Account>,
        from: &str,
        to: &Location,
        autorename: bool,
    ) -> Result<Placed, Trouble> {
        let all = with_below(source, from)?;
        check_count(&all)?;
        let to = self.target(to, autorename)?;
        for (lower, node) in &all {
            let rest = lower.get(from.len()..).unwrap_or_default();
            let display = if rest.is_empty() {
                to.display.clone()
            } else {
                format!("{}{}/{}", to.display, path::parent(rest), node.name())
            };
            let place = Location { display, lower: format!("{}{rest}", to.lower) };
            self.put_copy(source, lower, node, &place)?;
        }
        self.placed(&to.lower)
    }

    /// Where something may go, and under which name.
    fn target(&self, to: &Location, autorename: bool) -> Result<Location, Trouble> {
        self.catch_up(&[to]);
        self.check_ancestors(to)?;
        match self.at(&to.lower) {
            None => Ok(to.clone()),
            Some(_) if autorename => Ok(self.free(to, names::numbered)),
            Some(other) => Err(Trouble::in_the_way(&other)),
        }
    }

    fn put_copy(
        &self,
        source: &Arc<Account>,
        from: &str,
        node: &Node,
        to: &Location,
    ) -> Result<(), Trouble> {
        let Some(file) = node.file() else { return self.make_folder(to).map(|_| ()) };
        let content = source.bytes(from, node).map_err(Trouble::Failed)?;
        let content = content.ok_or(Trouble::Gone)?;
        let wish = Wish::overwrite(Some(file.client_modified));
        self.put(to, &Incoming::known(content, file.content_hash), &wish).map(|_| ())
    }
}

/// A node and everything below it, a folder before what is in it.
fn with_below(account: &Account, lower: &str) -> Result<Vec<Placed>, Trouble> {
    let mut namespace = account.namespace();
    namespace.copy_up_below(lower);
    let tree = namespace.tree();
    let top = tree.at(lower).ok_or(Trouble::Gone)?;
    let all = std::iter::once(top).chain(tree.below(lower));
    Ok(all.map(|item| (item.lower.to_owned(), item.node.clone())).collect())
}

fn check_count(all: &[Placed]) -> Result<(), Trouble> {
    let files = all.iter().filter(|(_, node)| !node.is_folder()).count();
    if files > FILES_MAX { Err(Trouble::TooManyFiles) } else { Ok(()) }
}
