//! The log of the instance in this process, read through its ledger: no more than is signed.

use std::sync::Arc;

use audit::{LogFile, LogReader, ReadError};
use ledger::{Ledger, StoreError};
use tokio::sync::Semaphore;

/// How many files are read at once. The ledger has few connections for reading, and people who
/// look at pages come first.
const READS_MAX: usize = 1;

/// An instance's log while it runs.
#[derive(Clone)]
pub(crate) struct LiveLog {
    ledger: Ledger,
    turns: Arc<Semaphore>,
}

impl LiveLog {
    /// The log of this ledger.
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger, turns: Arc::new(Semaphore::new(READS_MAX)) }
    }

    async fn bytes(&self, file: LogFile) -> Result<Option<Vec<u8>>, StoreError> {
        let _turn = self.turns.acquire().await;
        match file {
            LogFile::Checkpoint => Ok(Some(self.ledger.checkpoint().await?.into_bytes())),
            LogFile::Tile(tile) => self.ledger.tile(tile).await,
            LogFile::Bundle(bundle) => self.ledger.entry_bundle(bundle).await,
            LogFile::Key => Ok(Some(format!("{}\n", self.ledger.log_key()).into_bytes())),
        }
    }
}

impl LogReader for LiveLog {
    async fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, ReadError> {
        let failed = |source| ReadError::Store { place: self.place(file), source };
        self.bytes(file).await.map_err(|error| failed(Box::new(error)))
    }

    fn place(&self, file: LogFile) -> String {
        format!("{file} of this log")
    }
}
