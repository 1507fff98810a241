//! A log as a static site in a directory: written once, kept up, and served by anything.
//!
//! The order is what makes it safe to serve at any moment, and to stop at any moment:
//!
//! 1. The new checkpoint must be the log's, and not smaller than the one that is there.
//! 2. Entries are taken in portions. What a portion leads to must be the beginning of what the
//!    checkpoint says, by a consistency proof; only then is a byte of it written.
//! 3. Tiles are computed from the entries, never copied, and created once: other bytes in their
//!    place end the export.
//! 4. All of it is brought to the disk.
//! 5. The checkpoint takes the place of the old one.
//! 6. Partial files whose full ones exist are removed.
//!
//! Whoever repeats an export that ended early finds the portions that are there, and asks the log
//! for nothing that it has.

mod error;
mod local_first;
mod portion;

use std::sync::Arc;

use tlog::{
    BundleId, Checkpoint, Frontier, Hash, RightEdge, SignedNote, TILE_WIDTH, TileId,
    verify_consistency,
};

use crate::disk::{Disk, DiskError};
use crate::fetch::{self, FetchError};
use crate::proofs::{Proofs, ProofsError};
use crate::{Directory, EntryRules, LogFile, LogReader, Trust, TrustError};
pub use error::ExportError;
use local_first::LocalFirst;
use portion::Portion;

/// Writes a log into a directory, and keeps it up.
pub struct Exporter<R> {
    reader: R,
    disk: Arc<Disk>,
    trust: Trust,
    /// Whether the partial files of earlier runs were looked for.
    is_swept: bool,
}

/// What an export did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many entries the directory's log had before.
    pub from: u64,
    /// How many it has now.
    pub size: u64,
    /// How many files are new.
    pub written: u64,
    /// How many partial files were removed.
    pub removed: u64,
}

impl<R: LogReader> Exporter<R> {
    /// An export of a log into a directory that nobody else writes to.
    pub fn new(reader: R, disk: Disk, trust: Trust) -> Self {
        Self { reader, disk: Arc::new(disk), trust, is_swept: false }
    }

    /// Brings the directory up to the log's newest checkpoint. `progress` is told how many entries
    /// are done, and of how many.
    pub async fn step(
        &mut self,
        rules: &dyn EntryRules,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Exported, ExportError> {
        let note = fetch::checkpoint(&self.reader).await?;
        let claimed = Checkpoint::parse(note.text())
            .map_err(|error| ExportError::Trust(TrustError::Checkpoint(error.into())))?;
        let trust = self.trust.clone().or_own_word(&self.reader, claimed.size, rules).await?;
        let new = trust.open(&note)?;
        let old = self.exported().await?;
        refuse_other(old.as_ref().map(|(old, _)| old), &new)?;
        let from = old.as_ref().map_or(0, |(old, _)| old.size);
        let mut exported = Exported { from, size: new.size, written: 0, removed: 0 };
        self.write_entries(old.as_ref().map(|(old, _)| old), &new, &mut exported, progress).await?;
        if old.is_none_or(|(_, published)| published != note) {
            self.publish(&note).await?;
        }
        exported.removed = self.sweep(new.size, from).await?;
        // What the first entry said is what later checkpoints are held to.
        self.trust = trust;
        Ok(exported)
    }

    /// What the directory holds already.
    async fn exported(&self) -> Result<Option<(Checkpoint, SignedNote)>, ExportError> {
        let damaged = || ExportError::Damaged(self.disk.root().join("checkpoint"));
        match fetch::checkpoint(&self.directory()).await {
            Ok(note) => {
                let checkpoint = Checkpoint::parse(note.text()).map_err(|_| damaged())?;
                Ok(Some((checkpoint, note)))
            }
            Err(FetchError::Flawed { flaw: fetch::Flaw::Missing, .. }) => Ok(None),
            Err(_) => Err(damaged()),
        }
    }

    async fn write_entries(
        &self,
        old: Option<&Checkpoint>,
        new: &Checkpoint,
        exported: &mut Exported,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<(), ExportError> {
        let mut edge = self.edge(old).await?;
        self.expect_continued(old, new).await?;
        while edge.size() < new.size {
            let portion = self.portion(&edge, new).await?;
            exported.written += self.write(&portion).await?;
            edge = portion.edge;
            progress(edge.size(), new.size);
        }
        if edge.root() != new.root {
            return Err(ExportError::Fork { exported: edge.size() });
        }
        exported.written += self.write_edge(&edge).await?;
        Ok(())
    }

    /// The growing end of what is there, which must be what its checkpoint says.
    async fn edge(&self, old: Option<&Checkpoint>) -> Result<RightEdge, ExportError> {
        let Some(old) = old else { return Ok(RightEdge::new()) };
        let directory = self.directory();
        let damaged = || ExportError::Damaged(directory.root().to_owned());
        let edge = resume(&directory, old.size).await.map_err(|_| damaged())?;
        if edge.root() == old.root { Ok(edge) } else { Err(damaged()) }
    }

    /// Before anything is written: a log that forked must not get to mix its tiles with ours.
    async fn expect_continued(
        &self,
        old: Option<&Checkpoint>,
        new: &Checkpoint,
    ) -> Result<(), ExportError> {
        let Some(old) = old else { return Ok(()) };
        let proof = self.proof(old.size, new.size).await?;
        verify_consistency(old.size, &old.root, new.size, &new.root, &proof)
            .map_err(|_| ExportError::Fork { exported: old.size })
    }

    /// The next entries, proven to be of this log. Those that are there need not be fetched; when
    /// they turn out not to be of this log, they are, to learn what should be there.
    async fn portion(&self, edge: &RightEdge, new: &Checkpoint) -> Result<Portion, ExportError> {
        let here_or_there = LocalFirst { local: self.directory(), log: &self.reader };
        let local = Portion::read(&here_or_there, edge, new.size).await;
        if let Ok(portion) = local
            && self.expect_proven(&portion, new).await.is_ok()
        {
            return Ok(portion);
        }
        let portion = Portion::read(&self.reader, edge, new.size).await?;
        self.expect_proven(&portion, new).await?;
        Ok(portion)
    }

    async fn expect_proven(&self, portion: &Portion, new: &Checkpoint) -> Result<(), ExportError> {
        let (size, root) = (portion.edge.size(), portion.edge.root());
        let proof = self.proof(size, new.size).await?;
        verify_consistency(size, &root, new.size, &new.root, &proof)
            .map_err(|source| ExportError::NotProven { size, source })
    }

    async fn proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, ExportError> {
        match Proofs::new(&self.reader, new).consistency(old).await {
            Ok(proof) => Ok(proof),
            Err(ProofsError::Fetch(error)) => Err(error.into()),
            Err(ProofsError::OutOfTree { asked, size }) => {
                Err(ExportError::Smaller { size, exported: asked })
            }
        }
    }

    async fn write(&self, portion: &Portion) -> Result<u64, ExportError> {
        let files = portion.files.clone();
        self.on_disk(move |disk| {
            let mut written = 0;
            for (file, bytes) in files.iter() {
                written += u64::from(disk.create(&file.path(), bytes)?);
            }
            disk.sync()?;
            Ok(written)
        })
        .await
    }

    /// The partial tiles, and the log's key where it publishes one.
    async fn write_edge(&self, edge: &RightEdge) -> Result<u64, ExportError> {
        let mut files: Vec<(LogFile, Vec<u8>)> = edge
            .partial_tiles()
            .map(|(tile, hashes)| (LogFile::Tile(tile), portion::tile_bytes(hashes)))
            .collect();
        if let Some(key) = fetch::read(&self.reader, LogFile::Key).await? {
            files.push((LogFile::Key, key));
        }
        self.write(&Portion { edge: RightEdge::new(), files: files.into() }).await
    }

    async fn publish(&self, note: &SignedNote) -> Result<(), ExportError> {
        let bytes = note.to_string().into_bytes();
        self.on_disk(move |disk| disk.replace(&LogFile::Checkpoint.path(), &bytes)).await
    }

    /// Removes partial files whose full ones are there and published. They are looked for when a
    /// tile can have become full, and once at the start, for those that an earlier run left.
    async fn sweep(&mut self, size: u64, from: u64) -> Result<u64, ExportError> {
        let width = u64::from(TILE_WIDTH);
        if self.is_swept && size / width == from / width {
            return Ok(0);
        }
        let partial = self.directory().partial_files().await;
        let partial = partial.map_err(FetchError::Unreachable)?;
        let replaced: Vec<_> =
            partial.into_iter().filter(|file| is_replaced(*file, size)).collect();
        let removed = self.on_disk(move |disk| {
            for file in &replaced {
                disk.remove(&file.path())?;
            }
            Ok(replaced.len() as u64)
        });
        let removed = removed.await?;
        self.is_swept = true;
        Ok(removed)
    }

    fn directory(&self) -> Directory {
        Directory::new(self.disk.root())
    }

    /// Files are written on a thread that may block.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Disk) -> Result<T, DiskError> + Send + 'static,
    ) -> Result<T, ExportError> {
        let disk = Arc::clone(&self.disk);
        let root = disk.root().to_owned();
        let done = tokio::task::spawn_blocking(move || work(&disk)).await;
        let ended = |error| DiskError::Io { path: root, source: std::io::Error::other(error) };
        Ok(done.map_err(ended)??)
    }
}

/// A log may grow and gather signatures, nothing else.
fn refuse_other(old: Option<&Checkpoint>, new: &Checkpoint) -> Result<(), ExportError> {
    let Some(old) = old else { return Ok(()) };
    if old.origin != new.origin {
        let (expected, found) = (new.origin.to_string(), old.origin.to_string());
        return Err(ExportError::OtherLog { expected, found });
    }
    if new.size < old.size {
        return Err(ExportError::Smaller { size: new.size, exported: old.size });
    }
    if new.size == old.size && new.root != old.root {
        return Err(ExportError::Fork { exported: old.size });
    }
    Ok(())
}

/// The growing end of a log, from its tiles.
pub(crate) async fn resume<R: LogReader>(reader: &R, size: u64) -> Result<RightEdge, ProofsError> {
    let peaks = Proofs::new(reader, size).peaks().await?;
    let bytes: Vec<u8> = peaks.iter().flat_map(|hash| hash.0).collect();
    let frontier = Frontier::from_bytes(size, &bytes)
        .map_err(|_| ProofsError::OutOfTree { asked: size, size })?;
    let mut partial = Vec::new();
    for tile in TileId::all(size).filter(|tile| !tile.is_full()) {
        partial.push((tile, fetch::tile(reader, tile).await?));
    }
    RightEdge::resume(frontier, |wanted| {
        let found = partial.iter().find(|(tile, _)| *tile == wanted);
        let hashes = found.map(|(_, hashes)| hashes.clone());
        hashes.ok_or(ProofsError::OutOfTree { asked: size, size })
    })
}

/// Whether the full tile or bundle is a part of a log of this size.
fn is_replaced(file: LogFile, size: u64) -> bool {
    match file {
        LogFile::Tile(tile) => {
            TileId::at(tile.level(), tile.index(), size).is_some_and(TileId::is_full)
        }
        LogFile::Bundle(bundle) => {
            BundleId::at(bundle.index(), size).is_some_and(BundleId::is_full)
        }
        LogFile::Checkpoint | LogFile::Key => false,
    }
}
