//! Registered assets and events: the rows that they have beside those of every asset and event.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use tlog::leaf_hash;

use super::db::{Db, Insert, Row, params};
use super::trails::{self, EventRow};
use super::values::{At, tag_of};
use crate::entry::{Previous, Statement};
use crate::error::StoreError;
use crate::ids::{AssetId, TenancyId};
use crate::model::asset::{Content, DocumentStatus};
use crate::model::attributes::{AttributeValue, Attributes};
use crate::model::registered::{OnceKey, Principals, Said, Sharing, Tracking};

const SELECT_TENANCY: &str = "select id from tenancy where uuid = ?1";
static INSERT_ASSET: Insert = Insert(
    "
    insert into asset (id, uuid, tenancy, item, latest_event, version, versions, status, sharing)
    values (?1, ?2, ?3, 0, ?1, 1, 1, ?4, ?5)",
);
static INSERT_DETAILS: Insert = Insert(
    "
    insert into registered_asset (asset, tenancy, attributes, tracking) values (?1, ?2, ?3, ?4)",
);
const UPDATE_ASSET: &str = "
    update asset set latest_event = ?2, version = ?3, versions = ?3, status = ?4 where id = ?1";
const UPDATE_DETAILS: &str = "
    update registered_asset set attributes = ?2, tracking = ?3 where asset = ?1";
const SELECT_ASSET: &str = "
    select asset.id, tenancy.uuid, asset.sharing, asset.status, asset.versions,
        registered_asset.attributes, registered_asset.tracking, latest.content_hash, latest.sha256,
        latest.id, log_entry.entry
    from asset
    join tenancy on tenancy.id = asset.tenancy
    join event as latest on latest.id = asset.latest_event
    join log_entry on log_entry.id = asset.latest_event
    left join registered_asset on registered_asset.asset = asset.id
    where asset.uuid = ?1";
static INSERT_SAID: Insert =
    Insert("insert into registered_event (event, said, recorder) values (?1, ?2, ?3)");
const SELECT_SAID: &str = "select said from registered_event where event = ?1";
static INSERT_TAG: Insert = Insert("insert into attribute_tag (tag, asset) values (?1, ?2)");
const DELETE_TAG: &str = "delete from attribute_tag where tag = ?1 and asset = ?2";
const SELECT_ONCE: &str = "select request, made from once where tenancy = ?1 and key = ?2";
const INSERT_ONCE: &str =
    "insert into once (tenancy, key, request, made, at) values (?1, ?2, ?3, ?4, ?5)";
const DELETE_OLD_ONCE: &str = "delete from once where at < ?1";

const ATTRIBUTE_DOMAIN: &str = "proofbox/attribute/v1\n";

/// A registered asset as the writer continues it.
pub(crate) struct RegisteredRow {
    pub(crate) row: u64,
    pub(crate) tenancy: TenancyId,
    pub(crate) sharing: Sharing,
    pub(crate) status: DocumentStatus,
    pub(crate) versions: u32,
    /// `None` for an asset that follows a linked file.
    pub(crate) details: Option<(Attributes, Tracking)>,
    /// The content of its current version.
    pub(crate) content: Content,
    /// Its newest event.
    pub(crate) latest: Previous,
}

/// The registered assets that a batch makes or changes: their rows may wait, so they are known here.
#[derive(Clone, Default)]
pub(crate) struct ChangedAssets(HashSet<AssetId>);

impl ChangedAssets {
    /// Adds one.
    pub(crate) fn add(&mut self, asset: AssetId) {
        self.0.insert(asset);
    }

    /// Forgets which those of a batch were: all of them are stored.
    pub(crate) fn settle(&mut self) {
        // With what it takes to hold them, which each copy would take, too.
        self.0 = HashSet::new();
    }
}

pub(crate) fn tenancy_row(db: &Db, id: TenancyId) -> Result<Option<i64>, StoreError> {
    db.optional(SELECT_TENANCY, params![id], |row| row.get(0))
}

pub(crate) fn asset(
    db: &Db,
    id: AssetId,
    changed: &ChangedAssets,
) -> Result<Option<RegisteredRow>, StoreError> {
    if changed.0.contains(&id) {
        db.settle()?;
    }
    let read = |row: &Row<'_>| {
        let content = super::values::read_content(row, 7)?;
        let (text, tracking): (Option<String>, Option<Tracking>) = (row.get(5)?, row.get(6)?);
        let row = RegisteredRow {
            row: row.get(0)?,
            tenancy: row.get(1)?,
            sharing: row.get(2)?,
            status: row.get(3)?,
            versions: row.get(4)?,
            details: None,
            content,
            latest: Previous { index: row.get(9)?, leaf: leaf_hash(&row.get::<Vec<u8>>(10)?) },
        };
        Ok((row, text.zip(tracking)))
    };
    let found = db.optional_beside(SELECT_ASSET, params![id], read)?;
    let Some((mut row, details)) = found else { return Ok(None) };
    row.details = match details {
        Some((text, tracking)) => Some((read_attributes(&text)?, tracking)),
        None => None,
    };
    Ok(Some(row))
}

/// Makes the rows of a new asset, whose id is its first event's place in the log.
pub(crate) fn insert_asset(
    db: &Db,
    row: u64,
    id: AssetId,
    tenancy: (TenancyId, i64),
    sharing: Sharing,
    status: DocumentStatus,
    attributes: &Attributes,
) -> Result<(), StoreError> {
    let (tenancy, tenancy_row) = tenancy;
    db.insert(&INSERT_ASSET, params![row, id, tenancy_row, status, sharing])?;
    let text = write_attributes(attributes);
    db.insert(&INSERT_DETAILS, params![row, tenancy_row, text, Tracking::Tracked])?;
    insert_tags(db, tenancy, row, texts(attributes))
}

/// Stores what an event made of an asset.
pub(crate) fn update_asset(
    db: &Db,
    old: &RegisteredRow,
    latest_event: u64,
    versions: u32,
    status: DocumentStatus,
    now: (&Attributes, Tracking),
) -> Result<(), StoreError> {
    let (attributes, tracking) = now;
    db.execute(UPDATE_ASSET, params![old.row, latest_event, versions, status])?;
    let text = write_attributes(attributes);
    db.execute(UPDATE_DETAILS, params![old.row, text, tracking])?;
    let before = old.details.as_ref().map(|(attributes, _)| attributes);
    for (name, text) in before.into_iter().flat_map(texts) {
        if attributes.text(name) != Some(text) {
            db.execute(DELETE_TAG, params![attribute_tag(old.tenancy, name, text), old.row])?;
        }
    }
    let is_new = |(name, text): &(&str, &str)| {
        before.and_then(|attributes| attributes.text(name)) != Some(text)
    };
    insert_tags(db, old.tenancy, old.row, texts(attributes).filter(is_new))
}

/// Files an asset under attributes under which it is not found yet.
fn insert_tags<'a>(
    db: &Db,
    tenancy: TenancyId,
    asset: u64,
    texts: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), StoreError> {
    let tags: BTreeSet<i64> =
        texts.map(|(name, text)| attribute_tag(tenancy, name, text)).collect();
    tags.iter().try_for_each(|tag| db.insert(&INSERT_TAG, params![tag, asset]))
}

/// Makes the rows of an event. Its recorder is another tenancy's row, if another one recorded it.
pub(crate) fn insert_event(
    db: &Db,
    index: u64,
    asset: u64,
    statement: &Statement,
    seed: &[u8; 32],
    words: (&str, &str),
    recorder: Option<i64>,
) -> Result<(), StoreError> {
    let (said, principals) = words;
    let editor = Some(principals);
    let row = EventRow { index, asset, statement, seed, place: None, revision: None, editor };
    trails::insert_event(db, &row)?;
    db.insert(&INSERT_SAID, params![index, said, recorder])
}

/// The canonical text of what a registered event says; `None` of one that follows a linked file.
pub(crate) fn said(db: &Db, event: u64) -> Result<Option<String>, StoreError> {
    db.optional(SELECT_SAID, params![event], |row| row.get(0))
}

/// Who made a registered event; blank once it was erased.
pub(crate) fn read_principals(event: u64, text: Option<String>) -> Result<Principals, StoreError> {
    text.map_or(Ok(Principals::default()), |text| {
        serde_json::from_str(&text)
            .map_err(|_| StoreError::Damaged(format!("the principals of event {event}")))
    })
}

/// The fold of a registered asset's events up to one of them.
pub(crate) fn fold(db: &Db, mut events: Vec<u64>) -> Result<(Attributes, Tracking), StoreError> {
    events.sort_unstable();
    let (mut attributes, mut tracking) = (Attributes::default(), Tracking::Tracked);
    for event in events {
        let said = said(db, event)?
            .ok_or_else(|| StoreError::Damaged(format!("the words of event {event}")))?;
        let said = Said::read(&said)?;
        attributes.fold(&said.asset_attributes);
        tracking = tracking.after(&said);
    }
    Ok((attributes, tracking))
}

pub(crate) fn read_attributes(text: &str) -> Result<Attributes, StoreError> {
    serde_json::from_str(text)
        .map_err(|_| StoreError::Damaged("the attributes of an asset".to_owned()))
}

fn write_attributes(attributes: &Attributes) -> String {
    serde_json::to_string(attributes).expect("invariant: texts in maps are always JSON")
}

fn texts(attributes: &Attributes) -> impl Iterator<Item = (&str, &str)> {
    attributes.iter().filter_map(|(name, value)| match value {
        AttributeValue::Text(text) => Some((name, text.as_str())),
        _ => None,
    })
}

/// Where the assets of a tenancy with this attribute are found.
pub(crate) fn attribute_tag(tenancy: TenancyId, name: &str, text: &str) -> i64 {
    tag_of(ATTRIBUTE_DOMAIN, &[tenancy.as_bytes(), name.as_bytes(), text.as_bytes()])
}

/// What a request with this key made before: the same request, another one, or nothing yet.
pub(crate) fn once(db: &Db, tenancy: i64, key: &OnceKey) -> Result<Option<Before>, StoreError> {
    let found: Option<([u8; 32], Vec<u8>)> =
        db.optional(SELECT_ONCE, params![tenancy, key.key], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.map(
        |(request, made)| {
            if request == key.request { Before::Same(made) } else { Before::Other }
        },
    ))
}

/// An earlier request with the same key.
pub(crate) enum Before {
    /// The same request; these identities were made.
    Same(Vec<u8>),
    /// Another request.
    Other,
}

pub(crate) fn insert_once(
    db: &Db,
    tenancy: i64,
    key: &OnceKey,
    made: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    db.execute(DELETE_OLD_ONCE, params![At(now - ONCE_KEPT)])?;
    db.execute(INSERT_ONCE, params![tenancy, key.key, key.request, made, At(now)])
}

/// How long a key is remembered.
const ONCE_KEPT: std::time::Duration = std::time::Duration::from_hours(30 * 24);
