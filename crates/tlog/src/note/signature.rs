//! The lines under a note: who signed, with which key, and the signature.

use std::{fmt, str::FromStr};

use crate::text::{base64, parse_base64};

use super::{KeyId, KeyName, MalformedNote, NOTE_BYTES_MAX};

/// The most signatures that a note may have. Every reader must take 16.
pub const MAX: usize = 64;

/// A post-quantum signature takes up to 5 kB.
const BYTES_MAX: usize = 8 * 1024;

/// An em dash and a space.
const PREFIX: &str = "\u{2014} ";

/// One signature, whether anybody knows its key or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub(super) name: KeyName,
    pub(super) key_id: KeyId,
    /// What follows the key's id: its form depends on the type of the key. Never empty.
    pub(super) bytes: Vec<u8>,
}

/// Texts aren't signature lines, or they are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one to {MAX} signature lines, each ended by a newline")]
pub struct MalformedSignature;

impl Signature {
    /// Reads signature lines without a note around them, as a witness answers: at least one, each
    /// ended by a newline.
    pub fn parse_lines(lines: &str) -> Result<Vec<Self>, MalformedSignature> {
        if !lines.ends_with('\n') || lines.len() > NOTE_BYTES_MAX {
            return Err(MalformedSignature);
        }
        parse_lines(lines).map_err(|_| MalformedSignature)
    }

    /// The name of the key that it claims to be by.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The id of the key that it claims to be by.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }
}

/// A signature's line without its newline.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = [self.key_id.0.as_slice(), &self.bytes].concat();
        write!(f, "{PREFIX}{} {}", self.name, base64(&payload))
    }
}

/// Reads the lines behind a note's text, which end in a newline.
pub(super) fn parse_lines(lines: &str) -> Result<Vec<Signature>, MalformedNote> {
    let mut signatures = Vec::new();
    for (line, text) in (1..).zip(lines.split_terminator('\n')) {
        if line > MAX {
            return Err(MalformedNote::TooManySignatures);
        }
        signatures.push(parse_line(text).ok_or(MalformedNote::Signature { line })?);
    }
    Ok(signatures)
}

fn parse_line(line: &str) -> Option<Signature> {
    let (name, payload) = line.strip_prefix(PREFIX)?.split_once(' ')?;
    let payload = parse_base64(payload, BYTES_MAX)?;
    let (key_id, bytes) = payload.split_first_chunk()?;
    if bytes.is_empty() {
        return None;
    }
    let name = KeyName::from_str(name).ok()?;
    Some(Signature { name, key_id: KeyId(*key_id), bytes: bytes.to_owned() })
}
