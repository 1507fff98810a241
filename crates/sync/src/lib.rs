//! Linked folders to events.
//!
//! [`Sync`] keeps the folders that were linked in step with the ledger: it lists them, waits for
//! changes, decides what each change means, and commits pages one by one with the place in the
//! listing that they lead to.
//!
//! Inside, one way: `engine` (the door; starts and stops) → `worker` (when to read, waiting, trying
//! again) → `reader` (page by page: look up, reconcile, ask, commit) → `reconcile` (what a page
//! means; pure) → `rules` (what is linked; pure). Beside the reader, where SHA-256 is wanted,
//! `contents` reads what versions wait for. `facts` carries what a worker does to `health`, and
//! `preview` counts what would be linked with nothing at hand that could record it.
//!
//! Deliberately not here: HTTP of our own, anything that writes to Dropbox or keeps content, and how
//! events get into the log.

mod contents;
mod engine;
mod error;
mod facts;
mod health;
mod preview;
mod reader;
mod reconcile;
mod rules;
#[cfg(test)]
mod simulator;
mod worker;

pub use dropbox::{Access, Authorization, AuthorizeRequest, NotificationError, Reauthentication};
pub use engine::{Ended, Folder, Revocation, Sync, SyncOptions, allows_content};
pub use error::{ConnectError, SourceError};
pub use health::{Contents, Health, HealthChange, State};
pub use preview::Preview;
pub use rules::{
    FolderId, InvalidRules, PATTERN_CHARS_MAX, PATTERNS_MAX, Patterns, RULES_MAX, Rule, Rules,
    Verdict,
};
