//! How long keeping a very large index holds up a commit or a lookup: both at an easy pace, while the
//! commits bring enough for the index to be rearranged under them several times. The longest of each is
//! what anybody had to wait, for whatever reason.

use std::time::Duration;

use ledger::Ledger;
use ledger::lookup::{Algorithm, LookupId};
use testkit::{Loaded, Times, per_second};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::arguments::Arguments;
use crate::filled::{Filled, SHAPE};
use crate::{Rows, row};

/// A commit comes so often, with so many new files: 10,000 fingerprints a second.
const COMMIT_EVERY: Duration = Duration::from_millis(50);
const COMMIT_FILES: u64 = 50;
const LOOKUP_EVERY: Duration = Duration::from_millis(5);
/// Long enough for several sweeps of the index's first level.
const LASTS: Duration = Duration::from_mins(1);

pub(crate) async fn measure(arguments: &Arguments, fingerprints: u64) -> anyhow::Result<Rows> {
    let filled = Filled::new(arguments, fingerprints).await?;
    let loaded = filled.open().await?;
    let ends = Instant::now() + LASTS;
    let ledger = loaded.ledger.clone();
    let contents = (0..fingerprints).map(|number| filled.content(number).content_hash);
    let looking = look_up(&ledger, contents, ends);
    let (commits, lookups) = tokio::join!(commit(&loaded, filled.files, ends), looking);
    let (mut commits, mut lookups) = (commits?, lookups?);
    let files = commits.count() as u64 * COMMIT_FILES;
    let rate = per_second(files * SHAPE.versions * 2, LASTS);
    loaded.ledger.close().await;
    let mut rows = filled.rows();
    let beside = format!("{fingerprints} fingerprints, {rate} more a second");
    let target = "under 100 ms at the longest";
    rows.push(row(&format!("commit of 250 events among {beside}"), target, commits.summary()));
    rows.push(row(&format!("lookup among {beside}"), target, lookups.summary()));
    Ok(rows)
}

async fn commit(loaded: &Loaded, first: u64, ends: Instant) -> anyhow::Result<Times> {
    let (mut times, mut next) = (Times::default(), first);
    let mut clock = interval(COMMIT_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while Instant::now() < ends {
        let due = clock.tick().await;
        loaded.ledger.commit(loaded.commit(SHAPE, next, COMMIT_FILES)).await?;
        times.add(due.elapsed());
        next += COMMIT_FILES;
    }
    Ok(times)
}

async fn look_up(
    ledger: &Ledger,
    contents: impl Iterator<Item = [u8; 32]>,
    ends: Instant,
) -> anyhow::Result<Times> {
    let mut times = Times::default();
    let mut clock = interval(LOOKUP_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for hash in contents {
        let due = clock.tick().await;
        if due >= ends {
            break;
        }
        let bits = ledger.lookup_bits().await?;
        let prefix = LookupId::of(Algorithm::ContentHash, &hash).prefix();
        ledger.lookup(bits, prefix).await?;
        times.add(due.elapsed());
    }
    Ok(times)
}
