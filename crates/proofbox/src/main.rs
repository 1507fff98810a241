//! The command. `main` picks the subcommand, runs it, and turns what it says into an exit code:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done; for `verify`: the current version, or proven by the receipt |
//! | 10 | superseded: authentic, but a newer version was published |
//! | 11 | withdrawn by its publisher |
//! | 20 | not found |
//! | 30 | proof failed |
//! | 40 | a log is damaged, or contradicts what it signed |
//! | 1 | an error, explained on standard error |
//! | 2 | wrong usage (clap's own) |
//!
//! Results go to standard output and everything else to standard error. One file per subcommand.

mod check;
mod config;
mod copy;
mod demo;
mod exit;
mod fingerprint;
mod hash;
mod history;
mod instance;
mod key;
mod log;
mod logging;
mod output;
mod publish;
mod receipt;
mod sandbox;
mod serve;
mod shutdown;
mod sign_in_link;
mod verify;
mod witness;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use exit::Outcome;

/// A public history for the files in your Dropbox that nobody can rewrite.
#[derive(Parser)]
#[command(version, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Verify(verify::Arguments),
    History(history::Arguments),
    Publish(publish::Arguments),
    Hash(hash::Arguments),
    Log(log::Arguments),
    SignInLink(sign_in_link::Arguments),
    Check(check::Arguments),
    Copy(copy::Arguments),
    Demo(demo::Arguments),
    Sandbox(sandbox::Arguments),
    Witness(witness::Arguments),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(outcome) => outcome.into(),
        Err(error) if output::is_broken_pipe(&error) => Outcome::Done.into(),
        Err(error) => {
            output::explain(&error);
            Outcome::Failed.into()
        }
    }
}

fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Serve(arguments) => on_runtime(serve::run(arguments)),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::History(arguments) => history::run(&arguments),
        Command::Publish(arguments) => publish::run(&arguments),
        Command::Hash(arguments) => hash::run(&arguments),
        Command::Log(arguments) => on_runtime(log::run(arguments)),
        Command::SignInLink(arguments) => sign_in_link::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Copy(arguments) => copy::run(&arguments),
        Command::Demo(arguments) => on_runtime(demo::run(arguments)),
        Command::Sandbox(arguments) => on_runtime(sandbox::run(arguments)),
        Command::Witness(arguments) => on_runtime(witness::run(arguments)),
    }
}

/// Only what serves or asks a server gets a runtime: an offline verification cannot open a socket
/// by accident, since nothing that could is running.
fn on_runtime(work: impl Future<Output = anyhow::Result<Outcome>>) -> anyhow::Result<Outcome> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
