//! What the benchmark is asked for.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};

/// The defaults are the figures that docs/benchmarks.md gives.
pub(crate) struct Arguments {
    /// Appends per second of the steady load.
    pub(crate) rate: u32,
    /// How long the steady load lasts.
    pub(crate) load: Duration,
    /// How many entries the large log gets.
    pub(crate) entries: u64,
    /// Where the data directories are made: on a disk, not in memory, or writing would be free.
    pub(crate) place: PathBuf,
    pub(crate) write: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn read() -> anyhow::Result<Self> {
        let mut arguments = Self {
            rate: 10_000,
            load: Duration::from_mins(1),
            entries: 10_000_000,
            place: "target".into(),
            write: None,
        };
        let mut words = std::env::args().skip(1);
        while let Some(flag) = words.next() {
            let value = words.next().with_context(|| format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--rate" => arguments.rate = value.parse()?,
                "--seconds" => arguments.load = Duration::from_secs(value.parse()?),
                "--entries" => arguments.entries = value.parse()?,
                "--place" => arguments.place = value.into(),
                "--write" => arguments.write = Some(value.into()),
                _ => bail!(
                    "{flag} is not known; known are --rate, --seconds, --entries, --place, --write"
                ),
            }
        }
        Ok(arguments)
    }
}
