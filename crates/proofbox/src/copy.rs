//! `proofbox copy`: moves an instance to another database. How, is the ledger's to know.

use std::path::PathBuf;

use clap::Args;
use ledger::{Database, DatabaseError};
use serde::Serialize;

use crate::exit::Outcome;
use crate::log::Progress;
use crate::output::{self, harmless};

/// Copy an instance to another database, with its log as it is
#[derive(Args)]
#[command(
    after_help = "Stop the instance first. Exit codes: 0 done, and the copy is whole; 40 the \
    copy is damaged; 1 error; 2 usage."
)]
pub(crate) struct Arguments {
    /// Data directory of the instance, whose keys serve both
    #[arg(long, value_name = "DIR", env = "PROOFBOX_DATA")]
    data: PathBuf,
    #[arg(long, value_name = "URL", value_parser = database, help = FROM_HELP)]
    from: Database,
    /// Where they are to be; nothing may be there
    #[arg(long, value_name = "URL", value_parser = database)]
    to: Database,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

const FROM_HELP: &str = "Where the rows are: sqlite, or postgres://USER@HOST/DATABASE";

/// What is said.
#[derive(Serialize)]
struct Said {
    rows: u64,
    size: u64,
    root: Option<String>,
    findings: Vec<String>,
}

fn database(text: &str) -> Result<Database, DatabaseError> {
    text.parse()
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { data, from, to, json } = arguments;
    let progress = Progress::default();
    let copied = ledger::copy(data, from.clone(), to.clone(), &|done, of| progress.show(done, of));
    drop(progress);
    let copied = copied?;
    let said = Said {
        rows: copied.rows,
        size: copied.report.entries,
        root: copied.report.root.map(|root| root.to_string()),
        findings: copied.report.findings.iter().map(ToString::to_string).collect(),
    };
    if *json {
        output::json(&said)?;
    } else {
        say(&said, to)?;
    }
    Ok(if said.findings.is_empty() { Outcome::Done } else { Outcome::Damaged })
}

fn say(said: &Said, to: &Database) -> anyhow::Result<()> {
    let Said { rows, size, findings, .. } = said;
    if findings.is_empty() {
        output::result(format_args!(
            "{rows} rows copied and checked; the log has {size} entries.\n{}",
            next(to)
        ))?;
        return Ok(());
    }
    output::result(format_args!("The copy is DAMAGED; go on with the database that was copied."))?;
    for finding in findings {
        output::result(format_args!("  {}", harmless(finding)))?;
    }
    Ok(())
}

fn next(to: &Database) -> &'static str {
    match to {
        Database::Embedded => "Start Proofbox without --database from now on.",
        Database::Postgres(_) => "Start Proofbox with this --database from now on.",
    }
}
