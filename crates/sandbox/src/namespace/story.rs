//! Every state that there was: what cursors are told when changes are not coalesced. Kept for tests
//! alone, in memory, from the moment on at which somebody asked for it.

use std::collections::BTreeMap;

use super::journal::Change;
use super::listing::Entry;
use super::node::{Item, Node};
use super::tree::Tree;

/// Beyond this the oldest states are forgotten, as coalescing would have done with most.
const STATES_MAX: usize = 1_000_000;

#[derive(Clone)]
pub(super) struct Story(BTreeMap<u64, Told>);

/// A change with what was true when it happened.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) change: Change,
    state: State,
}

#[derive(Clone)]
enum State {
    Present(Box<Node>),
    Gone { path_display: String },
}

impl Story {
    /// Begins with what cursors would be told now.
    pub(super) fn begin(tree: &Tree) -> Self {
        let mut story = Self(BTreeMap::new());
        story.follow(tree, 0);
        story
    }

    /// Keeps what happened after a change.
    pub(super) fn follow(&mut self, tree: &Tree, before: u64) {
        let told = tree.journal.since(before).filter_map(|(number, change)| {
            let state = state(tree, change)?;
            Some((number, Told { change: change.clone(), state }))
        });
        self.0.extend(told);
        while self.0.len() > STATES_MAX {
            self.0.pop_first();
        }
    }

    pub(super) fn since(&self, number: u64) -> impl Iterator<Item = (u64, &Told)> {
        self.0.range(number.saturating_add(1)..).map(|(number, told)| (*number, told))
    }
}

fn state(tree: &Tree, change: &Change) -> Option<State> {
    match change {
        Change::Present(lower) => {
            tree.at(lower).map(|item| State::Present(Box::new(item.node.clone())))
        }
        Change::Gone(lower) => {
            let gone = tree.gone_at(lower)?;
            Some(State::Gone { path_display: gone.path_display.clone() })
        }
    }
}

impl Told {
    /// As it was then, whatever there is today.
    pub(super) fn entry(&self) -> Entry<'_> {
        match (&self.change, &self.state) {
            (Change::Present(lower) | Change::Gone(lower), State::Present(node)) => {
                Entry::Present(Item { lower, node })
            }
            (Change::Present(lower) | Change::Gone(lower), State::Gone { path_display }) => {
                Entry::Gone { lower, path_display }
            }
        }
    }
}
