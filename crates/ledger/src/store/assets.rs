//! Assets as people read them: single ones, now and at an earlier time. Lists are next door.

use jiff::Timestamp;

use super::db::{Db, Row, params};
use super::log::signed_size;
use super::values::{At, read_content};
use super::{events, registered};
use crate::error::StoreError;
use crate::ids::{AssetId, TenancyId};
use crate::model::access::Publisher;
use crate::model::asset::{
    Asset, DocumentStatus, Event, EventKind, EventSummary, PrivateFields, RegisteredAsset,
};
use crate::model::registered::{Sharing, Tracking};

/// The columns that [`read_row`] reads, and where they come from.
macro_rules! asset_columns {
    () => {
        asset_columns!("asset")
    };
    ($asset:literal) => {
        concat!("asset.uuid, tenancy.uuid, asset.status, asset.version, asset.versions, first.accepted_at,
         latest.uuid, latest.kind, latest.id, latest.content_hash, latest.sha256,
         latest.accepted_at, asset.id,
         item.revision, item.name, item.leaf, folder.path,
         tenancy.display_name, tenancy.verified_domain,
         asset.sharing, registered_asset.attributes, registered_asset.tracking
         from ", $asset, "
         join tenancy on tenancy.id = asset.tenancy
         join event as first on first.id = asset.id
         join event as latest on latest.id = asset.latest_event
         left join registered_asset on registered_asset.asset = asset.id
         left join item on item.id = asset.item and item.asset = asset.id
         left join folder on folder.id = item.folder")
    };
}
pub(super) use asset_columns;

const SELECT: &str = concat!("select ", asset_columns!(), " where asset.uuid = ?1");
const SELECT_OF_EVENT: &str = concat!(
    "select ",
    asset_columns!(),
    " where asset.id = (select event.asset from event where event.id = ?1)"
);

/// An asset's row with all that lists and pages show of it.
pub(crate) struct ReadAsset {
    pub(crate) id: u64,
    pub(crate) asset: Asset,
    pub(crate) private: PrivateFields,
    pub(crate) publisher: Publisher,
}

/// A tenancy's own asset.
pub(crate) fn get(
    db: &Db,
    tenancy: TenancyId,
    id: AssetId,
) -> Result<Option<(Asset, PrivateFields)>, StoreError> {
    let row = read_one(db, id)?.filter(|row| row.asset.tenancy == tenancy);
    Ok(row.map(|row| (row.asset, row.private)))
}

/// Anybody's view of an asset.
pub(crate) fn public(db: &Db, id: AssetId) -> Result<Option<(Asset, Publisher)>, StoreError> {
    let row = read_one(db, id)?.filter(|row| row.asset.sharing == Sharing::Public);
    Ok(row.map(|row| (row.asset, row.publisher)))
}

/// Anybody's asset. What of it may be shown is the caller's business.
pub(super) fn by_id(db: &Db, id: AssetId) -> Result<Option<Asset>, StoreError> {
    Ok(read_one(db, id)?.map(|row| row.asset))
}

/// The asset of an event, as it is now.
pub(crate) fn of_event(db: &Db, event: u64) -> Result<Option<Asset>, StoreError> {
    let row = db.optional(SELECT_OF_EVENT, params![event], read_row)?;
    let signed = signed_size(db)?;
    let row = row.map_or(Ok(None), |row| as_signed(db, row, signed))?;
    Ok(row.map(|row| row.asset))
}

/// An asset as it was at a time; `None` if it was not there yet.
pub(crate) fn at_time(db: &Db, asset: Asset, at: Timestamp) -> Result<Option<Asset>, StoreError> {
    let mut chain = events::chain(db, asset.last_event.log_index)?.into_iter();
    for index in chain.by_ref() {
        let event = events::at(db, index)?
            .ok_or_else(|| StoreError::Damaged(format!("event {index} is missing")))?;
        if event.accepted_at <= at {
            return as_of(db, asset, &event).map(Some);
        }
    }
    Ok(None)
}

fn read_one(db: &Db, id: AssetId) -> Result<Option<ReadAsset>, StoreError> {
    let row = db.optional(SELECT, params![id], read_row)?;
    let signed = signed_size(db)?;
    row.map_or(Ok(None), |row| as_signed(db, row, signed))
}

/// An asset as of what is signed: for the moment that a signature takes, its newest event is held
/// back, and with a first event the asset.
pub(super) fn as_signed(
    db: &Db,
    mut row: ReadAsset,
    signed: u64,
) -> Result<Option<ReadAsset>, StoreError> {
    let newest = row.asset.last_event.log_index;
    if newest < signed {
        return Ok(Some(row));
    }
    let index = events::signed_from(db, newest, signed)?;
    let Some(event) = index.map_or(Ok(None), |index| events::at(db, index))? else {
        return Ok(None);
    };
    row.asset = as_of(db, row.asset, &event)?;
    Ok(Some(row))
}

/// An asset as one of its events left it.
fn as_of(db: &Db, mut asset: Asset, event: &Event) -> Result<Asset, StoreError> {
    let chain = events::chain(db, event.log_index)?;
    asset.version = event.version;
    asset.versions = event.version;
    asset.status = status_after(db, &chain)?;
    asset.last_event = EventSummary {
        id: event.id,
        kind: event.kind,
        log_index: event.log_index,
        fingerprint: event.fingerprint,
        accepted_at: event.accepted_at,
    };
    if asset.registered.is_some() {
        let (attributes, tracking) = registered::fold(db, chain)?;
        asset.registered = Some(RegisteredAsset { attributes, tracking });
    }
    Ok(asset)
}

/// Whether a document stands after these events, the last of them first.
fn status_after(db: &Db, chain: &[u64]) -> Result<DocumentStatus, StoreError> {
    for index in chain {
        match events::at(db, *index)?.map(|event| event.kind) {
            Some(EventKind::Withdraw) => return Ok(DocumentStatus::Withdrawn),
            Some(EventKind::Record) => {}
            Some(EventKind::NewAsset | EventKind::Publish) | None => break,
        }
    }
    Ok(DocumentStatus::Published)
}

/// Reads [`asset_columns`].
pub(super) fn read_row(row: &Row<'_>) -> Result<ReadAsset, StoreError> {
    let tenancy: TenancyId = row.get(1)?;
    let last_event = EventSummary {
        id: row.get(6)?,
        kind: row.get(7)?,
        log_index: row.get(8)?,
        fingerprint: read_content(row, 9)?,
        accepted_at: row.get::<At>(11)?.0,
    };
    let asset = Asset {
        id: row.get(0)?,
        tenancy,
        status: row.get(2)?,
        version: row.get(3)?,
        versions: row.get(4)?,
        created_at: row.get::<At>(5)?.0,
        last_event,
        sharing: row.get(19)?,
        registered: None,
    };
    let (name, leaf): (Option<String>, Option<String>) = (row.get(14)?, row.get(15)?);
    let folder: Option<String> = row.get(16)?;
    let private = PrivateFields {
        revision: row.get(13)?,
        path: folder.zip(leaf.as_deref()).map(|(folder, leaf)| folder + leaf),
        name: name.or(leaf),
        editor: None,
    };
    let publisher = Publisher { tenancy, name: row.get(17)?, verified_domain: row.get(18)? };
    let read = ReadAsset { id: row.get(12)?, asset, private, publisher };
    let (attributes, tracking): (Option<String>, Option<Tracking>) = (row.get(20)?, row.get(21)?);
    with_details(read, attributes.zip(tracking))
}

fn with_details(
    mut read: ReadAsset,
    details: Option<(String, Tracking)>,
) -> Result<ReadAsset, StoreError> {
    if let Some((attributes, tracking)) = details {
        let attributes = registered::read_attributes(&attributes)?;
        read.asset.registered = Some(RegisteredAsset { attributes, tracking });
    }
    Ok(read)
}
