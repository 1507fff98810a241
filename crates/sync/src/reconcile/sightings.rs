//! What a page shows, once its entries have been applied to each other in their order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use dropbox::{DeletedMetadata, Entry, FileMetadata, FolderMetadata, OtherMetadata};

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
    pub(super) others: Vec<&'a OtherMetadata>,
    /// The files as they lie at paths, while the entries are being applied.
    places: BTreeMap<&'a str, &'a str>,
}

impl<'a> Sightings<'a> {
    /// Applies a page's entries in their order, and then what Dropbox answered about files.
    pub(super) fn of(
        entries: &'a [Entry],
        whereabouts: &'a HashMap<String, Option<FileMetadata>>,
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
            Entry::Other(other) => self.others.push(other),
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
            self.doubtful.extend(self.places.insert(place, key));
        }
    }

    fn show_folder(&mut self, folder: &'a FolderMetadata) {
        if let Some(place) = folder.path_lower.as_deref() {
            self.doubtful.extend(self.places.remove(place));
        }
        self.folders.push(folder);
    }

    fn bury(&mut self, deleted: &'a DeletedMetadata) {
        let Some(place) = deleted.path_lower.as_deref() else { return };
        self.doubtful.extend(self.places.remove(place));
        let below = format!("{place}/");
        let from = (Bound::Included(below.as_str()), Bound::Unbounded);
        let buried = self.places.range::<str, _>(from);
        let buried = buried.take_while(|(path, _)| path.starts_with(&below));
        let buried: Vec<&'a str> = buried.map(|(path, _)| *path).collect();
        self.doubtful.extend(buried.iter().filter_map(|path| self.places.remove(path)));
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
