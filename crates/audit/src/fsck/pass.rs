//! One pass over entries and tiles, and who is to blame where they differ.
//!
//! Entries and tiles of level 0 say the same thing twice. From their first difference on the pass
//! follows both; at its end one of the two leads to the signed root, and then it is the other that
//! is wrong, file by file. Where neither does, both files are named.

use tlog::{
    BundleId, Disagreement, FullTile, Hash, LogCheck, TILE_HEIGHT, TILE_WIDTH, TileId, compare_tile,
};

use super::{Findings, Wrong, flaw_of};
use crate::fetch::{self, Bundle, FetchError, Flaw};
use crate::{LogFile, LogReader};

/// More contradictions than this are not kept: they are one large damage.
const DISAGREEMENTS_MAX: usize = 10_000;

/// What a log says of up to 256 entries, in two files.
pub(super) struct Place {
    pub(super) id: BundleId,
    pub(super) bundle: Option<Bundle>,
    hashes: Option<Vec<Hash>>,
    flaws: Vec<(LogFile, Flaw)>,
}

impl Place {
    /// Reads both files at once.
    pub(super) async fn fetch<R: LogReader>(reader: &R, id: BundleId) -> Result<Self, FetchError> {
        let tile = TileId::new(0, id.index(), id.width());
        let hashes = async {
            match tile {
                Some(tile) => fetch::tile(reader, tile).await.map(Some),
                None => Ok(None),
            }
        };
        let (bundle, hashes) = futures_util::future::join(fetch::bundle(reader, id), hashes).await;
        let mut flaws = Vec::new();
        let bundle = flaw_of(bundle)?.map_err(|flaw| flaws.push(flaw)).ok();
        let hashes = flaw_of(hashes)?.map_err(|flaw| flaws.push(flaw)).ok().flatten();
        Ok(Self { id, bundle, hashes, flaws })
    }

    /// What is wrong with the files by themselves.
    pub(super) fn flaws(&self) -> impl Iterator<Item = (LogFile, Flaw)> + '_ {
        self.flaws.iter().cloned()
    }
}

/// The pass.
pub(super) struct Pass {
    size: u64,
    /// As the tiles of level 0 have it.
    tiles: Line,
    /// As the entries have it, from the first difference on.
    entries: Option<Line>,
    /// The tiles of which neither entries nor hashes could be had.
    lost: Vec<TileId>,
}

/// One telling of the log.
#[derive(Clone, Default)]
struct Line {
    check: LogCheck,
    found: Vec<Disagreement>,
    /// Tiles that follow from it and weren't compared yet.
    awaited: Vec<(TileId, Vec<Hash>)>,
}

impl Pass {
    pub(super) fn new(size: u64) -> Self {
        Self { size, tiles: Line::default(), entries: None, lost: Vec::new() }
    }

    /// How many entries were taken.
    pub(super) fn size(&self) -> u64 {
        self.tiles.check.size()
    }

    /// Takes the next entries; gives the tiles of higher levels to be compared now.
    pub(super) fn take(&mut self, place: &Place) -> Vec<TileId> {
        let leaves = match (&place.bundle, &place.hashes) {
            (Some(bundle), _) => bundle.leaves(),
            (None, Some(hashes)) => hashes.clone(),
            (None, None) => {
                self.lost.extend(TileId::new(0, place.id.index(), place.id.width()));
                vec![Hash([0; Hash::BYTES]); place.id.width().into()]
            }
        };
        let hashes = place.hashes.as_deref();
        if hashes.is_some_and(|hashes| hashes != leaves) && self.entries.is_none() {
            self.entries = Some(Line { found: Vec::new(), ..self.tiles.clone() });
        }
        if let Some(entries) = &mut self.entries {
            entries.take(&leaves, None);
        }
        self.tiles.take(&leaves, hashes)
    }

    /// The partial tiles of higher levels, to be compared when all entries were taken.
    pub(super) fn last_tiles(&mut self) -> Vec<TileId> {
        if let Some(entries) = &mut self.entries {
            entries.await_last();
        }
        self.tiles.await_last()
    }

    /// Compares a stored tile with what follows from those below, in both tellings.
    pub(super) fn compare(&mut self, tile: TileId, stored: &[Hash]) {
        self.tiles.compare(tile, stored);
        if let Some(entries) = &mut self.entries {
            entries.compare(tile, stored);
        }
    }

    /// Decides what is wrong.
    pub(super) fn finish(self, root: &Hash, findings: &mut Findings) {
        let size = self.size;
        let Self { tiles, entries, lost, .. } = self;
        let entries_are_right =
            entries.as_ref().is_some_and(|line| line.check.finish(root).is_ok());
        if !lost.is_empty() {
            let entries = lost.iter().map(|tile| u64::from(tile.width())).sum();
            findings.push(LogFile::Checkpoint, Wrong::Uncheckable { entries });
            let known = tiles.found.into_iter().filter(|one| !concerns(one, &lost));
            known.for_each(|one| blame_either(one, size, findings));
        } else if let Err(error) = tiles.check.finish(root) {
            match entries {
                Some(entries) if entries_are_right => {
                    let leaves = tiles.found.into_iter().filter(is_of_entry);
                    leaves.for_each(|one| blame_tile(one, findings));
                    entries.found.into_iter().for_each(|one| blame_tile(one, findings));
                }
                _ => blame_all(tiles.found, error, size, findings),
            }
        } else {
            tiles.found.into_iter().for_each(|one| blame_entry_or_upper(one, size, findings));
        }
    }
}

impl Line {
    fn take(&mut self, leaves: &[Hash], stored: Option<&[Hash]>) -> Vec<TileId> {
        let mut found = Vec::new();
        let full = self.check.take(leaves, stored, &mut found);
        self.keep(found);
        let full = full.into_iter().map(|FullTile { id, hashes, .. }| (id, hashes));
        self.await_these(full.collect())
    }

    fn await_last(&mut self) -> Vec<TileId> {
        let last = self.check.partial_tiles().map(|(id, hashes)| (id, hashes.to_vec()));
        let last = last.collect();
        self.await_these(last)
    }

    fn await_these(&mut self, tiles: Vec<(TileId, Vec<Hash>)>) -> Vec<TileId> {
        self.awaited = tiles;
        self.awaited.iter().map(|(id, _)| *id).collect()
    }

    fn compare(&mut self, tile: TileId, stored: &[Hash]) {
        let awaited = self.awaited.iter().find(|(id, _)| *id == tile);
        let found = awaited.map(|(_, hashes)| compare_tile(tile, hashes, stored).collect());
        self.keep(found.unwrap_or_default());
    }

    fn keep(&mut self, found: Vec<Disagreement>) {
        let room = DISAGREEMENTS_MAX - self.found.len();
        self.found.extend(found.into_iter().take(room));
    }
}

/// The entries are right, so the tile is wrong.
fn blame_tile(one: Disagreement, findings: &mut Findings) {
    match one {
        Disagreement::Entry { tile, .. } => {
            findings.push(LogFile::Tile(tile), Wrong::Contradicts(one));
        }
        Disagreement::Tile { above, .. } => {
            findings.push(LogFile::Tile(above), Wrong::Contradicts(one));
        }
        Disagreement::Root { found, .. } => {
            findings.push(LogFile::Checkpoint, Wrong::Root { found });
        }
    }
}

/// The tiles of level 0 are right, so the entry is wrong, or the tile above.
fn blame_entry_or_upper(one: Disagreement, size: u64, findings: &mut Findings) {
    match one {
        Disagreement::Entry { index, .. } => {
            let bundle = BundleId::at(index / u64::from(TILE_WIDTH), size).map(LogFile::Bundle);
            let file = bundle.unwrap_or(LogFile::Checkpoint);
            findings.push(file, Wrong::Contradicts(one));
        }
        Disagreement::Tile { .. } | Disagreement::Root { .. } => blame_tile(one, findings),
    }
}

/// Nothing leads to the root.
fn blame_all(found: Vec<Disagreement>, root: Disagreement, size: u64, findings: &mut Findings) {
    if found.is_empty() {
        return blame_tile(root, findings);
    }
    for one in found {
        blame_either(one, size, findings);
    }
}

/// Two files disagree, and nothing tells which is right.
fn blame_either(disagreement: Disagreement, size: u64, findings: &mut Findings) {
    let files = match disagreement {
        Disagreement::Entry { index, tile } => {
            let bundle = BundleId::at(index / u64::from(TILE_WIDTH), size).map(LogFile::Bundle);
            bundle.map(|bundle| (bundle, LogFile::Tile(tile)))
        }
        Disagreement::Tile { below, above, .. } => {
            Some((LogFile::Tile(above), LogFile::Tile(below)))
        }
        Disagreement::Root { .. } => None,
    };
    if let Some((file, other)) = files {
        findings.push(file, Wrong::Either { disagreement, other });
    }
}

fn is_of_entry(one: &Disagreement) -> bool {
    matches!(one, Disagreement::Entry { .. })
}

/// Whether a contradiction only follows from what is lost.
fn concerns(one: &Disagreement, lost: &[TileId]) -> bool {
    match one {
        Disagreement::Entry { .. } | Disagreement::Root { .. } => false,
        Disagreement::Tile { below, .. } => {
            let shift = u32::from(below.level()) * u32::from(TILE_HEIGHT);
            lost.iter().any(|tile| tile.index() >> shift == below.index())
        }
    }
}
