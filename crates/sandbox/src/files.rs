//! Changing what is in an account from a test or from the administration routes. Where the account
//! is a folder on disk, the files on disk are changed, and the account follows as it would follow
//! any other program.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use thiserror::Error;

use crate::account::{Account, PerformError, Place};
use crate::content_hash::ContentHash;
use crate::namespace::{self, Item, Mark, NewFile, Operation, Refusal};
use crate::path::{Location, PathProblem};

/// A handle on one account's files.
#[derive(Clone)]
pub struct Files {
    account: Arc<Account>,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// `id:…`, through renames and moves.
    pub id: String,
    /// As it is shown.
    pub path_display: String,
    /// File or folder, and what goes with it.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a path holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A folder.
    Folder,
    /// A file in its current version.
    File {
        /// The revision.
        rev: String,
        /// In bytes.
        size: u64,
        /// 64 hexadecimal digits.
        content_hash: String,
    },
}

/// Why a file operation was not done.
#[derive(Debug, Error)]
pub enum FilesError {
    /// Nothing is there.
    #[error("there is nothing at {0}")]
    NotFound(String),
    /// Something else is there.
    #[error("something else is in the way at {0}")]
    Conflict(String),
    /// Dropbox would not take this path.
    #[error("Dropbox does not accept the path {0:?}")]
    Path(String),
    /// The disk refused.
    #[error("the disk refused {0}")]
    Disk(String, #[source] io::Error),
}

impl Files {
    pub(crate) fn new(account: Arc<Account>) -> Self {
        Self { account }
    }

    /// Makes a file, or a new version of it. Missing folders are made.
    pub fn write(&self, path: &str, content: impl Into<Bytes>) -> Result<(), FilesError> {
        let location = new_location(path)?;
        let content = content.into();
        if let Some(disk) = self.on_disk(&location) {
            let refused = |error| FilesError::Disk(path.to_owned(), error);
            fs::create_dir_all(disk.parent().unwrap_or(&disk)).map_err(refused)?;
            return fs::write(disk, content).map_err(refused);
        }
        let at = self.account.clock.now_s();
        let file = NewFile {
            path: location.display,
            size: content.len() as u64,
            content_hash: ContentHash::of(&content),
            client_modified: at,
            at,
            seen: None,
            id: None,
            modified_by: None,
            earlier: Vec::new(),
            content: Some(content),
        };
        self.perform(path, &Operation::Write(file))
    }

    /// Makes a folder and those above it.
    pub fn create_folder(&self, path: &str) -> Result<(), FilesError> {
        let location = new_location(path)?;
        if let Some(disk) = self.on_disk(&location) {
            return fs::create_dir_all(disk)
                .map_err(|error| FilesError::Disk(path.to_owned(), error));
        }
        let at = self.account.clock.now_s();
        let folder = Operation::CreateFolder { path: location.display, at, seen: None };
        self.perform(path, &folder)
    }

    /// Moves or renames a file, or a folder with all that is in it.
    pub fn move_to(&self, from: &str, to: &str) -> Result<(), FilesError> {
        let (source, target) = (new_location(from)?, new_location(to)?);
        if let (Some(source), Some(target)) = (self.on_disk(&source), self.on_disk(&target)) {
            let refused = |error| FilesError::Disk(from.to_owned(), error);
            fs::create_dir_all(target.parent().unwrap_or(&target)).map_err(refused)?;
            return fs::rename(source, target).map_err(refused);
        }
        let at = self.account.clock.now_s();
        let operation = Operation::Move { from: source.lower, to: target.display, at, seen: None };
        self.perform(from, &operation)
    }

    /// Deletes a file, or a folder with all that is in it.
    pub fn delete(&self, path: &str) -> Result<(), FilesError> {
        let location = new_location(path)?;
        if let Some(disk) = self.on_disk(&location) {
            return remove(&disk).map_err(|error| FilesError::Disk(path.to_owned(), error));
        }
        let at = self.account.clock.now_s();
        self.perform(path, &Operation::Delete { path: location.lower, at })
    }

    /// Says of a file that it is restricted, a Paper document or locked, until its next version;
    /// `None` takes that back. Cursors are told.
    pub fn mark(&self, path: &str, mark: Option<Mark>) -> Result<(), FilesError> {
        let location = new_location(path)?;
        self.perform(path, &Operation::Mark { path: location.lower, mark })
    }

    /// The content of a file as it is now.
    pub fn read(&self, path: &str) -> Result<Bytes, FilesError> {
        let location = new_location(path)?;
        let missing = || FilesError::NotFound(path.to_owned());
        if let Some(disk) = self.on_disk(&location) {
            return fs::read(disk).map(Bytes::from).map_err(|_| missing());
        }
        self.account.namespace().content(&location.lower).ok_or_else(missing)
    }

    /// What Dropbox would say is there.
    pub fn metadata(&self, path: &str) -> Option<Metadata> {
        let location = Location::parse(path).ok()?;
        self.account.namespace().at(&location.lower).map(described)
    }

    /// How many files the account has.
    pub fn count(&self) -> u64 {
        self.account.namespace().files()
    }

    fn perform(&self, path: &str, operation: &Operation) -> Result<(), FilesError> {
        let _turn = self.account.turn();
        self.account.perform(operation).map_err(|error| match error {
            PerformError::Refused(Refusal::NotFound) => FilesError::NotFound(path.to_owned()),
            PerformError::Refused(_) => FilesError::Conflict(path.to_owned()),
            PerformError::Unrecorded(error) | PerformError::Unreadable(error) => {
                FilesError::Disk(path.to_owned(), error)
            }
        })
    }

    /// Where a path is on disk, with the names as they are there.
    fn on_disk(&self, location: &Location) -> Option<PathBuf> {
        let Place::Disk(folder) = &self.account.place else { return None };
        let mut disk = folder.clone();
        let mut namespace = self.account.namespace();
        for (lower, display) in
            crate::path::prefixes(&location.lower).zip(crate::path::prefixes(&location.display))
        {
            let known = namespace.at(lower).map(|item| item.node.disk_name().to_owned());
            disk.push(known.unwrap_or_else(|| crate::path::name(display).to_owned()));
        }
        Some(disk)
    }
}

fn new_location(path: &str) -> Result<Location, FilesError> {
    Location::parse_new(path).map_err(|_: PathProblem| FilesError::Path(path.to_owned()))
}

fn remove(disk: &Path) -> io::Result<()> {
    if disk.symlink_metadata()?.is_dir() { fs::remove_dir_all(disk) } else { fs::remove_file(disk) }
}

fn described(item: Item<'_>) -> Metadata {
    let kind = match &item.node.kind {
        namespace::Kind::Folder => Kind::Folder,
        namespace::Kind::File(file) => Kind::File {
            rev: file.rev.text(),
            size: file.size,
            content_hash: file.content_hash.to_string(),
        },
    };
    Metadata { id: item.node.id.text(), path_display: item.node.path_display.clone(), kind }
}
