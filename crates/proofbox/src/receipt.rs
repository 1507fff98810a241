//! A receipt from its file to the event that it proves: everything but the file that the event is
//! about. No network, and no judgement.

use std::path::Path;

use anyhow::Context;
use ledger::entry::{MalformedOpening, MalformedStatement, Opened, Statement};
use tlog::{Checkpoint, Hash, MalformedReceipt, Receipt, ReceiptError, VerifierKey};

/// Larger than any honest receipt.
pub(crate) const RECEIPT_BYTES_MAX: u64 = 1024 * 1024;

/// A receipt whose event is in the log.
#[derive(Debug)]
pub(crate) struct Sound {
    /// The event's place in the log.
    pub(crate) index: u64,
    /// The leaf hash of its entry.
    pub(crate) leaf: Hash,
    /// What the log signed.
    pub(crate) checkpoint: Checkpoint,
    /// The event's fields, as far as the receipt opens them.
    pub(crate) opened: Opened,
    /// The public ones in types.
    pub(crate) statement: Statement,
}

/// Why a receipt proves nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsound {
    /// It is no receipt at all.
    #[error("this is not a receipt")]
    NotAReceipt(#[from] MalformedReceipt),
    /// It carries no event, or one of another format.
    #[error("the receipt does not say which event it is about")]
    Opening(#[from] MalformedOpening),
    /// The event's fields do not make sense.
    #[error("the receipt's event cannot be read")]
    Statement(#[from] MalformedStatement),
    /// The chain from entry to signature is broken.
    #[error("the receipt was altered, or was signed by another log than the key's")]
    NotProven(#[from] ReceiptError),
}

impl Sound {
    /// Checks every link from the opened fields over the log entry to the signed checkpoint.
    pub(crate) fn check(receipt: &str, log: &VerifierKey) -> Result<Self, Unsound> {
        let receipt = Receipt::parse(receipt)?;
        let opened = Opened::parse(receipt.extra.as_deref().unwrap_or_default())?;
        // The opened fields make the leaf: were one of them changed, it would not be in the log.
        let leaf = opened.leaf();
        let checkpoint = receipt.verify(&leaf, log)?;
        let statement = opened.statement()?;
        Ok(Self { index: receipt.index, leaf, checkpoint, opened, statement })
    }
}

/// Reads a receipt's file.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    let hint = || format!("the receipt {} cannot be read", path.display());
    let bytes = std::fs::metadata(path).with_context(hint)?.len();
    anyhow::ensure!(bytes <= RECEIPT_BYTES_MAX, "{} is too large to be a receipt", path.display());
    std::fs::read_to_string(path).with_context(hint)
}
