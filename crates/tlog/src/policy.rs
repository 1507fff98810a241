//! Witness policies: which logs and witnesses somebody trusts, and how many of the latter must have
//! cosigned a checkpoint.
//!
//! A log that shows different trees to different people is found out when enough witnesses, each of
//! which signs only trees that continue what it saw before, must sign along. What "enough" means is
//! for whoever relies on the log to say, in a file of C2SP's tlog-policy. Asking witnesses is not
//! this file's business.

mod parse;

pub use parse::{MalformedPolicy, POLICY_BYTES_MAX, POLICY_EACH_MAX, PolicyFault};

use crate::{Checkpoint, CheckpointError, SignatureError, SignedNote, Verified, VerifierKey};

/// Whom to trust for a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<KnownLog>,
    witnesses: Vec<Witness>,
    /// Every name of the file in its order: a group's members all stand before it.
    members: Vec<Member>,
    quorum: Quorum,
}

/// A log that a policy accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLog {
    /// Its key, whose name is the log's origin.
    pub key: VerifierKey,
    /// Where it is, for those who talk to it. Bytes that aren't UTF-8 have been replaced.
    pub url: Option<String>,
}

/// A witness that a policy trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// What the policy calls it, for people. Bytes that aren't UTF-8 have been replaced.
    pub name: String,
    /// Its key.
    pub key: VerifierKey,
    /// Where checkpoints are submitted to it, for the log. Bytes that aren't UTF-8 have been
    /// replaced.
    pub url: Option<String>,
}

/// What a group or the quorum can be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Member {
    /// A place among the witnesses.
    Witness(usize),
    /// So many of the members at these places.
    Group { threshold: usize, members: Vec<usize> },
}

/// Who must have witnessed a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quorum {
    Nobody,
    /// A place among the members.
    Member(usize),
}

/// A checkpoint that a policy accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed<'p> {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The cosignatures of witnesses that the policy names, whether the quorum needs them or not.
    pub cosignatures: Vec<Cosignature<'p>>,
}

/// That a witness saw a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cosignature<'p> {
    /// Who saw it.
    pub witness: &'p Witness,
    /// When, in seconds since 1970. Whether that is too long ago is for the caller to say.
    pub time_s: u64,
}

/// Why a policy doesn't accept a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The checkpoint isn't one of a log that the policy names.
    #[error("the checkpoint isn't one of the policy's logs")]
    Checkpoint(#[from] CheckpointError),
    /// A signature says that it is by a witness of the policy, and isn't.
    #[error("a witness's signature can't be trusted")]
    Cosignature(#[source] SignatureError),
    /// Too few witnesses, or the wrong ones.
    #[error("the checkpoint isn't cosigned by the policy's quorum, but by {found} witnesses")]
    NoQuorum {
        /// How many of the policy's witnesses cosigned it.
        found: usize,
    },
}

impl Policy {
    /// The logs that the policy accepts.
    pub fn logs(&self) -> &[KnownLog] {
        &self.logs
    }

    /// The witnesses that the policy names.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// The same policy for one log, known from elsewhere: a policy needn't name any.
    #[must_use]
    pub fn with_log(mut self, key: VerifierKey) -> Self {
        self.logs = vec![KnownLog { key, url: None }];
        self
    }

    /// The checkpoint in a note that one of the policy's logs has signed, with one of its keys, and
    /// a quorum of the witnesses. As everywhere, one wrong signature of a known key spoils the note.
    pub fn check(&self, note: &SignedNote) -> Result<Witnessed<'_>, PolicyError> {
        let logs: Vec<_> = self.logs.iter().map(|log| &log.key).collect();
        let checkpoint = Checkpoint::open_by_any(note, &logs)?;
        let keys: Vec<_> = self.witnesses.iter().map(|witness| &witness.key).collect();
        let verified = note.signatures_by(&keys).map_err(PolicyError::Cosignature)?;
        let cosignatures = self.cosignatures(&verified);
        if self.has_quorum(&cosignatures) {
            return Ok(Witnessed { checkpoint, cosignatures });
        }
        Err(PolicyError::NoQuorum { found: cosignatures.len() })
    }

    /// Each witness once, at the latest time that it tells. A cosignature without a time is no
    /// witness's: it doesn't say that the log had nothing newer.
    fn cosignatures(&self, verified: &[Verified<'_>]) -> Vec<Cosignature<'_>> {
        let seen_by = |witness: &Witness| {
            let by_witness = verified.iter().filter(|verified| *verified.key == witness.key);
            by_witness.filter_map(|verified| verified.time_s).max()
        };
        let cosigned = self
            .witnesses
            .iter()
            .filter_map(|witness| Some(Cosignature { witness, time_s: seen_by(witness)? }));
        cosigned.collect()
    }

    /// Decides name after name: a group's members are decided before it.
    fn has_quorum(&self, cosignatures: &[Cosignature<'_>]) -> bool {
        let mut witnessed: Vec<bool> = Vec::with_capacity(self.members.len());
        let has_signed = |at: usize| {
            self.witnesses.get(at).is_some_and(|witness| {
                cosignatures.iter().any(|cosignature| cosignature.witness.key == witness.key)
            })
        };
        for member in &self.members {
            witnessed.push(match member {
                Member::Witness(at) => has_signed(*at),
                Member::Group { threshold, members } => {
                    let count = members.iter().filter(|&&at| witnessed.get(at) == Some(&true));
                    count.count() >= *threshold
                }
            });
        }
        match self.quorum {
            Quorum::Nobody => true,
            Quorum::Member(at) => witnessed.get(at) == Some(&true),
        }
    }
}
