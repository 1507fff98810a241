//! The ledger from its door, on real files.

mod bench;
mod recording;

use bench::Bench;
