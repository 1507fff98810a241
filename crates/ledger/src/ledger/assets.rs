//! Assets, events, receipts and the lookup: what the owner sees, and what everybody sees.

use std::sync::Arc;

use crate::error::{LookupError, StoreError};
use crate::ids::{AssetId, EventId, TenancyId};
use crate::ledger::Ledger;
use crate::lookup::{LookupId, LookupKey, LookupRecord, bits_for, bucket_range};
use crate::model::access::Publisher;
use crate::model::asset::{
    Asset, AssetPage, AssetQuery, Event, OwnedEvent, PrivateField, PrivateFields,
};
use crate::model::filter::Filter;
use crate::store::db::Db;
use crate::store::lookup::Found;
use crate::store::{assets, events, lists, log, lookup, receipts};
use crate::writer::Randomness;

impl Ledger {
    /// A tenancy's assets and what others share with it, newest first.
    pub async fn assets(
        &self,
        tenancy: TenancyId,
        query: AssetQuery,
    ) -> Result<AssetPage, StoreError> {
        self.scan(move |db| lists::assets(db, tenancy, &query)).await
    }

    /// How many assets a tenancy has.
    pub async fn asset_count(&self, tenancy: TenancyId) -> Result<u64, StoreError> {
        self.count_assets(tenancy, Filter::default()).await
    }

    /// One of a tenancy's assets with what only the owner sees.
    pub async fn asset(
        &self,
        tenancy: TenancyId,
        id: AssetId,
    ) -> Result<Option<(Asset, PrivateFields)>, StoreError> {
        self.scan(move |db| assets::get(db, tenancy, id)).await
    }

    /// An asset as everybody who has its address sees it.
    pub async fn public_asset(
        &self,
        id: AssetId,
    ) -> Result<Option<(Asset, Publisher)>, StoreError> {
        self.scan(move |db| assets::public(db, id)).await
    }

    /// An asset's events, newest first, before the log index given (`None` for the newest).
    /// Of any asset, so ask first who may see it; `None` if there is no such asset.
    pub async fn events(
        &self,
        asset: AssetId,
        before_index: Option<u64>,
        limit: u32,
    ) -> Result<Option<Vec<Event>>, StoreError> {
        self.scan(move |db| events::of_asset(db, asset, before_index, limit)).await
    }

    /// One event of an asset. Whether the caller may see the asset is for the caller to ask before.
    pub async fn event(&self, asset: AssetId, event: EventId) -> Result<Option<Event>, StoreError> {
        let event = self.read(move |db| events::get(db, event)).await?;
        Ok(event.filter(|event| event.asset == asset))
    }

    /// An event as its owner sees it. `None` if the tenancy has no such event.
    pub async fn owned_event(
        &self,
        tenancy: TenancyId,
        event: EventId,
    ) -> Result<Option<OwnedEvent>, StoreError> {
        self.read(move |db| receipts::owned(db, tenancy, event)).await
    }

    /// Erases a private field of an event for good: its value and its salt. Every other proof of
    /// the event stands. `false` if the tenancy has no such event.
    pub async fn erase_private_field(
        &self,
        tenancy: TenancyId,
        event: EventId,
        field: PrivateField,
    ) -> Result<bool, StoreError> {
        self.write(move |batch| {
            *batch.must_fold = true;
            receipts::erase(batch.db, tenancy, event, field)
        })
        .await
    }

    /// How many bits of a lookup id to ask for.
    pub async fn lookup_bits(&self) -> Result<u8, StoreError> {
        Ok(bits_for(self.read(log::fingerprints).await?))
    }

    /// The bucket of the lookup ids that begin with the first `bits` bits of `prefix`, which are
    /// its most significant ones; padded with decoys and sorted.
    pub async fn lookup(&self, bits: u8, prefix: u64) -> Result<Vec<LookupRecord>, LookupError> {
        let decoys = Arc::clone(&self.inner.decoys);
        let read = move |db: &Db| {
            let current = bits_for(log::fingerprints(db)?);
            // One bit fewer is still served to whoever asked before the index grew; nothing
            // coarser, because coarse buckets would list what is public.
            if bits > current || bits < current.saturating_sub(1) {
                return Ok(Err(LookupError::Bits { current }));
            }
            let (first, _) = bucket_range(bits, prefix);
            let found = lookup::bucket(db, bits, prefix)?;
            let mut random = Randomness::new();
            let records =
                found.iter().map(|found| seal(found, &mut random)).collect::<Result<_, _>>()?;
            Ok(Ok(decoys.fill(bits, first, records, || random.take())?))
        };
        self.scan(read).await?
    }
}

/// Seals an answer for whoever has the file.
fn seal(found: &Found, random: &mut Randomness) -> Result<LookupRecord, StoreError> {
    let id = LookupId::of(found.algorithm, &found.fingerprint);
    let key = LookupKey::of(found.algorithm, &found.fingerprint);
    found
        .answer
        .seal(&id, &key, random.take()?)
        .map_err(|error| StoreError::Damaged(error.to_string()))
}
