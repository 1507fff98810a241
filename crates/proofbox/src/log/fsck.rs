//! `proofbox log fsck`: is this log whole? All that is wrong is told, with the file in which it is.

use std::fmt;

use audit::{FsckOptions, FsckReport, LogReader, Published, fsck};
use clap::Args;
use serde::Serialize;

use super::data::DataLog;
use super::entries::ProofboxEntries;
use super::progress::Progress;
use super::{EXIT_CODES, instance, trust};
use crate::exit::Outcome;
use crate::output::{self, harmless};

/// A log that has more wrong with it than a screen holds is damaged; the rest isn't read.
const FINDINGS_MAX: usize = 100;

/// Check a whole log: every entry and tile against the signed root
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// The log: a directory that holds one, an instance's data directory or database, or the address
    /// of a log or of a Proofbox
    #[arg(value_name = "TARGET")]
    target: String,
    #[command(flatten)]
    trust: trust::Flags,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// What is said.
#[derive(Serialize)]
struct Said<'a> {
    target: &'a str,
    verdict: &'static str,
    origin: Option<String>,
    size: Option<u64>,
    root: Option<String>,
    key: Option<String>,
    key_is_own_word: bool,
    entries: u64,
    files: u64,
    findings: Vec<SaidFinding>,
    cut_short: bool,
}

#[derive(Serialize)]
struct SaidFinding {
    file: String,
    kind: &'static str,
    message: String,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    if let Some(at) = DataLog::location(&arguments.target)? {
        let key = arguments.trust.key_alone()?;
        let check = move || instance::check(&at, key.as_ref(), arguments.json);
        tokio::task::spawn_blocking(check).await?
    } else {
        check(Published::find(&arguments.target).await?, &arguments).await
    }
}

async fn check<R: LogReader>(log: R, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let progress = Progress::default();
    let options = FsckOptions {
        trust: arguments.trust.trust()?,
        rules: &ProofboxEntries,
        findings_max: FINDINGS_MAX,
        progress: &|done, of| progress.show(done, of),
    };
    let report = fsck(&log, &options).await?;
    drop(progress);
    let said = Said::new(&arguments.target, &report);
    if arguments.json {
        output::json(&said)?;
    } else {
        output::result(&said)?;
    }
    Ok(if report.is_clean() { Outcome::Done } else { Outcome::Damaged })
}

impl<'a> Said<'a> {
    fn new(target: &'a str, report: &FsckReport) -> Self {
        let checkpoint = report.checkpoint.as_ref();
        let findings = report.findings.iter().map(|finding| SaidFinding {
            file: finding.file.path(),
            kind: finding.wrong.kind(),
            message: finding.wrong.to_string(),
        });
        Self {
            target,
            verdict: if report.is_clean() { "clean" } else { "damaged" },
            origin: checkpoint.map(|checkpoint| checkpoint.origin.to_string()),
            size: checkpoint.map(|checkpoint| checkpoint.size),
            root: checkpoint.map(|checkpoint| checkpoint.root.to_string()),
            key: report.key.as_ref().map(ToString::to_string),
            key_is_own_word: report.key_is_own_word,
            entries: report.entries,
            files: report.files,
            findings: findings.collect(),
            cut_short: report.is_cut_short,
        }
    }
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = harmless(self.target);
        match (self.findings.as_slice(), &self.origin, self.size) {
            ([], Some(origin), Some(size)) => {
                write!(f, "{target}: whole")?;
                write!(f, "\n  All {size} entries of {} ", harmless(origin))?;
                write!(f, "and the tiles over them lead to the signed root.")?;
            }
            (findings, ..) => {
                write!(f, "{target}: DAMAGED, {} found", findings.len())?;
            }
        }
        for SaidFinding { file, message, .. } in &self.findings {
            write!(f, "\n  {file}: {}", harmless(message))?;
        }
        if self.size.is_none() {
            f.write_str("\n  Nothing else was checked: without its checkpoint nobody knows what the log is.")?;
        }
        if self.cut_short {
            f.write_str("\n  There may be more: with so many findings the check ended.")?;
        }
        if self.key_is_own_word {
            write_own_word(f, self.key.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Nothing but the log vouches for such a key.
fn write_own_word(f: &mut fmt::Formatter<'_>, key: &str) -> fmt::Result {
    write!(
        f,
        "\n  Warning: the key is the log's own word, from its first entry. Whoever replaced the whole \
         log could have replaced it too. Compare it with what the publisher says elsewhere, or name \
         that with --key:\n  {}",
        harmless(key)
    )
}
