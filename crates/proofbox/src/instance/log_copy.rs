//! The copy of the log in a directory: what a web server or a CDN can serve in our place, and a
//! place that remembers. Before an instance signs anything, the copy is asked what it knows; while
//! the instance runs, the copy is kept current in the background, and nothing that is recorded waits
//! for it.
//!
//! How a log is copied so that it can be served and interrupted at any moment is `audit::Exporter`'s;
//! when that is done, and what a failure leads to, is in `upkeep`.

mod upkeep;

use std::path::{Path, PathBuf};
use std::time::Duration;

use audit::{Directory, LogFile, LogReader, ReadError};
use ledger::{Ledger, Remembered};
use tlog::{Checkpoint, SignedNote, VerifierKey};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use upkeep::Upkeep;

/// How long the end of an instance waits for its copy. What is missing then is copied at the next
/// start.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

/// Why a directory can't say what it knows of our log.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    /// The way to it is closed; what is there is not known.
    #[error("the copy of the log cannot be asked what it knows")]
    Unreadable(#[source] ReadError),
    /// What is there is no checkpoint. We never leave that behind.
    #[error(
        "log_copy names {}, and the checkpoint there is damaged. Nothing was changed: find out who \
         else writes there, and put the checkpoint back, or name an empty directory",
        .0.display()
    )]
    Damaged(PathBuf),
    /// It is somebody else's.
    #[error(
        "log_copy names {}, which holds the log {found}, signed with another key than ours. Nothing \
         was changed there: name the directory that holds the copy of this log, or an empty one",
        directory.display()
    )]
    OtherLog {
        /// The directory.
        directory: PathBuf,
        /// The name of the log there.
        found: String,
    },
}

/// What the copy in a directory knows of the log with this key, before it opens. A directory that is
/// out of reach keeps nobody from starting, no more than a witness does; the wrong directory does.
pub(super) async fn remembered(
    directory: &Path,
    log: &VerifierKey,
) -> anyhow::Result<Option<Remembered>> {
    match read(directory, log).await {
        Err(CopyError::Unreadable(error)) => {
            let causes = crate::output::causes(&CopyError::Unreadable(error).into());
            tracing::warn!("{causes}. Recording goes on");
            Ok(None)
        }
        known => Ok(known?),
    }
}

/// The head in the copy, if it has one, that our own key signed.
async fn read(directory: &Path, log: &VerifierKey) -> Result<Option<Remembered>, CopyError> {
    let damaged = || CopyError::Damaged(directory.to_owned());
    let bytes = match Directory::new(directory).read(LogFile::Checkpoint).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(ReadError::TooLarge { .. }) => return Err(damaged()),
        Err(error) => return Err(CopyError::Unreadable(error)),
    };
    let text = String::from_utf8(bytes).map_err(|_| damaged())?;
    let note = SignedNote::parse(&text).map_err(|_| damaged())?;
    let claimed = Checkpoint::parse(note.text()).map_err(|_| damaged())?;
    let head = Checkpoint::open(&note, log).map_err(|_| CopyError::OtherLog {
        directory: directory.to_owned(),
        found: claimed.origin.to_string(),
    })?;
    Ok(Some(Remembered { place: place(directory), size: head.size, root: Some(head.root) }))
}

/// What to call it in a sentence.
fn place(directory: &Path) -> String {
    format!("the copy of the log in {}", directory.display())
}

/// The task that keeps the copy current.
pub(super) struct LogCopy {
    task: JoinHandle<()>,
    closing: CancellationToken,
}

impl LogCopy {
    /// Starts it. A ledger that is read-only isn't copied.
    pub(super) fn start(ledger: &Ledger, directory: PathBuf) -> Self {
        let closing = CancellationToken::new();
        let upkeep = Upkeep::new(ledger.clone(), directory, closing.clone());
        Self { task: tokio::spawn(upkeep.run()), closing }
    }

    /// Brings the copy up to date for the last time, and ends.
    pub(super) async fn shutdown(mut self) {
        self.closing.cancel();
        match timeout(SHUTDOWN_DEADLINE, &mut self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!("the task that copies the log failed: {error}"),
            Err(_) => {
                self.task.abort();
                tracing::warn!(
                    "the log was not copied to its end within {} s; the next start goes on with it",
                    SHUTDOWN_DEADLINE.as_secs()
                );
            }
        }
    }
}
