//! A ledger in memory, for one source: what the real one promises about items, events and the
//! cursor, and no more. It can fail before a commit, and after it.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use ledger::{
    AssetChoice, AssetId, Commit, CommitError, Committed, Item, ItemUpdate, Presence, Settled,
    SourceId, StoreError, Unrecorded,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::reader::progress::Progress;
use crate::reader::seams::{Kept, Store};
use crate::rules::placed::{Placed, covers};

#[derive(Clone)]
pub(super) struct MemoryStore(Arc<Mutex<Rows>>);

pub(super) struct Rows {
    pub(super) items: BTreeMap<String, Item>,
    pub(super) events: Vec<Event>,
    pub(super) unrecorded: BTreeMap<String, Unrecorded>,
    pub(super) placed: Placed,
    pub(super) progress: Option<Progress>,
    /// Paths of items that took another's place, with that one as it was.
    pub(super) successions: Vec<(String, Item)>,
    idempotency: HashSet<(String, String)>,
    assets: u128,
    rng: ChaCha8Rng,
    /// Whether commits may fail.
    pub(super) faulty: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) key: String,
    pub(super) asset: AssetId,
    pub(super) revision: String,
    pub(super) content: [u8; 32],
}

impl MemoryStore {
    /// A ledger without rules yet.
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Rows {
            items: BTreeMap::new(),
            events: Vec::new(),
            unrecorded: BTreeMap::new(),
            placed: Placed::default(),
            progress: None,
            successions: Vec::new(),
            idempotency: HashSet::new(),
            assets: 0,
            rng: ChaCha8Rng::seed_from_u64(!seed),
            faulty: false,
        })))
    }

    pub(super) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap()
    }
}

impl Rows {
    fn apply(&mut self, commit: Commit) {
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
            self.successions.push((update.path_key.clone(), replaced.clone()));
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

    fn fails(&mut self) -> bool {
        self.faulty && self.rng.random_bool(0.08)
    }

    fn matching(&self, wanted: impl Fn(&Item) -> bool) -> Vec<Item> {
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

impl Store for MemoryStore {
    async fn kept(&self) -> Result<Option<Kept>, StoreError> {
        let rows = self.rows();
        Ok(Some(Kept { placed: rows.placed.clone(), progress: rows.progress.clone() }))
    }

    async fn disconnect(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn blank(&self) -> Commit {
        Commit::new(SourceId::from(Uuid::nil()))
    }

    async fn items_by_key(&self, keys: &[String]) -> Result<Vec<Item>, StoreError> {
        Ok(self.rows().matching(|item| keys.contains(&item.key)))
    }

    async fn items_by_path(&self, path_keys: &[String]) -> Result<Vec<Item>, StoreError> {
        Ok(self.rows().matching(|item| path_keys.contains(&item.path_key)))
    }

    async fn items_below(
        &self,
        folder: &str,
        after_key: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        let below = |item: &Item| item.path_key != folder && covers(folder, &item.path_key);
        let later = |item: &Item| after_key.is_none_or(|after| item.key.as_str() > after);
        let mut items = self.rows().matching(|item| below(item) && later(item));
        items.truncate(limit as usize);
        Ok(items)
    }

    async fn items_unseen(&self, generation: u32, limit: u32) -> Result<Vec<Item>, StoreError> {
        let unseen =
            |item: &Item| item.presence == Presence::Present && item.generation < generation;
        let mut items = self.rows().matching(unseen);
        items.truncate(limit as usize);
        Ok(items)
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        let mut rows = self.rows();
        let failure = || StoreError::Stopped("a test".to_owned());
        if rows.fails() {
            return Err(failure().into());
        }
        rows.apply(commit);
        if rows.fails() {
            return Err(failure().into());
        }
        Ok(Committed { events: Vec::new(), size: rows.events.len() as u64 })
    }

    async fn set_rules(&self, placed: &Placed, progress: &Progress) -> Result<(), StoreError> {
        let mut rows = self.rows();
        rows.placed = placed.clone();
        rows.progress = Some(progress.clone());
        Ok(())
    }
}
