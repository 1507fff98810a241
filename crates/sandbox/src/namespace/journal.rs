//! In which order things changed last. Each path has at most one place as something present and
//! one as something gone: what happened twice is told once, in its latest state. That is what
//! makes a cursor a single number.

use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Present(String),
    Gone(String),
}

#[derive(Clone, Default)]
pub(crate) struct Journal(BTreeMap<u64, Change>);

impl Journal {
    pub(crate) fn record(&mut self, number: u64, change: Change) {
        self.0.insert(number, change);
    }

    /// Takes back what a later change made obsolete. Number 0 was never recorded.
    pub(crate) fn forget(&mut self, number: u64) {
        self.0.remove(&number);
    }

    pub(crate) fn since(&self, number: u64) -> impl Iterator<Item = (u64, &Change)> {
        let first = number.saturating_add(1);
        self.0.range(first..).map(|(number, change)| (*number, change))
    }
}
