//! What is known about a running integration that no row tells: kept in memory, told to watchers.
//!
//! The worker of the integration is the only one that writes; everybody else reads copies.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::contents::Meter;
use crate::health::{HealthChange, State};
use crate::reader::progress::Progress;
use crate::reconcile::Phase;

/// The facts about one integration. Cheap to clone; all clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    subject: HealthChange,
    watchers: broadcast::Sender<HealthChange>,
    facts: Mutex<Snapshot>,
    /// Bytes of contents that have come and aren't published yet.
    arriving: Arc<AtomicU64>,
}

/// The facts at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// What the worker is doing.
    pub(crate) state: State,
    pub(crate) last_change_seen: Option<Timestamp>,
    pub(crate) last_checked: Option<Timestamp>,
    /// From the last change at Dropbox until it was signed here.
    pub(crate) lag: Option<Duration>,
    /// When the listing under way was taken up, and how many files were recorded then.
    began: Option<(Instant, u64)>,
    /// Since when nothing has succeeded.
    failing_since: Option<Timestamp>,
    /// Contents that were read and published since last none waited, and their bytes.
    pub(crate) contents_read: u64,
    pub(crate) content_bytes_published: u64,
    /// These, and what has come of others.
    pub(crate) content_bytes_read: u64,
    /// What keeps contents from being read.
    pub(crate) contents_trouble: Option<State>,
}

impl Snapshot {
    /// Files a second since the listing under way was taken up.
    pub(crate) fn files_per_second(&self) -> Option<f64> {
        let State::Scanning { recorded, .. } = self.state else { return None };
        let (since, before) = self.began?;
        let seconds = since.elapsed().as_secs_f64();
        let files = u32::try_from(recorded.saturating_sub(before)).unwrap_or(u32::MAX);
        (seconds >= 1.0 && files > 0).then(|| f64::from(files) / seconds)
    }

    /// How long the listing will take at this rate.
    pub(crate) fn seconds_left(&self) -> Option<u64> {
        let State::Scanning { recorded, total: Some(total), .. } = self.state else { return None };
        let left = u32::try_from(total.saturating_sub(recorded)).unwrap_or(u32::MAX);
        let seconds = f64::from(left) / self.files_per_second()?;
        Some(Duration::try_from_secs_f64(seconds).ok()?.as_secs())
    }
}

impl Facts {
    pub(crate) fn new(subject: HealthChange, watchers: broadcast::Sender<HealthChange>) -> Self {
        let facts = Mutex::new(Snapshot {
            state: State::Scanning { seen: 0, recorded: 0, total: None },
            last_change_seen: None,
            last_checked: None,
            lag: None,
            began: None,
            failing_since: None,
            contents_read: 0,
            content_bytes_published: 0,
            content_bytes_read: 0,
            contents_trouble: None,
        });
        let arriving = Arc::default();
        Self { shared: Arc::new(Shared { subject, watchers, facts, arriving }) }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut facts = self.lock().clone();
        let arriving = self.shared.arriving.load(Ordering::Relaxed);
        facts.content_bytes_read = facts.content_bytes_published + arriving;
        facts
    }

    /// Reading begins, or goes on from here.
    pub(crate) fn reading(&self, progress: Option<&Progress>) {
        match progress {
            Some(progress) if progress.is_complete() => {}
            Some(progress) => self.scanning(progress, 0),
            None => self.scanning(&Progress::default(), 0),
        }
    }

    /// A page of a listing is in hand, with this many files.
    pub(crate) fn scanning(&self, progress: &Progress, files: u64) {
        let recorded = progress.recorded();
        let (seen, total) = (recorded + files, progress.expected());
        self.change(|facts| {
            facts.began.get_or_insert_with(|| (Instant::now(), recorded));
            facts.state = State::Scanning { seen, recorded, total };
        });
    }

    /// A page is recorded.
    pub(crate) fn recorded(
        &self,
        progress: &Progress,
        phase: Phase,
        something: bool,
        newest: Option<Timestamp>,
    ) {
        self.lock().failing_since = None;
        match phase {
            Phase::Listing => self.scanning(progress, 0),
            Phase::Changes if something => {
                let now = Timestamp::now();
                self.change(|facts| {
                    facts.last_change_seen = Some(now);
                    // Clocks differ: what Dropbox dates into the future took no time.
                    let lag = |newest| Duration::try_from(now.duration_since(newest));
                    facts.lag = newest.map(|newest| lag(newest).unwrap_or_default());
                });
            }
            Phase::Changes => {}
        }
    }

    /// Everything that Dropbox told is recorded.
    pub(crate) fn up_to_date(&self) {
        self.change(|facts| {
            facts.state = State::UpToDate;
            facts.began = None;
            facts.last_checked = Some(Timestamp::now());
            facts.failing_since = None;
        });
    }

    /// Dropbox wants to be left alone.
    pub(crate) fn waiting(&self, until: Timestamp, reason: String) {
        self.change(|facts| facts.state = State::Waiting { until, reason });
    }

    /// Something failed, perhaps not for the first time.
    pub(crate) fn failed(&self, reason: String, next_try: Timestamp) {
        self.change(|facts| {
            let since = *facts.failing_since.get_or_insert_with(Timestamp::now);
            facts.state = State::Failed { reason, since, next_try };
        });
    }

    /// What counts the bytes of a content as they come.
    pub(crate) fn meter(&self) -> Meter {
        Meter::new(Arc::clone(&self.shared.arriving))
    }

    /// A content of so many bytes was read, and its version is published.
    pub(crate) fn content_read(&self, bytes: u64) {
        self.change(|facts| {
            facts.contents_read += 1;
            facts.content_bytes_published += bytes;
        });
    }

    /// Contents come.
    pub(crate) fn contents_go_on(&self) {
        self.lock().contents_trouble = None;
    }

    /// No content waits any more.
    pub(crate) fn contents_are_read(&self) {
        let mut facts = self.lock();
        (facts.contents_read, facts.content_bytes_published) = (0, 0);
        facts.contents_trouble = None;
    }

    /// Dropbox wants to be left alone before the next content.
    pub(crate) fn contents_wait(&self, until: Timestamp, reason: String) {
        self.change(|facts| facts.contents_trouble = Some(State::Waiting { until, reason }));
    }

    /// Contents can't be read, perhaps not for the first time.
    pub(crate) fn contents_fail(&self, reason: String, next_try: Timestamp) {
        self.change(|facts| {
            let since = match facts.contents_trouble {
                Some(State::Failed { since, .. }) => since,
                _ => Timestamp::now(),
            };
            facts.contents_trouble = Some(State::Failed { reason, since, next_try });
        });
    }

    /// Rows that health is made of have changed.
    pub(crate) fn announce(&self) {
        // Nobody watching is no failure.
        let _ = self.shared.watchers.send(self.shared.subject);
    }

    fn change(&self, change: impl FnOnce(&mut Snapshot)) {
        change(&mut self.lock());
        self.announce();
    }

    /// A panic elsewhere can't leave a snapshot half written: every change is one assignment.
    fn lock(&self) -> MutexGuard<'_, Snapshot> {
        self.shared.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
