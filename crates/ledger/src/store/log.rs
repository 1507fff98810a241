//! The log's rows: entries, full tiles, the head, checkpoints. Everything else about the log, from
//! partial tiles to proofs, is computed from them on the way out.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use lru::LruCache;
use tlog::{BundleId, FullTile, Hash, NodeId, TILE_WIDTH, Tile, TileId, TileNodes, leaf_hash};

use super::db::{Db, Insert, params};
use super::values::{At, HashBlob};
use crate::error::StoreError;
use crate::model::asset::CheckpointSeen;

static INSERT_ENTRY: Insert = Insert("insert into log_entry (id, entry) values (?1, ?2)");
static INSERT_TILE: Insert = Insert("insert into log_tile (id, hashes, root) values (?1, ?2, ?3)");
const INSERT_HEAD: &str = "
    insert into log_head (id, size, root, frontier, fingerprints) values (0, ?1, ?2, ?3, 0)";
const REPLACE_HEAD: &str = "
    insert into log_head (id, size, root, frontier, fingerprints) values (0, ?1, ?2, ?3, ?4)
    on conflict (id) do update set size = excluded.size, root = excluded.root,
        frontier = excluded.frontier, fingerprints = excluded.fingerprints";
const ADVANCE_HEAD: &str = "
    update log_head set size = ?1, root = ?2, frontier = ?3, fingerprints = ?4
    where size = ?5 and root = ?6";
const INSERT_CHECKPOINT: &str = "
    insert into checkpoint (size, note, signed_at) values (?1, ?2, ?3) on conflict do nothing";
const SELECT_HEAD: &str = "select size, root, frontier, fingerprints from log_head";
const SELECT_ENTRY: &str = "select entry from log_entry where id = ?1";
const SELECT_ENTRIES: &str = "select entry from log_entry where id >= ?1 and id < ?2 order by id";
const SELECT_TILE: &str = "select hashes from log_tile where id = ?1";
const SELECT_TILE_ROOTS: &str = "select root from log_tile where id >= ?1 and id < ?2 order by id";
const SELECT_NEWEST_CHECKPOINT: &str =
    "select size, note from checkpoint order by size desc limit 1";
const SELECT_SIGNED_SIZE: &str = "select coalesce(max(size), 0) from checkpoint";
const SELECT_CHECKPOINT_OVER: &str =
    "select size, signed_at from checkpoint where size > ?1 order by size limit 1";
const SELECT_FINGERPRINTS: &str = "select fingerprints from log_head";

/// The row that says how far the log is.
pub(crate) struct HeadRow {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) frontier: Vec<u8>,
    pub(crate) fingerprints: u64,
}

/// The newest signed checkpoint.
pub(crate) struct CheckpointRow {
    pub(crate) size: u64,
    pub(crate) note: String,
}

pub(crate) fn insert_entry(db: &Db, index: u64, entry: &[u8]) -> Result<(), StoreError> {
    db.insert(&INSERT_ENTRY, params![index, entry])
}

pub(crate) fn insert_tile(db: &Db, tile: &FullTile) -> Result<(), StoreError> {
    let bytes: Vec<u8> = tile.hashes.iter().flat_map(|hash| hash.0).collect();
    let id = tile_row(tile.id.level(), tile.id.index());
    db.insert(&INSERT_TILE, params![id, bytes, HashBlob(tile.root)])
}

pub(crate) fn insert_head(db: &Db, head: &HeadRow) -> Result<(), StoreError> {
    db.execute(INSERT_HEAD, params![head.size, HashBlob(head.root), &head.frontier])
}

/// Replaces the head, whatever it is.
pub(crate) fn replace_head(db: &Db, head: &HeadRow) -> Result<(), StoreError> {
    db.execute(
        REPLACE_HEAD,
        params![head.size, HashBlob(head.root), &head.frontier, head.fingerprints],
    )
}

/// Compare-and-swap: whether the head was still the old one, and is the new one now.
pub(crate) fn advance_head(db: &Db, old: (u64, Hash), new: &HeadRow) -> Result<bool, StoreError> {
    let changed = db.changed(
        ADVANCE_HEAD,
        params![
            new.size,
            HashBlob(new.root),
            &new.frontier,
            new.fingerprints,
            old.0,
            HashBlob(old.1)
        ],
    )?;
    Ok(changed == 1)
}

pub(crate) fn head(db: &Db) -> Result<Option<HeadRow>, StoreError> {
    db.optional(SELECT_HEAD, params![], |row| {
        Ok(HeadRow {
            size: row.get(0)?,
            root: row.get::<HashBlob>(1)?.0,
            frontier: row.get(2)?,
            fingerprints: row.get(3)?,
        })
    })
}

pub(crate) fn fingerprints(db: &Db) -> Result<u64, StoreError> {
    db.query_row(SELECT_FINGERPRINTS, params![], |row| row.get(0))
}

/// Not flushed: the head that it signs is durable, and whoever finds that without a checkpoint signs it
/// again.
pub(crate) fn insert_checkpoint(
    db: &Db,
    size: u64,
    note: &str,
    signed_at: Timestamp,
) -> Result<(), StoreError> {
    db.execute_unflushed(INSERT_CHECKPOINT, params![size, note, At(signed_at)])
}

pub(crate) fn newest_checkpoint(db: &Db) -> Result<Option<CheckpointRow>, StoreError> {
    db.optional(SELECT_NEWEST_CHECKPOINT, params![], |row| {
        Ok(CheckpointRow { size: row.get(0)?, note: row.get(1)? })
    })
}

/// How much of the log is signed. Readers are shown nothing beyond: between a commit and its
/// signature there are rows that no receipt can prove yet.
pub(crate) fn signed_size(db: &Db) -> Result<u64, StoreError> {
    db.query_row(SELECT_SIGNED_SIZE, params![], |row| row.get(0))
}

/// The first checkpoint that covers an entry.
pub(crate) fn checkpoint_over(db: &Db, index: u64) -> Result<Option<CheckpointSeen>, StoreError> {
    db.optional(SELECT_CHECKPOINT_OVER, params![index], |row| {
        Ok(CheckpointSeen { size: row.get(0)?, at: row.get::<At>(1)?.0 })
    })
}

pub(crate) fn entry(db: &Db, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
    db.optional(SELECT_ENTRY, params![index], |row| row.get(0))
}

/// The bytes of a tile, if the signed log has it.
pub(crate) fn signed_tile(db: &Db, id: TileId) -> Result<Option<Vec<u8>>, StoreError> {
    id.is_in(signed_size(db)?).then(|| tile(db, id)).transpose()
}

/// The bytes of a bundle, if the signed log has it.
pub(crate) fn signed_bundle(db: &Db, id: BundleId) -> Result<Option<Vec<u8>>, StoreError> {
    id.is_in(signed_size(db)?).then(|| bundle(db, id)).transpose()
}

/// The bytes of a bundle that the log is known to have.
pub(crate) fn bundle(db: &Db, bundle: BundleId) -> Result<Vec<u8>, StoreError> {
    let entries = entries(db, bundle.entries())?;
    expect_count(entries.len(), bundle.width())?;
    tlog::encode_bundle(&entries).map_err(|_| StoreError::Damaged("an entry is too long".into()))
}

/// The bytes of a tile that the log is known to have: a full one as it was stored, a partial one
/// from the entries or tiles below it.
pub(crate) fn tile(db: &Db, tile: TileId) -> Result<Vec<u8>, StoreError> {
    let id = tile_row(tile.level(), tile.index());
    let stored: Option<Vec<u8>> = db.optional(SELECT_TILE, params![id], |row| row.get(0))?;
    let mut bytes = match (stored, tile.level()) {
        (Some(bytes), _) => bytes,
        (None, 0) => leaves_of(db, tile)?,
        (None, _) => roots_below(db, tile)?,
    };
    bytes.truncate(tile.byte_length());
    expect_count(bytes.len() / Hash::BYTES, tile.width())?;
    Ok(bytes)
}

/// The hashes of a tile that the log is known to have.
pub(crate) fn hashes(db: &Db, id: TileId) -> Result<Vec<Hash>, StoreError> {
    Ok(tile(db, id)?.as_chunks().0.iter().copied().map(Hash).collect())
}

/// Tiles that were hashed lately, for proofs of many reads to share.
pub(crate) struct TileCache(Mutex<CachedTiles>);

struct CachedTiles {
    /// Full tiles, and those of higher levels.
    lasting: LruCache<TileId, Arc<TileNodes>>,
    /// The last tile of level 0, which every proof meets and every commit replaces.
    last: Option<Arc<TileNodes>>,
}

/// Of 16 KiB each.
const CACHED_TILES_MAX: NonZeroUsize = NonZeroUsize::new(512).expect("invariant: 512 is not 0");

impl TileCache {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(CachedTiles { lasting: LruCache::new(CACHED_TILES_MAX), last: None }))
    }

    fn get(&self, id: TileId) -> Option<Arc<TileNodes>> {
        let mut tiles = self.tiles();
        let last = tiles.last.as_ref().filter(|last| last.id() == id).cloned();
        last.or_else(|| tiles.lasting.get(&id).cloned())
    }

    fn put(&self, nodes: &Arc<TileNodes>) {
        let id = nodes.id();
        if id.is_full() || id.level() > 0 {
            self.tiles().lasting.put(id, Arc::clone(nodes));
        } else {
            self.tiles().last = Some(Arc::clone(nodes));
        }
    }

    fn tiles(&self) -> MutexGuard<'_, CachedTiles> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nodes of the tree of one size. It keeps the tiles that it hashed, because the nodes of proofs
/// share them.
pub(crate) struct Nodes<'a> {
    db: &'a Db,
    size: u64,
    cache: Option<&'a TileCache>,
    tiles: Vec<Arc<TileNodes>>,
}

impl<'a> Nodes<'a> {
    /// Nodes out of what is stored now, for whoever checks what is stored.
    pub(crate) fn new(db: &'a Db, size: u64) -> Self {
        Self { db, size, cache: None, tiles: Vec::new() }
    }

    /// Nodes out of tiles that may have been read before.
    pub(crate) fn cached(db: &'a Db, size: u64, cache: &'a TileCache) -> Self {
        Self { cache: Some(cache), ..Self::new(db, size) }
    }

    pub(crate) fn read(&mut self, node: NodeId) -> Result<Hash, StoreError> {
        let damaged = || StoreError::Damaged(format!("the log lacks node {node:?}"));
        let id = TileId::holding(node, self.size).ok_or_else(damaged)?;
        if !self.tiles.iter().any(|tile| tile.id() == id) {
            let tile = self.hashed(id)?;
            self.tiles.push(tile);
        }
        let tile = self.tiles.iter().find(|tile| tile.id() == id);
        tile.and_then(|tile| tile.node(node)).ok_or_else(damaged)
    }

    fn hashed(&self, id: TileId) -> Result<Arc<TileNodes>, StoreError> {
        if let Some(tile) = self.cache.and_then(|cache| cache.get(id)) {
            return Ok(tile);
        }
        let bytes = tile(self.db, id)?;
        let stored =
            Tile::new(id, &bytes).map_err(|error| StoreError::Damaged(error.to_string()))?;
        let nodes = Arc::new(TileNodes::new(&stored));
        if let Some(cache) = self.cache {
            cache.put(&nodes);
        }
        Ok(nodes)
    }
}

fn leaves_of(db: &Db, tile: TileId) -> Result<Vec<u8>, StoreError> {
    let first = tile.index() * u64::from(TILE_WIDTH);
    let entries = entries(db, first..first + u64::from(tile.width()))?;
    Ok(entries.iter().flat_map(|entry| leaf_hash(entry).0).collect())
}

fn roots_below(db: &Db, tile: TileId) -> Result<Vec<u8>, StoreError> {
    let first = tile_row(tile.level() - 1, tile.index() * u64::from(TILE_WIDTH));
    let end = first + i64::from(tile.width());
    let roots: Vec<[u8; 32]> =
        db.query_all(SELECT_TILE_ROOTS, params![first, end], |row| row.get(0))?;
    Ok(roots.into_flattened())
}

fn entries(db: &Db, range: std::ops::Range<u64>) -> Result<Vec<Vec<u8>>, StoreError> {
    db.query_all(SELECT_ENTRIES, params![range.start, range.end], |row| row.get(0))
}

fn expect_count(found: usize, expected: u16) -> Result<(), StoreError> {
    if found == usize::from(expected) {
        return Ok(());
    }
    Err(StoreError::Damaged(format!("the log lacks entries: {found} of {expected} are there")))
}

/// Levels end at 7 and indexes below 2^55, so level and index share a row id.
pub(super) fn tile_row(level: u8, index: u64) -> i64 {
    (u64::from(level) << 56 | index).cast_signed()
}
