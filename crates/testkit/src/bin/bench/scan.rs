//! A first scan: from the moment that the folders are linked until everything is public.

use std::time::{Duration, Instant};

use testkit::{Proofbox, Walk};

use crate::usage;

/// What it cost.
pub(crate) struct Scan {
    pub(crate) took: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak_memory_bytes: u64,
}

pub(crate) async fn measure(walk: &Walk, proofbox: &Proofbox, files: u64) -> anyhow::Result<Scan> {
    let integration = walk.connect().await?;
    let (started, cpu_before) = (Instant::now(), usage::cpu(proofbox.id())?);
    walk.link_all(&integration).await?;
    walk.until_up_to_date(&integration, files).await?;
    Ok(Scan {
        took: started.elapsed(),
        cpu: usage::cpu(proofbox.id())?.saturating_sub(cpu_before),
        peak_memory_bytes: usage::peak_memory_bytes(proofbox.id())?,
    })
}
