//! What is wrong with a log, and in which file.

use std::fmt;

use tlog::{Disagreement, Hash, VerifierKey};

use crate::{Flaw, LogFile, TrustError};

/// Something wrong, and the file in which it is, as far as that can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file to look at first.
    pub file: LogFile,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The file by itself.
    Flaw(Flaw),
    /// The checkpoint's text.
    Checkpoint(String),
    /// The checkpoint's signatures.
    Signature(TrustError),
    /// An entry by itself.
    Entry {
        /// Its index.
        index: u64,
        /// Why it is none of this kind of log.
        problem: String,
    },
    /// The first entry names another key than the one that signs.
    OtherKey {
        /// The key that it names.
        named: VerifierKey,
    },
    /// The key that is published beside the log isn't the one that signs.
    PublishedKey,
    /// The file contradicts the signed root.
    Contradicts(Disagreement),
    /// The file and another one contradict each other, and nothing tells which is wrong.
    Either {
        /// The two places.
        disagreement: Disagreement,
        /// The other file.
        other: LogFile,
    },
    /// Everything agrees, but not with the signed root.
    Root {
        /// What it hashes to.
        found: Hash,
    },
    /// Entries and their hashes are both gone, so that the root can't be checked.
    Uncheckable {
        /// How many entries are gone.
        entries: u64,
    },
    /// A partial file that was kept from before isn't the beginning of the one that replaced it.
    NotAPrefix {
        /// The wider file.
        of: LogFile,
    },
}

impl Wrong {
    /// One word for scripts.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Flaw(Flaw::Missing) => "missing",
            Self::Flaw(Flaw::Truncated { .. }) => "truncated",
            Self::Flaw(Flaw::TooLong { .. }) => "too_long",
            Self::Flaw(Flaw::Unreadable(_)) => "unreadable",
            Self::Flaw(_) | Self::Checkpoint(_) => "malformed",
            Self::Signature(_) => "signature",
            Self::Entry { .. } => "entry",
            Self::OtherKey { .. } | Self::PublishedKey => "key",
            Self::Contradicts(_) | Self::Either { .. } => "hash",
            Self::Root { .. } => "root",
            Self::Uncheckable { .. } => "uncheckable",
            Self::NotAPrefix { .. } => "prefix",
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flaw(flaw) => flaw.fmt(f),
            Self::Checkpoint(problem) => f.write_str(problem),
            Self::Signature(error) => write_signature(f, error),
            Self::Entry { index, problem } => write!(f, "entry {index}: {problem}"),
            Self::OtherKey { named } => write!(
                f,
                "entry 0 names another key as the log's than the one that it was checked with: \
                 {named}"
            ),
            Self::PublishedKey => f.write_str("it is not the key that signs the checkpoint"),
            Self::Contradicts(disagreement) => disagreement.fmt(f),
            Self::Either { disagreement, other } => {
                write!(f, "{disagreement}; {other} may be the wrong one of the two")
            }
            Self::Root { found } => {
                write!(f, "entries and tiles agree, but with another root than the signed: {found}")
            }
            Self::Uncheckable { entries } => write!(
                f,
                "its root cannot be checked, because {entries} entries and their hashes are gone"
            ),
            Self::NotAPrefix { of } => write!(f, "it is not the beginning of {of}"),
        }
    }
}

/// With the cause: a signature may be wrong, or by nobody known.
fn write_signature(f: &mut fmt::Formatter<'_>, error: &TrustError) -> fmt::Result {
    write!(f, "{error}")?;
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        write!(f, ": {error}")?;
        cause = error.source();
    }
    Ok(())
}

/// Findings, up to a limit, each said once.
pub(super) struct Findings {
    found: Vec<Finding>,
    max: usize,
}

impl Findings {
    pub(super) fn new(max: usize) -> Self {
        Self { found: Vec::new(), max: max.max(1) }
    }

    pub(super) fn push(&mut self, file: LogFile, wrong: Wrong) {
        let finding = Finding { file, wrong };
        if !self.is_full() && !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= self.max
    }

    /// Whether something is wrong with this file.
    pub(super) fn concern(&self, file: LogFile) -> bool {
        self.found.iter().any(|finding| finding.file == file)
    }

    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.found
    }
}
