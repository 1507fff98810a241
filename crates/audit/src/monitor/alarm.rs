//! What a log did that it must never do, and the files that prove it.
//!
//! Two notes that contradict each other are proof by themselves, for everybody who has the log's
//! key. Where the contradiction is between a note and the tiles, a third file has the hashes that
//! connect them.

use std::fmt::{self, Write};
use std::path::PathBuf;

use tlog::{Checkpoint, Hash, SignedNote, leaf_hash};

use crate::TrustError;
use crate::disk::{Disk, DiskError};

/// An alarm, with its evidence on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What kind it is.
    pub kind: AlarmKind,
    /// What happened.
    pub what: String,
    /// The folder with the evidence.
    pub evidence: PathBuf,
}

/// What a log can do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// It signed two histories.
    Fork,
    /// It shows less than it did.
    Rollback,
    /// It shows a checkpoint that it didn't sign.
    Signature,
    /// Entries or tiles do not lead to what it signed.
    Broken,
}

/// The same before its evidence is written.
pub(super) struct Contradiction {
    kind: AlarmKind,
    what: String,
    proof: Option<String>,
}

/// An alarm with the notes that it is about.
pub(super) struct OnRecord {
    contradiction: Contradiction,
    known: Option<SignedNote>,
    shown: SignedNote,
}

impl AlarmKind {
    /// One word for scripts and names of folders.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Rollback => "rollback",
            Self::Signature => "signature",
            Self::Broken => "broken",
        }
    }
}

impl Contradiction {
    fn new(kind: AlarmKind, what: String) -> Self {
        Self { kind, what, proof: None }
    }

    pub(super) fn signature(error: &TrustError) -> Self {
        let mut what = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            what = format!("{what}: {error}");
            cause = error.source();
        }
        Self::new(AlarmKind::Signature, what)
    }

    pub(super) fn broken(what: String) -> Self {
        Self::new(AlarmKind::Broken, what)
    }

    pub(super) fn rollback(old: &Checkpoint, new: &Checkpoint) -> Self {
        let what = format!(
            "the log shows {} entries where it had signed {}: it was rolled back, or something in \
             between serves an old copy",
            new.size, old.size
        );
        Self::new(AlarmKind::Rollback, what)
    }

    pub(super) fn two_roots(old: &Checkpoint, new: &Checkpoint) -> Self {
        let what = format!(
            "the log signed two roots for {} entries: {} before, {} now",
            new.size, old.root, new.root
        );
        Self::new(AlarmKind::Fork, what)
    }

    /// The tree that is signed now begins with another root than the one that was signed before.
    pub(super) fn fork(old: &Checkpoint, new: &Checkpoint, shown: Hash, proof: Vec<Hash>) -> Self {
        let what = format!(
            "the log signed {} entries that do not continue the {} that it had signed before: their \
             first {} have the root {shown}, not {}",
            new.size, old.size, old.size, old.root
        );
        let mut text =
            format!("old {}\nroot {shown}\nnew {}\nroot {}\n", old.size, new.size, new.root);
        for hash in proof {
            // Writing to a text can't fail.
            let _ = writeln!(text, "{hash}");
        }
        Self { proof: Some(text), ..Self::new(AlarmKind::Fork, what) }
    }

    pub(super) fn on_record(self, known: Option<SignedNote>, shown: SignedNote) -> OnRecord {
        OnRecord { contradiction: self, known, shown }
    }
}

impl OnRecord {
    /// Writes the evidence. The same alarm again finds it written.
    pub(super) fn write(self, disk: &Disk) -> Result<Alarm, DiskError> {
        let Self { contradiction: Contradiction { kind, what, proof }, known, shown } = self;
        let shown = shown.to_string();
        let Hash([a, b, c, d, ..]) = leaf_hash(shown.as_bytes());
        let number = u32::from_be_bytes([a, b, c, d]);
        let folder = format!("evidence-{}-{number:08x}", kind.as_str());
        if let Some(known) = known {
            disk.create(&format!("{folder}/before.checkpoint"), known.to_string().as_bytes())?;
        }
        disk.create(&format!("{folder}/now.checkpoint"), shown.as_bytes())?;
        if let Some(proof) = proof {
            disk.create(&format!("{folder}/proof"), proof.as_bytes())?;
        }
        disk.sync()?;
        Ok(Alarm { kind, what, evidence: disk.root().join(folder) })
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; the evidence is in {}", self.what, self.evidence.display())
    }
}
