//! A reset of all cursors: everything is listed afresh, and nothing of it is new.

use std::time::{Duration, Instant};

use anyhow::Context;
use sandbox::Sandbox;
use serde_json::Value;
use testkit::Walk;

/// Resets, waits until everything was listed again, and says how long that took. Fails if it made
/// a single event.
pub(crate) async fn measure(
    walk: &Walk,
    dropbox: &Sandbox,
    integration: &str,
) -> anyhow::Result<Duration> {
    let before = walk.until_health(integration, |health| health["state"] == "up_to_date").await?;
    let size = log_size(walk).await?;
    let listings = || dropbox.admin().count("files/list_folder");
    let (started, listed) = (Instant::now(), listings());
    dropbox.admin().reset_cursors()?;
    let is_listed = |health: &Value| {
        listings() > listed
            && health["state"] == "up_to_date"
            && health["last_checked"] != before["last_checked"]
    };
    walk.until_health(integration, is_listed).await?;
    let took = started.elapsed();
    let after = log_size(walk).await?;
    anyhow::ensure!(after == size, "listing again made {} events", after - size);
    Ok(took)
}

async fn log_size(walk: &Walk) -> anyhow::Result<u64> {
    let checkpoint = walk.text("/log/checkpoint").await?;
    Ok(checkpoint.lines().nth(1).context("a checkpoint of one line")?.parse()?)
}
