//! Follows a log, and keeps it to what it said before.
//!
//! Each new checkpoint must be signed, must continue the last one by a proof from the log's tiles,
//! and every entry that is new under it must lead to its root. What was seen is kept in a small
//! directory, so that following goes on where it ended, for the price of the new entries.
//!
//! What a network does is no alarm: a file that is missing or cut off is asked for again. An alarm
//! needs something that the log signed, or that a signed root contradicts; it comes with files that
//! others can check.

mod alarm;
mod state;

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use tlog::{
    BundleId, Checkpoint, Frontier, Hash, SignedNote, TILE_WIDTH, leaf_hash, verify_consistency,
};

pub use alarm::{Alarm, AlarmKind};

use crate::disk::{Disk, DiskError};
use crate::fetch::{self, FetchError};
use crate::proofs::{Proofs, ProofsError};
use crate::reader::READS_MAX;
use crate::{EntryRules, LogReader, Trust, TrustError};
use alarm::Contradiction;
use state::State;

/// Follows one log.
pub struct Monitor<R> {
    reader: R,
    disk: Arc<Disk>,
    trust: Trust,
    state: Option<State>,
}

/// What a look at the log showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The newest checkpoint.
    pub checkpoint: Checkpoint,
    /// How many entries are new since the last look.
    pub new_entries: u64,
    /// Whether it is the first look at this log.
    pub is_first: bool,
}

/// Why a look ended early.
#[derive(Debug, thiserror::Error)]
pub enum MonitorError {
    /// A part of the log couldn't be read. Worth another try.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The log has signed, but not enough witnesses have. Worth another try.
    #[error("the checkpoint of {size} entries is not accepted yet")]
    NotWitnessed {
        /// The checkpoint's size.
        size: u64,
        /// What is lacking.
        #[source]
        source: TrustError,
    },
    /// The directory couldn't be written to.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// What was kept can't be read.
    #[error(
        "{0} cannot be read as what a monitor keeps; use another directory, and the whole log is read \
         once more"
    )]
    State(std::path::PathBuf),
    /// The directory is another log's.
    #[error("the directory was used for the log with the key {0}; use another one for this log")]
    OtherLog(String),
    /// The log contradicts what it said.
    #[error("{0}")]
    Alarm(Box<Alarm>),
}

impl MonitorError {
    /// Whether another try may go well.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Fetch(_) | Self::NotWitnessed { .. })
    }
}

impl<R: LogReader> Monitor<R> {
    /// Follows a log, with a directory for what is kept.
    pub fn open(reader: R, disk: Disk, trust: Trust) -> Result<Self, MonitorError> {
        let state = State::read(&disk)?;
        let known = state.as_ref().and_then(|state| state.key.clone());
        if let (Some(known), Some(key)) = (&known, trust.key())
            && known != key
        {
            return Err(MonitorError::OtherLog(known.to_string()));
        }
        let trust = trust.or_known(known);
        Ok(Self { reader, disk: Arc::new(disk), trust, state })
    }

    /// What was seen last.
    pub fn last(&self) -> Option<&Checkpoint> {
        self.state.as_ref().map(|state| &state.checkpoint)
    }

    /// Looks once. `progress` is told how many entries are done, and of how many.
    pub async fn step(
        &mut self,
        rules: &dyn EntryRules,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Seen, MonitorError> {
        let note = fetch::checkpoint(&self.reader).await?;
        match self.look(&note, rules, progress).await {
            Ok(seen) => Ok(seen),
            Err(Trouble::Monitor(error)) => Err(error),
            Err(Trouble::Contradiction(contradiction)) => {
                let known = self.state.as_ref().map(|state| state.note.clone());
                let disk = Arc::clone(&self.disk);
                let alarm = contradiction.on_record(known, note);
                let alarm = on_disk(disk, move |disk| alarm.write(disk)).await?;
                Err(MonitorError::Alarm(Box::new(alarm)))
            }
        }
    }

    async fn look(
        &mut self,
        note: &SignedNote,
        rules: &dyn EntryRules,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Seen, Trouble> {
        let unsigned = |error: TrustError| Contradiction::signature(&error);
        let claimed = Checkpoint::parse(note.text())
            .map_err(|error| unsigned(TrustError::Checkpoint(error.into())))?;
        let trust = self.trust.clone().or_own_word(&self.reader, claimed.size, rules).await?;
        let new = trust.open_unwitnessed(note).map_err(unsigned)?;
        trust.open(note).map_err(|source| MonitorError::NotWitnessed { size: new.size, source })?;
        let frontier = match &self.state {
            Some(state) => {
                expect_forward(&state.checkpoint, &new)?;
                self.expect_continued(&state.checkpoint, &new).await?;
                state.frontier.clone()
            }
            None => Frontier::new(),
        };
        let from = frontier.size();
        let frontier = self.read_entries(frontier, &new, rules, progress).await?;
        let seen = Seen {
            checkpoint: new.clone(),
            new_entries: new.size - from,
            is_first: self.state.is_none(),
        };
        let key = trust.key().cloned();
        self.keep(State { key, frontier, checkpoint: new, note: note.clone() }).await?;
        self.trust = trust;
        Ok(seen)
    }

    /// By the log's own tiles. Where they show another beginning than the one that was signed
    /// before, under a root that is signed now, that is proof of two histories.
    async fn expect_continued(&self, old: &Checkpoint, new: &Checkpoint) -> Result<(), Trouble> {
        let proofs = Proofs::new(&self.reader, new.size);
        let proof = proofs.consistency(old.size).await.map_err(unproven)?;
        let holds =
            |root: &Hash| verify_consistency(old.size, root, new.size, &new.root, &proof).is_ok();
        if holds(&old.root) {
            return Ok(());
        }
        let shown = proofs.root_at(old.size).await.map_err(unproven)?;
        let contradiction = if holds(&shown) {
            Contradiction::fork(old, new, shown, proof)
        } else {
            Contradiction::broken(format!(
                "the tiles do not lead to the signed root of {} entries",
                new.size
            ))
        };
        Err(contradiction.into())
    }

    /// Fetches all that is new, and appends it to what was known.
    async fn read_entries(
        &self,
        mut frontier: Frontier,
        new: &Checkpoint,
        rules: &dyn EntryRules,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Frontier, Trouble> {
        let first = frontier.size() / u64::from(TILE_WIDTH);
        let ids = (first..).map_while(|index| BundleId::at(index, new.size));
        let ids: Vec<_> = ids.filter(|id| id.entries().end > frontier.size()).collect();
        let bundles =
            ids.into_iter().map(|id| async move { (id, fetch::bundle(&self.reader, id).await) });
        let mut bundles = stream::iter(bundles).buffered(READS_MAX);
        while let Some((id, bundle)) = bundles.next().await {
            let bundle = bundle?;
            let entries = id.entries().zip(bundle.entries());
            let from = frontier.size();
            for (index, entry) in entries.filter(|(index, _)| *index >= from) {
                if let Some(problem) = rules.objection(index, entry) {
                    return Err(Contradiction::broken(format!("entry {index}: {problem}")).into());
                }
                frontier.push(leaf_hash(entry), &mut |_, _| ());
            }
            progress(frontier.size(), new.size);
        }
        if frontier.root() == new.root {
            return Ok(frontier);
        }
        let size = new.size;
        let what = format!("the entries do not lead to the signed root of {size} entries");
        Err(Contradiction::broken(what).into())
    }

    async fn keep(&mut self, state: State) -> Result<(), MonitorError> {
        if self.state.as_ref().is_some_and(|known| known.note == state.note) {
            return Ok(());
        }
        let bytes = state.to_string();
        let disk = Arc::clone(&self.disk);
        on_disk(disk, move |disk| disk.replace(state::FILE, bytes.as_bytes())).await?;
        self.state = Some(state);
        Ok(())
    }
}

/// Why a look went no further.
enum Trouble {
    Monitor(MonitorError),
    Contradiction(Contradiction),
}

impl<E: Into<MonitorError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Monitor(error.into())
    }
}

impl From<Contradiction> for Trouble {
    fn from(contradiction: Contradiction) -> Self {
        Self::Contradiction(contradiction)
    }
}

/// A log that shows less than before, or something else in its place.
fn expect_forward(old: &Checkpoint, new: &Checkpoint) -> Result<(), Trouble> {
    if new.size < old.size {
        return Err(Contradiction::rollback(old, new).into());
    }
    if new.size == old.size && new.root != old.root {
        return Err(Contradiction::two_roots(old, new).into());
    }
    Ok(())
}

fn unproven(error: ProofsError) -> Trouble {
    match error {
        ProofsError::Fetch(error) => Trouble::Monitor(error.into()),
        out @ ProofsError::OutOfTree { .. } => Contradiction::broken(out.to_string()).into(),
    }
}

/// Files are written on a thread that may block.
async fn on_disk<T: Send + 'static>(
    disk: Arc<Disk>,
    work: impl FnOnce(&Disk) -> Result<T, DiskError> + Send + 'static,
) -> Result<T, DiskError> {
    let path = disk.root().to_owned();
    let done = tokio::task::spawn_blocking(move || work(&disk)).await;
    done.map_err(|error| DiskError::Io { path, source: std::io::Error::other(error) })?
}
