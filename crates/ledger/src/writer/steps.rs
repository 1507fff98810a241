//! The operations between a job and its acknowledgement, as places where a test can fail the disk
//! before or after something happened, or look at the files as a crash would leave them.

use std::fmt;
use std::sync::Arc;

use super::Stop;

/// What the writer does to the disk, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Begins the transaction.
    Begin,
    /// Swaps the head, the last of what is written into the transaction.
    Apply,
    /// Makes the transaction durable.
    Commit,
    /// Makes the high-water file remember the head.
    Remember,
    /// Makes the checkpoint's row durable.
    Sign,
    /// Proves the newest entry from what is stored.
    Check,
}

#[cfg(test)]
impl Operation {
    /// All of them, in order.
    pub(crate) const ALL: [Self; 6] =
        [Self::Begin, Self::Apply, Self::Commit, Self::Remember, Self::Sign, Self::Check];
}

/// On which side of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Nothing of it has happened.
    Before,
    /// All of it has happened.
    After,
}

type Watch = Arc<dyn Fn(Operation, Moment) -> Result<(), String> + Send + Sync>;

/// Nothing, outside tests.
#[derive(Clone, Default)]
pub(crate) struct Steps(Option<Watch>);

impl Steps {
    #[cfg(test)]
    pub(crate) fn watched(
        watch: impl Fn(Operation, Moment) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(watch)))
    }

    /// Does an operation, unless a test has it fail.
    pub(super) fn run<T>(
        &self,
        operation: Operation,
        work: impl FnOnce() -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.reach(operation, Moment::Before)?;
        let done = work()?;
        self.reach(operation, Moment::After)?;
        Ok(done)
    }

    fn reach(&self, operation: Operation, moment: Moment) -> Result<(), Stop> {
        self.0.as_ref().map_or(Ok(()), |watch| watch(operation, moment)).map_err(Stop)
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Steps")
    }
}
