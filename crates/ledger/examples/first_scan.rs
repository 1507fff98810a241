//! Measures what a first scan costs the ledger: `cargo run --release -p ledger --example
//! first_scan [files]`. Pages of 2,000 files, each a new document; prints files per second, CPU
//! time and bytes on disk per file.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use ledger::{
    AssetChoice, Clock, Commit, Fingerprint, ItemUpdate, Ledger, NewSource, Options, Origin,
    Version,
};
use sha2::{Digest, Sha256};

const PAGE: u64 = 2_000;
const FOLDER_FILES: u64 = 40;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: u64 = std::env::args().nth(1).map_or(Ok(100_000), |files| files.parse())?;
    let directory = tempfile::tempdir()?;
    let options = Options {
        directory: directory.path().to_owned(),
        database: ledger::Database::default(),
        origin: "log.example/bench".to_owned(),
        clock: Clock::system(),
        witnesses: None,
    };
    let ledger = Ledger::open(options)?;
    let tenancy = ledger.first_tenancy().await?.id;
    let source = ledger
        .connect_source(NewSource {
            tenancy,
            account: "dbid:bench".to_owned(),
            account_name: "Bench".to_owned(),
            account_email: "bench@example.com".to_owned(),
            credentials: "none".into(),
            scope: String::new(),
        })
        .await?;

    // Making the pages is not the ledger's cost.
    let pages: Vec<Commit> = (0..files.div_ceil(PAGE))
        .map(|page| Commit {
            cursor: Some(format!("cursor {page}")),
            updates: (page * PAGE..files.min((page + 1) * PAGE)).map(file).collect(),
            ..Commit::new(source.id)
        })
        .collect();
    let (started, cpu_started) = (Instant::now(), cpu_seconds()?);
    for page in pages {
        ledger.commit(page).await?;
    }
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds()? - cpu_started);
    let open_bytes = bytes_in(directory.path())?;
    ledger.close().await;
    let closed_bytes = bytes_in(directory.path())?;

    let count = f64::from(u32::try_from(files)?);
    let mut out = std::io::stdout().lock();
    writeln!(out, "files               {files}")?;
    writeln!(out, "files per second    {:.0}", count / seconds)?;
    writeln!(out, "CPU per file        {:.1} µs", cpu * 1e6 / count)?;
    writeln!(
        out,
        "bytes per file      {:.0} (open), {:.0} (closed)",
        open_bytes / count,
        closed_bytes / count
    )?;
    Ok(())
}

/// A file as a listing would show it, with ids and paths of the usual length.
fn file(number: u64) -> ItemUpdate {
    let hash: [u8; 32] = Sha256::digest(number.to_be_bytes()).into();
    let id = hex::encode(hash).split_off(42);
    let revision = format!("5f{number:018x}");
    let folder = number / FOLDER_FILES;
    let path =
        format!("/Projects/Customer {:03}/Folder {folder:06}/Report {number:08}.docx", folder / 50);
    let fingerprint = Fingerprint { content_hash: Sha256::digest(hash).into(), sha256: None };
    ItemUpdate {
        key: format!("id:{id}"),
        revision: revision.clone(),
        fingerprint,
        name: format!("Report {number:08}.docx"),
        path_key: path.to_lowercase(),
        path,
        generation: 1,
        asset: AssetChoice::Own,
        versions: vec![Version {
            revision,
            fingerprint,
            bytes: 0,
            declared_at: Timestamp::now(),
            origin: Origin::Observed,
            editor: None,
        }],
    }
}

/// User and system time of this process, from the kernel.
fn cpu_seconds() -> Result<f64, Box<dyn std::error::Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: f64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<f64>)
        .sum::<Result<f64, _>>()?;
    Ok(ticks / 100.0)
}

fn bytes_in(directory: &Path) -> Result<f64, Box<dyn std::error::Error>> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(f64::from(u32::try_from(bytes / 1024)?) * 1024.0)
}
