//! Moving and copying. A move keeps ids, a copy gives new ones.

use super::{Editor, Placed, Trouble, Wish, names};
use crate::namespace::{Node, Operation};
use crate::path::{self, Location};

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
        let to = if to.lower == from && autorename {
            to.clone()
        } else {
            self.target(&node, from, to, autorename)?
        };
        let seen = self.hand.as_ref().map(|hand| hand.relocate(from, &node, &to)).transpose()?;
        let (path, at) = (to.display.clone(), self.now_s());
        self.perform(&Operation::Move { from: from.to_owned(), to: path, at, seen })?;
        self.placed(&to.lower)
    }

    pub(crate) fn copy(
        &self,
        from: &str,
        to: &Location,
        autorename: bool,
    ) -> Result<Placed, Trouble> {
        let node = self.at(from).ok_or(Trouble::Gone)?;
        if path::is_below(&to.lower, from) {
            return Err(Trouble::IntoItself);
        }
        let to = self.target(&node, from, to, autorename)?;
        let below: Vec<Placed> = self.below(from);
        self.put_copy(from, &node, &to)?;
        for (lower, node) in below {
            let rest = lower.get(from.len()..).unwrap_or_default();
            let display = format!("{}{}/{}", to.display, path::parent(rest), node.name());
            let place = Location { display, lower: format!("{}{rest}", to.lower) };
            self.put_copy(&lower, &node, &place)?;
        }
        self.placed(&to.lower)
    }

    /// Where something may go, and under which name.
    fn target(
        &self,
        node: &Node,
        from: &str,
        to: &Location,
        autorename: bool,
    ) -> Result<Location, Trouble> {
        self.catch_up(&[to]);
        self.check_ancestors(to)?;
        if node.is_folder() && self.files_below(from) > FILES_MAX {
            return Err(Trouble::TooManyFiles);
        }
        match self.at(&to.lower) {
            None => Ok(to.clone()),
            Some(_) if autorename => Ok(self.free(to, names::numbered)),
            Some(other) => Err(Trouble::in_the_way(&other)),
        }
    }

    fn put_copy(&self, from: &str, node: &Node, to: &Location) -> Result<(), Trouble> {
        let Some(file) = node.file() else { return self.make_folder(to).map(|_| ()) };
        let content = self.account.bytes(from, node).map_err(Trouble::Failed)?;
        let content = content.ok_or(Trouble::Gone)?;
        let wish = Wish::overwrite(Some(file.client_modified));
        self.put(to, &content, file.content_hash, &wish).map(|_| ())
    }

    fn below(&self, folder: &str) -> Vec<Placed> {
        let mut namespace = self.account.namespace();
        namespace.materialize(folder);
        let owned = namespace.tree().below(folder);
        owned.map(|item| (item.lower.to_owned(), item.node.clone())).collect()
    }

    fn files_below(&self, folder: &str) -> usize {
        let mut namespace = self.account.namespace();
        namespace.materialize(folder);
        namespace.tree().below(folder).filter(|item| !item.node.is_folder()).count()
    }
}
