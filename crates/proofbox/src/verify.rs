//! `proofbox verify`: is this the real file? A receipt and the log's key prove it with no server;
//! a server tells in addition whether a newer version exists.
//!
//! What each can know is kept apart: a receipt proves that an event was recorded, never that it
//! is the last one, and the sentence printed says exactly that.

mod lookup;
mod proof;
mod report;
mod server;

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use ledger::lookup::Answer;
use tlog::VerifierKey;
use url::Url;

use crate::exit::Outcome;
use crate::fingerprint::{self, Fingerprints};
use crate::{hash, output, receipt};
use proof::{Proof, ProofError};
use report::Report;
use server::Server;

/// Say whether files are what their publisher published
#[derive(Args)]
#[command(group = ArgGroup::new("witness").args(["receipt", "server"]).required(true).multiple(true))]
#[command(
    after_help = "Exit codes: 0 current (or proven by the receipt), 10 superseded, 11 withdrawn, \
    20 not found, 30 proof failed, 1 error, 2 usage. Of several files the worst one counts."
)]
pub(crate) struct Arguments {
    /// Files to verify
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Receipt of the file's event, as downloaded from its page; needs no network
    #[arg(long, value_name = "FILE", requires = "key")]
    receipt: Option<PathBuf>,
    /// The log's key, as found at /log/vkey; with --server alone, the receipt is fetched and
    /// checked, which tells the server which event is meant
    #[arg(long, value_name = "VKEY", value_parser = crate::key::parse)]
    key: Option<VerifierKey>,
    /// Ask this server too whether a newer version exists; it learns neither the file nor its
    /// fingerprint
    #[arg(long, value_name = "URL")]
    server: Option<Url>,
    /// Print one line of JSON per file
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let receipt = arguments.receipt.as_deref().map(receipt::read).transpose()?;
    let server = arguments.server.clone().map(Server::connect).transpose()?;
    let mut worst = Outcome::Done;
    fingerprint::each(&arguments.files, |path, fingerprints| {
        let outcome = match fingerprints {
            Ok(fingerprints) => {
                let key = arguments.key.as_ref();
                let evidence =
                    Evidence::gather(&fingerprints, receipt.as_deref(), key, server.as_ref())?;
                say(&Report::new(path, fingerprints, evidence), arguments.json)?
            }
            Err(error) => {
                output::tell(hash::unreadable(path, &error));
                Outcome::Failed
            }
        };
        worst = worst.max(outcome);
        Ok(())
    })?;
    Ok(worst)
}

/// All that could be learned about a file, before it is judged.
struct Evidence {
    /// What the receipt proves, where one was checked.
    proof: Option<Result<Proof, ProofError>>,
    /// What the server knows, where one was asked; the first answer is the one that counts.
    answers: Option<Vec<Answer>>,
}

impl Evidence {
    fn gather(
        fingerprints: &Fingerprints,
        receipt: Option<&str>,
        key: Option<&VerifierKey>,
        server: Option<&Server>,
    ) -> anyhow::Result<Self> {
        let answers = server.map(|server| server.look_up(fingerprints)).transpose()?;
        let proof = match (key, receipt, server, answers.as_deref()) {
            (Some(key), Some(receipt), _, _) => Some(Proof::check(fingerprints, receipt, key)),
            // A key without a receipt is a wish not to take the server's word: its is fetched.
            (Some(key), None, Some(server), Some([answer, ..])) => {
                let receipt = server.receipt(answer)?;
                Some(Proof::check(fingerprints, &receipt, key).and_then(|proof| proof.of(answer)))
            }
            _ => None,
        };
        Ok(Self { proof, answers })
    }
}

fn say(report: &Report<'_>, as_json: bool) -> anyhow::Result<Outcome> {
    if as_json {
        output::json(report)?;
    } else {
        output::result(report)?;
    }
    Ok(report.outcome())
}
