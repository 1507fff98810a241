//! Which folders are to be looked at next, and when.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind};

/// Beyond this many folders it is simpler to look at everything.
const FOLDERS_MAX: usize = 10_000;

/// What a look covers. Folders are relative to the root.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Everything,
    Folders(BTreeSet<PathBuf>),
}

impl Wanted {
    pub(super) fn is_everything(&self) -> bool {
        *self == Self::Everything
    }
}

pub(super) struct Agenda {
    folders: BTreeSet<PathBuf>,
    /// When the folders are due; `None` while there are none.
    soon: Option<Instant>,
    rescan: Instant,
}

impl Agenda {
    pub(super) fn everything(now: Instant) -> Self {
        Self { folders: BTreeSet::new(), soon: None, rescan: now }
    }

    pub(super) fn due(&self) -> Instant {
        self.soon.map_or(self.rescan, |soon| soon.min(self.rescan))
    }

    /// What is due now; a rescan covers all.
    pub(super) fn take(&mut self) -> Wanted {
        let everything = self.soon.is_none_or(|soon| self.rescan <= soon);
        self.soon = None;
        let folders = std::mem::take(&mut self.folders);
        if everything { Wanted::Everything } else { Wanted::Folders(folders) }
    }

    pub(super) fn rescan_at(&mut self, at: Instant) {
        self.rescan = at;
    }

    pub(super) fn note_everything(&mut self, at: Instant) {
        self.rescan = self.rescan.min(at);
    }

    /// The first sign of a burst says when, so that a program that never rests is seen too.
    pub(super) fn note_folder(&mut self, folder: PathBuf, at: Instant) {
        if self.folders.len() >= FOLDERS_MAX {
            return self.note_everything(at);
        }
        self.folders.insert(folder);
        self.soon = Some(self.soon.map_or(at, |soon| soon.min(at)));
    }

    pub(super) fn note(&mut self, root: &Path, event: &Event, at: Instant) {
        if event.need_rescan() {
            return self.note_everything(at);
        }
        let reading = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
            EventKind::Access(_) => true,
            _ => false,
        };
        if reading {
            return;
        }
        for path in event.paths.iter().filter_map(|path| path.strip_prefix(root).ok()) {
            self.note_folder(path.parent().unwrap_or(Path::new("")).to_owned(), at);
            if root.join(path).is_dir() {
                self.note_folder(path.to_owned(), at);
            }
        }
    }
}
