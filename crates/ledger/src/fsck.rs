//! Checking everything that is stored against everything that it follows from, without changing
//! anything: entries, tiles and checkpoints against the root that was signed, every event against
//! its entry, assets against their events, indexes against what they index.
//!
//! Most of it is read once, in order, in jobs that run side by side, each on a connection of its
//! own. An index is compared with what it should hold by a sum over its rows, which needs no
//! memory and no order; only where two sums differ are the rows looked up one by one. Rows behind
//! the head that the check began with are left alone, so it may run beside an instance.
//!
//! Deliberately not here: mending, which is [`crate::rebuild`]'s, and what only a source knows
//! (a file's present name and place).

mod events;
mod indexes;
mod log;
mod tally;

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tlog::{Hash, VerifierKey};

use crate::error::{OpenError, StoreError};
use crate::location::Location;
use crate::store;
use crate::store::db::Db;
use crate::store::log::{self as rows, HeadRow};
use tally::Tally;

/// The most findings that are listed; there may be more.
pub const FINDINGS_MAX: usize = 1_000;
/// How many events one job checks.
const JOB_EVENTS: u64 = 8_192;
/// More threads than this would only queue at the disk.
const THREADS_MAX: usize = 8;

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Fsck {
    /// How many entries the log has.
    pub entries: u64,
    /// How many checkpoints were checked.
    pub checkpoints: u64,
    /// The root over all entries, as it is stored.
    pub root: Option<Hash>,
    /// The key that entry 0 names, with which the checkpoints were verified.
    pub key: Option<VerifierKey>,
    /// What is wrong, up to [`FINDINGS_MAX`] of it.
    pub findings: Vec<Finding>,
    /// How much more is wrong.
    pub unlisted: u64,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where, in the words of the open formats.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
    /// What mends it.
    pub repair: Repair,
}

/// What mends a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// It follows from the entries and rows that are left, and [`crate::rebuild`] makes it again.
    Rebuild,
    /// It cannot be had from anything else here: a copy has it, or nobody has.
    Restore,
}

impl Fsck {
    /// Whether everything is as it should be.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Adds a finding, or counts it.
    fn add(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// Told now and then how many of how many steps are done. Steps take about the same time.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// One part of the check.
enum Job {
    Log,
    Assets,
    Lookup,
    ItemKeys,
    Items,
    Recorded,
    Events(std::ops::Range<u64>),
}

/// Where a check begins: nothing behind it is looked at.
struct Start {
    size: u64,
    head: Option<HeadRow>,
}

/// What the jobs share.
struct Pass<'a> {
    at: &'a Location,
    start: &'a Start,
    jobs: Mutex<VecDeque<Job>>,
    outcome: Mutex<Outcome>,
    done: AtomicU64,
    total: u64,
    progress: Progress<'a>,
}

/// What the jobs found out together.
#[derive(Default)]
struct Outcome {
    report: Fsck,
    sums: Sums,
}

/// Each index as its table has it, and as it should be.
#[derive(Clone, Copy, Default)]
struct Sums {
    lookup: Tally,
    lookup_expected: Tally,
    item_keys: Tally,
    item_keys_expected: Tally,
}

/// Checks a data directory. Nothing is written, and no key is needed.
pub fn fsck(at: impl Into<Location>, progress: Progress<'_>) -> Result<Fsck, OpenError> {
    let at = &at.into();
    let db = store::open_to_check(at)?;
    let failed = |source| OpenError::Store { place: at.to_string(), source };
    let mut outcome = Outcome::default();
    // One moment for both: what the head says and what there is.
    let start = db.on_one_state(|db| Start::read(db, &mut outcome.report)).flatten();
    let start = start.map_err(failed)?;
    let jobs = jobs(start.size);
    let pass = Pass {
        at,
        start: &start,
        total: jobs.len() as u64,
        jobs: Mutex::new(jobs),
        outcome: Mutex::new(outcome),
        done: AtomicU64::new(0),
        progress,
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(THREADS_MAX) {
            scope.spawn(|| pass.work());
        }
    });
    let mut outcome = pass.outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
    indexes::compare(&db, &start, &outcome.sums, &mut outcome.report).map_err(failed)?;
    Ok(outcome.report)
}

/// The same on one connection, for tests that change a row and take the change back: job after
/// job, until one finds something.
#[cfg(test)]
pub(crate) fn fsck_on(db: &Db) -> Result<Fsck, StoreError> {
    let Outcome { mut report, mut sums } = Outcome::default();
    let start = Start::read(db, &mut report)?;
    for job in jobs(start.size) {
        if !report.is_clean() {
            return Ok(report);
        }
        run(db, &start, job, &mut report, &mut sums)?;
    }
    indexes::compare(db, &start, &sums, &mut report)?;
    Ok(report)
}

impl Start {
    /// The head, held against how many entries there are.
    fn read(db: &Db, report: &mut Fsck) -> Result<Self, StoreError> {
        let head = readable(rows::head(db), || "the head".to_owned(), report)?.flatten();
        if head.is_none() && report.is_clean() {
            report.add(rebuild("the head", "it is missing"));
        }
        let (end, count) = (store::fsck::entry_end(db)?, store::fsck::entry_count(db)?);
        let counted = head.as_ref().map_or(count, |head| head.size);
        if counted != end || counted != count {
            let problem = format!("it counts {counted} entries; there are {count}, up to {end}");
            report.add(restore("the head", problem));
        }
        // A damaged number must not send the check through indexes that no entry ever had.
        let size = if counted <= end { counted.min(count + FINDINGS_MAX as u64) } else { count };
        report.entries = size;
        Ok(Self { size, head })
    }
}

/// The long ones first, so that the threads end together.
fn jobs(size: u64) -> VecDeque<Job> {
    let mut jobs = VecDeque::from([
        Job::Log,
        Job::Recorded,
        Job::Items,
        Job::Assets,
        Job::Lookup,
        Job::ItemKeys,
    ]);
    let mut first = 1;
    while first < size {
        let end = size.min(first + JOB_EVENTS);
        jobs.push_back(Job::Events(first..end));
        first = end;
    }
    jobs
}

impl Pass<'_> {
    /// What one thread does: job after job, until none is left.
    fn work(&self) {
        let db = match store::open_to_check(self.at) {
            Ok(db) => db,
            Err(error) => return self.add_unopened(&error),
        };
        loop {
            let job = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(job) = job else { return };
            let (mut report, mut sums) = (Fsck::default(), Sums::default());
            let outcome = run(&db, self.start, job, &mut report, &mut sums);
            self.add(report, outcome.map(|()| sums));
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            (self.progress)(done, self.total);
        }
    }

    /// A thread that could not open the store is told like one that could not read it.
    fn add_unopened(&self, error: &OpenError) {
        let mut all = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
        all.report.add(restore("the database", format!("{error}{}", cause.unwrap_or_default())));
    }

    /// Takes in what a job found. A store that fails is a finding, too.
    fn add(&self, found: Fsck, outcome: Result<Sums, StoreError>) {
        let mut all = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        all.report.checkpoints += found.checkpoints;
        all.report.unlisted += found.unlisted;
        all.report.root = all.report.root.or(found.root);
        all.report.key = all.report.key.take().or(found.key);
        for finding in found.findings {
            all.report.add(finding);
        }
        match outcome {
            Ok(sums) => all.sums.add(&sums),
            Err(error) => all.report.add(unreadable(&error)),
        }
    }
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.lookup.add(other.lookup);
        self.lookup_expected.add(other.lookup_expected);
        self.item_keys.add(other.item_keys);
        self.item_keys_expected.add(other.item_keys_expected);
    }
}

fn run(
    db: &Db,
    start: &Start,
    job: Job,
    report: &mut Fsck,
    sums: &mut Sums,
) -> Result<(), StoreError> {
    match job {
        Job::Log => log::check(db, start, report),
        Job::Events(range) => events::check(db, range, report, &mut sums.lookup_expected),
        Job::Assets => indexes::check_assets(db, start.size, report),
        Job::Recorded => indexes::check_recorded(db, start.size, report),
        Job::Lookup => indexes::sum_lookup(db, start.size, &mut sums.lookup),
        Job::ItemKeys => indexes::sum_item_keys(db, &mut sums.item_keys),
        Job::Items => indexes::sum_items(db, report, &mut sums.item_keys_expected),
    }
}

/// The store did not give back what it was given.
fn unreadable(error: &StoreError) -> Finding {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    restore("the database", format!("{error}{}", cause.unwrap_or_default()))
}

fn restore(place: impl Into<String>, problem: impl Into<String>) -> Finding {
    Finding { place: place.into(), problem: problem.into(), repair: Repair::Restore }
}

fn rebuild(place: impl Into<String>, problem: impl Into<String>) -> Finding {
    Finding { place: place.into(), problem: problem.into(), repair: Repair::Rebuild }
}

/// Reads a row, or says what is wrong with its place. Only a store that fails is an error.
fn readable<T>(
    row: Result<T, StoreError>,
    place: impl FnOnce() -> String,
    report: &mut Fsck,
) -> Result<Option<T>, StoreError> {
    use rusqlite::Error as E;
    match row {
        Ok(row) => Ok(Some(row)),
        Err(StoreError::Database(
            E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..)
            | E::Utf8Error(..),
        )) => {
            report.add(restore(place(), "a column holds what it never holds"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
