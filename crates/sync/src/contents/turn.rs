//! Whose turn it is: versions that are being read, that failed, that come next.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use ledger::{Awaited, ContentOutcome, ContentRead, Fingerprints};
use tokio::time::Instant;

use super::{DOWNLOADS_MAX, Done, LONG_BYTES};
use crate::worker::Backoff;

/// What is known in memory. A process that begins knows nothing of it, and does the same again.
pub(super) struct Turn {
    wanted: Fingerprints,
    candidates: VecDeque<Awaited>,
    /// Whether there may be others than those.
    may_have_more: bool,
    /// Versions that are being read, or were read and aren't published yet, by their length.
    busy: HashMap<u64, u64>,
    failures: HashMap<u64, Failures>,
    done: Vec<Done>,
    rests_until: Option<Instant>,
    backoff: Backoff,
}

struct Failures {
    backoff: Backoff,
    until: Instant,
}

impl Turn {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self {
            wanted: Fingerprints::Metadata,
            candidates: VecDeque::new(),
            may_have_more: true,
            busy: HashMap::new(),
            failures: HashMap::new(),
            done: Vec::new(),
            rests_until: None,
            backoff,
        }
    }

    pub(super) fn wanted(&self) -> Fingerprints {
        self.wanted
    }

    /// Whether nothing is being read or published.
    pub(super) fn is_idle(&self) -> bool {
        self.busy.is_empty()
    }

    pub(super) fn wants_candidates(&self) -> bool {
        self.may_have_more && !self.candidates.iter().any(|version| self.has_turn(version))
    }

    /// The longest content that may be begun now.
    pub(super) fn bytes_max(&self) -> u64 {
        let long = self.busy.values().filter(|bytes| **bytes > LONG_BYTES).count();
        if long + 1 < DOWNLOADS_MAX { u64::MAX } else { LONG_BYTES }
    }

    pub(super) fn offer(&mut self, candidates: Vec<Awaited>, wanted: Fingerprints) {
        let still: HashSet<_> = candidates.iter().map(|version| version.id).collect();
        self.failures.retain(|version, _| still.contains(version));
        self.candidates = candidates.into();
        self.may_have_more = false;
        self.wanted = wanted;
    }

    pub(super) fn next(&mut self) -> Option<Awaited> {
        let at = self.candidates.iter().position(|version| self.has_turn(version))?;
        let version = self.candidates.remove(at)?;
        self.busy.insert(version.id, version.bytes);
        Some(version)
    }

    fn has_turn(&self, version: &Awaited) -> bool {
        let failed = self.failures.get(&version.id);
        !self.busy.contains_key(&version.id)
            && version.bytes <= self.bytes_max()
            && failed.is_none_or(|failed| failed.until <= Instant::now())
    }

    /// Something may wait that was not seen before.
    pub(super) fn look_again(&mut self) {
        self.candidates.clear();
        self.may_have_more = true;
    }

    pub(super) fn done(&mut self, version: &Awaited, outcome: ContentOutcome) {
        self.failures.remove(&version.id);
        self.backoff.reset();
        let read = ContentRead { version: version.id, outcome };
        self.done.push(Done { read, bytes: version.bytes });
    }

    pub(super) fn has_done(&self) -> bool {
        !self.done.is_empty() && !self.rests()
    }

    pub(super) fn take_done(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.done)
    }

    pub(super) fn put_back(&mut self, done: Vec<Done>) {
        self.done.extend(done);
    }

    pub(super) fn published(&mut self, version: u64) {
        self.busy.remove(&version);
    }

    /// It is not being read any more.
    pub(super) fn free(&mut self, version: &Awaited) {
        self.busy.remove(&version.id);
        self.look_again();
    }

    /// Counts a failure of a version, and says how many there were.
    pub(super) fn failed(&mut self, version: &Awaited) -> u32 {
        let backoff = self.backoff.anew();
        let failures = self.failures.entry(version.id);
        let failures = failures.or_insert(Failures { backoff, until: Instant::now() });
        failures.until = Instant::now() + failures.backoff.next();
        failures.backoff.count()
    }

    /// A version that failed comes later; says how long nothing should be begun, if it isn't the
    /// version's own fault.
    pub(super) fn postpone(&mut self, version: &Awaited) -> Duration {
        self.free(version);
        self.backoff.next()
    }

    pub(super) fn backoff(&mut self) -> Duration {
        self.backoff.next()
    }

    pub(super) fn rest(&mut self, until: Instant) {
        self.rests_until = self.rests_until.max(Some(until));
    }

    pub(super) fn rests(&self) -> bool {
        self.rests_until.is_some_and(|until| until > Instant::now())
    }

    /// When to look again, if there is such a moment.
    pub(super) fn due(&self) -> Option<Instant> {
        let now = Instant::now();
        let rest = self.rests_until.filter(|until| *until > now);
        let failed = self.failures.values().map(|failed| failed.until).filter(|at| *at > now);
        rest.or_else(|| failed.min())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn() -> Turn {
        let (first, max) = (Duration::from_secs(1), Duration::from_mins(1));
        Turn::new(Backoff::new(first, max, || 1.0))
    }

    fn version(id: u64, bytes: u64) -> Awaited {
        Awaited { id, revision: format!("r{id}"), content_hash: [0; 32], bytes }
    }

    #[tokio::test]
    async fn long_contents_leave_a_lane_for_short_ones() {
        let mut turn = turn();
        let long = (1..=5).map(|id| version(id, LONG_BYTES + 1));
        turn.offer(long.chain([version(6, 1)]).collect(), Fingerprints::Sha256);
        let begun: Vec<_> = std::iter::from_fn(|| turn.next()).map(|version| version.id).collect();
        assert_eq!(begun, [1, 2, 3, 6]);
        turn.published(2);
        assert_eq!(turn.next().map(|version| version.id), Some(4));
    }

    #[tokio::test(start_paused = true)]
    async fn version_that_failed_comes_later_and_later_and_others_meanwhile() {
        let mut turn = turn();
        let both = || vec![version(2, 1), version(1, 1)];
        turn.offer(both(), Fingerprints::Sha256);
        let first = turn.next().unwrap();
        assert_eq!((first.id, turn.failed(&first)), (2, 1));
        turn.postpone(&first);
        turn.offer(both(), Fingerprints::Sha256);
        assert_eq!(turn.next().map(|version| version.id), Some(1));
        assert_eq!(turn.next(), None);
        tokio::time::sleep_until(turn.due().unwrap()).await;
        turn.offer(both(), Fingerprints::Sha256);
        assert_eq!(turn.next().map(|version| version.id), Some(2));
        assert_eq!(turn.failed(&first), 2);
        assert_eq!(turn.due(), Some(Instant::now() + Duration::from_secs(2)));
    }
}
