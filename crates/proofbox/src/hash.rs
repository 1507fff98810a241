//! `proofbox hash`: both fingerprints of files, for people and for scripts. Asks nobody.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::exit::Outcome;
use crate::fingerprint::{self, Fingerprints};
use crate::output;

/// Print the fingerprints of files: Dropbox's content hash and SHA-256
#[derive(Args)]
pub(crate) struct Arguments {
    /// Files to hash
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one line of JSON per file
    #[arg(long)]
    json: bool,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    #[serde(flatten)]
    fingerprints: Fingerprints,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::Done;
    fingerprint::each(&arguments.files, |path, fingerprints| match fingerprints {
        Ok(fingerprints) if arguments.json => {
            output::json(&Line { file: &path.to_string_lossy(), fingerprints })
        }
        Ok(fingerprints) => print(path, fingerprints),
        Err(error) => {
            outcome = Outcome::Failed;
            output::tell(unreadable(path, &error));
            Ok(())
        }
    })?;
    Ok(outcome)
}

fn print(path: &Path, fingerprints: Fingerprints) -> anyhow::Result<()> {
    let name = output::harmless(&path.to_string_lossy());
    output::result(format_args!(
        "content_hash  {}  {name}",
        hex::encode(fingerprints.content_hash)
    ))?;
    output::result(format_args!("sha256        {}  {name}", hex::encode(fingerprints.sha256)))
}

/// What to say about a file that could not be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> String {
    let name = output::harmless(&path.to_string_lossy());
    let hint = if path.is_dir() {
        "name the files in it instead"
    } else {
        "check the name and your permission to read it"
    };
    format!("proofbox: {name} cannot be read: {error}; {hint}")
}
