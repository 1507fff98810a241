//! A tree of up to ten million files that is computed from a seed and never stored: departments
//! of a hundred projects of a hundred files. An entry's place in the listing is its number, and
//! everything else follows from the number: path, id, revision, content.

use std::collections::HashSet;

use bytes::Bytes;

use super::generated_walk::{Run, Shape};
use super::node::{File, Kind, Node};
use crate::content_hash::ContentHash;
use crate::identifier::{FIRST_STORED, NodeId, Rev};
use crate::path;

/// Every file was there by then: a year from November 2023.
const FIRST_MODIFIED_S: i64 = 1_700_000_000;
const YEAR_S: u64 = 31_536_000;

const TITLES: [&str; 12] = [
    "Annual report",
    "Lease agreement",
    "Meeting notes",
    "Invoice",
    "Site plan",
    "Übersicht",
    "Bestätigung",
    "Contrat de service",
    "Certificate of origin",
    "報告書",
    "Inspection photo",
    "Test results",
];
const EXTENSIONS: [&str; 6] = ["pdf", "docx", "txt", "jpg", "xlsx", "csv"];

/// The computed tree, without what was copied out of it.
#[derive(Clone)]
pub(crate) struct Generated {
    seed: u64,
    shape: Shape,
    taken: HashSet<u64>,
    files_taken: u64,
}

impl Generated {
    pub(crate) fn new(seed: u64, files: u64) -> Self {
        Self { seed, shape: Shape::of(files), taken: HashSet::new(), files_taken: 0 }
    }

    pub(super) fn files_left(&self) -> u64 {
        self.shape.files - self.files_taken
    }

    /// The numbers of what a folder holds, beginning after a key.
    pub(super) fn walk(
        &self,
        folder: &str,
        recursive: bool,
        after: Option<&str>,
    ) -> impl Iterator<Item = u64> + use<'_> {
        let run = self.run(folder, recursive).unwrap_or_default();
        let skipped = after
            .map_or(0, |after| run.partition_point(|index| self.lower(index).as_str() <= after));
        run.skipping(skipped).filter(|index| !self.taken.contains(index))
    }

    /// An entry and the key under which it is found.
    pub(super) fn node(&self, index: u64) -> (String, Node) {
        let path_display = self.path(index);
        let kind = match self.shape.file_number(index) {
            Some(number) => Kind::File(self.file(index, number)),
            None => Kind::Folder,
        };
        let id = NodeId(index + 1);
        (path::lower(&path_display), Node { id, path_display, changed: 0, kind, seen: None })
    }

    pub(super) fn path_of(&self, id: NodeId) -> Option<String> {
        let index = id.0.checked_sub(1).filter(|_| id.0 < FIRST_STORED)?;
        (index < self.shape.entries).then(|| self.lower(index))
    }

    pub(super) fn content(&self, id: NodeId) -> Option<Bytes> {
        let index = id.0.checked_sub(1).filter(|_| id.0 < FIRST_STORED)?;
        Some(self.text(self.shape.file_number(index)?))
    }

    /// Takes an entry out of the computed tree, because something happens to it or near it.
    pub(super) fn take(&mut self, lower: &str) -> Option<Node> {
        let index = self.index(lower)?;
        self.take_at(index).map(|(_, node)| node)
    }

    pub(super) fn take_below(&mut self, lower: &str) -> Vec<(String, Node)> {
        let run = self.run(lower, true).unwrap_or_default();
        run.filter_map(|index| self.take_at(index)).collect()
    }

    fn take_at(&mut self, index: u64) -> Option<(String, Node)> {
        if !self.taken.insert(index) {
            return None;
        }
        self.files_taken += u64::from(self.shape.file_number(index).is_some());
        Some(self.node(index))
    }

    fn run(&self, folder: &str, recursive: bool) -> Option<Run> {
        if folder.is_empty() {
            return Some(self.shape.run(None, recursive));
        }
        self.index(folder).map(|index| self.shape.run(Some(index), recursive))
    }

    /// The number of a path.
    fn index(&self, lower: &str) -> Option<u64> {
        let all = self.shape.run(None, true);
        let index = all.partition_point(|index| self.lower(index).as_str() < lower);
        (index < self.shape.entries && self.lower(index) == lower).then_some(index)
    }

    fn lower(&self, index: u64) -> String {
        path::lower(&self.path(index))
    }

    fn path(&self, index: u64) -> String {
        let place = self.shape.place(index);
        let department = place.department;
        match (place.project, place.file) {
            (Some(project), Some(file)) => {
                let dice = self.dice(index);
                let title = pick(&TITLES, dice);
                let extension = pick(&EXTENSIONS, dice >> 32);
                format!(
                    "/Department {department:04}/Project {project:02}/{file:02} {title}.{extension}"
                )
            }
            (Some(project), None) => format!("/Department {department:04}/Project {project:02}"),
            _ => format!("/Department {department:04}"),
        }
    }

    fn file(&self, index: u64, number: u64) -> File {
        let content = self.text(number);
        let age_s = i64::try_from(self.dice(index) % YEAR_S).unwrap_or_default();
        File {
            rev: Rev(index + 1),
            size: content.len() as u64,
            content_hash: ContentHash::of(&content),
            mark: None,
            client_modified: FIRST_MODIFIED_S + age_s,
            server_modified: FIRST_MODIFIED_S + age_s,
            modified_by: None,
            content: None,
        }
    }

    /// Short enough for its hash to cost almost nothing.
    fn text(&self, number: u64) -> Bytes {
        Bytes::from(format!("Dropbox sandbox, seed {}, file {number}\n", self.seed))
    }

    /// A number that looks random and is always the same (`SplitMix64`).
    fn dice(&self, index: u64) -> u64 {
        let mut mixed = self.seed.wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

fn pick<'a>(choices: &[&'a str], dice: u64) -> &'a str {
    let at = usize::try_from(dice % choices.len() as u64).unwrap_or_default();
    choices.get(at).copied().unwrap_or_default()
}
