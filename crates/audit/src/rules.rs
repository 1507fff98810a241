//! What the entries of a log must be. A log's arithmetic doesn't care; its reader does.

use tlog::VerifierKey;

/// The rules of one kind of log.
pub trait EntryRules: Send + Sync {
    /// What is wrong with an entry by itself, if anything is.
    fn objection(&self, index: u64, entry: &[u8]) -> Option<String>;

    /// The key that the first entry says is the log's, if that is where such a log says so.
    fn key(&self, first_entry: &[u8]) -> Option<VerifierKey>;
}

/// No rules: for logs of which nothing is known but that they are logs.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyEntries;

impl EntryRules for AnyEntries {
    fn objection(&self, _index: u64, _entry: &[u8]) -> Option<String> {
        None
    }

    fn key(&self, _first_entry: &[u8]) -> Option<VerifierKey> {
        None
    }
}
