//! Assets, events, receipts and the lookup: what the owner sees, and what everybody sees.

use crate::error::{LookupError, StoreError};
use crate::ids::{AssetId, EventId, TenancyId};
use crate::ledger::Ledger;
use crate::lookup::LookupRecord;
use crate::model::access::Publisher;
use crate::model::asset::{Asset, AssetPage, AssetQuery, Event, PrivateField, PrivateFields};

impl Ledger {
    /// A tenancy's assets, newest first.
    pub async fn assets(
        &self,
        tenancy: TenancyId,
        query: AssetQuery,
    ) -> Result<AssetPage, StoreError> {
        todo!()
    }

    /// How many assets a tenancy has.
    pub async fn asset_count(&self, tenancy: TenancyId) -> Result<u64, StoreError> {
        todo!()
    }

    /// One of a tenancy's assets with what only the owner sees.
    pub async fn asset(
        &self,
        tenancy: TenancyId,
        id: AssetId,
    ) -> Result<Option<(Asset, PrivateFields)>, StoreError> {
        todo!()
    }

    /// An asset as everybody who has its address sees it.
    pub async fn public_asset(
        &self,
        id: AssetId,
    ) -> Result<Option<(Asset, Publisher)>, StoreError> {
        todo!()
    }

    /// An asset's events, newest first, before the log index given (`None` for the newest).
    /// Public; `None` if there is no such asset.
    pub async fn events(
        &self,
        asset: AssetId,
        before_index: Option<u64>,
        limit: u32,
    ) -> Result<Option<Vec<Event>>, StoreError> {
        todo!()
    }

    /// One event of an asset. Public.
    pub async fn event(
        &self,
        asset: AssetId,
        event: EventId,
    ) -> Result<Option<Event>, StoreError> {
        todo!()
    }

    /// What only the owner sees of an event.
    pub async fn event_private(
        &self,
        tenancy: TenancyId,
        event: EventId,
    ) -> Result<Option<PrivateFields>, StoreError> {
        todo!()
    }

    /// Erases a private field of an event for good: its value and its salt. Every other proof of
    /// the event stands. `false` if the tenancy has no such event.
    pub async fn erase_private_field(
        &self,
        tenancy: TenancyId,
        event: EventId,
        field: PrivateField,
    ) -> Result<bool, StoreError> {
        todo!()
    }

    /// The receipt of an event, under the newest checkpoint, as the text of a `.tlog-proof` file;
    /// verified before it is handed out. `None` if there is no such event, or none signed yet.
    pub async fn receipt(&self, event: EventId) -> Result<Option<String>, StoreError> {
        todo!()
    }

    /// How many bits of a lookup id to ask for.
    pub async fn lookup_bits(&self) -> Result<u8, StoreError> {
        todo!()
    }

    /// The bucket of the lookup ids that begin with the first `bits` bits of `prefix`, which are
    /// its most significant ones; padded with decoys and sorted.
    pub async fn lookup(&self, bits: u8, prefix: u64) -> Result<Vec<LookupRecord>, LookupError> {
        todo!()
    }
}
