//! What one look at the disk found, before it is compared with what the account knows.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::disk::{self, Found};
use crate::identifier::NodeId;
use crate::path::Location;

/// Folders to look at again, and after which time.
pub(super) type Again = Vec<(PathBuf, Duration)>;

/// A directory that was read: where it is, and under which key and path the account has it.
pub(super) struct Directory {
    pub(super) disk: PathBuf,
    pub(super) lower: String,
    pub(super) display: String,
}

/// Everything that one look found, by key: a folder comes before what is in it.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) directories: Vec<Directory>,
    pub(super) entries: BTreeMap<String, (Found, PathBuf, String)>,
    pub(super) again: Again,
    /// The nodes of an inode, made when something has to be known again.
    pub(super) by_inode: Option<HashMap<u64, Vec<NodeId>>>,
}

impl Findings {
    /// Two names on disk may be one in Dropbox. The one that the account knows already is it,
    /// otherwise the first.
    pub(super) fn add(&mut self, location: Location, found: Found, disk: PathBuf, is_known: bool) {
        let Location { lower, display } = location;
        let left_out = if self.entries.contains_key(&lower) && !is_known {
            Some(disk)
        } else {
            self.entries.insert(lower, (found, disk, display)).map(|(_, disk, _)| disk)
        };
        if let Some(disk) = left_out {
            tracing::warn!(path = %disk.display(), "left out: another name differs by case alone");
        }
    }
}

impl Directory {
    /// A directory relative to the root; `None` where its path is none of Dropbox's.
    pub(super) fn at(disk: &Path) -> Option<Self> {
        let mut display = String::new();
        for name in disk {
            let name = name.to_str().filter(|name| !disk::is_ignored(name))?;
            display.push('/');
            display.push_str(name);
        }
        let Location { display, lower } = Location::parse(&display).ok()?;
        Some(Self { disk: disk.to_owned(), lower, display })
    }
}
