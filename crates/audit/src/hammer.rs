//! Load on a log, by readers who believe nothing: each takes random entries and earlier sizes,
//! makes the proofs from the log's tiles as anybody would, and verifies every one of them.
//!
//! Nothing is kept from one proof to the next, so that each costs the log what a stranger's first
//! question costs it.

mod latency;
mod measured;
mod tally;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tlog::{BundleId, Checkpoint, TILE_WIDTH, leaf_hash, verify_consistency, verify_inclusion};

use crate::fetch::{self, FetchError};
use crate::proofs::Proofs;
use crate::{EntryRules, LogReader, Trust};
use measured::Measured;
use tally::{Bad, Ended, Tally};

/// The most readers of one run.
pub const READERS_MAX: usize = 512;
/// How often the checkpoint is asked for.
const REFRESH: Duration = Duration::from_secs(1);
/// A reader who got an error doesn't come back at once.
const PAUSE: Duration = Duration::from_millis(50);
/// One proof of so many is of consistency, the others of inclusion.
const CONSISTENCY_EVERY: u64 = 8;

/// How hard to hit.
pub struct HammerOptions {
    /// Whose signature counts.
    pub trust: Trust,
    /// How many readers at once, at most [`READERS_MAX`].
    pub readers: usize,
    /// For how long.
    pub duration: Duration,
    /// Which entries are taken: the same seed takes the same.
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct HammerReport {
    /// How long it took.
    pub duration: Duration,
    /// How many readers there were.
    pub readers: usize,
    /// How many files were asked for.
    pub requests: u64,
    /// How many bytes they had.
    pub bytes: u64,
    /// How many proofs were verified.
    pub proofs: u64,
    /// How many proofs didn't hold, or were about something malformed.
    pub failures: u64,
    /// How many couldn't be made, because a file couldn't be had.
    pub errors: u64,
    /// Some of the failures and errors in words.
    pub samples: Vec<String>,
    /// The time within which half of the files came.
    pub p50: Duration,
    /// The time within which 99 of 100 files came.
    pub p99: Duration,
    /// The log's size at the beginning and at the end.
    pub sizes: (u64, u64),
}

/// What the readers share.
struct Shared<R> {
    reader: R,
    trust: Trust,
    head: Mutex<Checkpoint>,
    started: Instant,
    duration: Duration,
}

/// Runs the load. An error means that it couldn't begin.
pub async fn hammer<R: LogReader + 'static>(
    reader: R,
    rules: &dyn EntryRules,
    options: HammerOptions,
) -> Result<HammerReport, HammerError> {
    let note = fetch::checkpoint(&reader).await?;
    let claimed = Checkpoint::parse(note.text())
        .map_err(|error| HammerError::Trust(crate::TrustError::Checkpoint(error.into())))?;
    let trust = options.trust.or_own_word(&reader, claimed.size, rules).await?;
    let first = trust.open(&note)?;
    if first.size == 0 {
        return Err(HammerError::Empty);
    }
    let size = first.size;
    let (head, started) = (Mutex::new(first), Instant::now());
    let shared = Arc::new(Shared { reader, trust, head, started, duration: options.duration });
    let readers = options.readers.clamp(1, READERS_MAX);
    let tasks = (0..readers as u64).map(|number| {
        let random = Random(options.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        tokio::spawn(read(Arc::clone(&shared), number, random))
    });
    let tasks: Vec<_> = tasks.collect();
    let mut all = Tally::default();
    for task in tasks {
        all.add(task.await.unwrap_or_else(|error| Tally::lost(&error.to_string())));
    }
    let duration = started.elapsed();
    Ok(all.report(duration, readers, (size, shared.head().size)))
}

/// Why a load couldn't begin.
#[derive(Debug, thiserror::Error)]
pub enum HammerError {
    /// The checkpoint, or what names its key, couldn't be read.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The checkpoint isn't the log's.
    #[error("the checkpoint is not to be trusted")]
    Trust(#[from] crate::TrustError),
    /// There is nothing to prove.
    #[error("the log has no entries yet")]
    Empty,
}

/// One reader's life.
async fn read<R: LogReader>(shared: Arc<Shared<R>>, number: u64, mut random: Random) -> Tally {
    let reader = Measured::new(&shared.reader);
    let mut tally = Tally::default();
    let mut refreshed = Instant::now();
    while shared.started.elapsed() < shared.duration {
        let head = shared.head();
        let proven = if number == 0 && refreshed.elapsed() >= REFRESH {
            refreshed = Instant::now();
            refresh(&shared, &reader, &head).await
        } else if random.below(CONSISTENCY_EVERY) == 0 {
            consistency(&reader, &head, 1 + random.below(head.size)).await
        } else {
            inclusion(&reader, &head, random.below(head.size)).await
        };
        if tally.count(proven) == Ended::Error {
            tokio::time::sleep(PAUSE).await;
        }
    }
    let (latencies, bytes) = reader.into_parts();
    tally.with(latencies, bytes)
}

/// An entry, and that it is under the root.
async fn inclusion<R: LogReader>(reader: &R, head: &Checkpoint, index: u64) -> Result<(), Bad> {
    let Some(id) = BundleId::at(index / u64::from(TILE_WIDTH), head.size) else { return Ok(()) };
    let bundle = fetch::bundle(reader, id).await?;
    let at = usize::try_from(index - id.entries().start).unwrap_or(usize::MAX);
    let entry =
        bundle.entries().get(at).ok_or_else(|| Bad::Failure(format!("no entry {index}")))?;
    let proof = Proofs::new(reader, head.size).inclusion(index).await?;
    verify_inclusion(&leaf_hash(entry), index, head.size, &proof, &head.root)
        .map_err(|error| Bad::Failure(format!("entry {index} of {}: {error}", head.size)))
}

/// That the log continues what its tiles say it was at an earlier size.
async fn consistency<R: LogReader>(reader: &R, head: &Checkpoint, old: u64) -> Result<(), Bad> {
    let proofs = Proofs::new(reader, head.size);
    let (root, proof) = (proofs.root_at(old).await?, proofs.consistency(old).await?);
    verify_consistency(old, &root, head.size, &head.root, &proof)
        .map_err(|error| Bad::Failure(format!("{old} to {} entries: {error}", head.size)))
}

/// Takes the newest checkpoint, which must continue the one before.
async fn refresh<R: LogReader>(
    shared: &Shared<R>,
    reader: &Measured<'_, R>,
    head: &Checkpoint,
) -> Result<(), Bad> {
    let note = fetch::checkpoint(reader).await?;
    let new = match shared.trust.open(&note) {
        Ok(new) => new,
        // Witnesses take their time.
        Err(_) if shared.trust.open_unwitnessed(&note).is_ok() => return Ok(()),
        Err(error) => return Err(Bad::Failure(format!("the checkpoint: {error}"))),
    };
    if new.size < head.size {
        return Err(Bad::Failure(format!("{} entries after {}", new.size, head.size)));
    }
    let proof = Proofs::new(reader, new.size).consistency(head.size).await?;
    verify_consistency(head.size, &head.root, new.size, &new.root, &proof)
        .map_err(|error| Bad::Failure(format!("{} to {}: {error}", head.size, new.size)))?;
    *shared.lock() = new;
    Ok(())
}

impl<R> Shared<R> {
    fn head(&self) -> Checkpoint {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Checkpoint> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Numbers without order, and the same ones for the same seed: `SplitMix64`. Not for secrets.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit.max(1)
    }
}
