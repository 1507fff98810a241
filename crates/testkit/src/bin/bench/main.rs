//! `make bench`: what a first scan and a saved file cost, in figures.
//!
//! The release binary runs in a process of its own, and only that process is measured; the sandbox
//! runs here. Both share the machine, as Dropbox would not, so the speed is a lower bound.

#![expect(clippy::indexing_slicing, reason = "a JSON value has no member that panics: it is null")]

mod arguments;
mod report;
mod saves;
mod scan;
mod usage;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use sandbox::{Backing, Options, Sandbox};
use testkit::{APP_KEY, Proofbox, Walk, sign_in_link};

use arguments::Arguments;
use report::Report;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::read()?;
    let started = Instant::now();
    let backing = Backing::Generated { seed: 1, files: arguments.files };
    let app_keys = vec![APP_KEY.into()];
    let dropbox = Sandbox::start(Options { backing, app_keys, ..Options::default() }).await?;
    let place = tempfile::tempdir_in(&arguments.place)?;
    let data = place.path().join("data");

    let proofbox = start(&arguments, &data, &dropbox)?;
    let walk = Walk::new(proofbox.url())?;
    walk.sign_in(&sign_in_link(&arguments.binary, &data)?).await?;
    let scan = scan::measure(&walk, &proofbox, arguments.files).await?;
    anyhow::ensure!(proofbox.stop()?.success(), "Proofbox did not stop well");
    let disk_bytes = testkit::disk_bytes(&data)?;

    let proofbox = start(&arguments, &data, &dropbox)?;
    let saves = saves::measure(&walk.moved_to(proofbox.url()), &dropbox, arguments.saves).await?;
    anyhow::ensure!(proofbox.stop()?.success(), "Proofbox did not stop well");
    dropbox.shutdown().await;

    let report =
        Report { files: arguments.files, scan, disk_bytes, saves, took: started.elapsed() };
    let figures = report.figures();
    figures.print()?;
    if let Some(path) = &arguments.write {
        figures.write(path)?;
    }
    Ok(())
}

/// Starts the binary with nothing to say, so that the figures stand alone.
fn start(arguments: &Arguments, data: &Path, dropbox: &Sandbox) -> anyhow::Result<Proofbox> {
    let program = Command::new(&arguments.binary);
    let mut command = Proofbox::command(program, data, dropbox.url().as_str());
    Proofbox::start_command(command.env("PROOFBOX_LOG", "warn"))
}
