//! What was written before, and the log for the rest: an export that ended early goes on where it
//! was. That it is still right is for the caller to prove.

use crate::{Directory, LogFile, LogReader, ReadError};

/// A log of which a part is in a directory.
pub(super) struct LocalFirst<'a, R> {
    pub(super) local: Directory,
    pub(super) log: &'a R,
}

impl<R: LogReader> LogReader for LocalFirst<'_, R> {
    async fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, ReadError> {
        match self.local.read(file).await {
            Ok(Some(bytes)) => Ok(Some(bytes)),
            Ok(None) | Err(_) => self.log.read(file).await,
        }
    }

    fn place(&self, file: LogFile) -> String {
        self.log.place(file)
    }
}
