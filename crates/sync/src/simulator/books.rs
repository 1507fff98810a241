//! A ledger in memory, for one source: what the real one promises about items, events and the
//! cursor, and no more.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use ledger::{AssetChoice, AssetId, Commit, Item, ItemUpdate, Presence, Settled, Unrecorded};
use uuid::Uuid;

use crate::reader::progress::Progress;
use crate::rules::placed::{Placed, covers};

#[derive(Clone)]
pub(super) struct Books(Arc<Mutex<Rows>>);

pub(super) struct Rows {
    pub(super) items: BTreeMap<String, Item>,
    pub(super) events: Vec<Event>,
    pub(super) unrecorded: BTreeMap<String, Unrecorded>,
    pub(super) placed: Placed,
    pub(super) progress: Option<Progress>,
    /// Items that took another's place.
    pub(super) successions: Vec<Succession>,
    idempotency: HashSet<(String, String)>,
    assets: u128,
    /// Whether the account is connected.
    pub(super) is_connected: bool,
}

/// An item that took another's place, and that one as it was.
#[derive(Clone, Debug)]
pub(super) struct Succession {
    pub(super) key: String,
    pub(super) path_key: String,
    pub(super) replaced: Item,
}

#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) key: String,
    pub(super) asset: AssetId,
    pub(super) revision: String,
    pub(super) content: [u8; 32],
}

impl Books {
    /// A ledger without rules yet.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Rows {
            items: BTreeMap::new(),
            events: Vec::new(),
            unrecorded: BTreeMap::new(),
            placed: Placed::default(),
            progress: None,
            successions: Vec::new(),
            idempotency: HashSet::new(),
            assets: 0,
            is_connected: true,
        })))
    }

    pub(super) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap()
    }

    pub(super) fn set_rules(&self, placed: &Placed, progress: &Progress) {
        let mut rows = self.rows();
        rows.placed = placed.clone();
        rows.progress = Some(progress.clone());
    }
}

impl Rows {
    pub(super) fn apply(&mut self, commit: Commit) {
        for update in commit.updates {
            self.unrecorded.remove(&update.key);
            self.update(update);
        }
        for key in &commit.gone {
            self.unrecorded.remove(key);
            self.items.get_mut(key).unwrap().presence = Presence::Gone;
        }
        for settled in &commit.settled {
            self.unrecorded.retain(|_, listed| !settles(settled, listed));
        }
        for item in commit.unrecorded {
            self.unrecorded.retain(|_, listed| listed.path_key != item.path_key);
            self.unrecorded.insert(item.key.clone(), item);
        }
        if let Some(cursor) = commit.cursor {
            self.progress = Some(Progress::parse(&cursor).unwrap());
        }
    }

    fn update(&mut self, update: ItemUpdate) {
        let mut asset = self.items.get(&update.key).and_then(|item| item.asset);
        if let AssetChoice::Replaces { key } = &update.asset {
            let replaced = self.items.get_mut(key).unwrap();
            self.successions.push(Succession {
                key: update.key.clone(),
                path_key: update.path_key.clone(),
                replaced: replaced.clone(),
            });
            asset = replaced.asset.take().or(asset);
        }
        for version in update.versions {
            let revision = version.revision;
            if !self.idempotency.insert((update.key.clone(), revision.clone())) {
                continue;
            }
            let asset = *asset.get_or_insert_with(|| {
                self.assets += 1;
                Uuid::from_u128(self.assets).into()
            });
            let (key, content) = (update.key.clone(), version.fingerprint.content_hash);
            self.events.push(Event { key, asset, revision, content });
        }
        let item = Item {
            key: update.key.clone(),
            asset,
            revision: update.revision,
            fingerprint: update.fingerprint.content_hash,
            name: update.name,
            path: update.path,
            path_key: update.path_key,
            presence: Presence::Present,
            generation: update.generation,
        };
        self.items.insert(update.key, item);
    }

    pub(super) fn matching(&self, wanted: impl Fn(&Item) -> bool) -> Vec<Item> {
        self.items.values().filter(|item| wanted(item)).cloned().collect()
    }
}

fn settles(settled: &Settled, listed: &Unrecorded) -> bool {
    match settled {
        Settled::Key(key) => listed.key == *key,
        Settled::At(path_key) => listed.path_key == *path_key,
        Settled::Within(path_key) => covers(path_key, &listed.path_key),
        Settled::Unmet { generation } => listed.generation < *generation,
    }
}
