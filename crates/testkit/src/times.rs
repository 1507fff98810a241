//! Times, and which of them so many percent stay below.

use std::time::Duration;

/// Every time that was measured: a few million are a few megabytes.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Takes one more.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Takes all of another's.
    pub fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The longest; zero where there is none.
    pub fn longest(&self) -> Duration {
        self.0.iter().max().copied().unwrap_or_default()
    }

    /// "median 1.2 ms, 99 % 3.4 ms, 99.9 % 5.6 ms, longest 7.8 ms"
    pub fn summary(&mut self) -> String {
        self.0.sort_unstable();
        let at = |per_mille: usize| {
            let place = (self.0.len() * per_mille / 1000).min(self.0.len().saturating_sub(1));
            in_words(self.0.get(place).copied().unwrap_or_default())
        };
        format!("median {}, 99 % {}, 99.9 % {}, longest {}", at(500), at(990), at(999), at(1000))
    }
}

/// Milliseconds, or microseconds where those say more.
pub fn in_words(time: Duration) -> String {
    let microseconds = time.as_secs_f64() * 1e6;
    if microseconds < 1_000.0 {
        return format!("{microseconds:.0} µs");
    }
    format!("{:.1} ms", microseconds / 1e3)
}

/// How many there were in a second.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people, far below 2^52"
)]
pub fn per_second(count: u64, took: Duration) -> u64 {
    (count as f64 / took.as_secs_f64()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_says_what_so_many_percent_stay_below() {
        let mut times = Times::default();
        (0..1_000).rev().for_each(|n| times.add(Duration::from_micros(n * 100)));
        let expected = "median 50.0 ms, 99 % 99.0 ms, 99.9 % 99.9 ms, longest 99.9 ms";
        assert_eq!(times.summary(), expected);
        assert_eq!(Times::default().summary(), "median 0 µs, 99 % 0 µs, 99.9 % 0 µs, longest 0 µs");
    }
}
