//! The log of an instance, read from its data directory beside the process that serves it. Nothing
//! is locked or written.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use audit::{LogFile, LogReader, ReadError};
use ledger::entry::Policy;
use ledger::{Attached, Database, DatabaseError, Ledger, Location, StoreError};
use tlog::{BundleId, decode_bundle};

use crate::config::{FILE_NAME, Kept};

/// What tells a data directory from a static site.
const DATABASE: &str = "proofbox.db";

/// An instance's log.
#[derive(Clone)]
pub(super) struct DataLog {
    attached: Arc<Mutex<Attached>>,
    place: String,
}

impl DataLog {
    /// Where an instance keeps what it knows, if that is what the target names: a data directory, or
    /// the address of a database.
    pub(super) fn location(target: &str) -> anyhow::Result<Option<Location>> {
        let directory = PathBuf::from(target);
        match target.parse() {
            Ok(database @ Database::Postgres(_)) => {
                return Ok(Some(Location { directory: PathBuf::new(), database }));
            }
            Ok(Database::Embedded) | Err(DatabaseError::Scheme) => {}
            Err(error) => return Err(error.into()),
        }
        if directory.join(DATABASE).is_file() {
            return Ok(Some(Location::embedded(directory)));
        }
        if !directory.join(FILE_NAME).is_file() {
            return Ok(None);
        }
        Kept { data: directory, database: None }.location().map(Some)
    }

    /// Opens it.
    pub(super) fn open(target: &str) -> anyhow::Result<Self> {
        let at = Self::location(target)?.with_context(|| {
            format!("{target} is not the data directory of an instance: it has no {DATABASE}")
        })?;
        let place = at.to_string();
        let attached =
            Ledger::attach(at).with_context(|| format!("the log in {place} cannot be opened"))?;
        Ok(Self { attached: Arc::new(Mutex::new(attached)), place })
    }
}

impl LogReader for DataLog {
    async fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, ReadError> {
        let attached = Arc::clone(&self.attached);
        let read = tokio::task::spawn_blocking(move || {
            let attached = attached.lock().unwrap_or_else(PoisonError::into_inner);
            read(&attached, file)
        });
        let failed = |source| ReadError::Store { place: self.place(file), source };
        let read = read.await.map_err(|error| failed(Box::new(error)))?;
        read.map_err(|error| failed(Box::new(error)))
    }

    fn place(&self, file: LogFile) -> String {
        format!("{file} of the log in {}", self.place)
    }
}

fn read(attached: &Attached, file: LogFile) -> Result<Option<Vec<u8>>, StoreError> {
    match file {
        LogFile::Checkpoint => attached.checkpoint().map(|note| Some(note.into_bytes())),
        LogFile::Tile(tile) => attached.tile(tile),
        LogFile::Bundle(bundle) => attached.entry_bundle(bundle),
        LogFile::Key => keys(attached),
    }
}

/// As the server publishes them. The log names them itself, in its first entry.
fn keys(attached: &Attached) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(first) = BundleId::new(0, 1) else { return Ok(None) };
    let Some(bytes) = attached.entry_bundle(first)? else { return Ok(None) };
    let entries = decode_bundle(first, &bytes).unwrap_or_default();
    let policy = entries.first().and_then(|entry| Policy::parse(entry).ok());
    Ok(policy.map(|policy| lines(&policy).into_bytes()))
}

fn lines(policy: &Policy) -> String {
    let keys = [Some(&policy.key), policy.second_key.as_ref()];
    let lines: Vec<_> = keys.into_iter().flatten().map(|key| format!("{key}\n")).collect();
    lines.concat()
}
