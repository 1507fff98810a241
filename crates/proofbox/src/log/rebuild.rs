//! `proofbox log rebuild`: makes again what follows from an instance's entries and events. It never
//! decides what the log is; that is the ledger's to keep.

use std::fmt;

use clap::Args;
use serde::Serialize;

use super::EXIT_CODES;
use super::progress::Progress;
use crate::config::Kept;
use crate::exit::Outcome;
use crate::output::{self, harmless};

/// Make again what follows from an instance's entries: tiles, lookup, indexes
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    kept: Kept,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// What is said.
#[derive(Serialize)]
struct Said {
    directory: String,
    size: u64,
    root: String,
    tiles: u64,
    fingerprints: u64,
    items: u64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let at = arguments.kept.location()?;
    let progress = Progress::default();
    let rebuilt = ledger::rebuild(at.clone(), &|done, of| progress.show(done, of));
    drop(progress);
    let rebuilt = rebuilt?;
    let said = Said {
        directory: at.to_string(),
        size: rebuilt.entries,
        root: rebuilt.root.to_string(),
        tiles: rebuilt.tiles,
        fingerprints: rebuilt.fingerprints,
        items: rebuilt.items,
    };
    if arguments.json {
        output::json(&said)?;
    } else {
        output::result(&said)?;
    }
    Ok(Outcome::Done)
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directory, size, root, tiles, fingerprints, items } = self;
        write!(f, "{}: rebuilt from {size} entries, which lead to the ", harmless(directory))?;
        write!(f, "signed root\n  {tiles} full tiles, {fingerprints} fingerprints, {items} items")?;
        write!(f, "\n  Root {root}")
    }
}
