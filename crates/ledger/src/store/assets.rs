//! Assets as people read them: lists of the owner's, and single ones.

use rusqlite::{Connection, OptionalExtension, Row};

use super::events;
use super::log::signed_size;
use super::values::At;
use crate::error::StoreError;
use crate::ids::{AssetId, TenancyId};
use crate::model::access::Publisher;
use crate::model::asset::{
    Asset, AssetPage, AssetQuery, DocumentStatus, EventKind, EventSummary, Fingerprint,
    PAGE_ASSETS_MAX, PrivateFields,
};

macro_rules! asset_columns {
    () => {
        "asset.uuid, tenancy.uuid, asset.status, asset.version, asset.versions, first.accepted_at,
         latest.uuid, latest.kind, latest.id, latest.content_hash, latest.sha256,
         latest.accepted_at, asset.id,
         item.revision, item.name, item.leaf, folder.path,
         tenancy.display_name, tenancy.verified_domain
         from asset
         join tenancy on tenancy.id = asset.tenancy
         join event as first on first.id = asset.id
         join event as latest on latest.id = asset.latest_event
         left join item on item.id = asset.item and item.asset = asset.id
         left join folder on folder.id = item.folder"
    };
}

const SELECT: &str = concat!("select ", asset_columns!(), " where asset.uuid = ?1");
const LIST: &str = concat!(
    "select ",
    asset_columns!(),
    " where asset.tenancy = ?1 and asset.id < ?2 order by asset.id desc limit ?3"
);
const SEARCH: &str = concat!(
    "select ",
    asset_columns!(),
    " where asset.tenancy = ?1 and asset.id < ?2
        and (instr(folder.path_key || item.leaf_key, ?4) > 0 or instr(lower(item.name), ?4) > 0)
      order by asset.id desc limit ?3"
);
const SELECT_TENANCY: &str = "select id from tenancy where uuid = ?1";
/// Sources count what they make; counting a million rows for every page would be felt.
const COUNT: &str = "
    select coalesce(sum(documents), 0) from source join tenancy on tenancy.id = source.tenancy
    where tenancy.uuid = ?1";

struct ReadAsset {
    id: u64,
    asset: Asset,
    private: PrivateFields,
    publisher: Publisher,
}

pub(crate) fn list(
    db: &Connection,
    tenancy: TenancyId,
    query: &AssetQuery,
) -> Result<AssetPage, StoreError> {
    let signed = signed_size(db)?;
    let before = before_of(query.page_token.as_deref())?.min(signed);
    let size = match query.page_size {
        0 => PAGE_ASSETS_MAX,
        size => size.min(PAGE_ASSETS_MAX),
    };
    let Some(tenancy) = tenancy_row(db, tenancy)? else { return Ok(AssetPage::default()) };
    // One more than asked for tells whether there is a next page.
    let mut rows = match query.search.as_deref().map(str::to_lowercase) {
        Some(search) if !search.is_empty() => {
            let mut statement = db.prepare_cached(SEARCH)?;
            let rows = statement.query_map((tenancy, before, size + 1, search), read_row)?;
            rows.collect::<Result<Vec<_>, _>>()?
        }
        _ => {
            let mut statement = db.prepare_cached(LIST)?;
            let rows = statement.query_map((tenancy, before, size + 1), read_row)?;
            rows.collect::<Result<Vec<_>, _>>()?
        }
    };
    let has_more = rows.len() > size as usize;
    rows.truncate(size as usize);
    let next_page_token = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    let mut assets = Vec::with_capacity(rows.len());
    for row in rows {
        let row = as_signed(db, row, signed)?;
        assets.extend(row.map(|row| (row.asset, Some(row.private))));
    }
    Ok(AssetPage { assets, next_page_token })
}

pub(crate) fn count(db: &Connection, tenancy: TenancyId) -> Result<u64, StoreError> {
    Ok(db.prepare_cached(COUNT)?.query_row([tenancy], |row| row.get(0))?)
}

/// A tenancy's own asset.
pub(crate) fn get(
    db: &Connection,
    tenancy: TenancyId,
    id: AssetId,
) -> Result<Option<(Asset, PrivateFields)>, StoreError> {
    let row = read_one(db, id)?.filter(|row| row.asset.tenancy == tenancy);
    Ok(row.map(|row| (row.asset, row.private)))
}

/// Anybody's view of an asset.
pub(crate) fn public(
    db: &Connection,
    id: AssetId,
) -> Result<Option<(Asset, Publisher)>, StoreError> {
    Ok(read_one(db, id)?.map(|row| (row.asset, row.publisher)))
}

fn tenancy_row(db: &Connection, tenancy: TenancyId) -> Result<Option<i64>, StoreError> {
    Ok(db.prepare_cached(SELECT_TENANCY)?.query_row([tenancy], |row| row.get(0)).optional()?)
}

/// A page token is the row of the last asset shown: nothing that the owner may not know.
fn before_of(token: Option<&str>) -> Result<u64, StoreError> {
    token.map_or(Ok(u64::MAX), |token| token.parse().map_err(|_| StoreError::PageToken))
}

fn read_one(db: &Connection, id: AssetId) -> Result<Option<ReadAsset>, StoreError> {
    let row = db.prepare_cached(SELECT)?.query_row([id], read_row).optional()?;
    let signed = signed_size(db)?;
    row.map_or(Ok(None), |row| as_signed(db, row, signed))
}

/// An asset as of what is signed: for the moment that a signature takes, its newest event is held
/// back, and with a first event the asset.
fn as_signed(
    db: &Connection,
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
    row.asset.version = event.version;
    row.asset.versions = event.version;
    row.asset.status = match event.kind {
        EventKind::NewAsset | EventKind::Publish => DocumentStatus::Published,
        EventKind::Withdraw => DocumentStatus::Withdrawn,
    };
    row.asset.last_event = EventSummary {
        id: event.id,
        kind: event.kind,
        log_index: event.log_index,
        fingerprint: event.fingerprint,
        accepted_at: event.accepted_at,
    };
    Ok(Some(row))
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<ReadAsset> {
    let tenancy: TenancyId = row.get(1)?;
    let last_event = EventSummary {
        id: row.get(6)?,
        kind: row.get(7)?,
        log_index: row.get(8)?,
        fingerprint: Fingerprint { content_hash: row.get(9)?, sha256: row.get(10)? },
        accepted_at: row.get::<_, At>(11)?.0,
    };
    let asset = Asset {
        id: row.get(0)?,
        tenancy,
        status: row.get(2)?,
        version: row.get(3)?,
        versions: row.get(4)?,
        created_at: row.get::<_, At>(5)?.0,
        last_event,
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
    Ok(ReadAsset { id: row.get(12)?, asset, private, publisher })
}
