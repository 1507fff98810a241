//! Making again what follows from the entries, the events and the items: tiles, head and frontier,
//! the lookup, the index of items, how many events there are. For when [`crate::fsck`] says that one
//! of these is damaged.
//!
//! It never decides what the log is: the entries must lead to the root that was signed last, or
//! nothing is changed. All of it happens in one transaction, on a directory that nobody serves.

use tlog::{BundleId, Checkpoint, Hash, RightEdge, SignedNote, leaf_hash};

use crate::entry::Policy;
use crate::error::{OpenError, StoreError};
use crate::fsck::Progress;
use crate::location::Location;
use crate::lock::DirectoryLock;
use crate::lookup::LookupId;
use crate::store::db::Db;
use crate::store::log::HeadRow;
use crate::store::lookup::ordered;
use crate::store::{self, fsck as rows, log, rebuild as derived};

/// What was made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many entries the log has.
    pub entries: u64,
    /// The root over them.
    pub root: Hash,
    /// How many full tiles they make.
    pub tiles: u64,
    /// How many fingerprints lead to events.
    pub fingerprints: u64,
    /// How many items are indexed.
    pub items: u64,
}

/// Rebuilds a data directory. The log keeps its entries, its root and its checkpoints.
pub fn rebuild(at: impl Into<Location>, progress: Progress<'_>) -> Result<Rebuilt, OpenError> {
    let at = at.into();
    drop(store::open_to_check(&at)?);
    let _lock = DirectoryLock::take(&at.directory)?;
    let db = store::open_writer(&at)?;
    rebuild_all(&db, progress).map_err(|error| match error {
        StoreError::Damaged(what) => OpenError::Damaged { place: at.to_string(), what },
        source => OpenError::Store { place: at.to_string(), source },
    })
}

fn rebuild_all(db: &Db, progress: Progress<'_>) -> Result<Rebuilt, StoreError> {
    let transaction = db.transaction()?;
    let signed = signed_head(&transaction)?;
    let size = rows::entry_end(&transaction)?;
    if size < signed.size {
        let (found, signed) = (size, signed.size);
        return Err(damaged(format!("{found} of the {signed} entries that were signed are left")));
    }
    let (edge, tiles) = tiles(&transaction, size, &signed, progress)?;
    let fingerprints = lookup(&transaction, size, progress)?;
    let (root, frontier) = (edge.root(), edge.frontier().to_bytes());
    log::replace_head(&transaction, &HeadRow { size, root, frontier, fingerprints })?;
    let items = derived::item_keys(&transaction)?;
    derived::count_events(&transaction)?;
    transaction.commit()?;
    Ok(Rebuilt { entries: size, root, tiles, fingerprints, items })
}

/// The head that was signed last, by the key that entry 0 names.
fn signed_head(db: &Db) -> Result<Checkpoint, StoreError> {
    let entry = log::entry(db, 0)?.ok_or_else(|| damaged("the log has no entry 0"))?;
    let policy = Policy::parse(&entry).map_err(|_| damaged("the log's entry 0 is malformed"))?;
    let newest =
        log::newest_checkpoint(db)?.ok_or_else(|| damaged("no checkpoint was ever signed"))?;
    let malformed = |error: &dyn std::error::Error| {
        damaged(format!("the checkpoint of {} entries cannot be used: {error}", newest.size))
    };
    let note = SignedNote::parse(&newest.note).map_err(|error| malformed(&error))?;
    Checkpoint::open(&note, &policy.key).map_err(|error| malformed(&error))
}

/// Cuts the entries into tiles, and stops where they don't lead to the signed root.
fn tiles(
    db: &Db,
    size: u64,
    signed: &Checkpoint,
    progress: Progress<'_>,
) -> Result<(RightEdge, u64), StoreError> {
    derived::delete_tiles(db)?;
    let (mut edge, mut tiles) = (RightEdge::new(), 0);
    for bundle in BundleId::all(size) {
        for (index, entry) in rows::entries(db, bundle.entries())? {
            if index != edge.size() {
                return Err(damaged(format!("entry {} is missing", edge.size())));
            }
            for tile in edge.push(leaf_hash(&entry)) {
                log::insert_tile(db, &tile)?;
                tiles += 1;
            }
            if edge.size() == signed.size && edge.root() != signed.root {
                return Err(damaged("the entries do not lead to the root that was signed last"));
            }
        }
        progress(edge.size(), size * 2);
    }
    Ok((edge, tiles))
}

/// Files every event under its fingerprints; gives how many those are.
fn lookup(db: &Db, size: u64, progress: Progress<'_>) -> Result<u64, StoreError> {
    derived::delete_lookup(db)?;
    let mut count = 0;
    rows::each_event(db, 1..size, |index, event| {
        for (algorithm, hash) in event?.filed() {
            let prefix = LookupId::of(algorithm, &hash).prefix();
            derived::insert_lookup(db, ordered(prefix), index)?;
            count += 1;
        }
        progress(size + index, size * 2);
        Ok(())
    })?;
    Ok(count)
}

fn damaged(what: impl Into<String>) -> StoreError {
    StoreError::Damaged(what.into())
}
