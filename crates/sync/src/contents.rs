//! Reads the contents that versions wait for, a few at a time, and has those published with their
//! SHA-256.
//!
//! That a version waits is a row of the ledger, written with the page that showed it, and nothing
//! else: a process that ends here reads on where it was, and content that was read is never read
//! again. Reading names a revision, so that a file may change meanwhile; what comes must hash to
//! what Dropbox declared, or it is not taken. The newest versions come first: a change doesn't wait
//! until everything that was there before it has been read. Nothing is read before a listing is
//! complete, because only then is certain what is still linked.
//!
//! What can't be had is published without a SHA-256 and listed with the reason; what fails is tried
//! again, later and later. Not here: what waits and why (`ledger`), and how content is fetched and
//! hashed (`download`).

mod download;
mod trouble;
mod turn;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use dropbox::{Error, Interruption};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use ledger::{
    Awaited, Commit, CommitError, ContentOutcome, ContentRead, Fingerprints, SourceId, Step,
    StepKind, StoreError,
};
use tokio::time::{Instant, sleep, sleep_until};

pub(crate) use self::download::Meter;
use self::trouble::{Verdict, verdict};
use self::turn::Turn;
use crate::engine::SyncOptions;
use crate::facts::Facts;
use crate::reader::progress::Progress;
use crate::reader::seams::{Remote, Store};
use crate::worker::{Backoff, Calls, stretched};

/// How many contents of a source are read side by side.
pub(crate) const DOWNLOADS_MAX: usize = 4;
/// From here on content is long, and may not have all lanes: a short one must find one free.
const LONG_BYTES: u64 = 256 * 1024 * 1024;
/// How many versions are looked up at a time.
const CANDIDATES: u32 = 256;
/// How often watchers are told while something long is read.
const TICK: Duration = Duration::from_secs(1);

/// Reads for one source. Owns what is known of failures; what waits is in the ledger.
pub(crate) struct Contents<R, S> {
    pub(crate) remote: R,
    pub(crate) store: S,
    pub(crate) source: SourceId,
    pub(crate) facts: Facts,
    pub(crate) options: SyncOptions,
    /// How it is told that something may wait.
    pub(crate) calls: Arc<Calls>,
    pub(crate) jitter: fn() -> f64,
}

/// Why some content was not read.
#[derive(Debug)]
enum Failure {
    Dropbox(Error),
    /// What came is not what was declared.
    Different,
}

/// Content that was read, and how long it is.
struct Done {
    read: ContentRead,
    bytes: u64,
}

impl<R: Remote, S: Store> Contents<R, S> {
    /// Reads until it is dropped.
    pub(crate) async fn run(self) {
        let backoff =
            Backoff::new(self.options.backoff_first, self.options.backoff_max, self.jitter);
        let mut turn = Turn::new(backoff);
        let mut lanes = FuturesUnordered::new();
        let mut commits = FuturesUnordered::new();
        loop {
            while let Some(version) = self.next(&mut turn, lanes.len()).await {
                lanes.push(self.read(version, turn.wanted()));
            }
            if commits.is_empty() && turn.has_done() {
                commits.push(self.publish(turn.take_done()));
            }
            tokio::select! {
                biased;
                Some((version, outcome)) = lanes.next() => {
                    self.take(&mut turn, &version, outcome).await;
                }
                Some((done, published)) = commits.next() => match published {
                    Ok(()) => self.acknowledge(&mut turn, &done),
                    Err(error) => self.put_off(&mut turn, done, &error),
                },
                () = self.calls.contents_wanted() => turn.look_again(),
                () = due(turn.due()) => turn.look_again(),
                () = sleep(TICK), if !lanes.is_empty() => self.facts.announce(),
            }
        }
    }

    /// The next version to read, while there is a lane for it.
    async fn next(&self, turn: &mut Turn, running: usize) -> Option<Awaited> {
        if running >= DOWNLOADS_MAX || turn.rests() {
            return None;
        }
        if turn.wants_candidates()
            && let Err(error) = self.look(turn).await
        {
            self.rest(turn, error.to_string(), self.options.backoff_first);
        }
        turn.next()
    }

    /// Finds out what waits, and whether its time has come.
    async fn look(&self, turn: &mut Turn) -> Result<(), StoreError> {
        let kept = self.store.kept().await?;
        let complete =
            kept.filter(|kept| kept.progress.as_ref().is_some_and(Progress::is_complete));
        let Some(kept) = complete else {
            turn.offer(Vec::new(), Fingerprints::Metadata);
            return Ok(());
        };
        let waiting = self.store.awaited(turn.bytes_max(), CANDIDATES).await?;
        if waiting.is_empty() && turn.is_idle() {
            self.facts.contents_are_read();
        }
        turn.offer(waiting, kept.settings.fingerprints);
        Ok(())
    }

    async fn read(
        &self,
        version: Awaited,
        wanted: Fingerprints,
    ) -> (Awaited, Result<ContentOutcome, Failure>) {
        let outcome = match wanted {
            Fingerprints::Metadata => Ok(ContentOutcome::NotWanted),
            Fingerprints::Sha256 => self.digest(&version).await,
        };
        (version, outcome)
    }

    async fn digest(&self, version: &Awaited) -> Result<ContentOutcome, Failure> {
        let mut meter = self.facts.meter();
        let digests = self.remote.digest(version, &mut meter).await.map_err(Failure::Dropbox)?;
        if digests.content_hash.0 == version.content_hash {
            Ok(ContentOutcome::Sha256(digests.sha256))
        } else {
            Err(Failure::Different)
        }
    }

    async fn publish(&self, done: Vec<Done>) -> (Vec<Done>, Result<(), CommitError>) {
        let contents = done.iter().map(|done| done.read.clone()).collect();
        let committed = self.store.commit(Commit { contents, ..self.store.blank() }).await;
        (done, committed.map(drop))
    }

    async fn take(
        &self,
        turn: &mut Turn,
        version: &Awaited,
        outcome: Result<ContentOutcome, Failure>,
    ) {
        let failure = match outcome {
            Ok(outcome) => {
                self.facts.contents_go_on();
                return turn.done(version, outcome);
            }
            Err(failure) => failure,
        };
        self.log(version, &failure);
        match verdict(&failure, turn.failed(version)) {
            Verdict::Unavailable(reason) => {
                turn.done(version, ContentOutcome::Unavailable(reason.to_owned()));
            }
            Verdict::Later => {
                let delay = turn.postpone(version);
                if let Failure::Dropbox(Error {
                    kind: kind @ dropbox::ErrorKind::Transient(_),
                    ..
                }) = &failure
                {
                    self.rest(turn, kind.to_string(), delay);
                }
            }
            Verdict::Wait(asked) => {
                turn.free(version);
                self.wait_as_asked(turn, stretched(asked, (self.jitter)())).await;
            }
            Verdict::Rest => {
                turn.free(version);
                self.rest(turn, told(&failure), self.options.sweep_interval);
            }
            Verdict::End => {
                turn.free(version);
                self.leave_to_the_reader(turn, told(&failure));
            }
        }
    }

    fn acknowledge(&self, turn: &mut Turn, done: &[Done]) {
        for Done { read, bytes } in done {
            turn.published(read.version);
            self.facts.content_read(*bytes);
        }
        turn.look_again();
    }

    /// Nothing is lost: what was read waits here, and in the ledger as before.
    fn put_off(&self, turn: &mut Turn, done: Vec<Done>, error: &CommitError) {
        let ends = matches!(
            error,
            CommitError::UnknownSource | CommitError::Disconnected | CommitError::LeaseLost
        );
        turn.put_back(done);
        if ends {
            return self.leave_to_the_reader(turn, error.to_string());
        }
        let delay = turn.backoff();
        self.rest(turn, error.to_string(), delay);
    }

    /// Whoever reads the listing finds the same, and ends the work.
    fn leave_to_the_reader(&self, turn: &mut Turn, reason: String) {
        self.calls.look_at_everything();
        self.rest(turn, reason, self.options.sweep_interval);
    }

    /// Nothing is begun for a while. What is under way goes on.
    fn rest(&self, turn: &mut Turn, reason: String, delay: Duration) {
        turn.rest(Instant::now() + delay);
        self.facts.contents_fail(reason, Timestamp::now() + delay);
    }

    async fn wait_as_asked(&self, turn: &mut Turn, delay: Duration) {
        turn.rest(Instant::now() + delay);
        let reason = "Dropbox asked to wait before the next request".to_owned();
        let step = Step::new(StepKind::Waited, format!("{reason}: {} s.", delay.as_secs()));
        if let Err(error) = self.store.note(step).await {
            tracing::debug!(sync.id = %self.source, %error, "A step isn't remembered");
        }
        self.facts.contents_wait(Timestamp::now() + delay, reason);
    }

    fn log(&self, version: &Awaited, failure: &Failure) {
        let (sync_id, revision) = (self.source, &version.revision);
        match failure {
            Failure::Dropbox(error) => {
                tracing::debug!(sync.id = %sync_id, revision, %error, "Content wasn't read");
            }
            Failure::Different => {
                tracing::warn!(sync.id = %sync_id, revision, "Content isn't what was declared");
            }
        }
    }
}

fn told(failure: &Failure) -> String {
    match failure {
        Failure::Dropbox(error) => error.kind.to_string(),
        Failure::Different => "what came is not what was declared".to_owned(),
    }
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

/// Whether the same call may go on where the answer broke off.
fn broke_off(error: &Error) -> bool {
    let kind = &error.kind;
    matches!(
        kind,
        dropbox::ErrorKind::Transient(Interruption::Network(_) | Interruption::Silence(_))
    )
}
