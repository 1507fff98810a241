//! The verdict about one file: one sentence for a person, one line of JSON for a script. It says
//! what was proven and what was only told, and never more than either.

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use ledger::lookup::Answer;
use serde::Serialize;

use super::Evidence;
use super::lookup::outcome;
use super::proof::Proof;
use crate::exit::Outcome;
use crate::fingerprint::Fingerprints;
use crate::output::{causes, harmless};

/// What is said about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// Published, and no newer version exists.
    Current,
    /// Published, and a newer version exists.
    Superseded,
    /// Withdrawn by its publisher.
    Withdrawn,
    /// The receipt proves its publication; nobody was asked whether a newer version exists.
    Proven,
    /// The server knows no such file.
    NotFound,
    /// The receipt does not prove this file.
    ProofFailed,
}

/// The verdict with its evidence.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    file: String,
    verdict: Verdict,
    #[serde(flatten)]
    fingerprints: Fingerprints,
    proof: Option<Proof>,
    problem: Option<String>,
    publications: Option<Vec<Answer>>,
    #[serde(skip)]
    path: &'a Path,
}

impl<'a> Report<'a> {
    /// Judges the evidence.
    pub(super) fn new(path: &'a Path, fingerprints: Fingerprints, evidence: Evidence) -> Self {
        let (proof, problem) = match evidence.proof {
            Some(Ok(proof)) => (Some(proof), None),
            Some(Err(error)) => (None, Some(causes(&error.into()))),
            None => (None, None),
        };
        let verdict = match (&problem, evidence.answers.as_deref(), &proof) {
            (Some(_), _, _) => Verdict::ProofFailed,
            (None, Some([]), _) | (None, None, None) => Verdict::NotFound,
            (None, Some([answer, ..]), _) => Verdict::of(answer),
            (None, None, Some(proof)) if proof.withdraws() => Verdict::Withdrawn,
            (None, None, Some(_)) => Verdict::Proven,
        };
        let file = path.to_string_lossy().into_owned();
        Self { file, verdict, fingerprints, proof, problem, publications: evidence.answers, path }
    }

    /// What it means for the exit code.
    pub(super) fn outcome(&self) -> Outcome {
        match self.verdict {
            Verdict::Current | Verdict::Proven => Outcome::Done,
            Verdict::Superseded => Outcome::Superseded,
            Verdict::Withdrawn => Outcome::Withdrawn,
            Verdict::NotFound => Outcome::NotFound,
            Verdict::ProofFailed => Outcome::ProofFailed,
        }
    }
}

impl Verdict {
    fn of(answer: &Answer) -> Self {
        match outcome(answer) {
            Outcome::Withdrawn => Self::Withdrawn,
            Outcome::Superseded => Self::Superseded,
            _ => Self::Current,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Current => "current version",
            Self::Superseded => "authentic, but not the latest version",
            Self::Withdrawn => "withdrawn",
            Self::Proven => "authentic",
            Self::NotFound => "not found",
            Self::ProofFailed => "PROOF FAILED",
        }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", harmless(&self.path.to_string_lossy()), self.verdict.words())?;
        match (&self.problem, self.publications.as_deref()) {
            (Some(problem), _) => write!(f, "\n  {}.", sentence(problem))?,
            (None, Some([answer, others @ ..])) => write_publication(f, answer, others.len())?,
            (None, Some([])) => f.write_str(
                "\n  Nobody has published this exact file there. That proves nothing by itself: it may \
                 have been re-saved, converted or cut by a mail program.",
            )?,
            (None, None) => {}
        }
        match &self.proof {
            Some(proof) => write_proof(f, proof, self.publications.is_some()),
            None if self.problem.is_none() && self.verdict != Verdict::NotFound => f.write_str(
                "\n  This is the server's word. To check its proof here, add --key with the log's key.",
            ),
            None => Ok(()),
        }
    }
}

fn write_publication(f: &mut fmt::Formatter<'_>, answer: &Answer, others: usize) -> fmt::Result {
    let Answer { version, versions, publisher, .. } = answer;
    let publisher = match &answer.verified_domain {
        Some(domain) => harmless(domain),
        None => format!("\"{}\" (a name that nobody has verified)", harmless(publisher)),
    };
    write!(
        f,
        "\n  This is version {version} of {versions}, published by {publisher} on {}.",
        utc(answer.published)
    )?;
    if version < versions {
        write!(f, "\n  The newest version was published on {}.", utc(answer.latest_published))?;
    }
    write!(f, "\n  Asset {}", answer.asset)?;
    if others > 0 {
        write!(
            f,
            "\n  The same content was published {others} more times there; --json lists them all."
        )?;
    }
    Ok(())
}

fn write_proof(f: &mut fmt::Formatter<'_>, proof: &Proof, server_was_asked: bool) -> fmt::Result {
    let Proof { version, index, log, size, .. } = proof;
    let what = if proof.withdraws() { "withdrawn at" } else { "published as" };
    write!(
        f,
        "\n  Proven here: {what} version {version}, recorded on {}, entry {index} of {size} in the log {log}.",
        utc(proof.accepted_at)
    )?;
    for (field, value) in &proof.private {
        match value {
            Some(value) => write!(f, "\n  It also proves its {field}: \"{}\"", harmless(value))?,
            None => write!(f, "\n  It also proves that it had no {field}.")?,
        }
    }
    if server_was_asked || proof.withdraws() {
        return Ok(());
    }
    f.write_str("\n  A receipt cannot tell whether a newer version exists; --server URL asks.")
}

/// The problem as a sentence.
fn sentence(problem: &str) -> String {
    let mut characters = problem.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

fn utc(time: Timestamp) -> impl fmt::Display {
    time.strftime("%-d %B %Y, %H:%M:%S UTC").to_string()
}
