//! Both ends of C2SP's tlog-witness: watching over other people's logs, and having one's own log
//! watched over.
//!
//! A log could show one history to one reader and another to the next. A *witness* keeps the last
//! checkpoint that it saw of each log, signs only what provably continues it, and so there is one
//! history at most that it signed.
//!
//! - [`Witness`] is the service: it cosigns the checkpoints of the logs that it knows.
//!
//! Deliberately not here: the arithmetic and the texts (`tlog`), what a quorum is for (whoever
//! relies on the log says so in a policy), accepting connections (`server`).

mod witness;

pub use witness::{CosignatureKinds, OpenError, Options, Witness};
