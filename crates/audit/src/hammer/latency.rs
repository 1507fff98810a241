//! How long things took, without keeping each: counted in steps of about three per cent.

use std::time::Duration;

/// Steps from one power of two to the next.
const STEPS: u32 = 32;
const STEP_BITS: u32 = STEPS.ilog2();
/// Up to 2⁴⁰ microseconds, which is twelve days.
const BUCKETS: usize = (40 * STEPS) as usize;

/// Counts of durations.
#[derive(Clone, Debug)]
pub(super) struct Latencies {
    counts: Vec<u64>,
    count: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], count: 0 }
    }
}

impl Latencies {
    /// Counts one more.
    pub(super) fn record(&mut self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).max(1);
        if let Some(count) = self.counts.get_mut(bucket(us).min(BUCKETS - 1)) {
            *count += 1;
        }
        self.count += 1;
    }

    /// Counts all of another.
    pub(super) fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.count += other.count;
    }

    /// How many were counted.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The duration that this share of them didn't exceed, a step more at most.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are far below 2^52, and a share of one is not negative"
    )]
    pub(super) fn quantile(&self, share: f64) -> Duration {
        let wanted = ((self.count as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        found.map_or(Duration::ZERO, |at| Duration::from_micros(upper_end_us(at)))
    }
}

/// The power of two in front, and the five bits behind it.
fn bucket(us: u64) -> usize {
    let power = us.ilog2();
    let step = (us << (63 - power) << 1) >> (u64::BITS - STEP_BITS);
    (power * STEPS) as usize + usize::try_from(step).unwrap_or(0)
}

/// The longest duration that a bucket counts.
fn upper_end_us(bucket: usize) -> u64 {
    let (power, step) = (bucket / STEPS as usize, bucket % STEPS as usize);
    let step = step as u64 + 1;
    (1 << power) + ((step << power) >> STEP_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_within_a_step() {
        let mut latencies = Latencies::default();
        (1..=10_000_u64).for_each(|us| latencies.record(Duration::from_micros(us)));
        for (share, us) in [(0.5, 5_000_u128), (0.99, 9_900), (1.0, 10_000)] {
            let found = latencies.quantile(share).as_micros();
            assert!((us..=us + us / 16).contains(&found), "{share}: {found}");
        }
        assert_eq!(Latencies::default().quantile(0.5), Duration::ZERO);
    }

    #[test]
    fn every_duration_has_a_bucket_that_ends_behind_it() {
        for us in [1, 2, 3, 31, 32, 33, 1_000, 999_999, 1 << 39] {
            assert!(upper_end_us(bucket(us)) >= us, "{us}");
        }
        Latencies::default().record(Duration::MAX);
    }
}
