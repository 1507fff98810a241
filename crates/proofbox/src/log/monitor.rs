//! `proofbox log monitor`: follows a log, and ends when it contradicts what it said. A network in
//! trouble is waited for; a log in contradiction is not.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use audit::{Disk, Monitor, MonitorError, Published, Seen};
use clap::Args;
use serde::Serialize;
use tokio::time::sleep;

use super::entries::ProofboxEntries;
use super::progress::Progress;
use super::{EXIT_CODES, trust};
use crate::exit::Outcome;
use crate::output::{self, causes, harmless};
use crate::shutdown::Shutdown;

/// The first wait after trouble, which doubles each time.
const BACKOFF_FIRST: Duration = Duration::from_secs(2);
/// The longest wait after trouble.
const BACKOFF_MAX: Duration = Duration::from_mins(10);
/// The longest pause between two looks: a day.
const INTERVAL_S_MAX: u64 = 86_400;

/// Follow a log, and keep it to what it said before
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// The log: the address of one or of a Proofbox, or a directory that holds one
    #[arg(value_name = "TARGET")]
    target: String,
    #[command(flatten)]
    trust: trust::Flags,
    /// Directory for what was seen last, and for evidence; created if missing
    #[arg(long, value_name = "DIR", default_value = "log-monitor")]
    state: PathBuf,
    /// Seconds between two looks
    #[arg(long, value_name = "S", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=INTERVAL_S_MAX))]
    interval: u64,
    /// Look once and end
    #[arg(long)]
    once: bool,
    /// Print one line of JSON per new checkpoint, and one for an alarm
    #[arg(long)]
    json: bool,
}

/// One line of result.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Said {
    Checkpoint { origin: String, size: u64, root: String, new_entries: u64, first: bool },
    Alarm { kind: &'static str, message: String, evidence: String },
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    let shutdown = Shutdown::listen()?;
    tokio::select! {
        ended = follow(&arguments) => ended,
        () = shutdown.requested() => Ok(Outcome::Done),
    }
}

async fn follow(arguments: &Arguments) -> anyhow::Result<Outcome> {
    // Patience is this command's own: it says what it waits for.
    let log = Published::find(&arguments.target).await?.impatient();
    let disk = Disk::open(&arguments.state)?;
    let mut monitor = Monitor::open(log, disk, arguments.trust.trust()?)?;
    let mut backoff = BACKOFF_FIRST;
    loop {
        let progress = Progress::default();
        let looked = monitor.step(&ProofboxEntries, &|done, of| progress.show(done, of)).await;
        drop(progress);
        match looked {
            Ok(seen) => {
                say_seen(arguments, &seen)?;
                if arguments.once {
                    return Ok(Outcome::Done);
                }
                backoff = BACKOFF_FIRST;
                sleep(Duration::from_secs(arguments.interval)).await;
            }
            Err(MonitorError::Alarm(alarm)) => {
                say(arguments, &Said::from(*alarm))?;
                return Ok(Outcome::Damaged);
            }
            Err(error) if error.is_passing() && !arguments.once => {
                let error = harmless(&causes(&error.into()));
                let wait_s = backoff.as_secs();
                output::tell(format_args!("proofbox: {error}; looking again in {wait_s} s"));
                sleep(backoff).await;
                backoff = (backoff * 2).min(BACKOFF_MAX);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// A look that showed nothing new is not worth a line, unless it is the only one.
fn say_seen(arguments: &Arguments, seen: &Seen) -> anyhow::Result<()> {
    if seen.new_entries == 0 && !arguments.once {
        return Ok(());
    }
    say(arguments, &Said::from(seen))
}

fn say(arguments: &Arguments, said: &Said) -> anyhow::Result<()> {
    if arguments.json { output::json(said) } else { output::result(said) }
}

impl From<&Seen> for Said {
    fn from(seen: &Seen) -> Self {
        Self::Checkpoint {
            origin: seen.checkpoint.origin.to_string(),
            size: seen.checkpoint.size,
            root: seen.checkpoint.root.to_string(),
            new_entries: seen.new_entries,
            first: seen.is_first,
        }
    }
}

impl From<audit::Alarm> for Said {
    fn from(alarm: audit::Alarm) -> Self {
        Self::Alarm {
            kind: alarm.kind.as_str(),
            message: alarm.what,
            evidence: alarm.evidence.display().to_string(),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint { origin, size, root, new_entries, first } => {
                let origin = harmless(origin);
                let continues = if *first { "" } else { ", continuing the last one" };
                write!(f, "{origin}: {size} entries, {new_entries} new{continues}; root {root}")
            }
            Self::Alarm { kind, message, evidence } => {
                write!(f, "ALARM ({kind}): {}", harmless(message))?;
                write!(f, "\n  The evidence is in {}.", harmless(evidence))
            }
        }
    }
}
