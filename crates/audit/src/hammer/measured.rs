//! A reader that looks at the clock.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::latency::Latencies;
use crate::{LogFile, LogReader, ReadError};

/// A reader, with how long its answers took and how many bytes they had.
pub(super) struct Measured<'a, R> {
    reader: &'a R,
    counts: Mutex<(Latencies, u64)>,
}

impl<'a, R> Measured<'a, R> {
    pub(super) fn new(reader: &'a R) -> Self {
        Self { reader, counts: Mutex::default() }
    }

    /// What was measured.
    pub(super) fn into_parts(self) -> (Latencies, u64) {
        self.counts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: LogReader> LogReader for Measured<'_, R> {
    async fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, ReadError> {
        let started = Instant::now();
        let read = self.reader.read(file).await;
        let length = read.as_ref().map_or(0, |bytes| bytes.as_ref().map_or(0, Vec::len));
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.0.record(started.elapsed());
        counts.1 += length as u64;
        read
    }

    fn place(&self, file: LogFile) -> String {
        self.reader.place(file)
    }
}
