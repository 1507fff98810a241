//! What must be true of the books, given all that really happened.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::MutexGuard;

use ledger::{AssetId, Fingerprints, Item, Presence};

use super::answers::{hash, sha256};
use super::books::{Books, Event, Rows};
use super::dropbox::{Node, State};
use super::fate::Weather;
use super::names::key;

/// Holds what happened against what was recorded. The seed is told with every contradiction.
pub(super) struct Judge<'a> {
    seed: u64,
    state: &'a State,
    pub(super) rows: MutexGuard<'a, Rows>,
    /// Whether the weather may keep a SHA-256 from being had.
    contents_come_wrong: bool,
    linked: BTreeSet<String>,
    unrecordable: BTreeSet<String>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(seed: u64, state: &'a State, books: &'a Books, weather: Weather) -> Self {
        // These look into the books as well, so they come first.
        let (linked, unrecordable) = (state.linked(), state.unrecordable());
        let contents_come_wrong = weather.wrong_content > 0.0;
        Self { seed, state, rows: books.rows(), contents_come_wrong, linked, unrecordable }
    }

    /// Everybody has been quiet for long enough.
    pub(super) fn check_all(&self) {
        self.check_unrecorded();
        self.check_items();
        self.check_revisions();
        self.check_assets();
        self.check_contents();
    }

    /// Where SHA-256 is wanted every event has it, and the right one, unless it can't be had.
    fn check_contents(&self) {
        let Self { seed, state, rows, .. } = self;
        let is_wanted = rows.settings.fingerprints == Fingerprints::Sha256;
        for event in &rows.events {
            let node = &state.nodes[&event.key];
            let revision = node.revisions.iter().find(|it| it.rev == event.revision).unwrap();
            match event.sha256 {
                Some(found) => assert_eq!(found, sha256(revision.content), "seed {seed}"),
                None if !is_wanted || node.is_taken_down() || self.contents_come_wrong => {}
                None => panic!("seed {seed}: {event:?} has no SHA-256"),
            }
        }
    }

    /// After a single operation that had time to be read: every file is on the asset that it was
    /// on, and one that took another's place is on that one's.
    pub(super) fn check_calm(
        &self,
        replaced: Option<(String, String)>,
        expected: &mut HashMap<String, AssetId>,
    ) {
        let Self { seed, state, rows, .. } = self;
        self.check_unrecorded();
        if let Some((old, new)) = replaced {
            let expected = expected.remove(&old);
            let asset = rows.items.get(&new).and_then(|item| item.asset);
            assert!(expected.is_none() || asset == expected, "seed {seed}: {new} for {old}");
        }
        for (key, item) in &self.present() {
            let asset = item.asset.unwrap();
            let before = expected.entry((*key).clone()).or_insert(asset);
            assert_eq!(*before, asset, "seed {seed}: {key} changed its asset");
            assert!(state.nodes[*key].alive, "seed {seed}: {key} is not there");
        }
        // Whoever is gone may come back on its asset, or lose it to a later file.
        expected.retain(|key, _| rows.items[key].presence == Presence::Present);
    }

    fn present(&self) -> BTreeMap<&String, &Item> {
        let present = |(_, item): &(&String, &Item)| item.presence == Presence::Present;
        self.rows.items.iter().filter(present).collect()
    }

    /// What is on record as present is exactly what is linked, and as it is.
    fn check_items(&self) {
        let Self { seed, state, rows, linked, .. } = self;
        let present: BTreeSet<_> = self.present().into_keys().cloned().collect();
        assert_eq!(present, *linked, "seed {seed}: present, linked");
        for id in linked {
            let (node, item) = (&state.nodes[id], &rows.items[id]);
            assert_eq!(item.path_key, key(&node.path), "seed {seed}: place of {id}");
            assert_eq!(item.fingerprint, hash(node.content()), "seed {seed}: content of {id}");
            let asset = item.asset.unwrap_or_else(|| panic!("seed {seed}: {id} has no asset"));
            let last = rows.events.iter().rfind(|event| event.asset == asset).unwrap();
            assert_eq!(last.content, hash(node.content()), "seed {seed}: last event of {id}");
        }
        for item in rows.items.keys() {
            assert!(state.linked_once.contains(item), "seed {seed}: {item} left a trace");
        }
    }

    /// What is listed as unrecorded is exactly what is linked and can't be recorded.
    fn check_unrecorded(&self) {
        let listed: BTreeSet<_> = self.rows.unrecorded.keys().cloned().collect();
        assert_eq!(listed, self.unrecordable, "seed {}: listed, can't be recorded", self.seed);
    }

    /// Every event is a revision; every change of content is an event, in order, from the first
    /// that was seen.
    fn check_revisions(&self) {
        let mut by_key: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
        for event in &self.rows.events {
            by_key.entry(&event.key).or_default().push(event);
        }
        for (id, events) in by_key {
            self.check_order(id, &events);
            if !self.rows.successions.iter().any(|succession| succession.replaced.key == id) {
                self.check_nothing_missed(id, &events);
            }
        }
    }

    fn check_order(&self, id: &str, events: &[&Event]) {
        let node = &self.state.nodes[id];
        let mut rest = node.revisions.iter();
        for event in events {
            let found = rest.find(|revision| revision.rev == event.revision);
            let found =
                found.unwrap_or_else(|| panic!("seed {}: {event:?} out of order", self.seed));
            assert_eq!(hash(found.content), event.content, "seed {}", self.seed);
        }
    }

    /// From the first revision that was recorded, each that has another content than the one
    /// before has an event, and no other has.
    ///
    /// One thing may go unnoticed: a file that was edited, got its old content back and was moved,
    /// all between two looks. That it has its old content at another place is all that shows.
    fn check_nothing_missed(&self, id: &str, events: &[&Event]) {
        let node = &self.state.nodes[id];
        let is_gone = self.rows.items[id].presence == Presence::Gone;
        let first = events[0];
        let mut at = node.revisions.iter().position(|it| it.rev == first.revision).unwrap();
        let mut recorded = at;
        let mut content = node.revisions[at].content;
        let mut events = events[1..].iter().peekable();
        while let Some(revision) = node.revisions.get(at + 1) {
            at += 1;
            if events.next_if(|event| event.revision == revision.rev).is_some() {
                assert_ne!(content, revision.content, "seed {}: {id} twice", self.seed);
                (content, recorded) = (revision.content, at);
            } else if revision.content != content {
                match back_after_a_move(node, recorded, at) {
                    Some(back) => at = back,
                    None if is_gone && events.peek().is_none() => return,
                    None => panic!("seed {}: {id} lacks {revision:?}: {node:?}", self.seed),
                }
            }
        }
        assert!(events.next().is_none(), "seed {}: {id} has more events", self.seed);
    }

    /// No two files are on one asset, and a file changes its asset only by taking the place of one
    /// that is gone.
    fn check_assets(&self) {
        let Self { seed, state, rows, .. } = self;
        for succession in &rows.successions {
            let replaced = &succession.replaced;
            assert_eq!(succession.path_key, replaced.path_key, "seed {seed}: {succession:?}");
            assert!(state.nodes[&replaced.key].has_died, "seed {seed}: {succession:?}");
        }
        let mut holders = HashMap::new();
        for (id, item) in self.present() {
            let twin = holders.insert(item.asset, id);
            assert_eq!(twin, None, "seed {seed}: {id} shares an asset");
        }
        let mut assets: BTreeMap<&str, BTreeSet<AssetId>> = BTreeMap::new();
        for event in &rows.events {
            assets.entry(&event.key).or_default().insert(event.asset);
        }
        for (id, assets) in assets {
            let takes_part = rows
                .successions
                .iter()
                .filter(|succession| succession.key == id || succession.replaced.key == id);
            assert!(assets.len() <= 1 + takes_part.count(), "seed {seed}: {id} on {assets:?}");
        }
    }
}

/// Where a file has the content of a recorded revision again, if it was moved on the way there.
fn back_after_a_move(node: &Node, recorded: usize, changed: usize) -> Option<usize> {
    let has_it_again = |at: &usize| node.revisions[*at].content == node.revisions[recorded].content;
    let mut back = (changed..node.revisions.len()).filter(has_it_again);
    back.find(|back| node.moves.iter().any(|moved| (recorded + 1..=back + 1).contains(moved)))
}
