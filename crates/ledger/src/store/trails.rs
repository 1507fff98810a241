//! Trails: the rows that recording adds to an asset's history.

use tlog::{Hash, leaf_hash};

use super::db::{Db, Insert, params};
use super::values::{At, MaybeHash};
use crate::entry::Statement;
use crate::error::StoreError;
use crate::ids::AssetId;
use crate::model::asset::{DocumentStatus, Fingerprint};

const SELECT_TRAIL: &str = "
    select asset.uuid, asset.version, asset.versions, asset.latest_event, entry
    from asset join log_entry on log_entry.id = asset.latest_event where asset.id = ?1";
static INSERT_ASSET: Insert = Insert(
    "
    insert into asset (id, uuid, tenancy, item, latest_event, version, versions, status)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
);
const UPDATE_ASSET: &str = "
    update asset set item = ?2, latest_event = ?3, version = ?4, versions = ?5, status = ?6
    where id = ?1";
const SELECT_STATUS: &str = "select status from asset where id = ?1";
const SELECT_LATEST_FINGERPRINT: &str = "
    select content_hash, sha256 from asset join event on event.id = asset.latest_event
    where asset.id = ?1";
const MOVE_ASSET: &str = "update asset set item = ?2 where id = ?1";
static INSERT_EVENT: Insert = Insert(
    "
    insert into event (id, uuid, asset, version, kind, content_hash, sha256, declared_at,
        accepted_at, origin, previous, salts, folder, leaf, name, revision, editor)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
);

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
    pub(crate) index: u64,
    pub(crate) asset: u64,
    pub(crate) statement: &'a Statement,
    pub(crate) seed: &'a [u8; 32],
    /// Where the file is; a registered event is nowhere.
    pub(crate) place: Option<PlaceRow<'a>>,
    pub(crate) revision: Option<&'a str>,
    pub(crate) editor: Option<&'a str>,
}

/// A file's place in an event's row.
pub(crate) struct PlaceRow<'a> {
    pub(crate) folder: i64,
    pub(crate) leaf: &'a str,
    /// Where it differs from the leaf.
    pub(crate) name: Option<&'a str>,
}

pub(crate) fn trail(db: &Db, asset: u64) -> Result<TrailRow, StoreError> {
    db.query_row(SELECT_TRAIL, params![asset], |row| {
        Ok(TrailRow {
            asset: row.get(0)?,
            version: row.get(1)?,
            versions: row.get(2)?,
            latest_index: row.get(3)?,
            latest_leaf: leaf_hash(&row.get::<Vec<u8>>(4)?),
        })
    })
}

pub(crate) fn status(db: &Db, asset: u64) -> Result<DocumentStatus, StoreError> {
    db.query_row(SELECT_STATUS, params![asset], |row| row.get(0))
}

pub(crate) fn latest_fingerprint(db: &Db, asset: u64) -> Result<Fingerprint, StoreError> {
    db.query_row(SELECT_LATEST_FINGERPRINT, params![asset], |row| {
        Ok(Fingerprint { content_hash: row.get(0)?, sha256: row.get(1)? })
    })
}

pub(crate) fn insert_asset(
    db: &Db,
    id: AssetId,
    tenancy: i64,
    row: &AssetRow,
) -> Result<(), StoreError> {
    db.insert(
        &INSERT_ASSET,
        params![
            row.id,
            id,
            tenancy,
            row.item,
            row.latest_event,
            row.version,
            row.versions,
            row.status,
        ],
    )
}

pub(crate) fn update_asset(db: &Db, row: &AssetRow) -> Result<(), StoreError> {
    db.execute(
        UPDATE_ASSET,
        params![row.id, row.item, row.latest_event, row.version, row.versions, row.status,],
    )
}

/// Gives an asset to the item that continues it.
pub(crate) fn move_asset(db: &Db, asset: u64, item: i64) -> Result<(), StoreError> {
    db.execute(MOVE_ASSET, params![asset, item])
}

pub(crate) fn insert_event(db: &Db, row: &EventRow<'_>) -> Result<(), StoreError> {
    let (statement, place) = (row.statement, row.place.as_ref());
    db.insert(
        &INSERT_EVENT,
        params![
            row.index,
            statement.event,
            row.asset,
            statement.version,
            statement.kind,
            MaybeHash(statement.fingerprint.content_hash),
            statement.fingerprint.sha256,
            At(statement.declared_at),
            At(statement.accepted_at),
            statement.origin,
            statement.previous.map(|previous| previous.index),
            row.seed,
            place.map(|place| place.folder),
            place.map(|place| place.leaf),
            place.and_then(|place| place.name),
            row.revision,
            row.editor,
        ],
    )
}
