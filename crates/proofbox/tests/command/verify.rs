//! `proofbox verify` with receipts, and no server anywhere.

mod offline;
mod sample;
