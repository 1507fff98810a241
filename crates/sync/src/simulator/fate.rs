//! What may happen to one replica at any call: the process ends, time goes by, the network or the
//! disk fails.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dropbox::{ErrorKind, Interruption};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::StatusCode;
use tokio::sync::Notify;
use tokio::time::sleep;

/// How long a call takes at most.
const LATENCY_MS_MAX: u64 = 1_500;
/// How long Dropbox may want to be left alone.
const PATIENCE_S_MAX: u64 = 3_600;
/// How long nobody starts the process again.
const DOWN_S_MAX: u64 = 6 * 3_600;
/// How long a process that lost its lease may stay away.
const EXILE_S_MAX: u64 = 3 * 3_600;

/// How likely trouble is, each from 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    /// A call fails, or a commit does, before or after it took effect.
    pub(super) fault: f64,
    /// The process ends, before or after a call.
    pub(super) crash: f64,
    /// A wait ends without telling of the change.
    pub(super) lost_report: f64,
    /// A wait tells of a change where there is none.
    pub(super) empty_report: f64,
    /// Somebody ends the link at Dropbox, at a call.
    pub(super) disconnection: f64,
    /// Content comes wrong.
    pub(super) wrong_content: f64,
    /// A notification of the webhook doesn't come.
    pub(super) lost_notification: f64,
}

/// One replica's.
#[derive(Clone)]
pub(super) struct Fate {
    lot: Arc<Mutex<Lot>>,
    crashed: Arc<Notify>,
}

struct Lot {
    rng: ChaCha8Rng,
    weather: Weather,
    is_peaceful: bool,
    /// How many points were passed at which the process could have ended.
    points: u64,
    crashes: u64,
    /// The one at which it ends, whatever the weather.
    crash_at: Option<u64>,
}

impl Fate {
    pub(super) fn new(seed: u64, weather: Weather, crash_at: Option<u64>) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(!seed);
        let lot = Lot { rng, weather, is_peaceful: false, points: 0, crashes: 0, crash_at };
        Self { lot: Arc::new(Mutex::new(lot)), crashed: Arc::new(Notify::new()) }
    }

    /// That of another process in the same weather.
    pub(super) fn of_another(&self) -> Self {
        Self { lot: Arc::clone(&self.lot), crashed: Arc::default() }
    }

    pub(super) fn is_peaceful(&self) -> bool {
        self.lot.lock().unwrap().is_peaceful
    }

    /// From now on everything succeeds, or may fail again.
    pub(super) fn set_peaceful(&self, is_peaceful: bool) {
        self.lot.lock().unwrap().is_peaceful = is_peaceful;
    }

    /// How many points were passed, and at how many the process ended.
    pub(super) fn tally(&self) -> (u64, u64) {
        let lot = self.lot.lock().unwrap();
        (lot.points, lot.crashes)
    }

    /// A point at which the process may end, and at which some time goes by.
    pub(super) async fn pass(&self) {
        let (ends, takes_ms) = {
            let lot = &mut *self.lot.lock().unwrap();
            lot.points += 1;
            let ends = lot.crash_at == Some(lot.points) || lot.happens(|weather| weather.crash);
            lot.crashes += u64::from(ends);
            let quick = lot.rng.random_bool(0.6);
            (ends, if quick { 0 } else { lot.rng.random_range(1..LATENCY_MS_MAX) })
        };
        if ends {
            self.crashed.notify_one();
            pending::<()>().await;
        }
        if takes_ms > 0 {
            sleep(Duration::from_millis(takes_ms)).await;
        }
    }

    /// Waits for the process to end.
    pub(super) async fn crash(&self) {
        self.crashed.notified().await;
    }

    pub(super) fn downtime(&self) -> Duration {
        let lot = &mut *self.lot.lock().unwrap();
        let long = !lot.is_peaceful && lot.rng.random_bool(0.1);
        Duration::from_secs(lot.rng.random_range(0..if long { DOWN_S_MAX } else { 5 }))
    }

    /// How long a process that lost its lease leaves the integration to the other.
    pub(super) fn exile(&self) -> Duration {
        let lot = &mut *self.lot.lock().unwrap();
        Duration::from_secs(lot.rng.random_range(1..EXILE_S_MAX))
    }

    /// How often a change is notified, and how late.
    pub(super) fn notifications(&self) -> Vec<Duration> {
        let lot = &mut *self.lot.lock().unwrap();
        if lot.happens(|weather| weather.lost_notification) {
            return Vec::new();
        }
        let late_s_max = [1, 10, 600][lot.rng.random_range(0..3)];
        let times = [1, 1, 1, 2, 5][lot.rng.random_range(0..5)];
        (0..times).map(|_| Duration::from_secs(lot.rng.random_range(0..late_s_max))).collect()
    }

    pub(super) fn content_is_wrong(&self) -> bool {
        self.lot.lock().unwrap().happens(|weather| weather.wrong_content)
    }

    /// What a call answers instead of the truth.
    pub(super) fn network_fault(&self, has_cursor: bool) -> Option<ErrorKind> {
        let lot = &mut *self.lot.lock().unwrap();
        if lot.happens(|weather| weather.disconnection) {
            return Some(ErrorKind::Disconnected);
        }
        if !lot.happens(|weather| weather.fault) {
            return None;
        }
        Some(match lot.rng.random_range(0..4) {
            0 if has_cursor => ErrorKind::CursorReset,
            0 | 1 => {
                let wait_s = lot.rng.random_range(1..PATIENCE_S_MAX);
                ErrorKind::RateLimited { retry_after: Duration::from_secs(wait_s) }
            }
            _ => ErrorKind::Transient(Interruption::Status(StatusCode::SERVICE_UNAVAILABLE)),
        })
    }

    pub(super) fn disk_fails(&self) -> bool {
        self.lot.lock().unwrap().happens(|weather| weather.fault)
    }

    pub(super) fn report_is_lost(&self) -> bool {
        self.lot.lock().unwrap().happens(|weather| weather.lost_report)
    }

    pub(super) fn report_is_empty(&self) -> bool {
        self.lot.lock().unwrap().happens(|weather| weather.empty_report)
    }
}

impl Lot {
    fn happens(&mut self, likelihood: impl Fn(&Weather) -> f64) -> bool {
        !self.is_peaceful && self.rng.random_bool(likelihood(&self.weather))
    }
}
