//! What survives a restart and a kill: one JSON value per line, the first a snapshot, the others
//! what happened since. A last line that was cut short is dropped; it was never acknowledged.
//! Opening the file compacts it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::access::{Access, AccessChange};
use crate::namespace::{Operation, Snapshot, Tree};
use crate::seal::Key;
use crate::table::Kept;

/// The first version knew one account and its files alone; it can still be read.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    Snapshot(Box<Everything>),
    /// What happened to the files of the account whose Dropbox the folder is.
    Files(Operation),
    /// What happened to somebody else's files.
    FilesOf {
        account: String,
        operation: Operation,
    },
    Access(AccessChange),
    Row(Row),
}

/// What became of a row of a table.
#[derive(Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) table: String,
    /// In JSON.
    pub(crate) key: String,
    /// Nothing where it was taken out.
    pub(crate) value: Option<Value>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Everything {
    version: u32,
    key: Key,
    access: Access,
    files: Snapshot,
    #[serde(default)]
    files_of: BTreeMap<String, Snapshot>,
    #[serde(default)]
    tables: Kept,
}

/// What the file said.
pub(crate) struct Restored {
    pub(crate) key: Key,
    pub(crate) access: Access,
    pub(crate) tree: Tree,
    /// Those of other people, by account.
    pub(crate) trees: BTreeMap<String, Tree>,
    pub(crate) tables: Kept,
}

/// What an account writes of the file.
#[derive(Clone)]
pub(crate) enum Chapter {
    /// The account whose Dropbox the folder is.
    First(Arc<StateFile>),
    Further(Arc<StateFile>, String),
}

impl Chapter {
    pub(crate) fn append(&self, operation: &Operation) -> io::Result<()> {
        let operation = operation.clone();
        match self {
            Self::First(file) => file.append(&Record::Files(operation)),
            Self::Further(file, account) => {
                file.append(&Record::FilesOf { account: account.clone(), operation })
            }
        }
    }
}

#[derive(Debug, Error)]
pub(crate) enum StateError {
    #[error("the sandbox's state file {0} can't be read or written")]
    Io(PathBuf, #[source] io::Error),
    #[error(
        "line {line} of the sandbox's state file {path} is damaged; move the file away to start \
         with a fresh account"
    )]
    Damaged { path: PathBuf, line: usize },
    #[error("the state file {0} is in use by another sandbox")]
    InUse(PathBuf),
    #[error("the sandbox's state file {0} was written by a newer version")]
    Newer(PathBuf),
}

/// Appends to the file. Order matters, so there is one writer at a time.
pub(crate) struct StateFile(Mutex<File>);

impl StateFile {
    /// Reads what is there, or begins with a new key, and compacts.
    pub(crate) fn open(path: &Path) -> Result<(Self, Restored), StateError> {
        let failed = |error| StateError::Io(path.to_owned(), error);
        let restored = match File::open(path) {
            Ok(file) => {
                file.try_lock().map_err(|_| StateError::InUse(path.to_owned()))?;
                read(path, file)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => fresh().map_err(failed)?,
            Err(error) => return Err(failed(error)),
        };
        let file = compact(path, &restored).map_err(failed)?;
        Ok((Self(Mutex::new(file)), restored))
    }

    /// One write per record: a kill leaves whole lines and at most one torn one, the last.
    pub(crate) fn append(&self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let length = file.metadata()?.len();
        let written = file.write_all(&line);
        if written.is_err() {
            // A full disk leaves half a line, which would spoil the next.
            file.set_len(length)?;
        }
        written
    }
}

fn fresh() -> io::Result<Restored> {
    let key = Key::random().map_err(io::Error::other)?;
    Ok(Restored {
        key,
        access: Access::default(),
        tree: Tree::default(),
        trees: BTreeMap::new(),
        tables: Kept::new(),
    })
}

fn read(path: &Path, file: File) -> Result<Restored, StateError> {
    let failed = |error| StateError::Io(path.to_owned(), error);
    let mut lines = BufReader::new(file);
    let mut restored = None;
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        lines.read_until(b'\n', &mut text).map_err(failed)?;
        if text.last() != Some(&b'\n') {
            break;
        }
        let damaged = || StateError::Damaged { path: path.to_owned(), line };
        let record = serde_json::from_slice(&text).map_err(|_| damaged())?;
        match (record, &mut restored) {
            (Record::Snapshot(all), none @ None) => {
                if all.version > VERSION {
                    return Err(StateError::Newer(path.to_owned()));
                }
                *none = Some(Restored::from(*all));
            }
            (record, Some(restored)) => restored.apply(record).ok_or_else(damaged)?,
            (_, None) => return Err(damaged()),
        }
    }
    // A file without a whole first line was killed at its birth.
    restored.map_or_else(|| fresh().map_err(failed), Ok)
}

impl From<Everything> for Restored {
    fn from(all: Everything) -> Self {
        let trees = all.files_of.into_iter().map(|(account, files)| (account, files.into()));
        Self {
            key: all.key,
            access: all.access,
            tree: all.files.into(),
            trees: trees.collect(),
            tables: all.tables,
        }
    }
}

impl From<&Restored> for Everything {
    fn from(restored: &Restored) -> Self {
        let files_of = |(account, tree): (&String, &Tree)| (account.clone(), Snapshot::of(tree));
        Self {
            version: VERSION,
            key: restored.key.clone(),
            access: restored.access.clone(),
            files: Snapshot::of(&restored.tree),
            files_of: restored.trees.iter().map(files_of).collect(),
            tables: restored.tables.clone(),
        }
    }
}

impl Restored {
    /// Does what happened after the snapshot; there is only one of those.
    fn apply(&mut self, record: Record) -> Option<()> {
        match record {
            Record::Snapshot(_) => return None,
            Record::Files(operation) => self.tree.apply(&operation),
            Record::FilesOf { account, operation } => {
                self.trees.entry(account).or_default().apply(&operation);
            }
            Record::Access(change) => self.access.apply(&change),
            Record::Row(row) => row.apply(&mut self.tables),
        }
        Some(())
    }
}

/// Writes everything anew beside the old file, then takes its place.
fn compact(path: &Path, restored: &Restored) -> io::Result<File> {
    if let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(directory)?;
    }
    let beside = path.with_extension("new");
    let file = private().create(true).truncate(true).write(true).open(&beside)?;
    let mut writer = BufWriter::new(file);
    serde_json::to_writer(&mut writer, &Record::Snapshot(Box::new(restored.into())))?;
    writer.write_all(b"\n")?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // Held as long as the sandbox runs; whoever comes next finds it locked.
    file.lock()?;
    Ok(file)
}

/// The key in it opens every token, so it is nobody else's to read.
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;

    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}
