//! Assets and events: the rows that the writer adds, and the lists that people read.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tlog::{Hash, leaf_hash};

use super::log::checkpoint_over;
use super::values::At;
use crate::error::StoreError;
use crate::ids::{AssetId, EventId, TenancyId};
use crate::model::access::Publisher;
use crate::model::asset::{
    Asset, AssetPage, AssetQuery, DocumentStatus, Event, EventSummary, Fingerprint,
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

macro_rules! event_columns {
    () => {
        "event.uuid, asset.uuid, tenancy.uuid, event.id, event.version, event.kind,
         event.content_hash, event.sha256, event.declared_at, event.accepted_at, event.origin
         from event
         join asset on asset.id = event.asset
         join tenancy on tenancy.id = asset.tenancy"
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
const COUNT: &str = "
    select count(*) from asset join tenancy on tenancy.id = asset.tenancy
    where tenancy.uuid = ?1";
const SELECT_LATEST: &str = "select latest_event from asset where uuid = ?1";
const SELECT_EVENT: &str = concat!("select ", event_columns!(), " where event.uuid = ?1");
const SELECT_EVENT_AT: &str = concat!("select ", event_columns!(), " where event.id = ?1");
const SELECT_PREVIOUS: &str = "select previous from event where id = ?1";
const SELECT_TRAIL: &str = "
    select asset.uuid, asset.version, asset.versions, asset.latest_event, entry
    from asset join log_entry on log_entry.id = asset.latest_event where asset.id = ?1";
const INSERT_ASSET: &str = "
    insert into asset (id, uuid, tenancy, item, latest_event, version, versions, status)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const UPDATE_ASSET: &str = "
    update asset set item = ?2, latest_event = ?3, version = ?4, versions = ?5, status = ?6
    where id = ?1";
const MOVE_ASSET: &str = "update asset set item = ?2 where id = ?1";
const INSERT_EVENT: &str = "
    insert into event (id, uuid, asset, version, kind, content_hash, sha256, declared_at,
        accepted_at, origin, previous, salts, folder, leaf, name, revision, editor)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";

/// An asset's history as the writer continues it.
pub(crate) struct TrailRow {
    pub(crate) asset: AssetId,
    pub(crate) version: u32,
    pub(crate) versions: u32,
    pub(crate) latest_index: u64,
    pub(crate) latest_leaf: Hash,
}

/// An asset's row.
pub(crate) struct AssetRow {
    pub(crate) id: u64,
    pub(crate) item: i64,
    pub(crate) latest_event: u64,
    pub(crate) version: u32,
    pub(crate) versions: u32,
    pub(crate) status: DocumentStatus,
}

/// An event's row: what its entry commits to, and what it takes to open it.
pub(crate) struct EventRow<'a> {
    pub(crate) id: EventId,
    pub(crate) index: u64,
    pub(crate) asset: u64,
    pub(crate) statement: &'a crate::entry::Statement,
    pub(crate) seed: &'a [u8; 32],
    pub(crate) folder: i64,
    pub(crate) leaf: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) revision: &'a str,
    pub(crate) editor: Option<&'a str>,
}

pub(crate) fn trail(db: &Connection, asset: u64) -> Result<TrailRow, StoreError> {
    let row = db.prepare_cached(SELECT_TRAIL)?.query_row([asset], |row| {
        Ok(TrailRow {
            asset: row.get(0)?,
            version: row.get(1)?,
            versions: row.get(2)?,
            latest_index: row.get(3)?,
            latest_leaf: leaf_hash(&row.get::<_, Vec<u8>>(4)?),
        })
    })?;
    Ok(row)
}

pub(crate) fn insert_asset(
    db: &Connection,
    id: AssetId,
    tenancy: i64,
    row: &AssetRow,
) -> Result<(), StoreError> {
    db.prepare_cached(INSERT_ASSET)?.execute(params![
        row.id,
        id,
        tenancy,
        row.item,
        row.latest_event,
        row.version,
        row.versions,
        row.status,
    ])?;
    Ok(())
}

pub(crate) fn update_asset(db: &Connection, row: &AssetRow) -> Result<(), StoreError> {
    db.prepare_cached(UPDATE_ASSET)?.execute(params![
        row.id,
        row.item,
        row.latest_event,
        row.version,
        row.versions,
        row.status,
    ])?;
    Ok(())
}

/// Gives an asset to the item that continues it.
pub(crate) fn move_asset(db: &Connection, asset: u64, item: i64) -> Result<(), StoreError> {
    db.prepare_cached(MOVE_ASSET)?.execute((asset, item))?;
    Ok(())
}

pub(crate) fn insert_event(db: &Connection, row: &EventRow<'_>) -> Result<(), StoreError> {
    let statement = row.statement;
    db.prepare_cached(INSERT_EVENT)?.execute(params![
        row.index,
        row.id,
        row.asset,
        statement.version,
        statement.kind,
        statement.fingerprint.content_hash,
        statement.fingerprint.sha256,
        At(statement.declared_at),
        At(statement.accepted_at),
        statement.origin,
        statement.previous.map(|previous| previous.index),
        row.seed,
        row.folder,
        row.leaf,
        row.name,
        row.revision,
        row.editor,
    ])?;
    Ok(())
}

pub(crate) fn list(
    db: &Connection,
    tenancy: TenancyId,
    query: &AssetQuery,
) -> Result<AssetPage, StoreError> {
    let before = before_of(query.page_token.as_deref())?;
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
    let assets = rows.into_iter().map(|row| (row.asset, Some(row.private))).collect();
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

/// An asset's events, walking from each to the one before: no index is needed for that.
pub(crate) fn events(
    db: &Connection,
    asset: AssetId,
    before: Option<u64>,
    limit: u32,
) -> Result<Option<Vec<Event>>, StoreError> {
    let latest: Option<u64> =
        db.prepare_cached(SELECT_LATEST)?.query_row([asset], |row| row.get(0)).optional()?;
    let Some(latest) = latest else { return Ok(None) };
    let mut next = match before {
        Some(index) => event_at(db, index)?
            .filter(|event| event.asset == asset)
            .map_or(Ok(None), |event| previous(db, event.log_index))?,
        None => Some(latest),
    };
    let mut events = Vec::new();
    while let Some(index) = next.filter(|_| events.len() < limit as usize) {
        let event = event_at(db, index)?
            .ok_or_else(|| StoreError::Damaged(format!("event {index} is missing")))?;
        events.push(event);
        next = previous(db, index)?;
    }
    Ok(Some(events))
}

pub(crate) fn event(db: &Connection, id: EventId) -> Result<Option<Event>, StoreError> {
    let event = db.prepare_cached(SELECT_EVENT)?.query_row([id], read_event).optional()?;
    event.map(|event| with_checkpoint(db, event)).transpose()
}

pub(crate) fn event_at(db: &Connection, index: u64) -> Result<Option<Event>, StoreError> {
    let event = db.prepare_cached(SELECT_EVENT_AT)?.query_row([index], read_event).optional()?;
    event.map(|event| with_checkpoint(db, event)).transpose()
}

fn previous(db: &Connection, index: u64) -> Result<Option<u64>, StoreError> {
    Ok(db.prepare_cached(SELECT_PREVIOUS)?.query_row([index], |row| row.get(0))?)
}

fn with_checkpoint(db: &Connection, event: Event) -> Result<Event, StoreError> {
    Ok(Event { checkpoint: checkpoint_over(db, event.log_index)?, ..event })
}

fn tenancy_row(db: &Connection, tenancy: TenancyId) -> Result<Option<i64>, StoreError> {
    Ok(db.prepare_cached(SELECT_TENANCY)?.query_row([tenancy], |row| row.get(0)).optional()?)
}

/// A page token is the row of the last asset shown: nothing that the owner may not know.
fn before_of(token: Option<&str>) -> Result<i64, StoreError> {
    token.map_or(Ok(i64::MAX), |token| token.parse().map_err(|_| StoreError::PageToken))
}

struct ReadAsset {
    id: i64,
    asset: Asset,
    private: PrivateFields,
    publisher: Publisher,
}

fn read_one(db: &Connection, id: AssetId) -> Result<Option<ReadAsset>, StoreError> {
    Ok(db.prepare_cached(SELECT)?.query_row([id], read_row).optional()?)
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
    let publisher =
        Publisher { tenancy, name: row.get(17)?, verified_domain: row.get(18)? };
    Ok(ReadAsset { id: row.get(12)?, asset, private, publisher })
}

fn read_event(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        id: row.get(0)?,
        asset: row.get(1)?,
        tenancy: row.get(2)?,
        log_index: row.get(3)?,
        version: row.get(4)?,
        kind: row.get(5)?,
        fingerprint: Fingerprint { content_hash: row.get(6)?, sha256: row.get(7)? },
        declared_at: row.get::<_, At>(8)?.0,
        accepted_at: row.get::<_, At>(9)?.0,
        origin: row.get(10)?,
        checkpoint: None,
    })
}
