//! `proofbox log export`: the log as a static site, from an instance's data directory or from
//! another copy of it. Running it again brings the copy up to date.

use std::fmt;
use std::path::PathBuf;

use anyhow::Context;
use audit::{Disk, ExportError, Exported, Exporter, FetchError, LogReader, Published, TrustError};
use clap::{ArgGroup, Args};
use serde::Serialize;

use super::data::DataLog;
use super::entries::ProofboxEntries;
use super::progress::Progress;
use super::{EXIT_CODES, trust};
use crate::exit::Outcome;
use crate::output::{self, causes};

/// Write a log as a static site, or bring one up to date
#[derive(Args)]
#[command(group = ArgGroup::new("source").args(["data", "from"]).required(true))]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// Directory of the site; created if missing. Files that are there are never changed, but for
    /// the checkpoint
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Data directory of an instance, or the address of its database; it may be running
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// A published log to mirror: a directory that holds one, or the address of one or of a Proofbox
    #[arg(long, value_name = "TARGET")]
    from: Option<String>,
    #[command(flatten)]
    trust: trust::Flags,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// What is said of an export that was done.
#[derive(Serialize)]
struct Said {
    directory: String,
    from: u64,
    size: u64,
    written: u64,
    removed: u64,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match (&arguments.data, &arguments.from) {
        (Some(data), _) => export(DataLog::open(data)?, &arguments).await,
        (None, Some(target)) => export(Published::find(target).await?, &arguments).await,
        (None, None) => anyhow::bail!("say what to export, with --data or --from"),
    }
}

async fn export<R: LogReader>(log: R, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let disk = Disk::open(&arguments.directory)?;
    let mut exporter = Exporter::new(log, disk, arguments.trust.trust()?);
    let progress = Progress::default();
    let ended = exporter.step(&ProofboxEntries, &|done, of| progress.show(done, of)).await;
    drop(progress);
    match ended {
        Ok(done) => say(arguments, done),
        Err(error) if contradicts(&error) => {
            output::tell(format_args!("proofbox: {}", causes(&error.into())));
            Ok(Outcome::Damaged)
        }
        Err(error) => Err(error).context("the log was not exported"),
    }
}

/// Whether the log is to blame, and not the way to it, the directory, or a key that nobody named.
fn contradicts(error: &ExportError) -> bool {
    let has_no_key = matches!(error, ExportError::Trust(TrustError::NoKey));
    let contradicts = matches!(
        error,
        ExportError::Fork { .. }
            | ExportError::NotProven { .. }
            | ExportError::Smaller { .. }
            | ExportError::Trust(_)
            | ExportError::Fetch(FetchError::Flawed { .. })
    );
    contradicts && !has_no_key
}

fn say(arguments: &Arguments, exported: Exported) -> anyhow::Result<Outcome> {
    let Exported { from, size, written, removed } = exported;
    let directory = arguments.directory.display().to_string();
    let said = Said { directory, from, size, written, removed };
    if arguments.json {
        output::json(&said)?;
    } else {
        output::result(&said)?;
    }
    Ok(Outcome::Done)
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directory, from, size, written, removed } = self;
        let directory = output::harmless(directory);
        if from == size {
            return write!(f, "{directory}: up to date with {size} entries");
        }
        write!(f, "{directory}: {size} entries, {} more than before", size - from)?;
        write!(f, "\n  {written} files written, {removed} partial ones removed.")
    }
}
