//! A reset of all cursors: everything is listed afresh, and nothing of it is new.

use std::time::{Duration, Instant};

use anyhow::Context;
use sandbox::Sandbox;
use testkit::Walk;

/// Resets, waits until everything was listed again, and says how long that took. Fails if it made
/// a single event.
pub(crate) async fn measure(
    walk: &Walk,
    dropbox: &Sandbox,
    integration: &str,
) -> anyhow::Result<Duration> {
    walk.until_health(integration, |health| health["state"] == "up_to_date").await?;
    let size = log_size(walk).await?;
    let started = Instant::now();
    dropbox.admin().reset_cursors()?;
    walk.until_health(integration, |health| health["state"] == "scanning").await?;
    walk.until_health(integration, |health| health["state"] == "up_to_date").await?;
    let took = started.elapsed();
    let after = log_size(walk).await?;
    anyhow::ensure!(after == size, "listing again made {} events", after - size);
    Ok(took)
}

async fn log_size(walk: &Walk) -> anyhow::Result<u64> {
    let checkpoint = walk.text("/log/checkpoint").await?;
    Ok(checkpoint.lines().nth(1).context("a checkpoint of one line")?.parse()?)
}
