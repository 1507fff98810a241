//! What files on the disk once held: copies by hash, in a directory beside the state file, so that
//! a version that a person overwrote in the folder can be had again. The oldest go first; files that
//! are too large are not copied, and their overwritten versions are gone.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::hand::unused_name;
use crate::content::Incoming;
use crate::content_hash::ContentHash;

/// All copies together.
const VERSIONS_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// What is left of them when there was no more room.
const VERSIONS_BYTES_LEFT: u64 = VERSIONS_BYTES_MAX / 4 * 3;
const VERSION_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What to do where there is no room for another copy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    AsThereIs,
    Make,
}

pub(crate) struct Versions {
    directory: PathBuf,
    /// What the copies take together.
    bytes: Mutex<u64>,
}

impl Versions {
    /// Makes the directory, for this user alone, or goes on with the one that is there.
    pub(crate) fn open_in(directory: PathBuf) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;

        fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        let versions = Self { directory, bytes: Mutex::new(0) };
        let unfinished = |copy: &Kept| copy.path.extension().is_some();
        for copy in versions.copies()?.iter().filter(|copy| unfinished(copy)) {
            fs::remove_file(&copy.path)?;
        }
        let bytes = versions.copies()?.iter().map(|copy| copy.bytes).sum();
        Ok(Self { bytes: Mutex::new(bytes), ..versions })
    }

    /// The copy of some content, if there is one.
    pub(crate) fn open(&self, hash: ContentHash) -> io::Result<Option<File>> {
        match File::open(self.path(hash)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Copies what a client has just written. Without a copy there is one version less, no more.
    pub(crate) fn keep(&self, content: &Incoming) {
        if content.size > VERSION_BYTES_MAX || self.path(content.hash).exists() {
            return;
        }
        let beside = self.beside();
        let copied = File::create_new(&beside).and_then(|file| content.write_to(&file));
        self.settle(&beside, copied.map(|()| (content.hash, content.size)));
    }

    /// Reads a file for its hash and length, and copies it on the way.
    pub(super) fn read(&self, source: File, room: Room) -> io::Result<(ContentHash, u64)> {
        let is_full = *self.bytes() >= VERSIONS_BYTES_LEFT;
        let size = source.metadata()?.len();
        if size > VERSION_BYTES_MAX || (is_full && room == Room::AsThereIs) {
            return ContentHash::read(source);
        }
        let beside = self.beside();
        let mut copying = Copying { source, copy: File::create_new(&beside) };
        let read = ContentHash::read(&mut copying)?;
        self.settle(&beside, copying.copy.map(|_| read));
        Ok(read)
    }

    /// Gives a finished copy its name, and makes room for the next one.
    fn settle(&self, beside: &Path, copied: io::Result<(ContentHash, u64)>) {
        let settled = copied.and_then(|(hash, size)| {
            let path = self.path(hash);
            let is_new = !path.exists();
            fs::rename(beside, &path)?;
            let mut bytes = self.bytes();
            *bytes += if is_new { size } else { 0 };
            if *bytes > VERSIONS_BYTES_MAX { self.make_room(&mut bytes) } else { Ok(()) }
        });
        if let Err(error) = settled {
            let _never_made = fs::remove_file(beside);
            tracing::warn!(%error, "a version is not kept for when it is overwritten");
        }
    }

    fn make_room(&self, bytes: &mut u64) -> io::Result<()> {
        let mut copies = self.copies()?;
        copies.sort_unstable_by_key(|copy| copy.since);
        for copy in copies {
            if *bytes <= VERSIONS_BYTES_LEFT {
                break;
            }
            fs::remove_file(&copy.path)?;
            *bytes = bytes.saturating_sub(copy.bytes);
        }
        Ok(())
    }

    fn copies(&self) -> io::Result<Vec<Kept>> {
        let copy = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            let metadata = entry.metadata()?;
            Ok(Kept { path: entry.path(), bytes: metadata.len(), since: metadata.modified()? })
        };
        fs::read_dir(&self.directory)?.map(copy).collect()
    }

    fn path(&self, hash: ContentHash) -> PathBuf {
        self.directory.join(hash.to_string())
    }

    fn beside(&self) -> PathBuf {
        self.directory.join(unused_name("copy")).with_extension("new")
    }

    fn bytes(&self) -> std::sync::MutexGuard<'_, u64> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Kept {
    path: PathBuf,
    bytes: u64,
    since: SystemTime,
}

/// Reads, and writes what it reads, until writing fails.
struct Copying {
    source: File,
    copy: io::Result<File>,
}

impl Read for Copying {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(into)?;
        if let (Ok(copy), Some(read)) = (&mut self.copy, into.get(..length))
            && let Err(error) = copy.write_all(read)
        {
            self.copy = Err(error);
        }
        Ok(length)
    }
}
