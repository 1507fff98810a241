//! `.dropbox.cache` in the folder, as the desktop program of Dropbox has it: files on their way in,
//! and what was replaced or deleted through the API. It is never part of the account.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, unlinkat};

use super::way::Way;

pub(super) const NAME: &str = ".dropbox.cache";
/// As long as Dropbox keeps what was deleted from a basic account.
const KEPT: Duration = Duration::from_hours(30 * 24);
const UNFINISHED: &str = "new-";

static SERIAL: AtomicU64 = AtomicU64::new(0);

pub(super) struct Cache {
    pub(super) directory: OwnedFd,
}

impl Cache {
    /// Made when it is first needed.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let inside = Way::make(root, &[NAME.to_owned(), String::new()])?;
        Ok(Self { directory: inside.directory })
    }

    pub(super) fn forget(&self, name: &str) {
        let _never_written = unlinkat(&self.directory, name, AtFlags::empty());
    }
}

/// A name for the cache that no run before has used either.
pub(in crate::folder) fn unused_name(purpose: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    format!("{purpose}-{}-{}-{serial}", now.as_nanos(), std::process::id())
}

/// Removes from the cache of a folder what a kill left half written, and what is old.
pub(crate) fn tidy(root: &Path) {
    let cache = root.join(NAME);
    let is_ours = cache.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    let Ok(entries) = fs::read_dir(&cache) else { return };
    for entry in entries.flatten().filter(|_| is_ours) {
        let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        let Ok(metadata) = entry.metadata() else { continue };
        if unfinished || is_old(&metadata) {
            let removed = if metadata.is_dir() {
                fs::remove_dir_all(entry.path())
            } else {
                fs::remove_file(entry.path())
            };
            if let Err(error) = removed {
                tracing::warn!(error = %error, "something old stays in {NAME}");
            }
        }
    }
}

/// By when it came here: renaming changes that time and no program can set it.
fn is_old(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    let came = Duration::from_secs(u64::try_from(metadata.ctime()).unwrap_or_default());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.saturating_sub(came) > KEPT
}
