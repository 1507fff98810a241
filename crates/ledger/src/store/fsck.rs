//! What a check of everything reads, in long scans. What it means is `crate::fsck`'s business.

use std::collections::VecDeque;
use std::ops::Range;

use tlog::{Hash, TileId, leaf_hash};

use super::db::{Db, Row, params};
use super::log::tile_row;
use super::receipts::{private_fields, read_salts};
use super::values::{At, HashBlob, read_content, revision_tag};
use crate::entry::{Previous, Salts, Statement};
use crate::error::StoreError;
use crate::ids::{AssetId, EventId, TenancyId};
use crate::lookup::{Algorithm, fingerprints};
use crate::model::asset::{Content, EventKind, Origin, PrivateFields};
use crate::model::registered::{Said, Sharing};

const SELECT_ENTRIES: &str =
    "select id, entry from log_entry where id >= ?1 and id < ?2 order by id";
const SELECT_ENTRY_END: &str = "select coalesce(max(id) + 1, 0) from log_entry";
const SELECT_ENTRY_COUNT: &str = "select count(*) from log_entry /* every row */";
const SELECT_TILE: &str = "select hashes, root from log_tile where id = ?1";
const SELECT_CHECKPOINTS: &str =
    "select size, note from checkpoint where size >= ?1 order by size limit ?2";
const SELECT_EVENTS: &str = "
    select event.id, event.uuid, event.asset, event.version, event.kind, event.content_hash,
        event.sha256, event.declared_at, event.accepted_at, event.origin, event.previous,
        event.salts, folder.path, event.leaf, event.name, event.revision, event.editor,
        asset.uuid, tenancy.uuid, log_entry.entry, asset.sharing, registered_event.said
    from event
    left join asset on asset.id = event.asset
    left join tenancy on tenancy.id = asset.tenancy
    left join folder on folder.id = event.folder
    left join log_entry on log_entry.id = event.id
    left join registered_event on registered_event.event = event.id
    where event.id >= ?1 and event.id < ?2 order by event.id";
const SELECT_PREVIOUS: &str = "
    select log_entry.entry, event.asset, event.version
    from event join log_entry on log_entry.id = event.id where event.id = ?1";
/// Version and versions are one number: a withdrawal makes none and names the last.
const SELECT_WRONG_ASSETS: &str = "
    select asset.id from asset
    left join event as latest on latest.id = asset.latest_event
    left join event as first on first.id = asset.id
    left join item on item.id = asset.item
    where asset.id < ?1 and not coalesce(
        latest.asset = asset.id and latest.version = asset.version
        and latest.version = asset.versions
        and (latest.kind = 3 or asset.item = 0 or asset.status = case when latest.kind <> 2 then 1 else 0 end)
        and first.asset = asset.id and first.previous is null
        and (asset.item = 0 or item.asset = asset.id), false)";
const SELECT_RECORDED: &str = "
    select recorded.revision_tag, recorded.event, event.revision, event.id is not null, item.key,
        source.account, tenancy.uuid
    from recorded /* every row */
    left join event on event.id = recorded.event
    left join item on item.id = recorded.item
    left join source on source.id = item.source
    left join tenancy on tenancy.id = source.tenancy
    where recorded.event < ?1";
const SELECT_REGISTERED: &str = "select count(*), cast(coalesce(sum(event), 0) as bigint) from registered_event where event < ?1";
const SELECT_ITEMS: &str = "select id, source, key from item /* every row */";

/// So many checkpoints of some 200 bytes are in memory at once.
const CHECKPOINTS_FETCHED: u32 = 1_024;

/// The rows of the lookup, of events below a size.
pub(crate) const LOOKUP: &str = "
    select prefix, event from lookup where event < ?1 and level in (0, 1)";
/// The rows of the index of items; the size does not matter.
pub(crate) const ITEM_KEYS: &str = "
    select tag, item from item_key where cast(?1 as bigint) is not null and level in (0, 1)";
/// Whether the lookup has a row, on either level.
pub(crate) const HAS_LOOKUP: &str = "
    select exists (select 1 from lookup where level = 0 and prefix = ?1 and event = ?2)
        or exists (select 1 from lookup where level = 1 and prefix = ?1 and event = ?2)";
/// Whether the index of items has a row, on either level.
pub(crate) const HAS_ITEM_KEY: &str = "
    select exists (select 1 from item_key where level = 0 and tag = ?1 and item = ?2)
        or exists (select 1 from item_key where level = 1 and tag = ?1 and item = ?2)";

/// The entries of a range with their indexes, some of which may be missing.
pub(crate) fn entries(db: &Db, range: Range<u64>) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    db.query_all(SELECT_ENTRIES, params![range.start, range.end], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// The index behind the last entry.
pub(crate) fn entry_end(db: &Db) -> Result<u64, StoreError> {
    db.query_row(SELECT_ENTRY_END, params![], |row| row.get(0))
}

/// How many entries there are.
pub(crate) fn entry_count(db: &Db) -> Result<u64, StoreError> {
    db.query_row(SELECT_ENTRY_COUNT, params![], |row| row.get(0))
}

/// A full tile as it is stored.
pub(crate) struct TileRow {
    pub(crate) bytes: Vec<u8>,
    pub(crate) root: Hash,
}

/// A full tile, if it is there, as far as it can be read.
pub(crate) fn tile(db: &Db, id: TileId) -> Result<Option<Result<TileRow, StoreError>>, StoreError> {
    let read = |row: &Row<'_>| Ok(TileRow { bytes: row.get(0)?, root: row.get::<HashBlob>(1)?.0 });
    let id = tile_row(id.level(), id.index());
    db.optional(SELECT_TILE, params![id], |row| Ok(read(row)))
}

/// All checkpoints on their way out, smallest first, fetched many at a time.
pub(crate) struct Checkpoints<'a> {
    db: &'a Db,
    fetched: VecDeque<CheckpointText>,
    /// Where the next ones begin; below every size at first.
    from: i64,
}

/// A checkpoint's row.
pub(crate) struct CheckpointText {
    pub(crate) size: u64,
    pub(crate) note: Result<String, StoreError>,
}

impl<'a> Checkpoints<'a> {
    pub(crate) fn new(db: &'a Db) -> Self {
        Self { db, fetched: VecDeque::new(), from: i64::MIN }
    }

    pub(crate) fn next(&mut self) -> Result<Option<CheckpointText>, StoreError> {
        if self.fetched.is_empty() {
            self.fetch()?;
        }
        Ok(self.fetched.pop_front())
    }

    fn fetch(&mut self) -> Result<(), StoreError> {
        let bounds = params![self.from, CHECKPOINTS_FETCHED];
        let found = self.db.query_all(SELECT_CHECKPOINTS, bounds, |row| {
            Ok(CheckpointText { size: row.get(0)?, note: row.get(1) })
        })?;
        if let Some(last) = found.last() {
            self.from = last.size.cast_signed().saturating_add(1);
        }
        self.fetched = found.into();
        Ok(())
    }
}

/// An event with all that its entry was made of.
pub(crate) struct EventCheck {
    pub(crate) asset_row: u64,
    pub(crate) version: u32,
    pub(crate) fingerprint: Content,
    pub(crate) previous: Option<u64>,
    pub(crate) salts: Option<Salts>,
    pub(crate) private: PrivateFields,
    /// Its asset and tenancy, where both are there.
    pub(crate) owner: Option<(AssetId, TenancyId)>,
    pub(crate) entry: Option<Vec<u8>>,
    /// Whether everybody may find it.
    sharing: Option<Sharing>,
    /// What a registered event says.
    said: Option<String>,
    pub(crate) kind: EventKind,
    id: EventId,
    declared_at: At,
    accepted_at: At,
    origin: Origin,
}

/// The event before another one.
pub(crate) struct Before {
    pub(crate) link: Previous,
    pub(crate) asset_row: u64,
    pub(crate) version: u32,
}

impl EventCheck {
    /// What it says in public.
    pub(crate) fn statement(
        &self,
        asset: AssetId,
        publisher: TenancyId,
        previous: Option<Previous>,
    ) -> Statement {
        Statement {
            kind: self.kind,
            asset,
            event: self.id,
            version: self.version,
            fingerprint: self.fingerprint,
            declared_at: self.declared_at.0,
            accepted_at: self.accepted_at.0,
            publisher,
            origin: self.origin,
            previous,
            attributes: self.said.as_deref().map(Said::hash_of),
        }
    }

    /// What the lookup must find it under: nothing where it is private or made no version.
    pub(crate) fn filed(&self) -> impl Iterator<Item = (Algorithm, [u8; 32])> {
        let is_public = self.sharing != Some(Sharing::Private);
        let is_filed = self.kind != EventKind::Record && self.said.is_none()
            || matches!(self.kind, EventKind::NewAsset | EventKind::Publish);
        fingerprints(if is_public && is_filed { self.fingerprint } else { Content::NONE })
    }
}

/// The events of a range of indexes, as far as each can be read.
pub(crate) fn each_event(
    db: &Db,
    range: Range<u64>,
    mut each: impl FnMut(u64, Result<EventCheck, StoreError>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    db.each(SELECT_EVENTS, params![range.start, range.end], |row| {
        each(row.get(0)?, read_event(row))
    })
}

fn read_event(row: &Row<'_>) -> Result<EventCheck, StoreError> {
    let salts = read_salts(&row.get::<Vec<u8>>(11)?).ok();
    let (folder, leaf, name) = (row.get(12)?, row.get(13)?, row.get(14)?);
    let (revision, editor) = (row.get(15)?, row.get(16)?);
    let private = salts.as_ref().map_or_else(PrivateFields::default, |salts| {
        private_fields(salts, folder, leaf, name, revision, editor)
    });
    let (asset, tenancy): (Option<AssetId>, Option<TenancyId>) = (row.get(17)?, row.get(18)?);
    Ok(EventCheck {
        asset_row: row.get(2)?,
        version: row.get(3)?,
        fingerprint: read_content(row, 5)?,
        previous: row.get(10)?,
        salts,
        private,
        owner: asset.zip(tenancy),
        entry: row.get(19)?,
        sharing: row.get(20)?,
        said: row.get(21)?,
        id: row.get(1)?,
        kind: row.get(4)?,
        declared_at: row.get(7)?,
        accepted_at: row.get(8)?,
        origin: row.get(9)?,
    })
}

pub(crate) fn previous(db: &Db, index: u64) -> Result<Option<Before>, StoreError> {
    db.optional(SELECT_PREVIOUS, params![index], |row| {
        let leaf = leaf_hash(&row.get::<Vec<u8>>(0)?);
        let link = Previous { index, leaf };
        Ok(Before { link, asset_row: row.get(1)?, version: row.get(2)? })
    })
}

/// The assets whose rows do not follow from their events.
pub(crate) fn wrong_assets(db: &Db, size: u64) -> Result<Vec<i64>, StoreError> {
    db.query_all(SELECT_WRONG_ASSETS, params![size], |row| row.get(0))
}

/// An idempotency key and what it must be made of.
pub(crate) struct Recorded {
    pub(crate) event: u64,
    tag: i64,
    /// The key made again; `None` where the event or its item is missing.
    expected: Option<Expected>,
}

/// What an idempotency key should be.
enum Expected {
    Tag(i64),
    /// The revision was erased, so nobody can tell.
    Unknown,
}

impl Recorded {
    /// Whether the key is that of its event's revision, as far as anybody can still tell.
    pub(crate) fn is_right(&self) -> bool {
        match self.expected {
            Some(Expected::Tag(tag)) => tag == self.tag,
            Some(Expected::Unknown) => true,
            None => false,
        }
    }
}

/// The registered events below a size: how many there are, and the sum of their indexes.
pub(crate) struct RegisteredSum {
    pub(crate) count: u64,
    pub(crate) sum: u64,
}

/// Registered events have no revision, so they have no key for one either.
pub(crate) fn registered(db: &Db, size: u64) -> Result<RegisteredSum, StoreError> {
    let read = |row: &Row<'_>| Ok(RegisteredSum { count: row.get(0)?, sum: row.get(1)? });
    db.query_row(SELECT_REGISTERED, params![size], read)
}

/// The idempotency keys of events below a size, as far as each can be read.
pub(crate) fn each_recorded(
    db: &Db,
    size: u64,
    mut each: impl FnMut(Result<Recorded, StoreError>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    db.each(SELECT_RECORDED, params![size], |row| each(read_recorded(row)))
}

fn read_recorded(row: &Row<'_>) -> Result<Recorded, StoreError> {
    let has_event: bool = row.get(3)?;
    let revision: Option<String> = row.get(2)?;
    let (key, account): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
    let tenancy: Option<TenancyId> = row.get(6)?;
    let made_of = key.zip(account).zip(tenancy).filter(|_| has_event);
    let expected = made_of.map(|((key, account), tenancy)| {
        revision.map_or(Expected::Unknown, |revision| {
            Expected::Tag(revision_tag(tenancy, &account, &key, &revision))
        })
    });
    Ok(Recorded { event: row.get(1)?, tag: row.get(0)?, expected })
}

/// All items: each one's row with its source and key, as far as they can be read.
pub(crate) fn each_item(
    db: &Db,
    mut each: impl FnMut(i64, Result<(i64, String), StoreError>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let source_and_key = |row: &Row<'_>| Ok((row.get(1)?, row.get(2)?));
    db.each(SELECT_ITEMS, params![], |row| each(row.get(0)?, source_and_key(row)))
}

/// Every row of an index, [`LOOKUP`] or [`ITEM_KEYS`].
pub(crate) fn each_pair(
    db: &Db,
    statement: &'static str,
    size: u64,
    mut each: impl FnMut(i64, i64),
) -> Result<(), StoreError> {
    db.each(statement, params![size], |row| {
        each(row.get(0)?, row.get(1)?);
        Ok(())
    })
}

/// Whether an index has a row: [`HAS_LOOKUP`] or [`HAS_ITEM_KEY`].
pub(crate) fn has_pair(
    db: &Db,
    statement: &'static str,
    key: i64,
    value: i64,
) -> Result<bool, StoreError> {
    db.query_row(statement, params![key, value], |row| row.get(0))
}
