//! What a cursor sees: first the listing, in the order of the keys, then changes, in the order in
//! which they happened last. Changes made during a listing come after it, so that nothing is
//! missed and nothing has to be held still.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::Namespace;
use super::generated::Generated;
use super::journal::Change;
use super::node::{Item, Node};
use crate::identifier::NodeId;
use crate::path;

/// What is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scope {
    pub(crate) folder: NodeId,
    /// Where the folder was when the listing began. The cursor of a folder that moved is over.
    pub(crate) path: String,
    pub(crate) recursive: bool,
    /// The folder is where the caller's paths begin, so it is no entry itself.
    #[serde(default)]
    pub(crate) is_root: bool,
    pub(crate) include_deleted: bool,
}

/// How far a cursor has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Position {
    /// In a listing that began at change `since`; `after` is the last key given out.
    Listing { since: u64, after: Option<String> },
    /// Everything up to change `since` is known.
    Changes { since: u64 },
}

/// One entry of a page, borrowed from wherever it is kept.
pub(crate) enum Entry<'a> {
    Present(Item<'a>),
    Gone { lower: &'a str, path_display: &'a str },
}

impl Entry<'_> {
    pub(crate) fn lower(&self) -> &str {
        match self {
            Self::Present(item) => item.lower,
            Self::Gone { lower, .. } => lower,
        }
    }
}

/// What followed a position.
pub(crate) struct Slice {
    pub(crate) next: Position,
    pub(crate) has_more: bool,
}

/// The folder of a cursor is not where it was.
#[derive(Debug)]
pub(crate) struct FolderGone;

impl Namespace {
    /// Shows up to `limit` entries to `visit`.
    pub(crate) fn slice(
        &self,
        scope: &Scope,
        position: &Position,
        limit: usize,
        visit: &mut dyn FnMut(Entry<'_>),
    ) -> Result<Slice, FolderGone> {
        self.check_folder(scope)?;
        Ok(match position {
            Position::Listing { since, after } => {
                self.list(scope, *since, after.as_deref(), limit, visit)
            }
            Position::Changes { since } => self.changes(scope, *since, limit, visit),
        })
    }

    /// Whether [`Self::slice`] would have something to say.
    pub(crate) fn has_news(&self, scope: &Scope, position: &Position) -> bool {
        match position {
            Position::Listing { .. } => true,
            Position::Changes { since } => {
                let mut later = self.tree.journal.since(*since);
                self.check_folder(scope).is_err()
                    || later.any(|(_, change)| self.entry(scope, change).is_some())
            }
        }
    }

    fn check_folder(&self, scope: &Scope) -> Result<(), FolderGone> {
        let there = scope.path.is_empty()
            || self.tree.at(&scope.path).is_some_and(|item| item.node.id == scope.folder);
        if there { Ok(()) } else { Err(FolderGone) }
    }

    fn list(
        &self,
        scope: &Scope,
        since: u64,
        after: Option<&str>,
        limit: usize,
        visit: &mut dyn FnMut(Entry<'_>),
    ) -> Slice {
        if limit == 0 {
            let after = after.map(str::to_owned);
            return Slice { next: Position::Listing { since, after }, has_more: true };
        }
        let mut last = None;
        let mut room = limit;
        let itself = scope.recursive && !scope.is_root;
        if let (None, true, Some(folder)) = (after, itself, self.tree.at(&scope.path)) {
            visit(Entry::Present(folder));
            last = Some(folder.lower.to_owned());
            room -= 1;
        }
        let mut merged = Merged::new(self, scope, after);
        while room > 0 && merged.next(&mut |entry| visit(entry), &mut last) {
            room -= 1;
        }
        if merged.is_over() {
            return Slice { next: Position::Changes { since }, has_more: false };
        }
        let after = last.or_else(|| after.map(str::to_owned));
        Slice { next: Position::Listing { since, after }, has_more: true }
    }

    fn changes(
        &self,
        scope: &Scope,
        since: u64,
        limit: usize,
        visit: &mut dyn FnMut(Entry<'_>),
    ) -> Slice {
        let mut reached = since;
        let mut room = limit;
        for (number, entry) in self.later(scope, since) {
            if room == 0 {
                return Slice { next: Position::Changes { since: reached }, has_more: true };
            }
            visit(entry);
            reached = number;
            room -= 1;
        }
        Slice { next: Position::Changes { since: self.tree.tip() }, has_more: false }
    }

    /// What happened after a change, as far as it can be seen: coalesced, or all of it.
    fn later<'a>(
        &'a self,
        scope: &'a Scope,
        since: u64,
    ) -> Box<dyn Iterator<Item = (u64, Entry<'a>)> + 'a> {
        let Some(story) = &self.story else {
            let changes = self.tree.journal.since(since);
            return Box::new(changes.filter_map(|(number, change)| {
                self.entry(scope, change).map(|entry| (number, entry))
            }));
        };
        Box::new(story.since(since).filter_map(|(number, told)| {
            let above = matches!(&told.change, Change::Gone(lower)
                if *lower == scope.path || path::is_below(&scope.path, lower));
            if above {
                return self.entry(scope, &told.change).map(|entry| (number, entry));
            }
            scope.sees(&told.change).then(|| (number, told.entry()))
        }))
    }

    /// How a change looks from the folder of a cursor, if it can be seen from there.
    fn entry<'a>(&'a self, scope: &'a Scope, change: &'a Change) -> Option<Entry<'a>> {
        match change {
            Change::Present(lower) => {
                scope.sees(change).then_some(())?;
                self.tree.at(lower).map(Entry::Present)
            }
            // Whoever lists a folder that went away and came back has to forget what was in it.
            Change::Gone(lower) if *lower == scope.path || path::is_below(&scope.path, lower) => {
                let folder = self.tree.at(&scope.path)?;
                Some(Entry::Gone { lower: folder.lower, path_display: &folder.node.path_display })
            }
            Change::Gone(lower) => {
                scope.sees(change).then_some(())?;
                let gone = self.tree.gone_at(lower)?;
                Some(Entry::Gone { lower, path_display: &gone.path_display })
            }
        }
    }
}

impl Scope {
    fn sees(&self, change: &Change) -> bool {
        match change {
            Change::Present(lower) => {
                let itself = self.recursive && !self.is_root && *lower == self.path;
                itself || self.covers(lower)
            }
            Change::Gone(lower) => self.covers(lower),
        }
    }

    fn covers(&self, lower: &str) -> bool {
        if self.recursive {
            path::is_below(lower, &self.path)
        } else {
            path::parent(lower) == self.path && lower != self.path
        }
    }
}

type Keyed<'a, T> = std::iter::Peekable<Box<dyn Iterator<Item = (&'a str, T)> + 'a>>;

/// Three sorted sources as one: what is stored, what is computed, and what is gone.
struct Merged<'a> {
    stored: Keyed<'a, &'a Node>,
    computed: std::iter::Peekable<Box<dyn Iterator<Item = (String, Node)> + 'a>>,
    gone: Keyed<'a, &'a str>,
}

impl<'a> Merged<'a> {
    fn new(namespace: &'a Namespace, scope: &Scope, after: Option<&str>) -> Self {
        let tree = &namespace.tree;
        let stored = walk(&tree.nodes, scope, after);
        let computed = namespace.generated.as_ref().map(|base| computed(base, scope, after));
        let gone = scope.include_deleted.then(|| walk(&tree.gone, scope, after));
        let gone = gone.into_iter().flatten();
        let gone = gone.filter(|(lower, _)| tree.at(lower).is_none());
        let gone = gone.map(|(lower, gone)| (lower, gone.path_display.as_str()));
        Self {
            stored: (Box::new(stored) as Box<dyn Iterator<Item = _>>).peekable(),
            computed: (Box::new(computed.into_iter().flatten()) as Box<dyn Iterator<Item = _>>)
                .peekable(),
            gone: (Box::new(gone) as Box<dyn Iterator<Item = _>>).peekable(),
        }
    }

    fn is_over(&mut self) -> bool {
        self.stored.peek().is_none() && self.computed.peek().is_none() && self.gone.peek().is_none()
    }

    /// Shows the entry with the smallest key and keeps that key in `last`.
    fn next(&mut self, visit: &mut dyn FnMut(Entry<'_>), last: &mut Option<String>) -> bool {
        let stored = self.stored.peek().map(|(lower, _)| *lower);
        let computed = self.computed.peek().map(|(lower, _)| lower.as_str());
        let gone = self.gone.peek().map(|(lower, _)| *lower);
        let Some(next) = [stored, computed, gone].into_iter().flatten().min() else {
            return false;
        };
        if stored == Some(next) {
            let Some((lower, node)) = self.stored.next() else { return false };
            keep(last, lower);
            visit(Entry::Present(Item { lower, node }));
        } else if computed == Some(next) {
            let Some((lower, node)) = self.computed.next() else { return false };
            visit(Entry::Present(Item { lower: &lower, node: &node }));
            *last = Some(lower);
        } else {
            let Some((lower, path_display)) = self.gone.next() else { return false };
            keep(last, lower);
            visit(Entry::Gone { lower, path_display });
        }
        true
    }
}

/// Reuses the room of the key before.
fn keep(last: &mut Option<String>, lower: &str) {
    let kept = last.get_or_insert_default();
    kept.clear();
    kept.push_str(lower);
}

fn computed<'a>(
    base: &'a Generated,
    scope: &Scope,
    after: Option<&str>,
) -> impl Iterator<Item = (String, Node)> + use<'a> {
    base.walk(&scope.path, scope.recursive, after).map(|index| base.node(index))
}

/// What a scope covers in a sorted map, beginning after a key.
fn walk<'a, V>(
    map: &'a BTreeMap<String, V>,
    scope: &Scope,
    after: Option<&str>,
) -> impl Iterator<Item = (&'a str, &'a V)> + use<'a, V> {
    let folder = format!("{}/", scope.path);
    let children_only = !scope.recursive;
    let from = match after {
        Some(after) if after >= folder.as_str() => Bound::Excluded(after.to_owned()),
        _ => Bound::Included(folder.clone()),
    };
    let mut range = map.range::<String, _>((from, Bound::Unbounded));
    std::iter::from_fn(move || {
        loop {
            let (lower, value) = range.next()?;
            let rest = lower.strip_prefix(&folder)?;
            match rest.split_once('/') {
                // Skips what is below a child: '0' is the character after '/'.
                Some((child, _)) if children_only => {
                    let next = Bound::Included(format!("{folder}{child}0"));
                    range = map.range::<String, _>((next, Bound::Unbounded));
                }
                _ => return Some((lower.as_str(), value)),
            }
        }
    })
}
