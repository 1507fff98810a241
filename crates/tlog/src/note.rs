//! Signed notes: a text, and under it lines of who signed it.
//!
//! The text is worth nothing until [`SignedNote::verify`] has found a signature of a known key.
//! Signatures of unknown keys are carried along and mean nothing: that is how a log changes its
//! key, and how witnesses sign along. What the text says is not looked at here.

mod cosignature;
mod key;
mod name;
mod public_key;
mod signature;
mod signer;

pub use cosignature::TIME_MAX_S;
pub use key::{KeyId, MalformedKey, SignatureType, VerifierKey};
pub use name::{KeyName, MalformedName, NAME_BYTES_MAX};
pub use signature::{MAX as SIGNATURES_MAX, MalformedSignature, Signature};
pub use signer::{CosignError, Cosigner, Signer};

use std::{
    fmt::{self, Write},
    sync::Arc,
};

use crate::text::has_control_character;

/// The longest note that is read: room for the most signatures of the largest kind.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;

/// A text with its signatures, checked in form but not in truth. A clone costs nothing: thousands of
/// receipts may be under one note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    written: Arc<str>,
    text_bytes: usize,
    signatures: Arc<[Signature]>,
}

/// A signature that was found to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'k> {
    /// The key that made it.
    pub key: &'k VerifierKey,
    /// When it was made, in seconds since 1970, if it says so.
    pub time_s: Option<u64>,
}

/// Why a text is no signed note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedNote {
    /// The note is longer than [`NOTE_BYTES_MAX`].
    #[error("the note is longer than {NOTE_BYTES_MAX} bytes")]
    TooLong,
    /// A control character other than the newline.
    #[error("the note has a control character")]
    ControlCharacter,
    /// The last line isn't ended.
    #[error("the note doesn't end in a newline")]
    NoFinalNewline,
    /// No empty line divides a text from signatures.
    #[error("the note has no signatures")]
    NoSignatures,
    /// More signatures than [`SIGNATURES_MAX`].
    #[error("the note has more than {SIGNATURES_MAX} signatures")]
    TooManySignatures,
    /// A line behind the text isn't a signature.
    #[error("line {line} of the note's signatures is malformed")]
    Signature {
        /// Counted from 1.
        line: usize,
    },
}

/// Why a note's text can't be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No known key signed the note.
    #[error("the note isn't signed by any of the known keys")]
    NoKnownKey,
    /// A signature says that it is by a known key, and isn't.
    #[error("the signature by {0} is wrong")]
    Wrong(KeyName),
}

impl SignedNote {
    /// Signs a text, which ends in a newline and has no other control characters.
    pub fn sign(text: &str, signers: &[&Signer]) -> Result<Self, MalformedNote> {
        check_characters(text)?;
        Self::write(text, signers.iter().map(|signer| signer.sign(text)).collect())
    }

    /// The note with further signatures behind its own, each but once. They need not be verified
    /// yet: parse what a witness answered, add it, and see what [`verify`](Self::verify) says.
    pub fn with(
        &self,
        signatures: impl IntoIterator<Item = Signature>,
    ) -> Result<Self, MalformedNote> {
        let mut all = self.signatures.to_vec();
        for signature in signatures {
            if !all.contains(&signature) {
                all.push(signature);
            }
        }
        Self::write(self.text(), all)
    }

    fn write(text: &str, signatures: Vec<Signature>) -> Result<Self, MalformedNote> {
        match signatures.len() {
            0 => return Err(MalformedNote::NoSignatures),
            1..=SIGNATURES_MAX => {}
            _ => return Err(MalformedNote::TooManySignatures),
        }
        let mut written = format!("{text}\n");
        for signature in &signatures {
            writeln!(written, "{signature}").expect("invariant: a string takes any text");
        }
        if written.len() > NOTE_BYTES_MAX {
            return Err(MalformedNote::TooLong);
        }
        Ok(Self { written: written.into(), text_bytes: text.len(), signatures: signatures.into() })
    }

    /// Reads a note. The text reaches to the last empty line, so it may have empty lines itself.
    pub fn parse(note: &str) -> Result<Self, MalformedNote> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(MalformedNote::TooLong);
        }
        check_characters(note)?;
        let (text, lines) = split_at_last_empty_line(note).ok_or(MalformedNote::NoSignatures)?;
        let signatures = signature::parse_lines(lines)?;
        Ok(Self { written: note.into(), text_bytes: text.len(), signatures: signatures.into() })
    }

    /// The whole note as it is written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The text with its final newline.
    pub fn text(&self) -> &str {
        self.written.get(..self.text_bytes).expect("invariant: the note begins with its text")
    }

    /// The signatures in their order, known or not.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Checks the signatures of the known keys, and gives those back: at least one, or an error.
    /// One wrong signature of a known key spoils the note.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<Verified<'k>>, SignatureError> {
        let verified = self.signatures_by(&keys.iter().collect::<Vec<_>>())?;
        if verified.is_empty() { Err(SignatureError::NoKnownKey) } else { Ok(verified) }
    }

    /// The signatures of the known keys, of which there may be none: all right, or an error.
    pub(crate) fn signatures_by<'k>(
        &self,
        keys: &[&'k VerifierKey],
    ) -> Result<Vec<Verified<'k>>, SignatureError> {
        let mut verified = Vec::new();
        for signature in &*self.signatures {
            if let Some(key) = keys.iter().find(|key| key.claims(signature)) {
                verified.push(key.verify(self.text(), signature)?);
            }
        }
        Ok(verified)
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

fn check_characters(text: &str) -> Result<(), MalformedNote> {
    if has_control_character(text) {
        return Err(MalformedNote::ControlCharacter);
    }
    if text.ends_with('\n') { Ok(()) } else { Err(MalformedNote::NoFinalNewline) }
}

fn split_at_last_empty_line(note: &str) -> Option<(&str, &str)> {
    let end_of_text = note.rfind("\n\n")? + 1;
    let (text, rest) = note.split_at_checked(end_of_text)?;
    let lines = rest.strip_prefix('\n').filter(|lines| !lines.is_empty())?;
    Some((text, lines))
}
