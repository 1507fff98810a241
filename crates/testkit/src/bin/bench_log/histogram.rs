//! Times, and which of them so many percent stay below.

use std::time::Duration;

/// Every time that was measured: a few million are a few megabytes.
#[derive(Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// "median 1.2 ms, 99 % 3.4 ms, 99.9 % 5.6 ms, longest 7.8 ms"
    pub(crate) fn summary(&mut self) -> String {
        self.0.sort_unstable();
        let at = |per_mille: usize| {
            let place = (self.0.len() * per_mille / 1000).min(self.0.len().saturating_sub(1));
            in_words(self.0.get(place).copied().unwrap_or_default())
        };
        format!("median {}, 99 % {}, 99.9 % {}, longest {}", at(500), at(990), at(999), at(1000))
    }
}

/// Milliseconds, or microseconds where those say more.
pub(crate) fn in_words(time: Duration) -> String {
    let microseconds = time.as_secs_f64() * 1e6;
    if microseconds < 1_000.0 {
        return format!("{microseconds:.0} µs");
    }
    format!("{:.1} ms", microseconds / 1e3)
}
