//! Recording: what a commit says becomes events, log entries, items and the cursor. All decisions
//! about *what* happened were made before; here each revision gets exactly one event, on the asset
//! that the item has.

mod contents;
mod withdraw;

use std::collections::HashSet;

use self::contents::Awaits;
use super::Batch;
use crate::clock::to_milliseconds;
use crate::entry::{Previous, Salts, Statement, event_entry_of};
use crate::error::{CommitError, StoreError};
use crate::ids::{AssetId, EventId, id_near};
use crate::model::activity::{Step, StepKind};
use crate::model::asset::{DocumentStatus, EventKind, PrivateFields};
use crate::model::change::{
    AssetChoice, COMMIT_ITEMS_MAX, Change, ChangeKind, Commit, Committed, CommittedEvent,
    ITEM_VERSIONS_MAX, ItemUpdate, Lack, Lease, OPAQUE_BYTES_MAX, PATH_BYTES_MAX, Version,
    WORD_BYTES_MAX,
};
use crate::model::source::OnDeletion;
use crate::store::awaited::Difference;
use crate::store::db::Db;
use crate::store::folders::split;
use crate::store::items::{self, ItemRow, ItemState, NewItems};
use crate::store::sources::{self, SourceRow};
use crate::store::trails::{self, AssetRow, EventRow, PlaceRow};
use crate::store::{awaited, departed, lookup, unrecorded, values};

/// Refuses what is larger than the ledger takes, before it is queued.
pub(crate) fn check_limits(commit: &Commit) -> Result<(), CommitError> {
    let too_large = |what| Err(CommitError::TooLarge(what));
    let listed = commit.settled.len()
        + commit.unrecorded.len()
        + commit.settled_departures.len()
        + commit.contents.len();
    if commit.updates.len() + commit.gone.len() + listed > COMMIT_ITEMS_MAX {
        return too_large("more items than fit into one commit; split it");
    }
    let opaque = [&commit.cursor, &commit.rules];
    if opaque.into_iter().flatten().any(|text| text.len() > OPAQUE_BYTES_MAX) {
        return too_large("a cursor or rules that are too long");
    }
    for update in &commit.updates {
        if update.versions.len() > ITEM_VERSIONS_MAX {
            return too_large("more versions of one item than fit into one commit; split it");
        }
        let paths = [&update.path, &update.path_key, &update.name];
        let mut words = vec![&update.key, &update.revision];
        words.extend(update.versions.iter().map(|version| &version.revision));
        words.extend(update.versions.iter().filter_map(|version| version.editor.as_ref()));
        if paths.iter().any(|path| path.len() > PATH_BYTES_MAX) {
            return too_large("a path that is too long");
        }
        if words.iter().any(|word| word.len() > WORD_BYTES_MAX) {
            return too_large("an id, revision or editor that is too long");
        }
    }
    Ok(())
}

/// Records a commit in the transaction of the batch.
pub(crate) fn record(batch: &mut Batch<'_>, commit: &Commit) -> Result<Committed, CommitError> {
    let source = sources::row(batch.db, commit.source)?.ok_or(CommitError::UnknownSource)?;
    if source.is_disconnected {
        return Err(CommitError::Disconnected);
    }
    if commit.lease.is_some_and(|Lease(lease)| lease != source.lease) {
        return Err(CommitError::LeaseLost);
    }
    if let Some(reason) = batch.read_only() {
        return Err(CommitError::ReadOnly(reason.to_owned()));
    }
    let known = known_items(batch.db, source.id, commit, &batch.tally.items)?;
    let mut recording = Recording::start(batch, source);
    for (update, known) in commit.updates.iter().zip(known) {
        recording.update(update, known)?;
    }
    recording.finish(commit)
}

/// What is known of the item of an update.
enum Known {
    /// What there was before the commit.
    Before(Option<ItemRow>),
    /// The commit may change it before the update's turn comes.
    AskAgain,
}

/// What is known of the items of a commit, all of it asked at once. What an update finds does not depend
/// on those before it, but for items that come twice, or take another's place.
fn known_items(
    db: &Db,
    source: i64,
    commit: &Commit,
    new: &NewItems,
) -> Result<Vec<Known>, StoreError> {
    let keys: Vec<&str> = commit.updates.iter().map(|update| update.key.as_str()).collect();
    let takes_place = |update: &ItemUpdate| update.asset != AssetChoice::Own;
    let distinct = keys.iter().collect::<HashSet<_>>().len();
    if distinct < keys.len() || commit.updates.iter().any(takes_place) {
        return Ok(keys.iter().map(|_| Known::AskAgain).collect());
    }
    Ok(items::rows(db, source, &keys, new)?.into_iter().map(Known::Before).collect())
}

/// One commit on its way into the store.
struct Recording<'a, 'b> {
    batch: &'a mut Batch<'b>,
    source: SourceRow,
    to_read: Difference,
    events: Vec<CommittedEvent>,
}

/// Where an item is, cut up for its row.
struct Place<'u> {
    folder: i64,
    leaf: &'u str,
    leaf_key: &'u str,
    /// Where it differs from the leaf.
    name: Option<&'u str>,
}

/// An asset's history while events are added to it.
#[derive(Clone, Copy)]
struct Trail {
    row: u64,
    asset: AssetId,
    version: u32,
    versions: u32,
    previous: Option<Previous>,
    is_new: bool,
}

impl Trail {
    /// What the next version is to it.
    fn next_kind(&self) -> EventKind {
        if self.previous.is_none() { EventKind::NewAsset } else { EventKind::Publish }
    }
}

impl<'a, 'b> Recording<'a, 'b> {
    fn start(batch: &'a mut Batch<'b>, source: SourceRow) -> Self {
        Self { batch, source, to_read: Difference::default(), events: Vec::new() }
    }

    fn update(&mut self, update: &ItemUpdate, known: Known) -> Result<(), StoreError> {
        let known = match known {
            Known::Before(known) => known,
            Known::AskAgain => items::row(self.batch.db, self.source.id, &update.key)?,
        };
        let id = known.as_ref().map_or(self.batch.tally.items.next(), |item| item.id);
        let own = known.as_ref().and_then(|item| item.asset);
        let asset = self.choose_asset(update, id, own)?;
        let place = self.place(update)?;
        let published = match self.await_contents(id, update, &place)? {
            Awaits::Something => None,
            Awaits::Nothing => match self.publish_all(known.as_ref(), id, asset, update, &place)? {
                None => self.publish_again(id, asset, update, &place)?,
                published => published,
            },
        };
        let asset = match published {
            Some(trail) => Some(self.keep(&trail, id, DocumentStatus::Published)?),
            None => asset,
        };
        if known.is_some() && self.source.on_deletion == OnDeletion::Withdraw {
            departed::forget(self.batch.db, self.source.id, id)?;
        }
        let state = ItemState {
            asset,
            revision: &update.revision,
            content_hash: &update.fingerprint.content_hash,
            folder: place.folder,
            leaf: place.leaf,
            leaf_key: place.leaf_key,
            name: place.name,
            generation: update.generation,
        };
        if known.is_some() {
            items::update(self.batch.db, id, &state)?;
        } else {
            let Batch { db, tally, .. } = &mut *self.batch;
            tally.items.insert(db, self.source.id, &update.key, &state)?;
            tally.recent.add_key();
        }
        if self.source.has_unrecorded {
            let (db, source) = (self.batch.db, self.source.id);
            unrecorded::forget_lack(db, source, &update.key, Lack::Event)?;
        }
        Ok(())
    }

    /// The asset that the item publishes to, if there is one yet. An item that takes another's
    /// place takes its asset; doing it again finds nothing to take and changes nothing.
    fn choose_asset(
        &self,
        update: &ItemUpdate,
        item: i64,
        own: Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        let AssetChoice::Replaces { key } = &update.asset else { return Ok(own) };
        let replaced = items::row(self.batch.db, self.source.id, key)?;
        let Some(replaced) = replaced.filter(|replaced| replaced.id != item) else {
            return Ok(own);
        };
        if self.source.has_awaited {
            awaited::hand_over(self.batch.db, replaced.id, item)?;
        }
        let Some(asset) = replaced.asset else { return Ok(own) };
        items::detach(self.batch.db, replaced.id)?;
        trails::move_asset(self.batch.db, asset, item)?;
        Ok(Some(asset))
    }

    fn place<'u>(&mut self, update: &'u ItemUpdate) -> Result<Place<'u>, StoreError> {
        let (folder, leaf) = split(&update.path);
        let (folder_key, leaf_key) = split(&update.path_key);
        let Batch { db, folders, .. } = &mut *self.batch;
        let folder = folders.id(db, self.source.id, folder, folder_key)?;
        let name = (update.name != leaf).then_some(update.name.as_str());
        Ok(Place { folder, leaf, leaf_key, name })
    }

    /// Adds an event for each version that has none yet; `None` if all have.
    fn publish_all(
        &mut self,
        known: Option<&ItemRow>,
        item: i64,
        asset: Option<u64>,
        update: &ItemUpdate,
        place: &Place<'_>,
    ) -> Result<Option<Trail>, StoreError> {
        let (mut trail, mut claimed) = (None, HashSet::new());
        for version in &update.versions {
            let tag = self.revision_tag(&update.key, &version.revision);
            if self.claim(known, item, tag, &mut claimed)? {
                let so_far = match trail {
                    Some(trail) => trail,
                    None => self.trail(asset, self.batch.edge.size())?,
                };
                trail = Some(self.append(so_far, so_far.next_kind(), update, version, place)?);
            }
        }
        Ok(trail)
    }

    /// Whether a revision has no event yet; from now on it has. Of an item that is new none has one but
    /// those of this update, so nobody is asked.
    fn claim(
        &self,
        known: Option<&ItemRow>,
        item: i64,
        tag: i64,
        claimed: &mut HashSet<i64>,
    ) -> Result<bool, StoreError> {
        let (db, index) = (self.batch.db, self.batch.edge.size());
        if known.is_some() {
            return items::claim_revision(db, item, tag, index);
        }
        let is_first = claimed.insert(tag);
        if is_first {
            items::insert_revision(db, item, tag, index)?;
        }
        Ok(is_first)
    }

    fn revision_tag(&self, key: &str, revision: &str) -> i64 {
        let SourceRow { tenancy_id, account, .. } = &self.source;
        values::revision_tag(*tenancy_id, account, key, revision)
    }

    /// The history to continue, or a new one that begins at this index.
    fn trail(&mut self, asset: Option<u64>, index: u64) -> Result<Trail, StoreError> {
        let Some(row) = asset else {
            let asset = AssetId::from_bytes(id_near(index, self.batch.random.take()?));
            let (row, previous) = (index, None);
            return Ok(Trail { row, asset, version: 0, versions: 0, previous, is_new: true });
        };
        let known = trails::trail(self.batch.db, row)?;
        Ok(Trail {
            row,
            asset: known.asset,
            version: known.version,
            versions: known.versions,
            previous: Some(Previous { index: known.latest_index, leaf: known.latest_leaf }),
            is_new: false,
        })
    }

    /// Adds one event: its row, its log entry, its fingerprints.
    fn append(
        &mut self,
        trail: Trail,
        kind: EventKind,
        update: &ItemUpdate,
        version: &Version,
        place: &Place<'_>,
    ) -> Result<Trail, StoreError> {
        let Batch { db, now, edge, random, tally, .. } = &mut *self.batch;
        let index = edge.size();
        let seed: [u8; 32] = random.take()?;
        let event = EventId::from_bytes(id_near(index, random.take()?));
        let statement = Statement {
            kind,
            asset: trail.asset,
            event,
            version: trail.versions + u32::from(kind != EventKind::Withdraw),
            fingerprint: version.fingerprint.into(),
            declared_at: to_milliseconds(version.declared_at),
            accepted_at: *now,
            publisher: self.source.tenancy_id,
            origin: version.origin,
            previous: trail.previous,
            attributes: None,
        };
        let (_, leaf) = edge.append(db, &entry_of(&statement, update, version, &seed))?;
        let row = EventRow {
            index,
            asset: trail.row,
            statement: &statement,
            seed: &seed,
            place: Some(PlaceRow { folder: place.folder, leaf: place.leaf, name: place.name }),
            revision: Some(&version.revision),
            editor: version.editor.as_deref(),
        };
        trails::insert_event(db, &row)?;
        let fingerprints = lookup::insert(db, version.fingerprint.into(), index)?;
        edge.add_fingerprints(fingerprints);
        tally.recent.add_fingerprints(fingerprints);
        tally.count_event(self.source.tenancy_id);
        let (asset, version) = (trail.asset, statement.version);
        self.events.push(CommittedEvent { key: update.key.clone(), asset, event, index, version });
        Ok(Trail { version, versions: version, previous: Some(Previous { index, leaf }), ..trail })
    }

    /// Stores where an asset's history is now.
    fn keep(
        &mut self,
        trail: &Trail,
        item: i64,
        status: DocumentStatus,
    ) -> Result<u64, StoreError> {
        let row = AssetRow {
            id: trail.row,
            item,
            latest_event: trail.previous.map_or(trail.row, |previous| previous.index),
            version: trail.version,
            versions: trail.versions,
            status,
        };
        if trail.is_new {
            trails::insert_asset(self.batch.db, trail.asset, self.source.tenancy, &row)?;
            self.batch.tally.count_document(self.source.id);
        } else {
            trails::update_asset(self.batch.db, &row)?;
        }
        Ok(trail.row)
    }

    /// Everything but the updates: what is gone, what cannot be recorded, how far we are.
    fn finish(mut self, commit: &Commit) -> Result<Committed, CommitError> {
        let (db, source) = (self.batch.db, self.source.id);
        for departure in &commit.settled_departures {
            self.settle_departure(departure)?;
        }
        for key in &commit.gone {
            self.lose(key)?;
            if self.source.has_unrecorded {
                unrecorded::forget(db, source, key)?;
            }
        }
        for settled in commit.settled.iter().filter(|_| self.source.has_unrecorded) {
            unrecorded::settle(db, source, settled)?;
        }
        for item in &commit.unrecorded {
            unrecorded::note(db, source, item, Lack::Event, self.batch.now)?;
        }
        for read in &commit.contents {
            self.settle_content(read)?;
        }
        awaited::adjust(db, source, self.to_read)?;
        let (cursor, rules) = (commit.cursor.as_deref(), commit.rules.as_deref());
        sources::advance(db, source, cursor, rules)?;
        self.note(commit)?;
        if !self.events.is_empty() {
            let tenancy = self.source.tenancy_id;
            self.batch.changes.push(Change { tenancy, kind: ChangeKind::Events });
        }
        if commit.rules.is_some() {
            let (tenancy, kind) = (self.source.tenancy_id, ChangeKind::Source(commit.source));
            self.batch.changes.push(Change { tenancy, kind });
        }
        Ok(Committed { events: self.events, size: self.batch.edge.size() })
    }
}

/// What of a commit its owner may want to look up later.
impl Recording<'_, '_> {
    fn note(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let step = Step {
            kind: StepKind::Recorded,
            detail: String::new(),
            events: self.events.len() as u64,
            gone: commit.gone.len() as u64,
            unrecorded: commit.unrecorded.len() as u64,
        };
        if step.events + step.gone + step.unrecorded == 0 {
            return Ok(());
        }
        self.batch.note(self.source.id, &step)
    }
}

/// The log entry of an event.
fn entry_of(
    statement: &Statement,
    update: &ItemUpdate,
    version: &Version,
    seed: &[u8; 32],
) -> [u8; crate::entry::EVENT_ENTRY_BYTES] {
    let private = PrivateFields {
        name: Some(update.name.clone()),
        path: Some(update.path.clone()),
        revision: Some(version.revision.clone()),
        editor: version.editor.clone(),
    };
    event_entry_of(&statement.values(&private), &Salts::from_seed(seed))
}
