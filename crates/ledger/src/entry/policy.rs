//! Entry 0: what the log is called, what its key is, and what its other entries mean.

use std::fmt;

use tlog::VerifierKey;

use super::{MalformedEntry, POLICY_TAG};

const HEADER: &str = "proofbox/policy/v1";
const ENTRIES: &str = "entries proofbox/entry/v1";
/// Three short lines and a key.
const POLICY_BYTES_MAX: usize = 4_096;

/// The log's own statement about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The key that signs its checkpoints; its name is the log's origin.
    pub key: VerifierKey,
}

impl Policy {
    /// The entry that says so.
    pub fn entry(&self) -> Vec<u8> {
        [&[POLICY_TAG], self.to_string().as_bytes()].concat()
    }

    /// Reads an entry 0. Other lines than the known ones are refused: they would promise
    /// something that is not kept here.
    pub fn parse(entry: &[u8]) -> Result<Self, MalformedEntry> {
        let text = match entry {
            [POLICY_TAG, text @ ..] if text.len() <= POLICY_BYTES_MAX => text,
            _ => return Err(MalformedEntry),
        };
        let text = str::from_utf8(text).map_err(|_| MalformedEntry)?;
        let key = text.lines().find_map(|line| line.strip_prefix("log "));
        let key = key.and_then(|key| key.parse().ok()).ok_or(MalformedEntry)?;
        let policy = Self { key };
        if policy.to_string() == text { Ok(policy) } else { Err(MalformedEntry) }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\norigin {}\nlog {}\n{ENTRIES}", self.key.name(), self.key)
    }
}
