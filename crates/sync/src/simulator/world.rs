//! One world: people at work in an account, replicas that follow it, and time going by.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ledger::{AssetId, Fingerprints, SourceId, SourceSettings, TenancyId};
use rand::RngExt;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::books::Books;
use super::double::Double;
use super::dropbox::Dropbox;
use super::fate::{Fate, Weather};
use super::judge::Judge;
use super::people::meddle;
use super::seams::{Line, Shelf};
use crate::engine::SyncOptions;
use crate::facts::Facts;
use crate::health::HealthChange;
use crate::rules::placed::{Placed, PlacedRule, Presence};
use crate::rules::{FolderId, Rule, Verdict};
use crate::worker::{Calls, Worker};

const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);
/// How often everything is checked without a report. Far more seldom than in earnest, so that
/// reports matter.
const SWEEP: Duration = Duration::from_hours(6);
/// How long people of a calm world wait until what they did has been read.
const CALM_PAUSE: Duration = Duration::from_hours(5);
/// So long after the last trouble everything must have been read.
const PEACE: Duration = Duration::from_hours(16);
/// How many days are lived between two looks of the judge.
const SESSION_DAYS: u32 = 10;

/// What kind of world it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) weather: Weather,
    /// People wait after each operation until it has been read, and the judge looks each time.
    pub(super) is_calm: bool,
    /// A real ledger has to agree.
    pub(super) has_double: bool,
    /// How many processes believe that the integration is theirs.
    pub(super) replicas: u32,
    /// What its owner wants recorded of contents.
    pub(super) fingerprints: Fingerprints,
    /// At which point the process ends, whatever the weather.
    pub(super) crash_at: Option<u64>,
}

/// What happened in a world.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) events: u64,
    /// Points at which a process could have ended.
    pub(super) points: u64,
    /// How often one did.
    pub(super) crashes: u64,
}

pub(super) struct World {
    seed: u64,
    kind: Kind,
    dropbox: Dropbox,
    books: Books,
    double: Option<Arc<Double>>,
    fate: Fate,
    /// How each process is told of notifications.
    calls: Vec<Arc<Calls>>,
    running: Vec<(CancellationToken, JoinHandle<()>)>,
    /// Rules that were taken away for a while.
    unlinked: Option<PlacedRule>,
    /// Files by the assets that they must be on, where a person would be sure.
    expected: HashMap<String, AssetId>,
}

impl World {
    pub(super) fn new(seed: u64, kind: Kind, with_diary: bool) -> Self {
        JITTER.set(seed);
        let books = Books::new();
        let dropbox = Dropbox::new(seed, books.clone(), with_diary);
        let placed = first_rules(&dropbox);
        let settings =
            SourceSettings { fingerprints: kind.fingerprints, ..SourceSettings::default() };
        books.rows().placed = placed.clone();
        books.rows().settings = settings;
        let double = kind.has_double.then(|| Arc::new(Double::new(&placed, settings)));
        let fate = Fate::new(seed, kind.weather, kind.crash_at);
        let calls = (0..kind.replicas).map(|_| Arc::default()).collect();
        let (unlinked, expected, running) = (None, HashMap::new(), Vec::new());
        Self { seed, kind, dropbox, books, double, fate, calls, running, unlinked, expected }
    }

    /// Lives for so many days, and says what happened in them.
    pub(super) async fn live(mut self, days: u32) -> Tally {
        self.start();
        for day in 1..=days {
            self.live_a_day().await;
            if day % SESSION_DAYS == 0 || day == days {
                self.settle().await;
                self.check();
            }
        }
        self.stop().await;
        let events = self.books.rows().events.len();
        if let Some(double) = &self.double {
            double.check_log(self.seed, events);
        }
        let (points, crashes) = self.fate.tally();
        Tally { events: events as u64, points, crashes }
    }

    async fn live_a_day(&mut self) {
        let ends = Instant::now() + DAY;
        self.reconnect().await;
        if self.chance(0.04) {
            self.choose_rules().await;
        }
        if self.chance(0.1) {
            self.calls.iter().for_each(|calls| calls.look_at_unrecorded());
        }
        let operations =
            self.dropbox.state().rng.random_range(0..if self.kind.is_calm { 4 } else { 8 });
        for _ in 0..operations {
            meddle(&mut self.dropbox.state());
            self.notify();
            if self.kind.is_calm {
                self.wait_and_check().await;
            } else {
                self.pause().await;
            }
        }
        sleep_until(ends).await;
    }

    /// Dropbox tells of a change: not at all, once or again and again, at once or late.
    fn notify(&self) {
        for late in self.fate.notifications() {
            let calls = self.calls.clone();
            tokio::spawn(async move {
                sleep(late).await;
                for calls in &*calls {
                    calls.look_for_changes();
                }
            });
        }
    }

    /// People work in bursts.
    async fn pause(&self) {
        let pause_ms = {
            let rng = &mut self.dropbox.state().rng;
            let longest_ms = [1, 1, 3_000, 3_000, 600_000, 7_200_000][rng.random_range(0..6)];
            rng.random_range(0..longest_ms)
        };
        if pause_ms > 0 {
            sleep(Duration::from_millis(pause_ms)).await;
        }
    }

    async fn wait_and_check(&mut self) {
        sleep(CALM_PAUSE).await;
        let replaced = self.dropbox.state().replaced.take();
        let state = self.dropbox.state();
        let judge = Judge::new(self.seed, &state, &self.books, self.kind.weather);
        judge.check_calm(replaced, &mut self.expected);
    }

    /// Nothing happens and nothing fails until everything must have been read.
    async fn settle(&mut self) {
        self.fate.set_peaceful(true);
        self.reconnect().await;
        sleep(PEACE).await;
    }

    fn check(&self) {
        {
            let rules = self.books.rows().placed.to_text();
            let mut state = self.dropbox.state();
            state.note(|| format!("the judge comes; the rules are {rules}"));
            let judge = Judge::new(self.seed, &state, &self.books, self.kind.weather);
            judge.check_all();
            if let Some(double) = &self.double {
                double.check(self.seed, &judge.rows);
            }
        }
        self.fate.set_peaceful(false);
    }

    /// Unlinks a folder, or links it again. Where it has taken the place of another linked one meanwhile, it is
    /// linked, and nobody can choose it twice.
    async fn choose_rules(&mut self) {
        self.stop().await;
        let mut rules: Vec<_> = self.books.rows().placed.iter().cloned().collect();
        match self.unlinked.take() {
            Some(unlinked) => {
                let folder = &unlinked.rule.folder;
                if rules.iter().all(|placed| placed.rule.folder != *folder) {
                    rules.push(unlinked);
                }
            }
            None => self.unlinked = Some(rules.remove(0)),
        }
        self.list_afresh(&Placed::new(rules));
        self.dropbox.state().note_linked();
        self.start();
        if self.kind.is_calm {
            sleep(CALM_PAUSE).await;
            self.expected.clear();
        }
    }

    /// Connects the account again if somebody ended the link.
    async fn reconnect(&mut self) {
        if self.books.rows().is_connected {
            return;
        }
        self.stop().await;
        self.books.rows().is_connected = true;
        if let Some(double) = &self.double {
            double.reconnect();
        }
        let placed = self.books.rows().placed.clone();
        self.list_afresh(&placed);
        self.start();
    }

    fn list_afresh(&self, placed: &Placed) {
        let progress = self.books.rows().progress.clone().unwrap_or_default().afresh(placed);
        self.books.set_rules(placed, &progress);
        if let Some(double) = &self.double {
            double.set_rules(placed, &progress);
        }
    }

    fn start(&mut self) {
        for calls in self.calls.clone() {
            let stopping = CancellationToken::new();
            let fate = self.fate.of_another();
            let line = Line { dropbox: self.dropbox.clone(), fate: fate.clone() };
            let (books, double) = (self.books.clone(), self.double.clone());
            let replica = Replica {
                line,
                shelf: Shelf { books, double, fate: fate.clone(), lease: 0 },
                fate,
                calls,
                is_calm: self.kind.is_calm,
            };
            let stopped = stopping.clone();
            let task = tokio::spawn(async move {
                stopped.run_until_cancelled(replica.live_again_and_again()).await;
            });
            self.running.push((stopping, task));
        }
    }

    async fn stop(&mut self) {
        for (stopping, task) in self.running.drain(..) {
            stopping.cancel();
            task.await.unwrap();
        }
    }

    fn chance(&self, likelihood: f64) -> bool {
        self.dropbox.state().rng.random_bool(likelihood)
    }
}

/// One process that believes that the integration is its own.
struct Replica {
    line: Line,
    shelf: Shelf,
    fate: Fate,
    calls: Arc<Calls>,
    is_calm: bool,
}

impl Replica {
    /// Is started again whenever it ends. One that lost its lease leaves the integration to the
    /// other for a while, and for as long as there is peace.
    async fn live_again_and_again(mut self) {
        loop {
            self.shelf.lease = self.shelf.books.rows().take_lease();
            let worker = self.worker();
            tokio::select! {
                biased;
                () = self.fate.crash() => self.note("crash"),
                () = worker.run() => {
                    self.note("no work");
                    self.stay_away().await;
                }
            }
            sleep(self.fate.downtime() + Duration::from_millis(1)).await;
        }
    }

    fn worker(&self) -> Worker<Line, Shelf> {
        Worker {
            remote: self.line.clone(),
            store: self.shelf.clone(),
            source: SourceId::from(Uuid::nil()),
            facts: facts(),
            calls: Arc::clone(&self.calls),
            options: options(self.is_calm),
            jitter,
        }
    }

    async fn stay_away(&self) {
        if self.shelf.books.rows().is_leased(self.shelf.lease) {
            return;
        }
        sleep(self.fate.exile()).await;
        while self.fate.is_peaceful() {
            sleep(HOUR).await;
        }
    }

    fn note(&self, what: &str) {
        self.line.dropbox.state().note(|| format!("{what}, lease {}", self.shelf.lease));
    }
}

fn options(is_calm: bool) -> SyncOptions {
    SyncOptions {
        sweep_interval: if is_calm { CALM_PAUSE / 2 } else { SWEEP },
        longpoll_timeout: HOUR * 4,
        ..SyncOptions::default()
    }
}

/// `/d` and `/e` are linked, `/d/x` is excluded, `/d/x/in` is linked again.
fn first_rules(dropbox: &Dropbox) -> Placed {
    let state = dropbox.state();
    let rule = |path: &str, verdict| {
        let folder = FolderId::new(state.at(path).unwrap());
        let rule = Rule { folder, path: path.into(), verdict };
        PlacedRule { rule, path_key: path.into(), presence: Presence::Here }
    };
    let linked = ["/d", "/e", "/d/x/in"].map(|path| rule(path, Verdict::Include));
    Placed::new(linked.into_iter().chain([rule("/d/x", Verdict::Exclude)]).collect())
}

fn facts() -> Facts {
    let subject =
        HealthChange { tenancy: TenancyId::from(Uuid::nil()), source: SourceId::from(Uuid::nil()) };
    Facts::new(subject, broadcast::channel(1).0)
}

thread_local! {
    static JITTER: Cell<u64> = const { Cell::new(0) };
}

/// The same for the same seed, in the same order.
fn jitter() -> f64 {
    let next = JITTER.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    JITTER.set(next);
    f64::from(u32::try_from(next >> 32).unwrap()) / f64::from(u32::MAX)
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let diary = self.dropbox.state().diary.take().unwrap_or_default();
            eprintln!("{}\nSIMULATOR_SEED={} replays it with a diary", diary.join("\n"), self.seed);
        }
    }
}
