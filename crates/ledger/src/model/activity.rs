//! What an integration did, step by step: for its owner to read, and to take along.

use jiff::Timestamp;

/// How many steps of each integration are kept; the oldest make room.
pub const ACTIVITY_KEPT: u64 = 10_000;

/// What a step was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// The account was connected, for the first time or again.
    Connected,
    /// The connection ended.
    Disconnected,
    /// Its owner chose what is linked.
    Linked,
    /// Its owner chose how it works.
    Configured,
    /// Its owner paused it.
    Paused,
    /// Its owner let it go on.
    Resumed,
    /// Its owner asked for a look at everything now.
    Asked,
    /// Everything is listed again.
    ListedAfresh,
    /// Something was recorded.
    Recorded,
    /// Everything there was is recorded.
    CaughtUp,
    /// The account had to be left alone for a while.
    Waited,
    /// Something failed.
    Failed,
}

/// One step that is to be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it was.
    pub kind: StepKind,
    /// More about it, as a sentence; often empty.
    pub detail: String,
    /// How many events it recorded.
    pub events: u64,
    /// How many files it found gone.
    pub gone: u64,
    /// How many files it could not record.
    pub unrecorded: u64,
}

/// A step as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its number; later steps have larger ones.
    pub id: u64,
    /// When it was.
    pub at: Timestamp,
    /// The step.
    pub step: Step,
}

impl Step {
    /// A step that counts nothing.
    pub fn new(kind: StepKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), events: 0, gone: 0, unrecorded: 0 }
    }
}

impl StepKind {
    /// The word that stands for it outside of this program.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Linked => "linked",
            Self::Configured => "configured",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Asked => "asked",
            Self::ListedAfresh => "listed_afresh",
            Self::Recorded => "recorded",
            Self::CaughtUp => "caught_up",
            Self::Waited => "waited",
            Self::Failed => "failed",
        }
    }

    /// The kind that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        let kinds = [
            Self::Connected,
            Self::Disconnected,
            Self::Linked,
            Self::Configured,
            Self::Paused,
            Self::Resumed,
            Self::Asked,
            Self::ListedAfresh,
            Self::Recorded,
            Self::CaughtUp,
            Self::Waited,
            Self::Failed,
        ];
        kinds.into_iter().find(|kind| kind.as_str() == word)
    }
}
