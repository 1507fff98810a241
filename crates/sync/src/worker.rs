//! Keeps one source in step for as long as it is linked: reads it, waits for changes, reads on, and
//! tries again later when something fails.
//!
//! A report of a change only wakes it; the truth is always read. What is read and recorded, and
//! how, is in `reader`. Starting and stopping workers is the engine's.

mod backoff;
mod calls;

use std::sync::Arc;
use std::time::Duration;

use dropbox::{Cursor, ErrorKind, Longpoll};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use ledger::{CommitError, SourceId, Step, StepKind};
use tokio::time::{Instant, sleep, sleep_until, timeout};

pub(crate) use self::backoff::Backoff;
use crate::contents::Contents;
use crate::engine::SyncOptions;
use crate::facts::Facts;
use crate::reader::seams::{Kept, Remote, Store};
use crate::reader::{Found, ReadError, Reader, Which};
use crate::rules::FolderId;

pub(crate) use self::backoff::{random_fraction, stretched};
pub(crate) use self::calls::Calls;

/// How many linked folders are waited at; the others are read by the sweep.
const LONGPOLLS_MAX: usize = 8;
/// How many reports of changes in a row may turn out empty before the next one has to wait.
const EMPTY_REPORTS_MAX: u32 = 3;
/// The longest that a report of a change is held back after empty ones.
const EMPTY_REPORTS_PAUSE_MAX: Duration = Duration::from_secs(30);

/// The worker of one source.
pub(crate) struct Worker<R, S> {
    pub(crate) remote: R,
    pub(crate) store: S,
    pub(crate) source: SourceId,
    pub(crate) facts: Facts,
    pub(crate) options: SyncOptions,
    /// How somebody outside calls it.
    pub(crate) calls: Arc<Calls>,
    /// What waits are stretched and spread by: anything between 0 and 1.
    pub(crate) jitter: fn() -> f64,
}

/// Why waiting ended.
enum Woke {
    Reported(FolderId),
    /// The wait broke off, which says nothing: read on as if it had reported.
    Broken(FolderId),
    SweepIsDue,
    /// Somebody outside wants it to look.
    Called(Which),
}

/// What to do about a failure.
enum Reaction {
    /// There is nothing to read any more.
    End,
    /// Dropbox ended the link.
    Disconnect,
    Wait(Duration),
    Retry,
}

impl<R: Remote + Clone, S: Store + Clone> Worker<R, S> {
    /// Works until the source is no longer linked. May be dropped at any moment.
    pub(crate) async fn run(self) {
        tokio::select! {
            biased;
            () = self.follow_on() => {}
            () = Box::pin(self.contents().run()) => {}
        }
    }

    /// Whoever reads the contents that versions wait for.
    fn contents(&self) -> Contents<R, S> {
        Contents {
            remote: self.remote.clone(),
            store: self.store.clone(),
            source: self.source,
            facts: self.facts.clone(),
            options: self.options,
            calls: Arc::clone(&self.calls),
            jitter: self.jitter,
        }
    }

    async fn follow_on(&self) {
        let mut backoff = self.backoff(self.options.backoff_max);
        let mut sweep_at = Instant::now() + self.options.sweep_interval;
        while let Err(error) = self.follow(&mut backoff, &mut sweep_at).await {
            match reaction(&error) {
                Reaction::End => return,
                Reaction::Disconnect => return self.disconnect().await,
                Reaction::Wait(asked) => {
                    self.wait_as_asked(stretched(asked, (self.jitter)())).await;
                }
                Reaction::Retry => self.wait_after(&error, backoff.next()).await,
            }
        }
    }

    /// Reads and waits in turn, until something fails or nothing is linked.
    async fn follow(&self, backoff: &mut Backoff, sweep_at: &mut Instant) -> Result<(), ReadError> {
        let Some(mut reader) = self.open().await? else { return Ok(()) };
        let mut quiet = self.backoff(EMPTY_REPORTS_PAUSE_MAX);
        let mut which = Which::All;
        loop {
            let was_complete = reader.is_complete();
            let found = reader.catch_up(&which).await?;
            backoff.reset();
            if !was_complete {
                self.note(StepKind::CaughtUp, listed(reader.recorded())).await;
            }
            self.facts.up_to_date();
            self.calls.read_contents();
            if found == Found::Something || which == Which::AllPlacedAnew {
                quiet.reset();
            }
            if quiet.count() > EMPTY_REPORTS_MAX {
                sleep(quiet.delay()).await;
            }
            which = match self.wait(reader.cursors(), *sweep_at).await {
                Woke::Reported(folder) | Woke::Broken(folder) => {
                    quiet.next();
                    Which::Only(folder)
                }
                Woke::Called(which) => which,
                Woke::SweepIsDue => {
                    *sweep_at = Instant::now() + self.options.sweep_interval;
                    Which::AllPlacedAnew
                }
            };
        }
    }

    /// Ready to read on; None if there is nothing to read.
    async fn open(&self) -> Result<Option<Reader<R, S>>, ReadError> {
        let Some(Kept { placed, progress, settings }) = self.store.kept().await? else {
            return Ok(None);
        };
        self.facts.reading(progress.as_ref());
        let (remote, store) = (self.remote.clone(), self.store.clone());
        let reader = Reader::new(remote, store, self.facts.clone(), placed, progress);
        Ok(Some(reader.working_as(settings)))
    }

    fn backoff(&self, max: Duration) -> Backoff {
        Backoff::new(self.options.backoff_first, max, self.jitter)
    }

    /// Waits until a linked folder reports a change, or the sweep is due.
    async fn wait(&self, cursors: Vec<(FolderId, Cursor)>, sweep_at: Instant) -> Woke {
        let waits = cursors.into_iter().take(LONGPOLLS_MAX);
        let mut waits: FuturesUnordered<_> =
            waits.map(|(folder, cursor)| self.wait_at(folder, cursor)).collect();
        tokio::select! {
            // In this order: however fast reports come, the sweep has its turn.
            biased;
            () = sleep_until(sweep_at) => Woke::SweepIsDue,
            which = self.calls.next() => Woke::Called(which),
            Some(woke) = waits.next() => woke,
        }
    }

    async fn wait_at(&self, folder: FolderId, cursor: Cursor) -> Woke {
        loop {
            match self.remote.wait(&cursor, self.options.longpoll_timeout).await {
                Ok(Longpoll { changes: true, .. }) => return Woke::Reported(folder),
                Ok(Longpoll { changes: false, backoff }) => {
                    self.facts.up_to_date();
                    sleep(backoff.unwrap_or_default()).await;
                }
                Err(error) => {
                    let sync_id = self.source;
                    tracing::debug!(sync.id = %sync_id, %error, "A wait for changes broke off");
                    return Woke::Broken(folder);
                }
            }
        }
    }

    async fn disconnect(&self) {
        match self.store.disconnect().await {
            Ok(()) => tracing::info!(sync.id = %self.source, "Dropbox ended the link"),
            Err(error) => {
                tracing::error!(
                    sync.id = %self.source,
                    error = chain(&error),
                    "Dropbox ended the link, and this couldn't be stored"
                );
            }
        }
        self.facts.announce();
    }

    /// A step to remember. That it can't be is no reason to stop.
    async fn note(&self, kind: StepKind, detail: impl Into<String>) {
        if let Err(error) = self.store.note(Step::new(kind, detail)).await {
            tracing::debug!(sync.id = %self.source, %error, "A step isn't remembered");
        }
    }

    async fn wait_as_asked(&self, delay: Duration) {
        let delay_ms = delay.as_millis();
        tracing::info!(sync.id = %self.source, delay_ms, "Dropbox asks to wait");
        let reason = "Dropbox asked to wait before the next request".to_owned();
        self.note(StepKind::Waited, format!("{reason}: {} s.", delay.as_secs())).await;
        self.facts.waiting(Timestamp::now() + delay, reason);
        sleep(delay).await;
    }

    async fn wait_after(&self, error: &ReadError, delay: Duration) {
        tracing::warn!(
            sync.id = %self.source,
            delay_ms = delay.as_millis(),
            error = chain(error),
            "A source couldn't be read; it is tried again"
        );
        self.note(StepKind::Failed, reason(error)).await;
        self.facts.failed(reason(error), Timestamp::now() + delay);
        // Whoever calls wants it tried now.
        let _ = timeout(delay, self.calls.next()).await;
    }
}

fn reaction(error: &ReadError) -> Reaction {
    match error {
        ReadError::Dropbox(error) => match error.kind {
            ErrorKind::Disconnected => Reaction::Disconnect,
            ErrorKind::RateLimited { retry_after } => Reaction::Wait(retry_after),
            _ => Reaction::Retry,
        },
        ReadError::Commit(
            CommitError::UnknownSource | CommitError::Disconnected | CommitError::LeaseLost,
        ) => Reaction::End,
        _ => Reaction::Retry,
    }
}

/// What a listing of everything came to, in words.
fn listed(files: u64) -> String {
    let noun = if files == 1 { "file" } else { "files" };
    format!("{files} {noun} in the linked folders.")
}

/// What the owner is told: the cause itself, without the route and request that the log has.
fn reason(error: &ReadError) -> String {
    match error {
        ReadError::Dropbox(error) => error.kind.to_string(),
        ReadError::Commit(error) => error.to_string(),
        ReadError::Store(error) => error.to_string(),
        ReadError::Contradiction => error.to_string(),
    }
}

/// An error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
