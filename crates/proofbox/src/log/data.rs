//! The log of an instance, read from its data directory beside the process that serves it. Nothing
//! is locked or written.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use audit::{LogFile, LogReader, ReadError};
use ledger::entry::Policy;
use ledger::{Attached, Ledger, StoreError};
use tlog::{BundleId, decode_bundle};

/// What tells a data directory from a static site.
const DATABASE: &str = "proofbox.db";

/// An instance's log.
#[derive(Clone)]
pub(super) struct DataLog {
    attached: Arc<Mutex<Attached>>,
    directory: PathBuf,
}

impl DataLog {
    /// Whether this is an instance's data directory.
    pub(super) fn is_in(directory: &Path) -> bool {
        directory.join(DATABASE).is_file()
    }

    /// Opens it.
    pub(super) fn open(directory: &Path) -> anyhow::Result<Self> {
        anyhow::ensure!(
            Self::is_in(directory),
            "{} is not the data directory of an instance: it has no {DATABASE}",
            directory.display()
        );
        let attached = Ledger::attach(directory)
            .with_context(|| format!("the log in {} cannot be opened", directory.display()))?;
        let attached = Arc::new(Mutex::new(attached));
        Ok(Self { attached, directory: directory.to_owned() })
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
        format!("{file} of the log in {}", self.directory.display())
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
