//! `proofbox log`: a log, checked from outside. Each command takes the log as anybody can see it, a
//! directory or an address, and believes nothing that it doesn't compute.
//!
//! How a log is checked, copied and followed is the crate `audit`'s; here is what is said about it.

mod data;
mod entries;
mod export;
mod fsck;
mod hammer;
mod instance;
mod live;
mod monitor;
mod progress;
mod rebuild;
mod trust;

use clap::{Args, Subcommand};

use crate::exit::Outcome;

pub(crate) use entries::ProofboxEntries;
pub(crate) use live::LiveLog;
pub(crate) use progress::Progress;

/// Check, copy and follow a log from outside
#[derive(Args)]
#[command(disable_help_subcommand = true)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What every subcommand here ends in.
const EXIT_CODES: &str = "Exit codes: 0 done, and all is well; 40 the log is damaged, or \
    contradicts what it signed; 1 error; 2 usage.";

#[derive(Subcommand)]
enum Command {
    Fsck(fsck::Arguments),
    Export(export::Arguments),
    Monitor(monitor::Arguments),
    Hammer(hammer::Arguments),
    Rebuild(rebuild::Arguments),
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.command {
        Command::Fsck(arguments) => fsck::run(arguments).await,
        Command::Export(arguments) => export::run(arguments).await,
        Command::Monitor(arguments) => monitor::run(arguments).await,
        Command::Hammer(arguments) => hammer::run(arguments).await,
        Command::Rebuild(arguments) => {
            tokio::task::spawn_blocking(move || rebuild::run(&arguments)).await?
        }
    }
}
