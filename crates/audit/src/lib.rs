//! Looks at a published log from outside, and checks everything.
//!
//! A log after C2SP tlog-tiles is a handful of kinds of files: a checkpoint, tiles, entry bundles.
//! Wherever they are (a directory, a web site, a store), a [`LogReader`] gives their bytes, and
//! everything here works on any of them:
//!
//! - [`fsck`] compares every entry and every tile with the signed root, and says where they differ.
//! - [`Exporter`] writes the log as a static site, durably and only forward.
//! - [`Monitor`] follows a growing log and keeps it to what it said before.
//! - [`hammer`] loads a log with readers who verify every proof.
//!
//! Deliberately not here: what an entry means (the caller brings [`EntryRules`]), how our own log
//! is stored, and what a command prints.

mod disk;
mod export;
mod fetch;
mod file;
mod fsck;
mod gzip;
mod hammer;
mod monitor;
mod proofs;
mod reader;
mod rules;
mod trust;

pub use disk::{Disk, DiskError, Fault, Operation};
pub use export::{ExportError, Exported, Exporter};
pub use fetch::{Bundle, FetchError, Flaw};
pub use file::LogFile;
pub use fsck::{Finding, FsckOptions, FsckReport, Wrong, fsck};
pub use hammer::{HammerError, HammerOptions, HammerReport, READERS_MAX, hammer};
pub use monitor::{Alarm, AlarmKind, Monitor, MonitorError, Seen};
pub use proofs::{Proofs, ProofsError};
pub use reader::{Directory, LogReader, Published, ReadError, Site, TargetError};
pub use rules::{AnyEntries, EntryRules};
pub use trust::{Trust, TrustError};
