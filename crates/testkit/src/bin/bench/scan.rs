//! A first scan: from the moment that the folders are linked until everything is public.

use std::time::{Duration, Instant};

use testkit::{Proofbox, Walk, usage};

/// What it cost.
pub(crate) struct Scan {
    pub(crate) took: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak_memory_bytes: u64,
}

/// Scans, and says which integration did.
pub(crate) async fn measure(
    walk: &Walk,
    proofbox: &Proofbox,
    files: u64,
) -> anyhow::Result<(Scan, String)> {
    let integration = walk.connect().await?;
    let (started, cpu_before) = (Instant::now(), usage::cpu(proofbox.id())?);
    walk.link_all(&integration).await?;
    walk.until_up_to_date(&integration, files).await?;
    let scan = Scan {
        took: started.elapsed(),
        cpu: usage::cpu(proofbox.id())?.saturating_sub(cpu_before),
        peak_memory_bytes: usage::peak_memory_bytes(proofbox.id())?,
    };
    Ok((scan, integration))
}
