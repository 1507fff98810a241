//! What a reader did, and what all of them did together.

use std::time::Duration;

use super::HammerReport;
use super::latency::Latencies;
use crate::fetch::FetchError;
use crate::proofs::ProofsError;

/// How many failures and errors are told in words.
const SAMPLES_MAX: usize = 10;

/// Why a proof wasn't verified.
pub(super) enum Bad {
    Failure(String),
    Error(String),
}

/// What one reader did.
#[derive(Default)]
pub(super) struct Tally {
    latencies: Latencies,
    bytes: u64,
    proofs: u64,
    failures: u64,
    errors: u64,
    samples: Vec<String>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Proven,
    Failure,
    Error,
}

impl Tally {
    pub(super) fn count(&mut self, proven: Result<(), Bad>) -> Ended {
        let (ended, sample) = match proven {
            Ok(()) => (Ended::Proven, None),
            Err(Bad::Failure(what)) => (Ended::Failure, Some(what)),
            Err(Bad::Error(what)) => (Ended::Error, Some(what)),
        };
        match ended {
            Ended::Proven => self.proofs += 1,
            Ended::Failure => self.failures += 1,
            Ended::Error => self.errors += 1,
        }
        self.keep(sample);
        ended
    }

    fn keep(&mut self, samples: impl IntoIterator<Item = String>) {
        for sample in samples {
            if self.samples.len() < SAMPLES_MAX && !self.samples.contains(&sample) {
                self.samples.push(sample);
            }
        }
    }

    /// The same, with what was measured on the way.
    pub(super) fn with(self, latencies: Latencies, bytes: u64) -> Self {
        Self { latencies, bytes, ..self }
    }

    /// A reader that ended before its time.
    pub(super) fn lost(what: &str) -> Self {
        Self { errors: 1, samples: vec![what.to_owned()], ..Self::default() }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.latencies.add(&other.latencies);
        self.bytes += other.bytes;
        self.proofs += other.proofs;
        self.failures += other.failures;
        self.errors += other.errors;
        self.keep(other.samples);
    }

    pub(super) fn report(
        self,
        duration: Duration,
        readers: usize,
        sizes: (u64, u64),
    ) -> HammerReport {
        HammerReport {
            duration,
            readers,
            requests: self.latencies.count(),
            bytes: self.bytes,
            proofs: self.proofs,
            failures: self.failures,
            errors: self.errors,
            samples: self.samples,
            p50: self.latencies.quantile(0.50),
            p99: self.latencies.quantile(0.99),
            sizes,
        }
    }
}

impl From<FetchError> for Bad {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Flawed { .. } => Self::Failure(error.to_string()),
            FetchError::Unreachable(error) => Self::Error(error.to_string()),
        }
    }
}

impl From<ProofsError> for Bad {
    fn from(error: ProofsError) -> Self {
        match error {
            ProofsError::Fetch(error) => error.into(),
            ProofsError::OutOfTree { .. } => Self::Failure(error.to_string()),
        }
    }
}
