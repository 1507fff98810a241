//! What a page shows, once its entries have been applied to each other in their order.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use dropbox::{DeletedMetadata, Entry, FileMetadata, FolderAccess, FolderMetadata, OtherMetadata};

use super::obstacle::Obstacle;

/// What a page shows.
#[derive(Debug, Default)]
pub(super) struct Sightings<'a> {
    /// Each file as it was shown last, or as Dropbox answered since.
    pub(super) files: BTreeMap<&'a str, &'a FileMetadata>,
    /// Files that were shown, and then something else in their place or above it: the page doesn't
    /// say where they are now.
    pub(super) doubtful: BTreeSet<&'a str>,
    /// Paths where nothing is any more.
    pub(super) tombstones: Vec<&'a str>,
    pub(super) folders: Vec<&'a FolderMetadata>,
    /// What can't be read, by its place.
    pub(super) closed: BTreeMap<&'a str, Closed<'a>>,
    /// Whether something was shown of which neither kind nor place is known.
    pub(super) shows_the_unknown: bool,
    /// The files as they lie at paths, while the entries are being applied.
    places: BTreeMap<&'a str, &'a str>,
}

/// Something that is there and can't be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closed<'a> {
    /// Its id, or its place if it has none.
    pub(super) key: &'a str,
    pub(super) path: &'a str,
    pub(super) obstacle: Obstacle,
}

impl<'a> Sightings<'a> {
    /// Applies a page's entries in their order, and then what Dropbox answered about files.
    pub(super) fn of(
        entries: &'a [Entry],
        whereabouts: &'a BTreeMap<String, Option<FileMetadata>>,
    ) -> Self {
        let mut sightings = Self::default();
        for entry in entries {
            sightings.apply(entry);
        }
        for (key, found) in whereabouts {
            sightings.settle(key, found.as_ref());
        }
        sightings
    }

    pub(super) fn shows(&self, key: &str) -> bool {
        self.files.contains_key(key)
    }

    fn apply(&mut self, entry: &'a Entry) {
        match entry {
            Entry::File(file) => self.show(file),
            Entry::Folder(folder) => self.show_folder(folder),
            Entry::Deleted(deleted) => self.bury(deleted),
            Entry::Other(other) => self.show_other(other),
        }
    }

    fn show(&mut self, file: &'a FileMetadata) {
        let key = file.id.as_str();
        let before = self.files.insert(key, file).and_then(|before| before.path_lower.as_deref());
        if let Some(left) = before.filter(|place| self.places.get(place) == Some(&key)) {
            self.places.remove(left);
        }
        self.doubtful.remove(key);
        if let Some(place) = file.path_lower.as_deref() {
            self.closed.remove(place);
            self.doubtful.extend(self.places.insert(place, key));
        }
    }

    fn show_folder(&mut self, folder: &'a FolderMetadata) {
        if let Some(place) = folder.path_lower.as_deref() {
            self.doubtful.extend(self.places.remove(place));
            let path = folder.path_display.as_deref().unwrap_or(place);
            let closed = |obstacle| Closed { key: folder.id.as_str(), path, obstacle };
            match folder.access {
                FolderAccess::Full => drop(self.closed.remove(place)),
                FolderAccess::TraverseOnly => self.close(place, closed(Obstacle::PartlyVisible)),
                FolderAccess::Denied => self.close(place, closed(Obstacle::Unreadable)),
            }
        }
        self.folders.push(folder);
    }

    fn show_other(&mut self, other: &'a OtherMetadata) {
        let Some(place) = other.path_lower.as_deref() else {
            self.shows_the_unknown = true;
            return;
        };
        let path = other.path_display.as_deref().unwrap_or(place);
        self.close(place, Closed { key: place, path, obstacle: Obstacle::UnknownKind });
    }

    fn close(&mut self, place: &'a str, closed: Closed<'a>) {
        self.closed.insert(place, closed);
    }

    fn bury(&mut self, deleted: &'a DeletedMetadata) {
        let Some(place) = deleted.path_lower.as_deref() else { return };
        self.doubtful.extend(take_with_below(&mut self.places, place));
        take_with_below(&mut self.closed, place);
        self.tombstones.push(place);
    }

    /// Takes an answer for what it says where the page leaves it open; the page's own sighting of a
    /// file is as good.
    fn settle(&mut self, key: &'a str, found: Option<&'a FileMetadata>) {
        let open = self.doubtful.remove(key) || !self.shows(key);
        match found {
            Some(file) if open => drop(self.files.insert(key, file)),
            None if open => drop(self.files.remove(key)),
            _ => {}
        }
    }
}

/// Takes out what is at a place and below it.
fn take_with_below<'a, T>(by_place: &mut BTreeMap<&'a str, T>, place: &'a str) -> Vec<T> {
    let below = format!("{place}/");
    let from = (Bound::Included(below.as_str()), Bound::Unbounded);
    let buried = by_place.range::<str, _>(from);
    let buried = buried.take_while(|(path, _)| path.starts_with(&below));
    let buried: Vec<&'a str> = buried.map(|(path, _)| *path).chain([place]).collect();
    buried.iter().filter_map(|path| by_place.remove(path)).collect()
}
