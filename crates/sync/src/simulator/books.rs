//! A ledger in memory, for one source: what the real one promises about items, events, versions that
//! wait, leases and the cursor, and no more.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use ledger::{
    AssetChoice, AssetId, Awaited, Commit, ContentOutcome, ContentRead, Fingerprints, Item,
    ItemUpdate, Presence, Settled, SourceSettings, Unrecorded, Version,
};
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
    pub(super) settings: SourceSettings,
    /// Versions that wait for their content, in their order.
    waiting: Vec<Waiting>,
    waited: u64,
    /// The newest lease given out.
    lease: u64,
}

/// A version that waits.
#[derive(Clone, Debug)]
struct Waiting {
    id: u64,
    /// The item that publishes it.
    item: String,
    /// The item whose revision it is.
    key: String,
    revision: String,
    content: [u8; 32],
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
    pub(super) sha256: Option<[u8; 32]>,
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
            settings: SourceSettings::default(),
            waiting: Vec::new(),
            waited: 0,
            lease: 0,
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
        for read in commit.contents {
            self.settle_content(&read);
        }
        if let Some(cursor) = commit.cursor {
            self.progress = Some(Progress::parse(&cursor).unwrap());
        }
        if let Some(rules) = commit.rules {
            self.placed = Placed::parse(&rules).unwrap();
        }
    }

    /// A lease newer than all before it.
    pub(super) fn take_lease(&mut self) -> u64 {
        self.lease += 1;
        self.lease
    }

    pub(super) fn is_leased(&self, lease: u64) -> bool {
        self.lease == lease
    }

    /// Versions whose turn it is, the newest first.
    pub(super) fn awaited(&self) -> Vec<Awaited> {
        let turns = self.waiting.iter().rev().filter(|waiting| self.has_turn(waiting));
        turns
            .map(|waiting| Awaited {
                id: waiting.id,
                revision: waiting.revision.clone(),
                content_hash: waiting.content,
                bytes: 1,
            })
            .collect()
    }

    /// The revision of a version, if its turn has come.
    pub(super) fn awaited_revision(&self, version: u64) -> Option<String> {
        let waiting = self.waiting.iter().find(|waiting| waiting.id == version)?;
        self.has_turn(waiting).then(|| waiting.revision.clone())
    }

    fn has_turn(&self, waiting: &Waiting) -> bool {
        let first = self.waiting.iter().find(|other| other.item == waiting.item);
        self.items[&waiting.item].presence == Presence::Present
            && first.is_some_and(|first| first.id == waiting.id)
    }

    fn awaits(&self, key: &str) -> bool {
        self.waiting.iter().any(|waiting| waiting.item == key)
    }

    fn settle_content(&mut self, read: &ContentRead) {
        if self.awaited_revision(read.version).is_none() {
            return;
        }
        let at = self.waiting.iter().position(|waiting| waiting.id == read.version).unwrap();
        let waiting = self.waiting.remove(at);
        let sha256 = match read.outcome {
            ContentOutcome::Sha256(sha256) => Some(sha256),
            ContentOutcome::Unavailable(_) | ContentOutcome::NotWanted => None,
        };
        let Waiting { item, key, revision, content, .. } = waiting;
        let asset = self.items[&item].asset;
        let asset = self.publish(asset, Recorded { key, revision, content, sha256 });
        self.items.get_mut(&item).unwrap().asset = asset;
    }

    /// Adds an event, unless there is one, and says what the item's asset is then.
    fn publish(&mut self, asset: Option<AssetId>, recorded: Recorded) -> Option<AssetId> {
        let Recorded { key, revision, content, sha256 } = recorded;
        if !self.idempotency.insert((key.clone(), revision.clone())) {
            return asset;
        }
        let asset = asset.unwrap_or_else(|| {
            self.assets += 1;
            Uuid::from_u128(self.assets).into()
        });
        self.events.push(Event { key, asset, revision, content, sha256 });
        Some(asset)
    }

    fn wait(&mut self, key: &str, version: Version) {
        let Version { revision, fingerprint, .. } = version;
        let is_known = self.idempotency.contains(&(key.to_owned(), revision.clone()))
            || self.waiting.iter().any(|other| other.key == key && other.revision == revision);
        if !is_known {
            self.waited += 1;
            let (id, content) = (self.waited, fingerprint.content_hash);
            let (item, key) = (key.to_owned(), key.to_owned());
            self.waiting.push(Waiting { id, item, key, revision, content });
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
            for waiting in self.waiting.iter_mut().filter(|waiting| waiting.item == *key) {
                waiting.item.clone_from(&update.key);
            }
        }
        let waits = self.settings.fingerprints == Fingerprints::Sha256 || self.awaits(&update.key);
        for version in update.versions {
            if waits {
                self.wait(&update.key, version);
            } else {
                let (key, content) = (update.key.clone(), version.fingerprint.content_hash);
                let (revision, sha256) = (version.revision, None);
                asset = self.publish(asset, Recorded { key, revision, content, sha256 });
            }
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
            awaits: false,
        };
        self.items.insert(update.key, item);
    }

    pub(super) fn matching(&self, wanted: impl Fn(&Item) -> bool) -> Vec<Item> {
        let matching = self.items.values().filter(|item| wanted(item));
        matching.map(|item| Item { awaits: self.awaits(&item.key), ..item.clone() }).collect()
    }
}

/// A version as it is published.
struct Recorded {
    key: String,
    revision: String,
    content: [u8; 32],
    sha256: Option<[u8; 32]>,
}

fn settles(settled: &Settled, listed: &Unrecorded) -> bool {
    match settled {
        Settled::Key(key) => listed.key == *key,
        Settled::At(path_key) => listed.path_key == *path_key,
        Settled::Within(path_key) => covers(path_key, &listed.path_key),
        Settled::Unmet { generation } => listed.generation < *generation,
    }
}
