//! `proofbox log hammer`: load on a log by readers who verify every proof.

use std::fmt;
use std::time::Duration;

use audit::{HammerOptions, HammerReport, Published, hammer};
use clap::Args;
use serde::Serialize;

use super::entries::ProofboxEntries;
use super::{EXIT_CODES, trust};
use crate::exit::Outcome;
use crate::output::{self, harmless};

/// An hour; who wants more runs it again.
const SECONDS_MAX: u64 = 3_600;

/// Load a log with readers who verify every proof
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// The log: the address of one or of a Proofbox, or a directory that holds one
    #[arg(value_name = "TARGET")]
    target: String,
    #[command(flatten)]
    trust: trust::Flags,
    /// How many readers at once
    #[arg(long, value_name = "N", default_value_t = 8,
          value_parser = clap::value_parser!(u64).range(1..=audit::READERS_MAX as u64))]
    readers: u64,
    /// For how long
    #[arg(long, value_name = "S", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    seconds: u64,
    /// Which entries are taken: the same number takes the same
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// What is said.
#[derive(Serialize)]
struct Said {
    target: String,
    readers: usize,
    seconds: f64,
    size: u64,
    size_at_end: u64,
    requests: u64,
    requests_per_s: f64,
    bytes: u64,
    proofs: u64,
    proofs_per_s: f64,
    failures: u64,
    errors: u64,
    p50_us: u64,
    p99_us: u64,
    samples: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    let log = Published::find(&arguments.target).await?.impatient();
    let options = HammerOptions {
        trust: arguments.trust.trust()?,
        readers: usize::try_from(arguments.readers)?,
        duration: Duration::from_secs(arguments.seconds),
        seed: arguments.seed,
    };
    let report = hammer(log, &ProofboxEntries, options).await?;
    let outcome = match &report {
        HammerReport { failures: 1.., .. } => Outcome::Damaged,
        HammerReport { proofs: 0, .. } | HammerReport { errors: 1.., .. } => Outcome::Failed,
        HammerReport { .. } => Outcome::Done,
    };
    let said = Said::new(arguments.target, report);
    if arguments.json {
        output::json(&said)?;
    } else {
        output::result(&said)?;
    }
    Ok(outcome)
}

impl Said {
    #[expect(clippy::cast_precision_loss, reason = "a rate is told with a few digits")]
    fn new(target: String, report: HammerReport) -> Self {
        let seconds = report.duration.as_secs_f64();
        let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let rate = |count: u64| (count as f64 / seconds * 10.0).round() / 10.0;
        Self {
            target,
            readers: report.readers,
            seconds,
            size: report.sizes.0,
            size_at_end: report.sizes.1,
            requests: report.requests,
            requests_per_s: rate(report.requests),
            bytes: report.bytes,
            proofs: report.proofs,
            proofs_per_s: rate(report.proofs),
            failures: report.failures,
            errors: report.errors,
            p50_us: micros(report.p50),
            p99_us: micros(report.p99),
            samples: report.samples,
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { proofs, failures, errors, readers, seconds, .. } = self;
        let target = harmless(&self.target);
        let verdict = match (failures, errors) {
            (0, 0) => format!("all {proofs} proofs hold"),
            (0, _) => format!("all {proofs} proofs that could be made hold, {errors} could not"),
            _ => format!("{failures} PROOFS FAILED, {proofs} hold"),
        };
        write!(f, "{target}: {verdict}")?;
        write!(
            f,
            "\n  {readers} readers for {seconds:.1} s, in a log of {} entries",
            self.size_at_end
        )?;
        write!(f, "\n  {:.1} proofs/s, {:.1} requests/s", self.proofs_per_s, self.requests_per_s)?;
        let ms = |us: u64| Duration::from_micros(us).as_secs_f64() * 1_000.0;
        let (p50, p99) = (ms(self.p50_us), ms(self.p99_us));
        write!(f, "\n  A file came within {p50:.2} ms (half of them) or {p99:.2} ms (99 of 100)")?;
        for sample in &self.samples {
            write!(f, "\n  {}", harmless(sample))?;
        }
        Ok(())
    }
}
