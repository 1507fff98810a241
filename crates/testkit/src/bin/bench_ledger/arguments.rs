//! What the benchmark is asked for.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};

/// The defaults are the figures that docs/benchmarks.md gives.
pub(crate) struct Arguments {
    /// The address of a `PostgreSQL` database to use instead of `SQLite`. Each part makes a schema there.
    pub(crate) database: Option<String>,
    /// Requests per second of a steady load.
    pub(crate) rate: u32,
    /// How long a load lasts.
    pub(crate) load: Duration,
    /// How many events the bulk load has.
    pub(crate) events: u64,
    /// How many fingerprints the index has while it is asked.
    pub(crate) fingerprints: u64,
    /// Measures only the pauses, with so many fingerprints.
    pub(crate) pauses_at: Option<u64>,
    /// The binary that serves.
    pub(crate) binary: PathBuf,
    /// Where the data directories are made: on a disk, not in memory, or writing would be free.
    pub(crate) place: PathBuf,
    pub(crate) write: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn read() -> anyhow::Result<Self> {
        let mut arguments = Self {
            database: None,
            rate: 10_000,
            load: Duration::from_secs(20),
            events: 500_000,
            fingerprints: 10_000_000,
            pauses_at: None,
            binary: "target/release/proofbox".into(),
            place: "target".into(),
            write: None,
        };
        let mut words = std::env::args().skip(1);
        while let Some(flag) = words.next() {
            let value = words.next().with_context(|| format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--database" => arguments.database = Some(value),
                "--rate" => arguments.rate = value.parse()?,
                "--seconds" => arguments.load = Duration::from_secs(value.parse()?),
                "--events" => arguments.events = value.parse()?,
                "--fingerprints" => arguments.fingerprints = value.parse()?,
                "--pauses-at" => arguments.pauses_at = Some(value.parse()?),
                "--binary" => arguments.binary = value.into(),
                "--place" => arguments.place = value.into(),
                "--write" => arguments.write = Some(value.into()),
                _ => bail!(
                    "{flag} is not known; known are --database, --rate, --seconds, --events, \
                     --fingerprints, --pauses-at, --binary, --place, --write"
                ),
            }
        }
        Ok(arguments)
    }
}
