//! `proofbox log fsck` on an instance's data directory: not only the log, but all that is stored
//! beside it. It may run beside the instance. What is checked is the ledger's to know.

use std::fmt;

use anyhow::Context;
use ledger::{Fsck, Location, Repair};
use serde::Serialize;
use tlog::VerifierKey;

use super::progress::Progress;
use crate::exit::Outcome;
use crate::output::{self, harmless};

/// More lines than this are for scripts.
const LINES_MAX: usize = 100;

/// What is said.
#[derive(Serialize)]
struct Said<'a> {
    target: &'a str,
    verdict: &'static str,
    size: u64,
    root: Option<String>,
    key: Option<String>,
    checkpoints: u64,
    findings: Vec<SaidFinding>,
    unlisted: u64,
}

#[derive(Serialize)]
struct SaidFinding {
    place: String,
    message: String,
    repair: &'static str,
}

/// Checks a data directory, and the log's key where one is named.
pub(super) fn check(
    at: &Location,
    key: Option<&VerifierKey>,
    as_json: bool,
) -> anyhow::Result<Outcome> {
    let (target, progress) = (at.to_string(), Progress::default());
    let checked = ledger::fsck(at.clone(), &|done, of| progress.show(done, of));
    drop(progress);
    let report = checked.with_context(|| format!("{} was not checked", harmless(&target)))?;
    let said = Said::new(&target, &report, key);
    if as_json {
        output::json(&said)?;
    } else {
        output::result(&said)?;
    }
    Ok(if said.findings.is_empty() { Outcome::Done } else { Outcome::Damaged })
}

impl<'a> Said<'a> {
    fn new(target: &'a str, report: &Fsck, key: Option<&VerifierKey>) -> Self {
        let mut findings: Vec<_> = report.findings.iter().map(SaidFinding::from).collect();
        if key.is_some() && key != report.key.as_ref() {
            let message = "it names another key than the one that was given".to_owned();
            findings.insert(0, SaidFinding { place: "entry 0".into(), message, repair: "restore" });
        }
        Self {
            target,
            verdict: if findings.is_empty() { "clean" } else { "damaged" },
            size: report.entries,
            root: report.root.map(|root| root.to_string()),
            key: report.key.as_ref().map(ToString::to_string),
            checkpoints: report.checkpoints,
            findings,
            unlisted: report.unlisted,
        }
    }

    fn advice(&self) -> &'static str {
        if self.findings.iter().all(|finding| finding.repair == "rebuild") {
            "All of it follows from what is whole: stop Proofbox and run \"proofbox log rebuild\"."
        } else {
            "Stop Proofbox and restore the newest copy of the whole data directory; what is wrong \
             cannot be made again from what is left."
        }
    }
}

impl From<&ledger::Finding> for SaidFinding {
    fn from(finding: &ledger::Finding) -> Self {
        let repair = match finding.repair {
            Repair::Rebuild => "rebuild",
            Repair::Restore => "restore",
        };
        Self { place: finding.place.clone(), message: finding.problem.clone(), repair }
    }
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, checkpoints, .. } = self;
        let target = harmless(self.target);
        if self.findings.is_empty() {
            write!(f, "{target}: whole\n  {size} entries and {checkpoints} checkpoints")?;
            return f
                .write_str(", the tiles, events, assets and indexes: all of it fits together.");
        }
        write!(f, "{target}: DAMAGED, {} found", self.findings.len() as u64 + self.unlisted)?;
        for SaidFinding { place, message, .. } in self.findings.iter().take(LINES_MAX) {
            write!(f, "\n  {}: {}", harmless(place), harmless(message))?;
        }
        if self.findings.len() > LINES_MAX {
            f.write_str("\n  --json lists more.")?;
        }
        write!(f, "\n  {}", self.advice())
    }
}
