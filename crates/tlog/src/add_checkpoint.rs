//! What a log sends to a witness, and what the witness decides: `add-checkpoint` of C2SP's
//! tlog-witness, without the HTTP around it.
//!
//! The log says which size it believes the witness to know, proves that its new checkpoint
//! continues that, and gets a cosignature: lines for [`Signature::parse_lines`]. The witness keeps
//! one checkpoint per log. Reading it, [`AddCheckpoint::check`] and storing the new one must be one
//! transaction, durable before the cosignature leaves the house; that is the store's business.
//!
//! [`Signature::parse_lines`]: crate::Signature::parse_lines

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use crate::{
    Checkpoint, CheckpointError, EMPTY_ROOT, Hash, MalformedCheckpoint, MalformedNote,
    NOTE_BYTES_MAX, Origin, ProofError, SignedNote, VerifierKey, text::parse_decimal,
    verify_consistency,
};

/// The most hashes that a log may send along.
pub const ADD_CHECKPOINT_HASHES_MAX: usize = 63;

/// The longest request: room for the longest note behind the longest proof.
pub const ADD_CHECKPOINT_BYTES_MAX: usize = NOTE_BYTES_MAX + 4096;

/// The body of a request for a cosignature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness signed last, as the log believes; 0 to learn it.
    pub old_size: u64,
    /// The consistency proof from there; none from size 0.
    pub proof: Vec<Hash>,
    /// The checkpoint with the log's signature.
    pub checkpoint: SignedNote,
}

/// The size that a witness signed last: the body of its answer when the log believed another, of
/// the type `text/x.tlog.size`. A log that learns of a size beyond its own has been rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LatestSize(pub u64);

/// A text isn't a size and a newline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a size in decimal and a newline")]
pub struct MalformedSize;

/// Why a text is no request. Over HTTP: 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedRequest {
    /// Longer than any request.
    #[error("the request is longer than {ADD_CHECKPOINT_BYTES_MAX} bytes")]
    TooLong,
    /// The first line isn't `old` and a plain decimal.
    #[error("the request doesn't begin with the old size")]
    OldSize,
    /// A line of the proof isn't a hash.
    #[error("hash {line} of the request's proof is malformed")]
    Hash {
        /// Counted from 1.
        line: usize,
    },
    /// More than [`ADD_CHECKPOINT_HASHES_MAX`] hashes.
    #[error("the request's proof has more than {ADD_CHECKPOINT_HASHES_MAX} hashes")]
    TooManyHashes,
    /// No empty line, so no checkpoint.
    #[error("the request has no checkpoint")]
    NoCheckpoint,
    /// The checkpoint isn't a signed note.
    #[error("the request's note is malformed")]
    Note(#[from] MalformedNote),
    /// The note's text isn't a checkpoint.
    #[error("the request's checkpoint is malformed")]
    Checkpoint(#[from] MalformedCheckpoint),
}

/// Why a witness doesn't sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The checkpoint isn't signed by the log. Over HTTP: 403.
    #[error("the checkpoint isn't the log's")]
    NotTheLogs(#[from] CheckpointError),
    /// The log asks to go back. Over HTTP: 400.
    #[error("the old size is larger than the checkpoint's")]
    Backwards,
    /// The witness signed another size last. Over HTTP: 409 with the [`LatestSize`].
    #[error("the old size isn't {0}, which was signed last")]
    OtherSize(u64),
    /// The same size as signed last, with another root: the log has forked, and both signed
    /// checkpoints together prove it. Over HTTP: 422.
    #[error("the checkpoint has another root than the one of the same size that was signed")]
    Forked,
    /// Nothing shows that the checkpoint continues the last one. Over HTTP: 422.
    #[error("the checkpoint isn't proved to continue the one that was signed last")]
    Inconsistent(#[source] ProofError),
}

impl AddCheckpoint {
    /// Reads a request. The text in its note is known to be a checkpoint, and no more.
    pub fn parse(text: &str) -> Result<Self, MalformedRequest> {
        if text.len() > ADD_CHECKPOINT_BYTES_MAX {
            return Err(MalformedRequest::TooLong);
        }
        let (head, note) = text.split_once("\n\n").ok_or(MalformedRequest::NoCheckpoint)?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| line.strip_prefix("old "));
        let old_size = old_size.and_then(parse_decimal).ok_or(MalformedRequest::OldSize)?;
        let proof = parse_proof(lines)?;
        let checkpoint = SignedNote::parse(note)?;
        Checkpoint::parse(checkpoint.text())?;
        Ok(Self { old_size, proof, checkpoint })
    }

    /// Which log the request says it is of, for the witness to find that log's keys and its last
    /// checkpoint. It knows nothing of any other log; over HTTP: 404.
    pub fn origin(&self) -> Result<Origin, MalformedCheckpoint> {
        Checkpoint::parse(self.checkpoint.text()).map(|checkpoint| checkpoint.origin)
    }

    /// Decides whether to sign: gives the checkpoint to store and to cosign. `latest` is what was
    /// signed last for this log, whose keys are `log`.
    pub fn check(
        &self,
        log: &[VerifierKey],
        latest: Option<&Checkpoint>,
    ) -> Result<Checkpoint, Refusal> {
        let keys: Vec<_> = log.iter().collect();
        let checkpoint = Checkpoint::open_by_any(&self.checkpoint, &keys)?;
        if self.old_size > checkpoint.size {
            return Err(Refusal::Backwards);
        }
        let (size, root) = latest.map_or((0, EMPTY_ROOT), |latest| (latest.size, latest.root));
        if self.old_size != size {
            return Err(Refusal::OtherSize(size));
        }
        if checkpoint.size == size && checkpoint.root != root {
            return Err(Refusal::Forked);
        }
        verify_consistency(size, &root, checkpoint.size, &checkpoint.root, &self.proof)
            .map_err(Refusal::Inconsistent)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl Origin {
    /// Where, under its monitoring address, a witness shows the last checkpoint of this log that it
    /// signed.
    pub fn monitoring_path(&self) -> String {
        format!("{}/checkpoint", hex::encode(Sha256::digest(self.as_str())))
    }
}

impl FromStr for LatestSize {
    type Err = MalformedSize;

    fn from_str(body: &str) -> Result<Self, MalformedSize> {
        body.strip_suffix('\n').and_then(parse_decimal).map(Self).ok_or(MalformedSize)
    }
}

impl fmt::Display for LatestSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.0)
    }
}

fn parse_proof<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, MalformedRequest> {
    let mut proof = Vec::new();
    for (line, text) in (1..).zip(lines) {
        if line > ADD_CHECKPOINT_HASHES_MAX {
            return Err(MalformedRequest::TooManyHashes);
        }
        proof.push(text.parse().map_err(|_| MalformedRequest::Hash { line })?);
    }
    Ok(proof)
}
