//! Receipts: one file that proves one entry, years later and without a server.
//!
//! A receipt doesn't hold the entry itself. Whoever checks it makes the leaf hash from what they
//! have (a document, and often the receipt's extra data), so the extra data needs no trust: wrong
//! data makes a wrong leaf. Which entries mean what is not this file's business.

use std::fmt::{self, Write};

use crate::{
    Checkpoint, CheckpointError, Hash, MalformedNote, NOTE_BYTES_MAX, PROOF_HASHES_MAX, Policy,
    PolicyError, ProofError, SignedNote, VerifierKey, Witnessed,
    text::{base64, parse_base64, parse_decimal},
    verify_inclusion,
};

/// The most extra data that a receipt may carry.
pub const EXTRA_BYTES_MAX: usize = 64 * 1024;

/// Room for the longest note behind the longest proof and the most extra data in base64.
const RECEIPT_BYTES_MAX: usize = NOTE_BYTES_MAX + 2 * EXTRA_BYTES_MAX;

/// A hash in base64, and its newline.
const HASH_LINE_BYTES: usize = 45;
/// The header, the words, an index and the newlines.
const HEAD_BYTES_MAX: usize = 64;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// An entry's place in a log with the proof of it: the content of a `.tlog-proof` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What the issuer wants to hand along, at most [`EXTRA_BYTES_MAX`]. Nobody has signed it.
    /// Empty data is the same as none.
    pub extra: Option<Vec<u8>>,
    /// The index of the entry in the log.
    pub index: u64,
    /// The proof that it is there, the leaf's sibling first.
    pub path: Vec<Hash>,
    /// The signed checkpoint of the tree in which it is.
    pub checkpoint: SignedNote,
}

/// Why a text is no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedReceipt {
    /// Longer than any receipt.
    #[error("the receipt is longer than {RECEIPT_BYTES_MAX} bytes")]
    TooLong,
    /// The first line isn't the one that every receipt begins with.
    #[error("the first line isn't {HEADER}")]
    Header,
    /// The extra data isn't base64, or it is too long, or there is none behind the word.
    #[error("the receipt's extra data is malformed")]
    Extra,
    /// There is no index, or it isn't a plain decimal.
    #[error("the receipt's index is malformed")]
    Index,
    /// A line of the proof isn't a hash.
    #[error("hash {line} of the receipt's proof is malformed")]
    Hash {
        /// Counted from 1.
        line: usize,
    },
    /// More than [`PROOF_HASHES_MAX`] hashes.
    #[error("the receipt's proof has more than {PROOF_HASHES_MAX} hashes")]
    TooManyHashes,
    /// No empty line, so no checkpoint.
    #[error("the receipt has no checkpoint")]
    NoCheckpoint,
    /// The checkpoint isn't a signed note.
    #[error("the receipt's checkpoint is malformed")]
    Checkpoint(#[from] MalformedNote),
    /// The checkpoint is another one than it must be.
    #[error("the receipt is under another checkpoint")]
    AnotherCheckpoint,
}

/// Why a receipt proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The checkpoint isn't the log's.
    #[error("the receipt's checkpoint can't be trusted")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint isn't what the policy asks for.
    #[error("the receipt's checkpoint isn't acceptable")]
    Policy(#[from] PolicyError),
    /// The entry isn't in the tree of the checkpoint.
    #[error("the entry isn't proved to be in the log")]
    Inclusion(#[from] ProofError),
}

impl Receipt {
    /// Checks that the entry with this leaf hash is in the log whose key is `log`, at the
    /// receipt's index, and gives the checkpoint that says so.
    pub fn verify(&self, leaf: &Hash, log: &VerifierKey) -> Result<Checkpoint, ReceiptError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, log)?;
        self.verify_inclusion(leaf, &checkpoint)?;
        Ok(checkpoint)
    }

    /// The same, in one of the logs of a policy and cosigned by a quorum of its witnesses.
    pub fn verify_witnessed<'p>(
        &self,
        leaf: &Hash,
        policy: &'p Policy,
    ) -> Result<Witnessed<'p>, ReceiptError> {
        let witnessed = policy.check(&self.checkpoint)?;
        self.verify_inclusion(leaf, &witnessed.checkpoint)?;
        Ok(witnessed)
    }

    fn verify_inclusion(&self, leaf: &Hash, checkpoint: &Checkpoint) -> Result<(), ProofError> {
        verify_inclusion(leaf, self.index, checkpoint.size, &self.path, &checkpoint.root)
    }

    /// Reads a receipt.
    pub fn parse(text: &str) -> Result<Self, MalformedReceipt> {
        Self::parse_with(text, |note| Ok(SignedNote::parse(note)?))
    }

    /// Reads a receipt that must be under this checkpoint. Its signatures are not read again, which
    /// is most of a receipt: for whoever has many under one.
    pub fn parse_under(text: &str, checkpoint: &SignedNote) -> Result<Self, MalformedReceipt> {
        Self::parse_with(text, |note| {
            let is_same = note == checkpoint.as_str();
            is_same.then(|| checkpoint.clone()).ok_or(MalformedReceipt::AnotherCheckpoint)
        })
    }

    fn parse_with(
        text: &str,
        read_checkpoint: impl FnOnce(&str) -> Result<SignedNote, MalformedReceipt>,
    ) -> Result<Self, MalformedReceipt> {
        if text.len() > RECEIPT_BYTES_MAX {
            return Err(MalformedReceipt::TooLong);
        }
        let (head, note) = text.split_once("\n\n").ok_or(MalformedReceipt::NoCheckpoint)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(MalformedReceipt::Header);
        }
        let extra =
            lines.next_if(|line| line.starts_with("extra ")).map(parse_extra).transpose()?;
        let index = lines.next().and_then(parse_index).ok_or(MalformedReceipt::Index)?;
        let path = parse_path(lines)?;
        Ok(Self { extra, index, path, checkpoint: read_checkpoint(note)? })
    }
}

impl Receipt {
    /// The same as `to_string`, with the room for it taken at once.
    pub fn to_text(&self) -> String {
        let extra_bytes = self.extra.as_ref().map_or(0, |extra| extra.len().div_ceil(3) * 4);
        let path_bytes = self.path.len() * HASH_LINE_BYTES;
        let bytes = HEAD_BYTES_MAX + extra_bytes + path_bytes + self.checkpoint.as_str().len();
        let mut text = String::with_capacity(bytes);
        write!(text, "{self}").expect("invariant: a string takes any text");
        text
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = self.extra.as_deref().filter(|extra| !extra.is_empty()) {
            writeln!(f, "extra {}", base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

fn parse_extra(line: &str) -> Result<Vec<u8>, MalformedReceipt> {
    line.strip_prefix("extra ")
        .and_then(|data| parse_base64(data, EXTRA_BYTES_MAX))
        .filter(|data| !data.is_empty())
        .ok_or(MalformedReceipt::Extra)
}

fn parse_index(line: &str) -> Option<u64> {
    line.strip_prefix("index ").and_then(parse_decimal)
}

fn parse_path<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, MalformedReceipt> {
    let mut path = Vec::new();
    for (line, text) in (1..).zip(lines) {
        if line > PROOF_HASHES_MAX {
            return Err(MalformedReceipt::TooManyHashes);
        }
        path.push(text.parse().map_err(|_| MalformedReceipt::Hash { line })?);
    }
    Ok(path)
}
