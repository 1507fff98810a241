//! `proofbox history`: whether receipts are one document's whole history up to the last of them.
//! Each entry commits to its asset's entry before, so what was left out shows without the log and
//! without a server. What came after the last receipt does not show: only the publisher's server
//! can tell of that.

use std::fmt;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use ledger::AssetId;
use ledger::entry::{Broken, Proven, history};
use serde::Serialize;
use tlog::VerifierKey;

use crate::exit::Outcome;
use crate::output;
use crate::receipt::{self, Sound};

/// Say whether receipts are a document's whole history, without asking anybody
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 whole, 30 something was left out or is not proven, 1 error, \
    2 usage. Receipts cannot show what came after the last of them."
)]
pub(crate) struct Arguments {
    /// Receipts of one document, in any order
    #[arg(required = true, value_name = "RECEIPT")]
    receipts: Vec<PathBuf>,
    /// The log's key, as found at /log/vkey
    #[arg(long, value_name = "VKEY", value_parser = crate::key::parse)]
    key: VerifierKey,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// What the receipts show together.
#[derive(Serialize)]
struct Report {
    is_whole: bool,
    /// Why not.
    problem: Option<String>,
    asset: Option<AssetId>,
    events: Vec<Event>,
}

/// One event of the history, in its order.
#[derive(Serialize)]
struct Event {
    kind: &'static str,
    version: u32,
    index: u64,
    accepted_at: Timestamp,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut proven = Vec::new();
    for path in &arguments.receipts {
        match Sound::check(&receipt::read(path)?, &arguments.key) {
            Ok(sound) => proven.push(of(sound)),
            Err(unsound) => {
                let unsound = anyhow::Error::new(unsound).context(path.display().to_string());
                return say(&Report::broken(output::causes(&unsound), &[]), arguments.json);
            }
        }
    }
    let report = match history(&proven) {
        Ok(events) => Report::whole(&events).context("a history without an event")?,
        Err(broken) => Report::broken(explain(&broken), &proven),
    };
    say(&report, arguments.json)
}

fn of(sound: Sound) -> Proven {
    Proven { index: sound.index, leaf: sound.leaf, statement: sound.statement }
}

/// What is missing, for a reader who counts versions and not entries.
fn explain(broken: &Broken) -> String {
    match broken {
        Broken::LeftOut { versions, .. } if versions.start() == versions.end() => {
            format!("version {} was left out: {broken}", versions.start())
        }
        Broken::LeftOut { versions, .. } if !versions.is_empty() => {
            let (first, last) = (versions.start(), versions.end());
            format!("versions {first} to {last} were left out: {broken}")
        }
        Broken::LeftOut { .. } => format!("an event was left out: {broken}"),
        _ => broken.to_string(),
    }
}

fn say(report: &Report, as_json: bool) -> anyhow::Result<Outcome> {
    if as_json {
        output::json(report)?;
    } else {
        output::result(report)?;
    }
    Ok(if report.is_whole { Outcome::Done } else { Outcome::ProofFailed })
}

impl Report {
    fn whole(events: &[&Proven]) -> Option<Self> {
        let asset = events.first()?.statement.asset;
        let events = events.iter().copied().map(Event::of).collect();
        Some(Self { is_whole: true, problem: None, asset: Some(asset), events })
    }

    fn broken(problem: String, events: &[Proven]) -> Self {
        let mut events: Vec<_> = events.iter().map(Event::of).collect();
        events.sort_by_key(|event| event.index);
        Self { is_whole: false, problem: Some(problem), asset: None, events }
    }
}

impl Event {
    fn of(event: &Proven) -> Self {
        let statement = &event.statement;
        Self {
            kind: statement.kind.as_str(),
            version: statement.version,
            index: event.index,
            accepted_at: statement.accepted_at,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.events.len();
        match &self.problem {
            None if count == 1 => write!(f, "whole: the one event is here, and none is before it")?,
            None => write!(f, "whole: all {count} events are here, and none was left out")?,
            Some(problem) => write!(f, "NOT WHOLE: {problem}")?,
        }
        for Event { kind, version, index, accepted_at } in &self.events {
            write!(f, "\n  version {version}  {kind:8}  entry {index}  accepted {accepted_at}")?;
        }
        if self.is_whole {
            write!(f, "\n  What came after the last of them, receipts cannot show.")?;
        }
        Ok(())
    }
}
