//! Saves, one after the other: from the moment that Dropbox has the file until anybody can download
//! the receipt of its event.

use std::time::{Duration, Instant};

use anyhow::Context;
use sandbox::Sandbox;
use testkit::Walk;

/// How often the public page is looked at: finer than what is measured.
const LOOK_PAUSE: Duration = Duration::from_millis(1);
/// Longer than any save takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long each save took, the fastest first.
pub(crate) struct Saves(Vec<Duration>);

pub(crate) async fn measure(walk: &Walk, dropbox: &Sandbox, saves: usize) -> anyhow::Result<Saves> {
    let page = walk.get("/archivist/v2/assets?page_size=50").await?;
    let assets = page["assets"].as_array().context("no assets")?;
    let mut times = Vec::with_capacity(saves);
    for (number, asset) in assets.iter().cycle().take(saves).enumerate() {
        let path = asset["private"]["path"].as_str().context("no path")?;
        let identity = asset["identity"].as_str().context("no identity")?;
        let version = number / assets.len() + 2;
        let started = Instant::now();
        dropbox.files().write(path, format!("save {number}"))?;
        receipt(walk, identity, &version.to_string(), started).await?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(Saves(times))
}

/// Looks at the public asset until it has this version with a receipt to download.
async fn receipt(
    walk: &Walk,
    asset: &str,
    version: &str,
    started: Instant,
) -> anyhow::Result<String> {
    let path = format!("/archivist/v2/public{asset}/events?page_size=1");
    while started.elapsed() < PATIENCE {
        let page = walk.get(&path).await?;
        let event = &page["events"][0];
        if event["asset_attributes"]["document_version"] == version {
            let identity = event["identity"].as_str().context("no identity")?;
            if let Ok(receipt) = walk.receipt(identity).await {
                return Ok(receipt);
            }
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
    anyhow::bail!("version {version} of {asset} was not published within {} s", PATIENCE.as_secs())
}

impl Saves {
    /// How many there were.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The time within which this share of the saves was public.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        let index = (self.0.len() * percent).div_ceil(100).saturating_sub(1).min(last);
        self.0.get(index).copied().unwrap_or_default()
    }
}
