//! Jobs: what to do in the transaction, and how to tell the caller once it is durable.

use rusqlite::ErrorCode;
use tokio::sync::oneshot;
use tokio_postgres::error::SqlState;

use super::batch::Batch;
use crate::error::{CommitError, StoreError, chain};
use crate::model::members::MemberError;
use crate::model::registered::RegisterError;

/// Work for the writing thread.
pub(crate) trait Job: Send {
    /// Does the work. When the writes were undone because of another job, it is done again.
    fn run(&mut self, batch: &mut Batch<'_>) -> Ran;

    /// Tells the caller: `Err` when the batch failed after the job had run.
    fn release(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// What a job left behind.
pub(crate) enum Ran {
    /// Its writes are to be kept.
    Kept,
    /// It was refused: its writes, if there are any, are to be undone.
    Refused,
    /// The store itself failed, and why: the writer must stop.
    Failed(String),
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

impl WriteError for MemberError {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Work with the caller who waits for its answer.
struct Task<W, T, E> {
    work: W,
    result: Result<T, E>,
    caller: oneshot::Sender<Result<T, E>>,
}

/// Wraps work into a job and where its answer arrives.
pub(crate) fn job<T, E>(
    work: impl FnMut(&mut Batch<'_>) -> Result<T, E> + Send + 'static,
) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: WriteError,
{
    let (caller, answer) = oneshot::channel();
    let not_run = StoreError::Stopped("the writer stopped before it came to this".into());
    (Box::new(Task { work, result: Err(not_run.into()), caller }), answer)
}

impl<W, T, E> Job for Task<W, T, E>
where
    W: FnMut(&mut Batch<'_>) -> Result<T, E> + Send,
    T: Send,
    E: WriteError,
{
    fn run(&mut self, batch: &mut Batch<'_>) -> Ran {
        self.result = (self.work)(batch);
        let Err(error) = &self.result else { return Ran::Kept };
        let Some(error) = error.store().filter(|error| is_fatal(error)) else {
            return Ran::Refused;
        };
        let reason = explain(error);
        self.result = Err(StoreError::Stopped(reason.clone()).into());
        Ran::Failed(reason)
    }

    fn release(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { result, caller, .. } = *self;
        let answer = match outcome {
            Ok(()) => result,
            // What it was refused for may have been the failure itself.
            Err(error) => Err(error.into()),
        };
        // A caller that went away has no use for the answer.
        drop(caller.send(answer));
    }
}

/// Whether the store itself failed. A row that it refused is the job's own trouble.
pub(super) fn is_fatal(error: &StoreError) -> bool {
    match error {
        StoreError::Database(error) => error.sqlite_error_code().is_some_and(|code| {
            !matches!(
                code,
                ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig
            )
        }),
        StoreError::Postgres(error) => !error.code().is_some_and(is_about_a_value),
        StoreError::Session(_) => true,
        _ => false,
    }
}

/// The classes of data exceptions and of violated constraints.
fn is_about_a_value(code: &SqlState) -> bool {
    code.code().starts_with("22") || code.code().starts_with("23")
}

/// An error with its causes in one line, and what to do about the common one.
pub(super) fn explain(error: &StoreError) -> String {
    if is_disk_full(error) {
        return "the disk is full, so nothing more is recorded and nothing of the last change \
                was; make room and start Proofbox again"
            .to_owned();
    }
    let mut text = chain(error);
    text.push_str(match error {
        StoreError::Postgres(_) | StoreError::Session(_) => {
            "; check PostgreSQL and start Proofbox again"
        }
        _ => "; check the disk and start Proofbox again",
    });
    text
}

fn is_disk_full(error: &StoreError) -> bool {
    match error {
        StoreError::Database(error) => error.sqlite_error_code() == Some(ErrorCode::DiskFull),
        StoreError::Postgres(error) => error.code() == Some(&SqlState::DISK_FULL),
        _ => false,
    }
}
