//! How a run ended, as the exit code that scripts rely on. The table is in the documentation of
//! the command and in docs/command.md.

use std::process::ExitCode;

/// The end of a run, mildest first: of several files the worst one decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Done; for a verification, the current version or a receipt that holds.
    Done,
    /// Authentic, but a newer version was published.
    Superseded,
    /// Withdrawn by its publisher.
    Withdrawn,
    /// Nobody published this exact file there.
    NotFound,
    /// A proof that should hold does not.
    ProofFailed,
    /// A log is damaged, or contradicts what it signed.
    Damaged,
    /// The command could not do what it was asked.
    Failed,
}

impl Outcome {
    fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Superseded => 10,
            Self::Withdrawn => 11,
            Self::NotFound => 20,
            Self::ProofFailed => 30,
            Self::Damaged => 40,
            Self::Failed => 1,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        outcome.code().into()
    }
}
