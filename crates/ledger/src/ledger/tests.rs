//! The ledger from its door, on real files.

mod access;
mod bench;
mod contents;
mod crashes;
mod databases;
mod departures;
mod domains;
mod encryption;
mod faults;
mod fsck;
mod items;
mod log;
mod lookups;
mod lost;
mod matrix;
mod members;
mod opening;
mod privacy;
mod properties;
mod receipts;
mod recording;
mod registered;
mod shares;
mod shown;
mod witnesses;

use bench::Bench;
