//! The log: entries, tiles, frontier and head against each other, and every checkpoint against
//! the entries and the key that entry 0 names.

use tlog::{
    BundleId, Checkpoint, Frontier, Hash, LogCheck, SignedNote, TILE_WIDTH, Tile, TileId,
    VerifierKey, compare_tile, leaf_hash,
};

use super::{Fsck, Start, readable, rebuild, restore};
use crate::entry::Policy;
use crate::error::StoreError;
use crate::store::db::Db;
use crate::store::fsck as rows;
use crate::store::log::{self, HeadRow};

/// The pass from entry 0 to the head.
struct LogPass<'a, 'r> {
    db: &'a Db,
    size: u64,
    check: LogCheck,
    /// The log as its stored hashes have it, to be held against checkpoints on the way.
    tree: Frontier,
    checkpoints: rows::Checkpoints<'a>,
    /// A checkpoint further on.
    next: Option<rows::CheckpointText>,
    key: Option<VerifierKey>,
    report: &'r mut Fsck,
}

pub(super) fn check(db: &Db, start: &Start, report: &mut Fsck) -> Result<(), StoreError> {
    let size = start.size;
    let key = key_of(db, report)?;
    report.key.clone_from(&key);
    let mut pass = LogPass {
        db,
        size,
        check: LogCheck::new(),
        tree: Frontier::new(),
        checkpoints: rows::Checkpoints::new(db),
        next: None,
        key,
        report,
    };
    pass.next_checkpoint()?;
    for bundle in BundleId::all(size) {
        pass.bundle(bundle)?;
    }
    pass.finish(start.head.as_ref());
    Ok(())
}

/// The key that entry 0 names.
fn key_of(db: &Db, report: &mut Fsck) -> Result<Option<VerifierKey>, StoreError> {
    let Some(entry) = log::entry(db, 0)? else {
        report.add(restore("entry 0", "it is missing"));
        return Ok(None);
    };
    let policy = Policy::parse(&entry);
    if policy.is_err() {
        report.add(restore("entry 0", "it is not the policy of a log"));
    }
    Ok(policy.ok().map(|policy| policy.key))
}

impl LogPass<'_, '_> {
    fn bundle(&mut self, bundle: BundleId) -> Result<(), StoreError> {
        let leaves = self.leaves(bundle)?;
        let level_0 = TileId::at(0, bundle.index(), self.size);
        let stored = match level_0.filter(|tile| tile.is_full()) {
            Some(tile) => self.stored(tile)?,
            None => None,
        };
        let mut found = Vec::new();
        let full = self.check.take(&leaves, stored.as_deref(), &mut found);
        for disagreement in found {
            self.report.add(restore(disagreement.to_string(), "entry and tile do not fit"));
        }
        for tile in full {
            if let Some(stored) = self.stored(tile.id)? {
                self.compare(tile.id, &tile.hashes, &stored);
            }
        }
        for leaf in stored.as_deref().unwrap_or(&leaves) {
            self.tree.push(*leaf, &mut |_, _| ());
            self.checkpoints_here()?;
        }
        Ok(())
    }

    /// The leaf hashes of a bundle's entries. One that is missing leaves a gap that is told, and a
    /// hash that fits nowhere.
    fn leaves(&mut self, bundle: BundleId) -> Result<Vec<Hash>, StoreError> {
        let mut found = rows::entries(self.db, bundle.entries())?.into_iter().peekable();
        let mut leaves = Vec::with_capacity(usize::from(bundle.width()));
        for index in bundle.entries() {
            let entry = found.next_if(|(id, _)| *id == index);
            if entry.is_none() {
                self.report.add(restore(format!("entry {index}"), "it is missing"));
            }
            leaves.push(entry.map_or(tlog::EMPTY_ROOT, |(_, entry)| leaf_hash(&entry)));
        }
        Ok(leaves)
    }

    /// A full tile's hashes as they are stored, and whether its stored root follows from them.
    fn stored(&mut self, id: TileId) -> Result<Option<Vec<Hash>>, StoreError> {
        let place = || id.path();
        let Some(row) = rows::tile(self.db, id)? else {
            self.report.add(rebuild(place(), "it is missing"));
            return Ok(None);
        };
        let Some(row) = readable(row, place, self.report)? else { return Ok(None) };
        let Ok(tile) = Tile::new(id, &row.bytes) else {
            let problem = format!("it is {} bytes long, not {}", row.bytes.len(), id.byte_length());
            self.report.add(rebuild(place(), problem));
            return Ok(None);
        };
        if tile.node(id.root()) != Some(row.root) {
            self.report.add(rebuild(place(), "the root that is kept beside it is another one"));
        }
        Ok(Some(tile.hashes().collect()))
    }

    fn compare(&mut self, tile: TileId, expected: &[Hash], stored: &[Hash]) {
        for disagreement in compare_tile(tile, expected, stored) {
            self.report.add(rebuild(disagreement.to_string(), "the tiles do not fit"));
        }
    }

    fn next_checkpoint(&mut self) -> Result<(), StoreError> {
        self.next = self.checkpoints.next()?;
        Ok(())
    }

    /// Checks every checkpoint of the size that was reached.
    fn checkpoints_here(&mut self) -> Result<(), StoreError> {
        while let Some(row) = self.next.take_if(|next| next.size <= self.tree.size()) {
            let (size, root) = (self.tree.size(), self.tree.root());
            if let Err(problem) = self.check_checkpoint(&row, size, root) {
                self.report.add(restore(format!("checkpoint {}", row.size), problem));
            }
            self.report.checkpoints += 1;
            self.next_checkpoint()?;
        }
        Ok(())
    }

    fn check_checkpoint(
        &self,
        row: &rows::CheckpointText,
        size: u64,
        root: Hash,
    ) -> Result<(), String> {
        let note = row.note.as_ref().map_err(|_| "it is not a text".to_owned())?;
        let note = SignedNote::parse(note).map_err(|error| error.to_string())?;
        let signed = match &self.key {
            Some(key) => Checkpoint::open(&note, key).map_err(|error| explain(&error))?,
            None => Checkpoint::parse(note.text()).map_err(|error| error.to_string())?,
        };
        if row.size != size || signed.size != size {
            return Err(format!(
                "it is kept as one of {} entries and says {}",
                row.size, signed.size
            ));
        }
        if signed.root == root { Ok(()) } else { Err("the entries have another root".to_owned()) }
    }

    /// What can only be said at the end.
    fn finish(self, head: Option<&HeadRow>) {
        let Self { size, check, tree, next, report, .. } = self;
        if let Some(beyond) = next {
            let problem = format!("the log has {size} entries");
            report.add(restore(format!("checkpoint {}", beyond.size), problem));
        }
        let Some(head) = head else { return };
        report.root = Some(head.root);
        if let Err(disagreement) = check.finish(&head.root) {
            report.add(restore("the head", disagreement.to_string()));
        }
        if head.frontier != tree.to_bytes() {
            report.add(rebuild("the frontier", "it does not follow from the entries"));
        }
    }
}

/// An error with its causes in one line.
fn explain(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {}", explain(cause)));
    format!("{error}{}", cause.unwrap_or_default())
}

const _: () = assert!(TILE_WIDTH == 256, "bundles and tiles of level 0 have the same indexes");
