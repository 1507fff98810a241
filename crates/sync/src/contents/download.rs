//! Fetches the content of a revision once and hashes it on its way: in pieces, beside the fetching,
//! and in constant memory. An answer that breaks off is taken up again where it ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dropbox::{Digester, Digests, Download, Error, ErrorKind, Rev};
use ledger::Awaited;
use tokio::task::{JoinHandle, spawn_blocking};

use super::broke_off;
use crate::reader::seams::Account;

/// How much is hashed at a time, off the threads that wait for the network.
const PIECE_BYTES: usize = 1024 * 1024;
/// Content up to this length is hashed where it is: that takes less than handing it over.
const AT_ONCE_BYTES: usize = 64 * 1024;

/// Counts the bytes of one content as they come. They count no more once it is dropped: then they
/// are part of something that was read, or have to be read again.
#[derive(Debug)]
pub(crate) struct Meter {
    arriving: Arc<AtomicU64>,
    counted: u64,
}

impl Meter {
    pub(crate) fn new(arriving: Arc<AtomicU64>) -> Self {
        Self { arriving, counted: 0 }
    }

    fn count(&mut self, bytes: usize) {
        self.counted += bytes as u64;
        self.arriving.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn begin_anew(&mut self) {
        self.arriving.fetch_sub(self.counted, Ordering::Relaxed);
        self.counted = 0;
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.begin_anew();
    }
}

impl Account {
    pub(crate) async fn read_once(
        &self,
        version: &Awaited,
        meter: &mut Meter,
    ) -> Result<Digests, Error> {
        let _lane = self.lane.download().await;
        let revision = Rev::new(&version.revision);
        let mut hashing = Hashing::default();
        loop {
            let before = hashing.bytes;
            let mut download = self.session.download(&revision, before).await?;
            if download.begins_at() != before {
                hashing = Hashing::default();
                meter.begin_anew();
            }
            match hashing.take_all(&mut download, version.bytes, meter).await {
                Err(error) if broke_off(&error) && hashing.bytes > before => {}
                Err(error) => return Err(error),
                Ok(()) if hashing.bytes < version.bytes && hashing.bytes > before => {}
                Ok(()) => return hashing.finish().await,
            }
        }
    }
}

/// Content that is being hashed: a piece on another thread while the next one is gathered here.
#[derive(Default)]
struct Hashing {
    /// None while another thread has it.
    idle: Digester,
    busy: Option<JoinHandle<Digester>>,
    gathered: Vec<u8>,
    bytes: u64,
}

impl Hashing {
    /// Takes what comes. More than was declared can't be right: then the rest isn't fetched.
    async fn take_all(
        &mut self,
        download: &mut Download,
        declared: u64,
        meter: &mut Meter,
    ) -> Result<(), Error> {
        while let Some(piece) = download.piece().await? {
            meter.count(piece.len());
            self.bytes += piece.len() as u64;
            self.gathered.extend_from_slice(&piece);
            if self.gathered.len() >= PIECE_BYTES {
                self.hash_gathered().await?;
            }
            if declared > 0 && self.bytes > declared {
                break;
            }
        }
        Ok(())
    }

    async fn hash_gathered(&mut self) -> Result<(), Error> {
        let mut digester = self.digester().await?;
        let gathered = std::mem::take(&mut self.gathered);
        self.busy = Some(spawn_blocking(move || {
            digester.write(&gathered);
            digester
        }));
        Ok(())
    }

    async fn digester(&mut self) -> Result<Digester, Error> {
        match self.busy.take() {
            Some(busy) => busy.await.map_err(|_| ended()),
            None => Ok(std::mem::take(&mut self.idle)),
        }
    }

    async fn finish(mut self) -> Result<Digests, Error> {
        if self.gathered.len() > AT_ONCE_BYTES {
            self.hash_gathered().await?;
        }
        let mut digester = self.digester().await?;
        digester.write(&self.gathered);
        Ok(digester.finish())
    }
}

/// Only the end of the process ends a thread that hashes.
fn ended() -> Error {
    let kind = ErrorKind::Unexpected("hashing ended".to_owned());
    Error { kind, route: "files/download", request_id: None }
}
