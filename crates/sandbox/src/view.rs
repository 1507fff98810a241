//! Where a caller stands: the folder of an account at which paths begin, and what an address means
//! from there. Most callers stand at the root of their own tree; a path root moves them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::identifier::NodeId;
use crate::namespace::{Gone, Item, Node};
use crate::path::{self, Location, PathProblem};
use crate::wire::Lens;

/// How many names at the beginning of every path a caller does not see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Frame(usize);

impl Frame {
    /// A path of the tree as the caller sees it.
    pub(crate) fn strip(self, path: &str) -> &str {
        if self.0 == 0 { path } else { path::beyond(path, self.0) }
    }
}

/// An account, seen from one of its folders.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) account: Arc<Account>,
    /// The key of the folder at which paths begin; empty for the root of the tree.
    pub(crate) root: String,
}

/// What an address leads to. Keys are those of the tree.
pub(crate) enum Found {
    Root,
    Present(String, Node),
    Gone(Gone),
    Nothing,
}

impl View {
    pub(crate) fn frame(&self) -> Frame {
        Frame(path::prefixes(&self.root).count())
    }

    /// How entries look from here. Takes the namespace for a moment.
    pub(crate) fn lens(&self) -> Lens {
        self.account.lens(self.frame())
    }

    /// Follows `/a/b`, `id:…`, `id:…/below` or `ns:…/below`.
    pub(crate) fn find(&self, address: &str) -> Result<Found, PathProblem> {
        if let Some(id) = address.strip_prefix("id:").and_then(NodeId::parse)
            && let Some(gone) = self.gone(id)
        {
            return Ok(Found::Gone(gone));
        }
        let Some(location) = self.locate(address)? else { return Ok(Found::Nothing) };
        if location.lower == self.root {
            return Ok(Found::Root);
        }
        let mut namespace = self.account.namespace();
        if let Some(Item { lower, node }) = namespace.at(&location.lower) {
            return Ok(Found::Present(lower.to_owned(), node.clone()));
        }
        let gone = namespace.tree().gone_at(&location.lower).cloned();
        Ok(gone.map_or(Found::Nothing, Found::Gone))
    }

    /// Where an address is in the tree, whether something is there or not; `None` for an id or a
    /// namespace that leads nowhere from here.
    pub(crate) fn locate(&self, address: &str) -> Result<Option<Location>, PathProblem> {
        if let Some(rest) = address.strip_prefix("id:") {
            let (id, below) = split(rest);
            let found = NodeId::parse(id).and_then(|id| self.path_of(id));
            return found.map(|(lower, display)| self.joined(&lower, &display, below)).transpose();
        }
        if let Some(rest) = address.strip_prefix("ns:") {
            let (number, below) = split(rest);
            let folder = self.account.namespace_root(number);
            return folder.map(|folder| self.joined(&folder, &folder, below)).transpose();
        }
        self.joined(&self.root, &self.root, address).map(Some)
    }

    /// A path below a folder, by the folder's key and as it is shown. Where the folder is there, the
    /// tree knows better how it is written.
    fn joined(&self, folder: &str, shown: &str, below: &str) -> Result<Location, PathProblem> {
        let Location { display, lower } = Location::parse_as(below, self.account.naming())?;
        Ok(Location { display: format!("{shown}{display}"), lower: format!("{folder}{lower}") })
    }

    fn path_of(&self, id: NodeId) -> Option<(String, String)> {
        let mut namespace = self.account.namespace();
        let Item { lower, node } = namespace.by_id(id)?;
        (self.root.is_empty() || path::is_below(lower, &self.root))
            .then(|| (lower.to_owned(), node.path_display.clone()))
    }

    fn gone(&self, id: NodeId) -> Option<Gone> {
        let mut namespace = self.account.namespace();
        if namespace.by_id(id).is_some() {
            return None;
        }
        namespace.tree().gone_by_id(id).cloned()
    }
}

fn split(address: &str) -> (&str, &str) {
    let end = address.find('/').unwrap_or(address.len());
    address.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_where_the_caller_stands() {
        assert_eq!(Frame(0).strip("/a/b"), "/a/b");
        assert_eq!(Frame(1).strip("/a/b/c"), "/b/c");
        assert_eq!(Frame(1).strip("/a"), "");
        assert_eq!(Frame(2).strip("/a/b/c"), "/c");
    }
}
