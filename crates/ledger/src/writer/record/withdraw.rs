//! Withdrawing a document whose file was deleted, and publishing it again when the file is back.
//!
//! Both happen by what the asset is, in the transaction that changes it: a published one is
//! withdrawn, a withdrawn one is published, so that doing either again does nothing. The revision
//! of such an event names the event before, which makes it as unique as any other.

use super::{Place, Recording, Trail};
use crate::error::StoreError;
use crate::model::asset::{DocumentStatus, EventKind, Fingerprint, Origin};
use crate::model::change::{Departure, ItemUpdate, Version, Whereabouts};
use crate::model::source::{OnDeletion, Presence};
use crate::store::{awaited, departed, items, trails};

impl Recording<'_, '_> {
    /// An item that isn't there any more. Where deletions are withdrawn, somebody has to ask first.
    pub(super) fn lose(&mut self, key: &str) -> Result<(), StoreError> {
        let (db, source) = (self.batch.db, self.source.id);
        let Some(item) = items::row(db, source, key)? else { return Ok(()) };
        if self.source.on_deletion == OnDeletion::Withdraw && item.asset.is_some() {
            departed::add(db, source, item.id)?;
        }
        if self.source.has_awaited {
            self.to_read.less(awaited::hold(db, item.id)?);
        }
        items::mark_gone(db, item.id)
    }

    /// Somebody has asked. An item that came back meanwhile is no departure any more.
    pub(super) fn settle_departure(&mut self, departure: &Departure) -> Result<(), StoreError> {
        let (db, source) = (self.batch.db, self.source.id);
        let Some(item) = items::row(db, source, &departure.key)? else { return Ok(()) };
        let is_open = departed::has(db, source, item.id)?;
        departed::forget(db, source, item.id)?;
        let Some(asset) = item.asset.filter(|_| is_open) else { return Ok(()) };
        if departure.whereabouts == Whereabouts::Deleted {
            self.withdraw(item.id, asset, &departure.key)?;
        }
        Ok(())
    }

    fn withdraw(&mut self, item: i64, asset: u64, key: &str) -> Result<(), StoreError> {
        if trails::status(self.batch.db, asset)? == DocumentStatus::Withdrawn {
            return Ok(());
        }
        let known = items::get(self.batch.db, item)?;
        if known.presence == Presence::Present {
            return Ok(());
        }
        let fingerprint = trails::latest_fingerprint(self.batch.db, asset)?;
        let update = ItemUpdate {
            key: key.to_owned(),
            revision: known.revision,
            fingerprint,
            name: known.name,
            path: known.path,
            path_key: known.path_key,
            generation: known.generation,
            asset: crate::model::change::AssetChoice::Own,
            versions: Vec::new(),
        };
        let place = self.place(&update)?;
        let trail = self.trail(Some(asset), 0)?;
        let version = self.marked("deleted", &trail, &update, fingerprint);
        self.claim_marked(item, key, &version)?;
        let trail = self.append(trail, EventKind::Withdraw, &update, &version, &place)?;
        self.keep(&trail, item, DocumentStatus::Withdrawn)?;
        Ok(())
    }

    /// A file that is back, unchanged, publishes its withdrawn document again.
    pub(super) fn publish_again(
        &mut self,
        item: i64,
        asset: Option<u64>,
        update: &ItemUpdate,
        place: &Place<'_>,
    ) -> Result<Option<Trail>, StoreError> {
        let Some(asset) = asset else { return Ok(None) };
        if trails::status(self.batch.db, asset)? == DocumentStatus::Published {
            return Ok(None);
        }
        let known = trails::latest_fingerprint(self.batch.db, asset)?;
        let is_same = known.content_hash == update.fingerprint.content_hash;
        let fingerprint = if is_same { known } else { update.fingerprint };
        let trail = self.trail(Some(asset), 0)?;
        let version = self.marked("restored", &trail, update, fingerprint);
        self.claim_marked(item, &update.key, &version)?;
        self.append(trail, EventKind::Publish, update, &version, place).map(Some)
    }

    fn claim_marked(&mut self, item: i64, key: &str, version: &Version) -> Result<(), StoreError> {
        let tag = self.revision_tag(key, &version.revision);
        items::claim_revision(self.batch.db, item, tag, self.batch.edge.size()).map(drop)
    }

    /// What happened to a file without a new revision of its content. Nobody says when it did, so it
    /// is declared for now.
    fn marked(
        &self,
        what: &str,
        trail: &Trail,
        update: &ItemUpdate,
        fingerprint: Fingerprint,
    ) -> Version {
        let after = trail.previous.map_or(0, |previous| previous.index);
        Version {
            revision: format!("{} {what} {after}", update.revision),
            fingerprint,
            bytes: 0,
            declared_at: self.batch.now,
            origin: Origin::Observed,
            editor: None,
        }
    }
}
