//! Jobs: what to do in the transaction, and how to tell the caller once it is durable.

use rusqlite::ErrorCode;
use tokio::sync::oneshot;

use super::batch::Batch;
use crate::error::{CommitError, StoreError};
use crate::model::registered::RegisterError;

/// Work for the writing thread.
pub(crate) type Job = Box<dyn FnOnce(&mut Batch<'_>) -> Ran + Send>;

/// Tells the caller: `Err` when the batch failed after the job had run.
pub(super) type Release = Box<dyn FnOnce(Result<(), String>) + Send>;

/// What a job left behind.
pub(crate) enum Ran {
    /// Its writes are to be kept.
    Kept(Release),
    /// Its writes are to be undone; `fatal` when the store itself failed.
    Undone {
        /// Tells the caller.
        release: Release,
        /// Why the writer must stop.
        fatal: Option<String>,
    },
}

/// An error that a job may end with.
pub(crate) trait WriteError: From<StoreError> + Send + 'static {
    /// The store's part of it.
    fn store(&self) -> Option<&StoreError>;
}

impl WriteError for StoreError {
    fn store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

impl WriteError for CommitError {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl WriteError for RegisterError {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Wraps work into a job and where its answer arrives.
pub(crate) fn job<T, E>(
    work: impl FnOnce(&mut Batch<'_>) -> Result<T, E> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: WriteError,
{
    let (answer, receiver) = oneshot::channel();
    let job: Job = Box::new(move |batch| match work(batch) {
        Ok(value) => Ran::Kept(Box::new(move |outcome| {
            let stopped = |reason| E::from(StoreError::Stopped(reason));
            // A caller that went away has no use for the answer.
            drop(answer.send(outcome.map(|()| value).map_err(stopped)));
        })),
        Err(error) => {
            let fatal = error.store().filter(|error| is_fatal(error)).map(explain);
            let error = fatal.clone().map_or(error, |reason| StoreError::Stopped(reason).into());
            Ran::Undone { release: Box::new(move |_| drop(answer.send(Err(error)))), fatal }
        }
    });
    (job, receiver)
}

/// Whether the store itself failed. A row that it refused is the job's own trouble.
fn is_fatal(error: &StoreError) -> bool {
    let StoreError::Database(error) = error else { return false };
    error.sqlite_error_code().is_some_and(|code| {
        !matches!(
            code,
            ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig
        )
    })
}

/// An error with its causes in one line, and what to do about the common one.
pub(super) fn explain(error: &StoreError) -> String {
    if is_disk_full(error) {
        return "the disk is full, so nothing more is recorded and nothing of the last change \
                was; make room and start Proofbox again"
            .to_owned();
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text.push_str("; check the disk and start Proofbox again");
    text
}

fn is_disk_full(error: &StoreError) -> bool {
    let StoreError::Database(error) = error else { return false };
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}
