//! Checkpoints: what a log signs about itself, namely its size and its root.
//!
//! A log must never sign two checkpoints of which one doesn't continue the other; who keeps that
//! promise is the owner of the store, not this file.

use std::{fmt, str::FromStr};

use crate::{
    Hash, KeyName, NAME_BYTES_MAX, SignatureError, SignedNote, Signer, VerifierKey,
    text::{has_control_character, parse_decimal},
};

/// Which log a checkpoint is of: one line, by custom the log's address without the scheme and the
/// name of the log's key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

/// The head of a log at one size.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// Which log it is.
    pub origin: Origin,
    /// How many entries the log has.
    pub size: u64,
    /// The hash of its whole tree.
    pub root: Hash,
}

/// Why a note's text is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedCheckpoint {
    /// Fewer than three lines, or the last one isn't ended.
    #[error("a checkpoint has three lines: origin, size, root")]
    Lines,
    /// No origin, or one that is too long.
    #[error("the checkpoint's origin is 1 to {NAME_BYTES_MAX} bytes of one line")]
    Origin,
    /// The size isn't a plain decimal, or too large.
    #[error("the checkpoint's size is malformed")]
    Size,
    /// The root isn't a hash.
    #[error("the checkpoint's root is malformed")]
    Root,
    /// A line behind the root is empty.
    #[error("the checkpoint has an empty line")]
    EmptyExtension,
}

/// Why a signed note is not to be taken as a log's checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The log's signature is missing or wrong.
    #[error("the checkpoint isn't signed by the log")]
    Signature(#[from] SignatureError),
    /// The text isn't a checkpoint.
    #[error("the signed text isn't a checkpoint")]
    Malformed(#[from] MalformedCheckpoint),
    /// The checkpoint is of another log, although this key signed it.
    #[error("the checkpoint is of the log {found}, not {expected}")]
    WrongOrigin {
        /// The name of the log's key.
        expected: KeyName,
        /// What the checkpoint says.
        found: Origin,
    },
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Signs the checkpoint. The key should have the origin's name: [`open`](Self::open) takes
    /// nothing else.
    pub fn sign(&self, signer: &Signer) -> SignedNote {
        SignedNote::sign(&self.text(), &[signer])
            .expect("invariant: an origin is a line, and three short lines make a note")
    }

    /// Reads a checkpoint's text. Lines behind the root are allowed and ignored: nobody audits
    /// what they say.
    pub fn parse(text: &str) -> Result<Self, MalformedCheckpoint> {
        let lines = text.strip_suffix('\n').ok_or(MalformedCheckpoint::Lines)?;
        let mut lines = lines.split('\n');
        let mut line = || lines.next().ok_or(MalformedCheckpoint::Lines);
        let (origin, size, root) = (line()?, line()?, line()?);
        if lines.any(str::is_empty) {
            return Err(MalformedCheckpoint::EmptyExtension);
        }
        Ok(Self {
            origin: origin.parse()?,
            size: parse_decimal(size).ok_or(MalformedCheckpoint::Size)?,
            root: root.parse().map_err(|_| MalformedCheckpoint::Root)?,
        })
    }

    /// The checkpoint in a note that `log` has signed, for the log of the same name.
    pub fn open(note: &SignedNote, log: &VerifierKey) -> Result<Self, CheckpointError> {
        Self::open_by_any(note, &[log])
    }

    /// The checkpoint in a note that one of the keys has signed, for the log of that key's name.
    pub(crate) fn open_by_any(
        note: &SignedNote,
        logs: &[&VerifierKey],
    ) -> Result<Self, CheckpointError> {
        let verified = note.signatures_by(logs)?;
        let first = verified.first().ok_or(SignatureError::NoKnownKey)?;
        let checkpoint = Self::parse(note.text())?;
        let origin = checkpoint.origin.as_str();
        if verified.iter().any(|verified| verified.key.name().as_str() == origin) {
            return Ok(checkpoint);
        }
        let (expected, found) = (first.key.name().clone(), checkpoint.origin);
        Err(CheckpointError::WrongOrigin { expected, found })
    }
}

impl Origin {
    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = MalformedCheckpoint;

    fn from_str(origin: &str) -> Result<Self, MalformedCheckpoint> {
        let right_length = (1..=NAME_BYTES_MAX).contains(&origin.len());
        if right_length && !origin.contains('\n') && !has_control_character(origin) {
            Ok(Self(origin.to_owned()))
        } else {
            Err(MalformedCheckpoint::Origin)
        }
    }
}

/// Every key's name can be an origin.
impl From<&KeyName> for Origin {
    fn from(name: &KeyName) -> Self {
        Self(name.as_str().to_owned())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
