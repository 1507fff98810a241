//! A large log: what filling it, checking it and proving an entry of it cost.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use ledger::Database;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use testkit::{Loaded, Shape, Times, disk_bytes, per_second};
use tlog::{BundleId, TileId, leaf_hash, verify_inclusion};

use crate::arguments::Arguments;

/// The log is checked when it has so many entries, or all of them.
const CHECKED_ENTRIES: u64 = 1_000_000;
const CHECKS: usize = 3;
const COMMIT_FILES: u64 = 10_000;
const PROOFS: usize = 20_000;

type Rows = Vec<(String, String)>;

pub(crate) async fn measure(arguments: &Arguments) -> anyhow::Result<Rows> {
    let place = tempfile::tempdir_in(&arguments.place)?;
    let checked = arguments.entries.min(CHECKED_ENTRIES);
    let loaded = Loaded::open(place.path(), Database::Embedded).await?;
    fill(&loaded, 1, checked).await?;
    loaded.ledger.close().await;
    let mut rows = sizes(place.path(), checked)?;
    rows.extend(check(place.path(), checked)?);
    let loaded = Loaded::open(place.path(), Database::Embedded).await?;
    let started = Instant::now();
    fill(&loaded, checked, arguments.entries).await?;
    if arguments.entries > checked {
        let rate = per_second(arguments.entries - checked, started.elapsed());
        let what = format!("filling the log from {checked} to {} entries", arguments.entries);
        rows.push((what, format!("{rate}/s")));
    }
    rows.push(prove(&loaded, arguments.entries).await?);
    loaded.ledger.close().await;
    Ok(rows)
}

async fn fill(loaded: &Loaded, from: u64, to: u64) -> anyhow::Result<()> {
    let mut size = from;
    while size < to {
        let count = COMMIT_FILES.min(to - size);
        loaded.ledger.commit(loaded.commit(Shape::FOUND, size, count)).await?;
        size += count;
    }
    Ok(())
}

fn sizes(directory: &Path, entries: u64) -> anyhow::Result<Rows> {
    let bundles = BundleId::all(entries).map(|bundle| u64::from(bundle.width()) * 35);
    let tiles = TileId::all(entries).map(|tile| tile.byte_length() as u64);
    let published = bundles.sum::<u64>() + tiles.sum::<u64>();
    let (whole, tenths) = (published / entries, published * 10 / entries % 10);
    let stored = disk_bytes(directory)? / entries;
    Ok(vec![
        ("bytes per entry as published: bundles and tiles".into(), format!("{whole}.{tenths}")),
        ("bytes per event on disk, all rows and indexes".into(), stored.to_string()),
    ])
}

/// `proofbox log fsck DATA`, of everything that is stored.
fn check(directory: &Path, entries: u64) -> anyhow::Result<Rows> {
    let mut seconds = Vec::new();
    for _ in 0..CHECKS {
        let started = Instant::now();
        let report = ledger::fsck(directory, &|_, _| ())?;
        anyhow::ensure!(report.is_clean() && report.entries == entries, "{:?}", report.findings);
        seconds.push(started.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let text: Vec<_> = seconds.iter().map(|seconds| format!("{seconds:.1} s")).collect();
    Ok(vec![(format!("fsck of everything stored, {entries} entries"), text.join(", "))])
}

/// Proofs of random entries, each verified outside the time.
async fn prove(loaded: &Loaded, entries: u64) -> anyhow::Result<(String, String)> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut times = Times::default();
    for proof in 0..PROOFS * 2 {
        let index = random.random_range(0..entries);
        let started = Instant::now();
        let proved = loaded.ledger.log_entry(index).await?.context("no such entry")?;
        // The first half warms up.
        if proof >= PROOFS {
            times.add(started.elapsed());
        }
        let head = &proved.newest;
        verify_inclusion(&leaf_hash(&proved.bytes), index, head.size, &proved.path, &head.root)?;
    }
    Ok((format!("inclusion proof of a random entry of {entries}, warm"), times.summary()))
}
