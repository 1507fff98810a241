//! One look at the disk: what is there is compared with what the account knows, and the difference
//! is performed. A path keeps its file: whatever a program did to save it, the file at the same
//! path is a new version of the same one. Only what appears where nothing was may be something
//! that moved.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::agenda::Wanted;
use super::disk::{self, Found};
use super::findings::{Again, Directory, Findings};
use super::versions::Room;
use crate::account::{Account, PerformError};
use crate::content_hash::ContentHash;
use crate::identifier::NodeId;
use crate::namespace::{NewFile, Node, Operation};
use crate::path::{self, Location};

/// A file that rested this long is saved; one still being written is not taken.
const SETTLE: Duration = Duration::from_millis(60);
/// How long a file may be missing while a program replaces it.
const GRACE: Duration = Duration::from_millis(150);
/// When to try again what the system refused.
const RETRY: Duration = Duration::from_secs(2);

pub(super) struct Looker {
    root: PathBuf,
    account: Arc<Account>,
    /// What was missing at an earlier look, by key, and since when.
    missing: HashMap<String, Instant>,
    /// At the first look whatever is missing has been so for long enough.
    first: bool,
}

impl Looker {
    pub(super) fn new(root: PathBuf, account: Arc<Account>) -> Self {
        Self { root, account, missing: HashMap::new(), first: true }
    }

    /// Looks at one place now, on behalf of somebody who is about to change something there.
    pub(super) fn again(root: PathBuf, account: Arc<Account>) -> Self {
        Self { first: false, ..Self::new(root, account) }
    }

    pub(super) fn account(&self) -> Arc<Account> {
        Arc::clone(&self.account)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn look(&mut self, wanted: &Wanted) -> Again {
        if !self.root.is_dir() {
            tracing::warn!(folder = %self.root.display(), "the folder is gone; nothing is changed");
            return Vec::new();
        }
        let mut findings = Findings::default();
        match wanted {
            Wanted::Everything => self.read(Path::new(""), true, &mut findings),
            Wanted::Folders(folders) => {
                for folder in folders {
                    self.read(folder, false, &mut findings);
                }
            }
        }
        for (lower, (found, disk, display)) in std::mem::take(&mut findings.entries) {
            self.missing.remove(&lower);
            if let Err(error) = self.take_in(&lower, &found, &disk, &display, &mut findings) {
                tracing::warn!(error = %error, path = %disk.display(), "a file can't be read yet");
                findings.again.push((parent(&disk), RETRY));
            }
        }
        for directory in std::mem::take(&mut findings.directories) {
            self.let_go(&directory, &mut findings);
        }
        self.first = false;
        findings.again
    }

    /// Reads a directory, and those in it that are new or all of them.
    fn read(&self, disk: &Path, everything: bool, findings: &mut Findings) {
        let Some(directory) = Directory::at(disk) else { return };
        let found = match disk::read(&self.root, disk) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                findings.again.push((parent(disk), Duration::ZERO));
                return;
            }
            Err(error) => {
                tracing::warn!(error = %error, path = %disk.display(), "a folder can't be read");
                return;
            }
        };
        for found in found {
            let display = format!("{}/{}", directory.display, found.name);
            let Ok(location) = Location::parse_new(&display) else { continue };
            let child = disk.join(found.seen.disk_name.as_deref().unwrap_or(&found.name));
            if found.is_folder() && (everything || !self.knows(&location.lower, &found)) {
                self.read(&child, everything, findings);
            }
            let is_known = self.known(&location.lower).is_some_and(|node| {
                Some(node.disk_name()) == child.file_name().and_then(OsStr::to_str)
            });
            findings.add(location, found, child, is_known);
        }
        findings.directories.push(directory);
    }

    fn knows(&self, lower: &str, found: &Found) -> bool {
        let mut namespace = self.account.namespace();
        let seen = namespace.at(lower).and_then(|item| item.node.seen.as_ref());
        seen.is_some_and(|seen| found.is_same_as(seen))
    }

    fn known(&self, lower: &str) -> Option<Node> {
        self.account.namespace().at(lower).map(|item| item.node.clone())
    }

    fn take_in(
        &mut self,
        lower: &str,
        found: &Found,
        disk: &Path,
        display: &str,
        findings: &mut Findings,
    ) -> Result<(), PerformError> {
        let mut known = self.known(lower);
        if known.as_ref().is_some_and(|node| node.is_folder() != found.is_folder()) {
            self.delete(lower)?;
            known = None;
        }
        if known.is_none() {
            known = self.moved_here(lower, found, display, findings)?;
        }
        if let Some(node) = &known
            && node.name() != found.name
        {
            self.relocate(lower, display, found)?;
        }
        if found.is_folder() {
            return self.take_in_folder(found, display, known.as_ref());
        }
        self.take_in_file(found, disk, display, known.as_ref(), findings)
    }

    fn take_in_folder(
        &self,
        found: &Found,
        display: &str,
        known: Option<&Node>,
    ) -> Result<(), PerformError> {
        let unchanged = |node: &Node| node.seen.as_ref().is_some_and(|seen| found.is_same_as(seen));
        if known.is_some_and(unchanged) {
            return Ok(());
        }
        self.account.perform(&Operation::CreateFolder {
            path: display.to_owned(),
            at: self.account.clock.now_s(),
            seen: Some(found.seen.clone()),
        })
    }

    fn take_in_file(
        &self,
        found: &Found,
        disk: &Path,
        display: &str,
        known: Option<&Node>,
        findings: &mut Findings,
    ) -> Result<(), PerformError> {
        let unchanged = |node: &Node| {
            let size = node.file().map(|file| file.size);
            node.seen.as_ref().is_some_and(|seen| found.looks_like(seen, size))
        };
        if known.is_some_and(unchanged) {
            return Ok(());
        }
        if let Some(left) = found.unrest(SETTLE) {
            findings.again.push((parent(disk), left));
            return Ok(());
        }
        let Some((content_hash, size)) = self.read_file(found, disk)? else {
            findings.again.push((parent(disk), SETTLE));
            return Ok(());
        };
        self.account.perform(&Operation::Write(NewFile {
            path: display.to_owned(),
            size,
            content_hash,
            client_modified: found.seen.modified_ns.div_euclid(1_000_000_000),
            at: self.account.clock.now_s(),
            seen: Some(found.seen.clone()),
            id: None,
            modified_by: None,
            earlier: Vec::new(),
            content: None,
        }))
    }

    /// The content's hash and size; `None` when the file changed while it was read.
    fn read_file(
        &self,
        found: &Found,
        disk: &Path,
    ) -> Result<Option<(ContentHash, u64)>, PerformError> {
        let disk = self.root.join(disk);
        let read = File::open(&disk).and_then(|file| self.hash_and_keep(file));
        let Some(after) = disk::look_at(&disk, &found.name) else { return Ok(None) };
        let (hash, size) = read.map_err(PerformError::Unreadable)?;
        let steady = after.kind == found.kind && after.looks_like(&found.seen, Some(size));
        Ok(steady.then_some((hash, size)))
    }

    /// What is read is kept for when a person overwrites it. A first look at a large folder keeps
    /// no more than there is room for.
    fn hash_and_keep(&self, file: File) -> io::Result<(ContentHash, u64)> {
        let room = if self.first { Room::AsThereIs } else { Room::Make };
        match &self.account.circle.versions {
            Some(versions) => versions.read(file, room),
            None => ContentHash::read(file),
        }
    }

    /// Something known that is no longer where it was, and is now here.
    fn moved_here(
        &self,
        lower: &str,
        found: &Found,
        display: &str,
        findings: &mut Findings,
    ) -> Result<Option<Node>, PerformError> {
        let index = findings.by_inode.get_or_insert_with(|| self.by_inode());
        let candidates = index.get(&found.seen.inode).cloned().unwrap_or_default();
        for id in candidates {
            let Some(from) = self.left(id, found) else { continue };
            if path::is_below(lower, &from) {
                continue;
            }
            self.relocate(&from, display, found)?;
            return Ok(self.known(lower));
        }
        Ok(None)
    }

    fn by_inode(&self) -> HashMap<u64, Vec<NodeId>> {
        let mut index: HashMap<u64, Vec<NodeId>> = HashMap::new();
        for item in self.account.namespace().tree().nodes() {
            if let Some(seen) = &item.node.seen {
                index.entry(seen.inode).or_default().push(item.node.id);
            }
        }
        index
    }

    /// The key of a node that is what was found, when it is no longer at its old place.
    fn left(&self, id: NodeId, found: &Found) -> Option<String> {
        let mut namespace = self.account.namespace();
        let item = namespace.by_id(id)?;
        let (lower, node) = (item.lower.to_owned(), item.node.clone());
        let disk = disk_path(&self.root, &lower, |prefix| {
            namespace.at(prefix).map(|item| item.node.disk_name().to_owned())
        });
        drop(namespace);
        let same = node.is_folder() == found.is_folder()
            && node.seen.as_ref().is_some_and(|seen| found.is_same_as(seen));
        let stayed = disk::look_at(&disk, node.disk_name())
            .is_some_and(|there| there.is_same_as(&found.seen));
        (same && !stayed).then_some(lower)
    }

    /// Keeps what was seen of the content: the file may have been edited as well.
    fn relocate(&self, from: &str, to: &str, found: &Found) -> Result<(), PerformError> {
        let earlier = self.known(from).and_then(|node| node.seen);
        let disk_name = found.seen.disk_name.clone();
        let seen = earlier.map(|seen| crate::namespace::Seen { disk_name, ..seen });
        let at = self.account.clock.now_s();
        self.account.perform(&Operation::Move {
            from: from.to_owned(),
            to: to.to_owned(),
            at,
            seen,
        })
    }

    fn delete(&self, lower: &str) -> Result<(), PerformError> {
        let at = self.account.clock.now_s();
        self.account.perform(&Operation::Delete { path: lower.to_owned(), at })
    }

    /// Deletes what has been missing from a directory for long enough.
    fn let_go(&mut self, directory: &Directory, findings: &mut Findings) {
        for lower in self.absent(directory) {
            let since = *self.missing.entry(lower.clone()).or_insert_with(Instant::now);
            let left = GRACE.saturating_sub(since.elapsed());
            if !self.first && !left.is_zero() {
                findings.again.push((directory.disk.clone(), left));
                continue;
            }
            self.missing.remove(&lower);
            if let Err(error) = self.delete(&lower) {
                tracing::warn!(error = %error, "a deletion is not recorded yet");
                findings.again.push((directory.disk.clone(), RETRY));
            }
        }
    }

    /// What the account has in a directory and the disk has not.
    fn absent(&self, directory: &Directory) -> Vec<String> {
        let namespace = self.account.namespace();
        let below = namespace.tree().below(&directory.lower);
        let children = below.filter(|item| path::parent(item.lower) == directory.lower);
        let is_there =
            |name: &str| disk::look_at(&self.root.join(&directory.disk).join(name), name).is_some();
        children
            .filter(|item| !is_there(item.node.disk_name()))
            .map(|item| item.lower.to_owned())
            .collect()
    }
}

/// Where a key is on disk, by the names that the folders on the way have there.
fn disk_path(root: &Path, lower: &str, mut name: impl FnMut(&str) -> Option<String>) -> PathBuf {
    let names = path::prefixes(lower);
    names.fold(root.to_owned(), |disk, prefix| {
        let name = name(prefix).unwrap_or_else(|| path::name(prefix).to_owned());
        disk.join(name)
    })
}

fn parent(disk: &Path) -> PathBuf {
    disk.parent().unwrap_or(Path::new("")).to_owned()
}
