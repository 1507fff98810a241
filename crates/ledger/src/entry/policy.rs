//! Entry 0: what the log is called, what its key is, and what its other entries mean.

use std::fmt;

use tlog::{SignatureType, VerifierKey};

use super::{MalformedEntry, POLICY_TAG};

const HEADER: &str = "proofbox/policy/v1";
const ENTRIES: &str = "entries proofbox/entry/v1";
/// Four short lines and two keys, of which the second is some 1,800 characters long.
const POLICY_BYTES_MAX: usize = 4_096;

/// The log's own statement about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The key that signs its checkpoints; its name is the log's origin.
    pub key: VerifierKey,
    /// The post-quantum key that signs them too, under the same name; older logs have none.
    pub second_key: Option<VerifierKey>,
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
        let mut keys = text.lines().filter_map(|line| line.strip_prefix("log "));
        let mut key = || keys.next().map(str::parse).transpose().map_err(|_| MalformedEntry);
        let policy = Self { key: key()?.ok_or(MalformedEntry)?, second_key: key()? };
        let is_well_formed = policy.has_right_keys() && policy.to_string() == text;
        if is_well_formed { Ok(policy) } else { Err(MalformedEntry) }
    }

    fn has_right_keys(&self) -> bool {
        let is_second = |key: &VerifierKey| {
            key.signature_type() == SignatureType::MlDsa44Cosignature
                && key.name() == self.key.name()
        };
        self.key.signature_type() == SignatureType::Ed25519
            && self.second_key.as_ref().is_none_or(is_second)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\norigin {}\nlog {}", self.key.name(), self.key)?;
        self.second_key.iter().try_for_each(|key| writeln!(f, "log {key}"))?;
        writeln!(f, "{ENTRIES}")
    }
}
