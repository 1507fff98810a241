//! `make bench`: what following Dropbox costs, in figures: a first scan beside one by rclone, the
//! same after a restart and after a reset, saves while a thousand other accounts wait, and SHA-256 beside
//! downloading and hashing by hand.
//!
//! The release binary runs in a process of its own, and only that process is measured; the sandbox
//! runs here. Both share the machine, as Dropbox would not, so the speed is a lower bound.

#![expect(clippy::indexing_slicing, reason = "a JSON value has no member that panics: it is null")]

mod arguments;
mod contents;
mod idle;
mod rclone;
mod relist;
mod report;
mod saves;
mod scan;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sandbox::{Backing, Options, Sandbox};
use testkit::{APP_KEY, Proofbox, Walk, sign_in_link};

use arguments::Arguments;
use report::Report;

/// A first scan of the largest account that is measured takes minutes.
const PATIENCE: Duration = Duration::from_mins(30);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::read()?;
    let started = Instant::now();
    let place = tempfile::tempdir_in(&arguments.place)?;
    let data = place.path().join("data");
    let dropbox = Sandbox::start(options(&arguments, place.path())).await?;
    let rclone = rclone::measure(&dropbox, arguments.files).await?;

    let proofbox = start(&arguments, &data, &dropbox)?;
    let walk = Walk::new(proofbox.url())?.with_patience(PATIENCE);
    walk.sign_in(&sign_in_link(&arguments.binary, &data)?).await?;
    let (scan, integration) = scan::measure(&walk, &proofbox, arguments.files).await?;
    stop(proofbox)?;
    let disk_bytes = testkit::disk_bytes(&data)?;

    let restarted = Instant::now();
    let proofbox = start(&arguments, &data, &dropbox)?;
    let walk = walk.moved_to(proofbox.url());
    walk.text("/log/checkpoint").await?;
    let restart = restarted.elapsed();
    let relist = relist::measure(&walk, &dropbox, &integration).await?;
    idle::connect(&walk, arguments.idle).await?;
    let saves = saves::measure(&walk, &dropbox, arguments.saves).await?;
    let contents = contents::measure(&walk, &dropbox, &integration).await?;
    stop(proofbox)?;
    dropbox.shutdown().await;

    let Arguments { files, idle, write, .. } = arguments;
    let took = started.elapsed();
    let report =
        Report { files, idle, rclone, scan, disk_bytes, restart, relist, saves, contents, took };
    let figures = report.figures();
    figures.print()?;
    if let Some(path) = &write {
        figures.write(path)?;
    }
    Ok(())
}

/// The account with the files, and those of everybody who waits.
fn options(arguments: &Arguments, certificates: &Path) -> Options {
    Options {
        backing: Backing::Generated { seed: 1, files: arguments.files },
        certificates: Some(certificates.to_owned()),
        app_keys: vec![APP_KEY.into()],
        further_accounts: idle::people(arguments.idle),
        ..Options::default()
    }
}

fn stop(proofbox: Proofbox) -> anyhow::Result<()> {
    anyhow::ensure!(proofbox.stop()?.success(), "Proofbox did not stop well");
    Ok(())
}

/// Starts the binary with nothing to say, so that the figures stand alone.
fn start(arguments: &Arguments, data: &Path, dropbox: &Sandbox) -> anyhow::Result<Proofbox> {
    let program = Command::new(&arguments.binary);
    let mut command = Proofbox::command(program, data, dropbox.url().as_str());
    Proofbox::start_command(command.env("PROOFBOX_LOG", "warn"))
}
