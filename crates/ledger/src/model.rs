//! The words of the ledger as types: no behaviour beyond what follows from the data alone.

pub mod access;
pub mod asset;
pub mod change;
pub mod log;
pub mod source;
