//! Webhooks out: a tenancy's own addresses are told of its events, signed as Standard Webhooks has it.
//!
//! ```text
//!  ledger ──change──► Deliverer ──► for each webhook that is due, its own task:
//!                                     next event in the order of the log ─► Sender ─► note ─► next
//! ```
//!
//! At least once and in order: the next event is sent when the one before has arrived, and a crash
//! between an arrival and its note sends it again under the same id. What fails is tried again later
//! and later, and after nearly three days the webhook stops until its owner lets it go on; nothing is
//! ever skipped. A webhook that is slow or down holds up nobody else's.

mod address;
mod deliverer;
mod message;
mod sender;

pub use self::address::Reach;
pub(crate) use self::{
    address::checked,
    deliverer::run,
    message::Message,
    sender::{Sender, attempt},
};
