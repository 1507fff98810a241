//! What is registered over the API, and lists with filters.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::error::StoreError;
use crate::ids::{AssetId, BlobId, EventId, TenancyId, random_uuid};
use crate::ledger::Ledger;
use crate::model::asset::{Asset, AssetQuery, Content, EventPage, EventQuery, FullEvent};
use crate::model::blob::{Blob, NewBlob, TENANCY_BLOB_BYTES_MAX};
use crate::model::filter::Filter;
use crate::model::registered::{NewAsset, NewEvent, OnceKey, RegisterError, Registered};
use crate::model::shares::{Seen, Shares};
use crate::registry;
use crate::store::{assets, blobs, event_lists, events, lists, shared};

impl Ledger {
    /// Registers an asset with its first event. When this returns, the event is in the log, under a
    /// signed checkpoint. The same key with the same request gives what it made the first time.
    pub async fn register_asset(
        &self,
        tenancy: TenancyId,
        new: NewAsset,
        once: Option<OnceKey>,
    ) -> Result<Registered, RegisterError> {
        self.write(move |batch| registry::create(batch, tenancy, &new, once)).await
    }

    /// Records an event on an asset that the tenancy has registered, as [`Ledger::register_asset`].
    pub async fn record_event(
        &self,
        tenancy: TenancyId,
        asset: AssetId,
        new: NewEvent,
        once: Option<OnceKey>,
    ) -> Result<Registered, RegisterError> {
        self.write(move |batch| registry::add(batch, tenancy, None, asset, &new, once)).await
    }

    /// The same, on whatever asset one of these shares lets the tenancy record this on.
    pub async fn record_shared_event(
        &self,
        tenancy: TenancyId,
        shares: Shares,
        asset: AssetId,
        new: NewEvent,
        once: Option<OnceKey>,
    ) -> Result<Registered, RegisterError> {
        self.write(move |batch| registry::add(batch, tenancy, Some(&shares), asset, &new, once))
            .await
    }

    /// An asset of another tenancy that is shared with `viewer`, and what is seen of it. The asset
    /// itself is whole: [`Seen::asset`] comes before anybody reads it.
    pub async fn shared_asset(
        &self,
        viewer: TenancyId,
        shares: Shares,
        id: AssetId,
    ) -> Result<Option<(Asset, Seen)>, StoreError> {
        self.scan(move |db| shared::asset(db, viewer, &shares, id)).await
    }

    /// The tenancies whose events gave these attributes of an asset the values that they have.
    pub async fn attribute_recorders(
        &self,
        asset: AssetId,
        names: BTreeSet<String>,
    ) -> Result<BTreeSet<TenancyId>, StoreError> {
        self.scan(move |db| shared::attribute_recorders(db, asset, names)).await
    }

    /// How many assets of other tenancies are shared with `viewer` and pass.
    pub async fn count_shared_assets(
        &self,
        viewer: TenancyId,
        query: AssetQuery,
    ) -> Result<u64, StoreError> {
        self.scan(move |db| shared::count_assets(db, viewer, &query.counted())).await
    }

    /// How many events of other tenancies' assets are shared with `viewer` and pass.
    pub async fn count_shared_events(
        &self,
        viewer: TenancyId,
        query: EventQuery,
    ) -> Result<u64, StoreError> {
        self.scan(move |db| shared::count_events(db, viewer, &query)).await
    }

    /// An asset as it was at a time; `None` if it was not there yet.
    pub async fn asset_at(&self, asset: Asset, at: Timestamp) -> Result<Option<Asset>, StoreError> {
        self.scan(move |db| assets::at_time(db, asset, at)).await
    }

    /// How many of a tenancy's assets pass a filter.
    pub async fn count_assets(
        &self,
        tenancy: TenancyId,
        filter: Filter,
    ) -> Result<u64, StoreError> {
        self.scan(move |db| lists::count_assets(db, tenancy, &filter)).await
    }

    /// A page of an asset's events with their words, newest first; `None` if there is no such
    /// asset. Whether the caller may see the asset is for the caller to ask before.
    pub async fn list_events(
        &self,
        asset: AssetId,
        query: EventQuery,
    ) -> Result<Option<EventPage>, StoreError> {
        self.scan(move |db| event_lists::events_of_asset(db, asset, &query)).await
    }

    /// How many events of an asset a list has, on all of its pages.
    pub async fn count_events(&self, asset: AssetId, query: EventQuery) -> Result<u64, StoreError> {
        self.scan(move |db| event_lists::count_events_of_asset(db, asset, &query)).await
    }

    /// A page of the events of all of a tenancy's assets, and of those that others share with it,
    /// newest first.
    pub async fn list_tenancy_events(
        &self,
        tenancy: TenancyId,
        query: EventQuery,
    ) -> Result<EventPage, StoreError> {
        self.scan(move |db| event_lists::events_of_tenancy(db, tenancy, &query)).await
    }

    /// How many events of a tenancy pass a filter.
    pub async fn count_tenancy_events(
        &self,
        tenancy: TenancyId,
        filter: Filter,
    ) -> Result<u64, StoreError> {
        self.scan(move |db| event_lists::count_events_of_tenancy(db, tenancy, &filter)).await
    }

    /// The public events that published exactly this content, the first ones first; a few dozen at
    /// most.
    pub async fn public_events_with(&self, content: Content) -> Result<Vec<FullEvent>, StoreError> {
        self.scan(move |db| event_lists::public_events_with(db, content)).await
    }

    /// One event of an asset with its words.
    pub async fn full_event(
        &self,
        asset: AssetId,
        event: EventId,
    ) -> Result<Option<FullEvent>, StoreError> {
        self.read(move |db| Ok(events::full(db, event)?.filter(|full| full.event.asset == asset)))
            .await
    }

    /// Keeps a blob.
    pub async fn add_blob(
        &self,
        tenancy: TenancyId,
        new: NewBlob,
        once: Option<OnceKey>,
    ) -> Result<Blob, RegisterError> {
        self.write(move |batch| {
            let row = registry::tenancy_row(batch, tenancy)?;
            let missing = || StoreError::Damaged("a blob is missing".to_owned());
            let once = once.map(|key| (row, key));
            if let Some([id]) = registry::made_before(batch, once)? {
                let blob = blobs::get(batch.db, tenancy, BlobId::from_bytes(id))?;
                return Ok(blob.ok_or_else(missing)?);
            }
            let bytes = blobs::bytes(batch.db, tenancy)? + new.content.len() as u64;
            if bytes > TENANCY_BLOB_BYTES_MAX {
                return Err(RegisterError::Full("the tenancy's blobs have 4 GiB"));
            }
            let id = BlobId::from_bytes(random_uuid(batch.random.take()?));
            blobs::insert(batch.db, tenancy, id, &new, batch.now)?;
            registry::remember(batch, once, &[id.as_bytes()])?;
            Ok(blobs::get(batch.db, tenancy, id)?.ok_or_else(missing)?)
        })
        .await
    }

    /// What is known of a tenancy's blob.
    pub async fn blob(&self, tenancy: TenancyId, id: BlobId) -> Result<Option<Blob>, StoreError> {
        self.read(move |db| blobs::get(db, tenancy, id)).await
    }

    /// A blob's bytes. Whether the caller may have them is for the caller to ask before.
    pub async fn blob_content(&self, id: BlobId) -> Result<Option<Vec<u8>>, StoreError> {
        self.scan(move |db| blobs::content(db, id)).await
    }

    /// How many bytes of blobs a tenancy may still add.
    pub async fn blob_bytes_left(&self, tenancy: TenancyId) -> Result<u64, StoreError> {
        let bytes = self.scan(move |db| blobs::bytes(db, tenancy)).await?;
        Ok(TENANCY_BLOB_BYTES_MAX.saturating_sub(bytes))
    }

    /// A secret of this instance for one use, which its domain names. It follows from the instance's
    /// key, so it is the same after a restart.
    pub fn derived_secret(&self, domain: &str) -> [u8; 32] {
        self.inner.vault.derive(domain)
    }
}
