//! When the log is copied, and what a copy that fails leads to.
//!
//! One step brings the copy to the newest checkpoint, whatever was recorded since the last. A step
//! that fails is told once and tried again, for ever: a disk that is full or gone is no reason to
//! record nothing. A copy that holds a checkpoint of our own key that the log doesn't continue is
//! one: then the ledger is shown the checkpoint, and stops signing.

use std::mem::Discriminant;
use std::path::PathBuf;
use std::time::Duration;

use audit::{Disk, DiskError, ExportError, Exported, Exporter, Trust};
use ledger::{Change, Ledger};
use tokio::sync::broadcast::Receiver;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::log::{LiveLog, ProofboxEntries};
use crate::output::causes;

/// The least time from the end of one step to the next. What is recorded in between is copied
/// together.
const STEP_INTERVAL: Duration = Duration::from_secs(3);
/// Without news the copy is looked at again after this time: signatures of witnesses come without
/// a notice.
const IDLE_INTERVAL: Duration = Duration::from_secs(30);
/// How long to wait after a step that failed.
const RETRY_INTERVAL: Duration = Duration::from_secs(30);

/// The copy and the log that it is of.
pub(super) struct Upkeep {
    ledger: Ledger,
    directory: PathBuf,
    /// What holds the directory. It is opened again after a failure, when it may be another one.
    exporter: Option<Exporter<LiveLog>>,
    changes: Receiver<Change>,
    closing: CancellationToken,
    health: Health,
}

/// How it went last.
#[derive(PartialEq, Eq)]
enum Health {
    Unknown,
    Current,
    Failing(Kind),
}

/// Failures of one kind are told once, wherever in the log they are met.
type Kind = (Discriminant<ExportError>, Option<Discriminant<DiskError>>);

impl Upkeep {
    pub(super) fn new(ledger: Ledger, directory: PathBuf, closing: CancellationToken) -> Self {
        let changes = ledger.changes();
        Self { ledger, directory, exporter: None, changes, closing, health: Health::Unknown }
    }

    /// Keeps the copy until the instance ends or all signing stops. The last step comes after
    /// everything else has ended, so that the copy knows all that was signed.
    pub(super) async fn run(mut self) {
        let closing = self.closing.clone();
        while self.ledger.read_only().is_none() {
            let is_last = closing.is_cancelled();
            // What is told from here on, this step may miss.
            self.changes = self.ledger.changes();
            match self.step().await {
                Ok(exported) => self.succeeded(exported),
                Err(error) => self.failed(error).await,
            }
            if is_last {
                return;
            }
            closing.run_until_cancelled(self.wait()).await;
        }
    }

    async fn wait(&mut self) {
        if matches!(self.health, Health::Failing(_)) {
            return sleep(RETRY_INTERVAL).await;
        }
        sleep(STEP_INTERVAL).await;
        // A receiver that lags has news, too, and the time being up is no failure.
        drop(timeout(IDLE_INTERVAL, self.changes.recv()).await);
    }

    async fn step(&mut self) -> Result<Exported, ExportError> {
        let mut exporter = match self.exporter.take() {
            Some(exporter) => exporter,
            None => self.open().await?,
        };
        let done = exporter.step(&ProofboxEntries, &|_, _| {}).await?;
        self.exporter = Some(exporter);
        Ok(done)
    }

    async fn open(&self) -> Result<Exporter<LiveLog>, ExportError> {
        let directory = self.directory.clone();
        let opened = tokio::task::spawn_blocking(move || Disk::open(directory)).await;
        let ended = |error| DiskError::Io {
            path: self.directory.clone(),
            source: std::io::Error::other(error),
        };
        let disk = opened.map_err(ended)??;
        let trust = Trust::new(Some(self.ledger.log_key()), None);
        Ok(Exporter::new(LiveLog::new(self.ledger.clone()), disk, trust))
    }

    fn succeeded(&mut self, exported: Exported) {
        let (place, size) = (super::place(&self.directory), exported.size);
        if self.health == Health::Current {
            tracing::debug!(
                copy.size = size,
                copy.written = exported.written,
                "{place} is current"
            );
        } else {
            tracing::info!(copy.size = size, "{place} is current");
        }
        self.health = Health::Current;
    }

    async fn failed(&mut self, error: ExportError) {
        if may_be_evidence(&error) && self.is_proven().await {
            return;
        }
        let health = Health::Failing(kind(&error));
        if self.health != health {
            tracing::warn!(
                "{} is not kept current: {}. Recording goes on without it; it is tried again every \
                 {} s",
                super::place(&self.directory),
                causes(&error.into()),
                RETRY_INTERVAL.as_secs()
            );
        }
        self.health = health;
    }

    /// Whether the copy proves another history than the stored one. Then all signing has stopped,
    /// and the ledger has said why.
    async fn is_proven(&self) -> bool {
        // A copy that can't be read, or of another log, proves nothing; that it fails is told.
        let Ok(Some(known)) = super::read(&self.directory, &self.ledger.log_key()).await else {
            return false;
        };
        match self.ledger.stop_signing(known).await {
            Ok(reason) => reason.is_some(),
            Err(error) => {
                let error = causes(&error.into());
                tracing::error!("the log could not be held against its copy: {error}");
                // Signing has stopped even if it could not be noted for the next start.
                self.ledger.read_only().is_some()
            }
        }
    }
}

/// Whether it may be the log that is wrong, not the copy or the disk.
fn may_be_evidence(error: &ExportError) -> bool {
    matches!(
        error,
        ExportError::Smaller { .. } | ExportError::Fork { .. } | ExportError::Damaged(_)
    )
}

fn kind(error: &ExportError) -> Kind {
    let disk = match error {
        ExportError::Disk(disk) => Some(std::mem::discriminant(disk)),
        _ => None,
    };
    (std::mem::discriminant(error), disk)
}
