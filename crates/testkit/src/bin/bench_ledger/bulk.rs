//! Commits of many new documents, as a first scan makes them, one behind another. The next one is put
//! together while one is written.

use std::time::Instant;

use testkit::{Loaded, Shape, per_second};

use crate::arguments::Arguments;
use crate::place::Place;
use crate::{Rows, row};

/// Files in a commit.
const COMMIT_FILES: u64 = 5_000;

pub(crate) async fn measure(arguments: &Arguments) -> anyhow::Result<Rows> {
    let place = Place::new(arguments, "bulk")?;
    let loaded = place.open().await?;
    let started = Instant::now();
    fill(&loaded, Shape::FOUND, COMMIT_FILES, arguments.events).await?;
    let rate = per_second(arguments.events, started.elapsed());
    let bytes = loaded.ledger.stored_bytes().await? / arguments.events;
    loaded.ledger.close().await;
    let (what, target) =
        ("bulk append, new documents, 5000 in a commit", "over 100000/s on SQLite");
    Ok(vec![
        row(what, target, format!("{rate}/s")),
        row(
            "bytes per event, new documents, all rows and indexes",
            "under 1024",
            bytes.to_string(),
        ),
    ])
}

/// Adds files, so many in a commit.
pub(crate) async fn fill(
    loaded: &Loaded,
    shape: Shape,
    commit_files: u64,
    files: u64,
) -> anyhow::Result<()> {
    let (mut first, mut writing) = (0, None);
    while first < files {
        let count = commit_files.min(files - first);
        let commit = loaded.commit(shape, first, count);
        first += count;
        let ledger = loaded.ledger.clone();
        let next = tokio::spawn(async move { ledger.commit(commit).await });
        if let Some(before) = writing.replace(next) {
            before.await??;
        }
        // So that it is queued before the next one is put together.
        tokio::task::yield_now().await;
    }
    match writing {
        Some(last) => Ok(last.await?.map(drop)?),
        None => Ok(()),
    }
}
