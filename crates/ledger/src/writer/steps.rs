//! The steps between a commit and its acknowledgement, as places where a test can fail the disk
//! or look at the files as a crash would leave them.

use std::fmt;
use std::sync::Arc;

use super::Stop;

/// What has just been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Everything is written into the transaction.
    Applied,
    /// The transaction is durable.
    Committed,
    /// The high-water file remembers the head.
    Marked,
    /// The checkpoint's row is durable.
    Signed,
    /// The newest entry is proved.
    Checked,
}

type Watch = Arc<dyn Fn(Step) -> Result<(), String> + Send + Sync>;

/// Nothing, outside tests.
#[derive(Clone, Default)]
pub(crate) struct Steps(Option<Watch>);

impl Steps {
    #[cfg(test)]
    pub(crate) fn watched(
        watch: impl Fn(Step) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(watch)))
    }

    pub(super) fn reach(&self, step: Step) -> Result<(), Stop> {
        self.0.as_ref().map_or(Ok(()), |watch| watch(step)).map_err(Stop)
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Steps")
    }
}
