//! Files that must survive anything, in one directory that one process at a time writes to.
//!
//! A file is written whole beside its place, brought to the disk, and moved into it; its folder is
//! brought to the disk when all that belongs together is in place. So a name that exists has its
//! whole content, whatever happened. A file that can't change is created once: the same bytes again
//! are no error, others are, and never replace it.
//!
//! Every step can be watched and made to fail, for tests that want to know what is left then.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FlockOperation, flock};

use crate::reader::read_at_most;

/// Where files are written before they are moved. What is left there is of nobody.
const STAGING: &str = ".staging";

/// A directory, and the right to write to it.
pub struct Disk {
    root: PathBuf,
    /// Held, so that no other process writes here.
    _lock: OwnedFd,
    staged: AtomicU64,
    /// Folders with new names that may not be on the disk yet.
    unsynced: Mutex<BTreeSet<PathBuf>>,
    watch: Watch,
}

type Watch = Box<dyn Fn(&Operation) -> Fault + Send + Sync>;

/// A step that can fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A folder is made.
    MakeFolder(PathBuf),
    /// A file is written beside its place and brought to the disk.
    Write(PathBuf),
    /// It is moved into its place.
    Place(PathBuf),
    /// A folder's names are brought to the disk.
    Sync(PathBuf),
    /// A file is removed.
    Remove(PathBuf),
}

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it works.
    None,
    /// It fails, and did nothing.
    Fails,
    /// It fails, but it did what it should.
    FailsDone,
}

/// Why something isn't on the disk.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// Another process writes to the directory.
    #[error("{0} is being written to by another process; wait until it has ended, or stop it")]
    InUse(PathBuf),
    /// A file that can't change is there, and it is another one.
    #[error(
        "{0} exists with other content and is left as it is: it was damaged, or belongs to another \
         log; check the directory with \"proofbox log fsck\", or write to another one"
    )]
    Differs(PathBuf),
    /// The system refused.
    #[error("{path} cannot be written; check the disk and your permission to write there")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Disk {
    /// Opens a directory for writing, and makes it where it isn't there.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, DiskError> {
        Self::watched(root, |_| Fault::None)
    }

    /// The same, with somebody who is asked before every step.
    pub fn watched(
        root: impl Into<PathBuf>,
        watch: impl Fn(&Operation) -> Fault + Send + Sync + 'static,
    ) -> Result<Self, DiskError> {
        let root = root.into();
        let failed = |source| DiskError::Io { path: root.clone(), source };
        fs::create_dir_all(&root).map_err(failed)?;
        let lock: OwnedFd = File::open(&root).map_err(failed)?.into();
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(DiskError::InUse(root)),
            Err(error) => return Err(failed(error.into())),
        }
        match fs::remove_dir_all(root.join(STAGING)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        Ok(Self {
            root,
            _lock: lock,
            staged: AtomicU64::new(0),
            unsynced: Mutex::default(),
            watch: Box::new(watch),
        })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file's bytes, or one more than allowed.
    pub fn read(&self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, DiskError> {
        let path = self.root.join(path);
        read_at_most(&path, bytes_max).map_err(|source| DiskError::Io { path, source })
    }

    /// Creates a file that will not change; says whether it is new. It is sure to stay only after
    /// [`sync`](Self::sync).
    pub fn create(&self, path: &str, bytes: &[u8]) -> Result<bool, DiskError> {
        // Found files count too: whoever wrote them may have ended before they were sure to stay.
        self.note_unsynced(path);
        match self.read(path, bytes.len())? {
            Some(found) if found == bytes => Ok(false),
            Some(_) => Err(DiskError::Differs(self.root.join(path))),
            None => self.put(path, bytes).map(|()| true),
        }
    }

    /// Replaces a file, durably and at once: who reads it sees the old or the new one.
    pub fn replace(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        self.note_unsynced(path);
        self.put(path, bytes)?;
        self.sync()
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, path: &str) -> Result<(), DiskError> {
        let path = self.root.join(path);
        self.step(&Operation::Remove(path.clone()), &path, || match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        })?;
        // A folder that it leaves empty is of no use; one that isn't empty stays.
        if let Some(folder) = path.parent() {
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }

    /// Makes sure that all names that were written so far stay.
    pub fn sync(&self) -> Result<(), DiskError> {
        let folders = self.unsynced().clone();
        for folder in folders {
            self.step(&Operation::Sync(folder.clone()), &folder, || {
                File::open(&folder)?.sync_all()
            })?;
            self.unsynced().remove(&folder);
        }
        Ok(())
    }

    fn put(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let path = self.root.join(path);
        let folder = path.parent().unwrap_or(&self.root);
        self.make_folder(folder)?;
        let staging = self.root.join(STAGING);
        self.make_folder(&staging)?;
        let staged = staging.join(self.staged.fetch_add(1, Ordering::Relaxed).to_string());
        self.step(&Operation::Write(path.clone()), &path, || {
            let mut file = File::create(&staged)?;
            file.write_all(bytes)?;
            file.sync_all()
        })?;
        self.step(&Operation::Place(path.clone()), &path, || fs::rename(&staged, &path))
    }

    fn make_folder(&self, folder: &Path) -> Result<(), DiskError> {
        if folder.is_dir() {
            return Ok(());
        }
        self.step(&Operation::MakeFolder(folder.to_owned()), folder, || fs::create_dir_all(folder))
    }

    /// Every folder from the file's up to the root: one of them may be new.
    fn note_unsynced(&self, path: &str) {
        let path = self.root.join(path);
        let within = path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root));
        self.unsynced().extend(within.map(Path::to_owned));
    }

    fn unsynced(&self) -> std::sync::MutexGuard<'_, BTreeSet<PathBuf>> {
        self.unsynced.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn step(
        &self,
        operation: &Operation,
        path: &Path,
        work: impl FnOnce() -> io::Result<()>,
    ) -> Result<(), DiskError> {
        let refused = || Err(io::Error::other("made to fail"));
        let done = match (self.watch)(operation) {
            Fault::None => work(),
            Fault::Fails => refused(),
            Fault::FailsDone => work().and_then(|()| refused()),
        };
        done.map_err(|source| DiskError::Io { path: path.to_owned(), source })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Empty unless something failed, and then the next one to open the directory clears it.
        let _ = fs::remove_dir(self.root.join(STAGING));
    }
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disk").field("root", &self.root).finish_non_exhaustive()
    }
}
