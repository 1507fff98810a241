//! Moving an instance from one database to another, with its log as it is.
//!
//! The data directory stays where it is: its keys and its high-water file belong to both. So whichever
//! of the two goes on first, the other is known for an older copy from then on, and never signs.
//!
//! All of it happens in one transaction, while nobody else has either database, and the whole copy is
//! checked afterwards.

use std::path::Path;

use crate::error::{OpenError, StoreError};
use crate::fsck::{Fsck, Progress, fsck};
use crate::location::{Database, Location};
use crate::lock::DirectoryLock;
use crate::store::copy::TABLES;
use crate::store::db::Db;
use crate::store::{self, log};

/// What was copied.
#[derive(Clone, Debug)]
pub struct Copied {
    /// How many rows.
    pub rows: u64,
    /// What the check of the copy found.
    pub report: Fsck,
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// One of the two does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is nothing to copy.
    #[error("{0} holds no log, so there is nothing to copy")]
    Empty(String),
    /// There is something already.
    #[error("{0} holds an instance already; copy to an empty database")]
    Occupied(String),
    /// One of the two failed; the target is as it was.
    #[error("the copy was not made, and the target is as it was")]
    Store(#[source] StoreError),
}

/// Copies every row of an instance that nobody serves into a database that is empty, and checks what
/// came out of it.
pub fn copy(
    directory: &Path,
    from: Database,
    to: Database,
    progress: Progress<'_>,
) -> Result<Copied, CopyError> {
    let from = Location { directory: directory.to_owned(), database: from };
    let to = Location { directory: directory.to_owned(), database: to };
    drop(store::open_to_check(&from)?);
    let lock = DirectoryLock::take(directory)?;
    let (source, target) = (store::open_writer(&from)?, store::open_writer(&to)?);
    if log::head(&source).map_err(CopyError::Store)?.is_none() {
        return Err(CopyError::Empty(from.to_string()));
    }
    if log::head(&target).map_err(CopyError::Store)?.is_some() {
        return Err(CopyError::Occupied(to.to_string()));
    }
    let rows = copy_all(&source, &target, progress).map_err(CopyError::Store)?;
    drop((source, target, lock));
    Ok(Copied { rows, report: fsck(to, progress)? })
}

fn copy_all(source: &Db, target: &Db, progress: Progress<'_>) -> Result<u64, StoreError> {
    let reading = source.transaction()?;
    let writing = target.transaction()?;
    let mut total = 0;
    for table in &TABLES {
        total += table.count(&reading)?;
    }
    let mut rows = 0;
    for table in &TABLES {
        table.copy(&reading, &writing, || {
            rows += 1;
            progress(rows, total);
        })?;
    }
    writing.commit()?;
    Ok(rows)
}
