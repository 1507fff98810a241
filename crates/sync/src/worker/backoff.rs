//! How long to wait after failures: longer each time, up to a limit, and never in step with others.

use std::time::Duration;

/// Doublings beyond this would overflow before they meet any limit.
const DOUBLINGS_MAX: u32 = 20;

/// Counts failures in a row.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    max: Duration,
    failures: u32,
    jitter: fn() -> f64,
}

impl Backoff {
    /// The jitter gives something between 0 and 1.
    pub(crate) fn new(first: Duration, max: Duration, jitter: fn() -> f64) -> Self {
        Self { first, max, failures: 0, jitter }
    }

    /// The same before any failure.
    pub(crate) fn anew(&self) -> Self {
        Self { failures: 0, ..self.clone() }
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    pub(crate) fn count(&self) -> u32 {
        self.failures
    }

    /// Counts a failure and says how long to wait.
    pub(crate) fn next(&mut self) -> Duration {
        let delay = self.delay();
        self.failures = self.failures.saturating_add(1);
        delay
    }

    /// Anything up to the limit of this failure ("full jitter"): many that fail together come back
    /// spread over the whole time.
    pub(super) fn delay(&self) -> Duration {
        self.limit().mul_f64((self.jitter)())
    }

    fn limit(&self) -> Duration {
        self.first.saturating_mul(1 << self.failures.min(DOUBLINGS_MAX)).min(self.max)
    }
}

/// A time that somebody asked for, and up to a tenth more for a jitter of 1.
pub(crate) fn stretched(asked: Duration, jitter: f64) -> Duration {
    asked + asked.mul_f64(jitter / 10.0)
}

/// Between 0 and 1. Where the system has no randomness, everybody waits the full time.
pub(crate) fn random_fraction() -> f64 {
    getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_limit_and_start_over_after_a_success() {
        let mut backoff =
            Backoff::new(Duration::from_secs(1), Duration::from_mins(1), random_fraction);
        let limits: Vec<_> = (0..8)
            .map(|_| {
                let limit = backoff.limit();
                assert!(backoff.next() <= limit);
                limit.as_secs()
            })
            .collect();
        assert_eq!(limits, [1, 2, 4, 8, 16, 32, 60, 60]);
        backoff.reset();
        assert_eq!(backoff.limit(), Duration::from_secs(1));
    }

    #[test]
    fn countless_failures_overflow_nothing() {
        let mut backoff =
            Backoff::new(Duration::from_secs(1), Duration::from_mins(5), random_fraction);
        for _ in 0..1_000 {
            assert!(backoff.next() <= Duration::from_mins(5));
        }
    }

    #[test]
    fn wait_that_was_asked_for_is_never_cut_short() {
        let asked = Duration::from_secs(15);
        assert!((asked..=asked * 11 / 10).contains(&stretched(asked, random_fraction())));
    }
}
