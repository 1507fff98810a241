//! Versions whose SHA-256 is wanted: they wait until somebody has read their content, and become
//! events then.
//!
//! That a version waits is a row, written in the transaction that remembers its revision and moves
//! the cursor on, and deleted in the one that publishes it. So a crash at any moment leaves either
//! the wait or the event. Versions of one item follow each other in their order. While the item is
//! gone they are held, as its trail is: they go on when it is back.

use super::{Place, Recording};
use crate::error::StoreError;
use crate::model::asset::{DocumentStatus, Fingerprint};
use crate::model::change::{
    AssetChoice, ContentOutcome, ContentRead, ItemUpdate, Lack, Unrecorded, Version,
};
use crate::model::source::{Fingerprints, Item};
use crate::store::awaited::{self, AwaitedRow, Difference, NewAwaited};
use crate::store::{items, unrecorded};

/// Whether an item waits for something to be read.
pub(super) enum Awaits {
    Something,
    Nothing,
}

impl Recording<'_, '_> {
    /// Lets the versions of an update wait, where their SHA-256 is wanted, or others of the item are
    /// still before them.
    pub(super) fn await_contents(
        &mut self,
        item: i64,
        update: &ItemUpdate,
        place: &Place<'_>,
    ) -> Result<Awaits, StoreError> {
        let mut waits = false;
        if self.source.has_awaited {
            self.to_read.more(awaited::release(self.batch.db, item)?);
            waits = awaited::any_of(self.batch.db, item)?;
        }
        if waits || self.source.fingerprints == Fingerprints::Sha256 {
            for version in &update.versions {
                waits |= self.await_content(item, update, version, place)?;
            }
        }
        Ok(if waits { Awaits::Something } else { Awaits::Nothing })
    }

    /// Says whether it waits now.
    fn await_content(
        &mut self,
        item: i64,
        update: &ItemUpdate,
        version: &Version,
        place: &Place<'_>,
    ) -> Result<bool, StoreError> {
        let tag = self.revision_tag(&update.key, &version.revision);
        if items::has_revision(self.batch.db, item, tag)? {
            return Ok(false);
        }
        let new = NewAwaited {
            source: self.source.id,
            item,
            revision_tag: tag,
            revision: &version.revision,
            content_hash: &version.fingerprint.content_hash,
            bytes: version.bytes,
            declared_at: version.declared_at,
            origin: version.origin,
            editor: version.editor.as_deref(),
            folder: place.folder,
            leaf: place.leaf,
            name: place.name,
        };
        if awaited::insert(self.batch.db, &new)? {
            self.to_read.more(Difference::one(version.bytes));
            self.source.has_awaited = true;
        }
        Ok(true)
    }

    /// Somebody has read the content of a version, or tried: it is published, if its turn has come.
    pub(super) fn settle_content(&mut self, read: &ContentRead) -> Result<(), StoreError> {
        let (db, source) = (self.batch.db, self.source.id);
        let Some(row) = awaited::next(db, source, read.version)? else { return Ok(()) };
        awaited::delete(db, read.version)?;
        self.to_read.less(Difference::one(row.bytes));
        let item = items::get(db, row.item)?;
        match &read.outcome {
            ContentOutcome::Sha256(sha256) => {
                unrecorded::forget_lack(db, source, &item.key, Lack::Sha256)?;
                self.publish_awaited(&item, &row, Some(*sha256))
            }
            ContentOutcome::Unavailable(reason) => {
                let listed = listed(&item, reason);
                unrecorded::note(db, source, &listed, Lack::Sha256, self.batch.now)?;
                self.publish_awaited(&item, &row, None)
            }
            ContentOutcome::NotWanted => self.publish_awaited(&item, &row, None),
        }
    }

    fn publish_awaited(
        &mut self,
        item: &Item,
        row: &AwaitedRow,
        sha256: Option<[u8; 32]>,
    ) -> Result<(), StoreError> {
        let index = self.batch.edge.size();
        if !items::claim_revision(self.batch.db, row.revision_of, row.revision_tag, index)? {
            return Ok(());
        }
        let own = items::row(self.batch.db, self.source.id, &item.key)?;
        let trail = self.trail(own.and_then(|item| item.asset), index)?;
        let fingerprint = Fingerprint { content_hash: row.content_hash, sha256 };
        let (update, version) = (as_seen(item, row), awaited_version(row, fingerprint));
        let (leaf, name) = (row.leaf.as_str(), row.name.as_deref());
        let place = Place { folder: row.folder, leaf, leaf_key: leaf, name };
        let trail = self.append(trail, trail.next_kind(), &update, &version, &place)?;
        let asset = self.keep(&trail, row.item, DocumentStatus::Published)?;
        items::attach(self.batch.db, row.item, asset)
    }
}

/// The item under the name that it had when the version was seen.
fn as_seen(item: &Item, row: &AwaitedRow) -> ItemUpdate {
    ItemUpdate {
        key: item.key.clone(),
        revision: item.revision.clone(),
        fingerprint: Fingerprint { content_hash: item.fingerprint, sha256: None },
        name: row.name.clone().unwrap_or_else(|| row.leaf.clone()),
        path: format!("{}{}", row.folder_path, row.leaf),
        path_key: item.path_key.clone(),
        generation: item.generation,
        asset: AssetChoice::Own,
        versions: Vec::new(),
    }
}

fn awaited_version(row: &AwaitedRow, fingerprint: Fingerprint) -> Version {
    Version {
        revision: row.revision.clone(),
        fingerprint,
        bytes: row.bytes,
        declared_at: row.declared_at,
        origin: row.origin,
        editor: row.editor.clone(),
    }
}

fn listed(item: &Item, reason: &str) -> Unrecorded {
    Unrecorded {
        key: item.key.clone(),
        path: item.path.clone(),
        path_key: item.path_key.clone(),
        generation: item.generation,
        reason: reason.to_owned(),
    }
}
