//! What the entries of a log must be. A log's arithmetic doesn't care; its reader does.

use tlog::VerifierKey;

/// The rules of one kind of log.
pub trait EntryRules: Send + Sync {
    /// What is wrong with an entry by itself, if anything is.
    fn objection(&self, index: u64, entry: &[u8]) -> Option<String>;

    /// The keys that the first entry says are the log's, if that is where such a log says so: the
    /// one that every checkpoint is signed with, and then those that may sign it too.
    fn keys(&self, first_entry: &[u8]) -> Vec<VerifierKey>;
}

/// No rules: for logs of which nothing is known but that they are logs.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyEntries;

impl EntryRules for AnyEntries {
    fn objection(&self, _index: u64, _entry: &[u8]) -> Option<String> {
        None
    }

    fn keys(&self, _first_entry: &[u8]) -> Vec<VerifierKey> {
        Vec::new()
    }
}
