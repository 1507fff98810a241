//! The words of the ledger as types: no behaviour beyond what follows from the data alone.

pub mod access;
pub mod activity;
pub mod applications;
pub mod asset;
pub mod attributes;
pub mod blob;
pub mod change;
pub mod domains;
pub mod filter;
pub mod iam;
pub mod log;
pub mod members;
pub mod registered;
pub mod shares;
pub mod source;
pub mod webhooks;
