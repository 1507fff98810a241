//! Another order for the entries of a page. Dropbox promises none, but clients may rely on one by
//! mistake. What is related stays in order where a deletion is involved: a client that applies the
//! entries one after the other must still end with the same files.

use std::ops::Range;

use crate::faults::random;
use crate::namespace::Entry;
use crate::path;

pub(super) struct Shuffle {
    seed: u64,
    entries: Vec<Noted>,
}

/// Where an entry stands in the body, and what decides about its place.
struct Noted {
    lower: String,
    is_deletion: bool,
    bytes: Range<usize>,
}

impl Shuffle {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, entries: Vec::new() }
    }

    pub(super) fn note(&mut self, entry: &Entry<'_>, bytes: Range<usize>) {
        let (lower, is_deletion) = match entry {
            Entry::Present(item) => (item.lower, false),
            Entry::Gone { lower, .. } => (*lower, true),
        };
        self.entries.push(Noted { lower: lower.to_owned(), is_deletion, bytes });
    }

    /// The same body with its entries in another order.
    pub(super) fn reordered(self, body: &[u8]) -> Vec<u8> {
        let Some(first) = self.entries.first() else { return body.to_owned() };
        let mut reordered = body.get(..first.bytes.start).unwrap_or_default().to_owned();
        for (number, entry) in self.order().into_iter().enumerate() {
            if number > 0 {
                reordered.push(b',');
            }
            reordered.extend(body.get(entry.bytes.clone()).unwrap_or_default());
        }
        reordered
    }

    /// Drawn one after the other. An entry waits for the related ones before it.
    fn order(&self) -> Vec<&Noted> {
        let mut left: Vec<&Noted> = self.entries.iter().collect();
        let mut order = Vec::with_capacity(left.len());
        let mut seed = self.seed;
        while !left.is_empty() {
            seed = random(seed);
            let drawn = usize::try_from(seed).unwrap_or(usize::MAX) % left.len();
            let at =
                left.iter().take(drawn).position(|before| must_precede(before, left.get(drawn)));
            order.push(left.remove(at.unwrap_or(drawn)));
        }
        order
    }
}

fn must_precede(before: &Noted, after: Option<&&Noted>) -> bool {
    let Some(after) = after else { return false };
    let is_related = before.lower == after.lower
        || path::is_below(&before.lower, &after.lower)
        || path::is_below(&after.lower, &before.lower);
    is_related && (before.is_deletion || after.is_deletion)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(lower: &str, is_deletion: bool) -> Noted {
        Noted { lower: lower.to_owned(), is_deletion, bytes: 0..0 }
    }

    #[test]
    fn deletions_keep_their_place_among_what_they_touch() {
        for seed in 0..500 {
            let entries = vec![
                noted("/a", true),
                noted("/a/x", false),
                noted("/b", false),
                noted("/b/y", false),
                noted("/c", false),
                noted("/c", true),
            ];
            let shuffle = Shuffle { seed, entries };
            let order = shuffle.order();
            let at = |lower: &str, is_deletion: bool| {
                let same = |each: &&Noted| each.lower == lower && each.is_deletion == is_deletion;
                order.iter().position(same).unwrap()
            };
            assert_eq!(order.len(), 6, "seed {seed}");
            assert!(at("/a", true) < at("/a/x", false), "seed {seed}");
            assert!(at("/c", false) < at("/c", true), "seed {seed}");
        }
    }
}
