//! Both ends of C2SP's tlog-witness: watching over other people's logs, and having one's own log
//! watched over.
//!
//! A log could show one history to one reader and another to the next. A *witness* keeps the last
//! checkpoint that it saw of each log, signs only what provably continues it, and so there is one
//! history at most that it signed.
//!
//! - [`Witness`] is the service: it cosigns the checkpoints of the logs that it knows.
//! - [`Feeder`] is the other side: it brings the newest checkpoint of a [`ledger::Ledger`] to
//!   the witnesses of a policy, and stops the ledger when one of them can prove that this log has
//!   signed another history.
//! - [`remembered`](fn@remembered) asks the same witnesses before a ledger opens.
//!
//! Deliberately not here: the arithmetic and the texts (`tlog`), what a quorum is for (whoever
//! relies on the log says so in a policy), accepting connections (`server`).

mod feeder;
mod place;
mod remembered;
mod witness;

use tlog::{Policy, Signature};

pub use feeder::{Feeder, Pace};
pub use place::UnusableWitness;
pub use remembered::remembered;
pub use witness::{CosignatureKinds, OpenError, Options, Witness};

/// Whether every witness of a policy that has an address can be asked there, without asking.
pub fn check(policy: &Policy) -> Result<(), UnusableWitness> {
    place::Place::all(policy, Pace::default().timeout).map(drop)
}

/// Signatures as they stand under a note.
fn lines<'s>(signatures: impl Iterator<Item = &'s Signature>) -> String {
    signatures.fold(String::new(), |lines, signature| lines + &signature.to_string() + "\n")
}
