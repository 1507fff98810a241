//! What a directory on disk holds, as far as it belongs to the account: no links, no dotfiles, none
//! of the files that editors make beside the one being saved, no names that Dropbox refuses.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use unicode_normalization::UnicodeNormalization;

use crate::namespace::Seen;
use crate::path;

/// A file or a directory on disk.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// In NFC, as Dropbox shows it.
    pub(super) name: String,
    pub(super) seen: Seen,
    pub(super) kind: FoundKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoundKind {
    Folder,
    File {
        size: u64,
        /// When the file system last touched it; no program can set this.
        changed_ns: i64,
    },
}

/// Everything that counts in a place below a folder, by name. What is behind a link is not there.
pub(super) fn read(folder: &Path, place: &Path) -> io::Result<Vec<Found>> {
    if !is_way(folder, place) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let (directory, mut found) = (folder.join(place), Vec::new());
    for entry in fs::read_dir(&directory)? {
        let entry = entry?;
        let disk_name = entry.file_name();
        match disk_name.to_str() {
            Some(name) if is_ignored(name) => {}
            Some(name) => found.extend(look_at(&entry.path(), name)),
            None => warn_about(&directory, &disk_name),
        }
    }
    found.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// Whether each step to a place below a folder is a directory, and none a link to elsewhere.
fn is_way(folder: &Path, place: &Path) -> bool {
    let mut at = folder.to_owned();
    place.components().all(|step| {
        at.push(step);
        fs::symlink_metadata(&at).is_ok_and(|metadata| metadata.is_dir())
    })
}

/// One file or directory; `None` when it is gone, a link, or neither file nor directory.
pub(super) fn look_at(disk: &Path, disk_name: &str) -> Option<Found> {
    let metadata = fs::symlink_metadata(disk).ok()?;
    let kind = if metadata.is_dir() {
        FoundKind::Folder
    } else if metadata.is_file() {
        let changed_ns = nanoseconds(metadata.ctime(), metadata.ctime_nsec());
        FoundKind::File { size: metadata.len(), changed_ns }
    } else {
        return None;
    };
    let name: String = disk_name.nfc().collect();
    let other_form = (name != disk_name).then(|| disk_name.to_owned());
    Some(Found { seen: seen(&metadata, other_form), name, kind })
}

fn seen(metadata: &Metadata, disk_name: Option<String>) -> Seen {
    let born = metadata.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
    Seen {
        inode: metadata.ino(),
        born_ns: born.and_then(|born| i64::try_from(born.as_nanos()).ok()),
        modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        disk_name,
    }
}

fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

impl Found {
    pub(super) fn is_folder(&self) -> bool {
        self.kind == FoundKind::Folder
    }

    pub(super) fn size(&self) -> Option<u64> {
        match self.kind {
            FoundKind::Folder => None,
            FoundKind::File { size, .. } => Some(size),
        }
    }

    /// How much longer it has to rest before it counts as saved.
    pub(super) fn unrest(&self, settle: Duration) -> Option<Duration> {
        let FoundKind::File { changed_ns, .. } = self.kind else { return None };
        let changed = Duration::from_nanos(u64::try_from(changed_ns).unwrap_or_default());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // A file of the future is one whose clock is wrong: it can't be waited for.
        let rested = now.checked_sub(changed).unwrap_or(settle);
        settle.checked_sub(rested).filter(|left| !left.is_zero())
    }

    /// Whether nothing says that the content is another one.
    pub(super) fn looks_like(&self, seen: &Seen, size: Option<u64>) -> bool {
        self.is_same_as(seen) && self.seen.modified_ns == seen.modified_ns && self.size() == size
    }

    /// Whether it is the same file or directory, whatever its name and content. Where the time of
    /// birth is unknown, only one that has not changed since is known again.
    pub(super) fn is_same_as(&self, seen: &Seen) -> bool {
        let born = match (self.seen.born_ns, seen.born_ns) {
            (Some(now), Some(then)) => now == then,
            _ => self.is_folder() || self.seen.modified_ns == seen.modified_ns,
        };
        born && self.seen.inode == seen.inode
    }
}

/// Names that stay on disk alone.
pub(super) fn is_ignored(name: &str) -> bool {
    let lower = path::lower(name);
    let leftover = [".tmp", ".swp", ".part", ".crdownload"];
    name.starts_with('.')
        || name.ends_with('~')
        || name.starts_with("~$")
        || leftover.iter().any(|end| lower.ends_with(end))
        || path::is_disallowed(name)
}

fn warn_about(directory: &Path, name: &OsStr) {
    tracing::warn!(
        folder = %directory.display(),
        name = %name.to_string_lossy(),
        "a name that is not Unicode is left out of the account"
    );
}
