//! What the benchmark is asked for: `--files N --saves N --idle N
//! --binary FILE --place DIR --write FILE`.

use std::path::PathBuf;

use anyhow::{Context, bail};

/// The defaults are the figures that docs/benchmarks.md gives.
pub(crate) struct Arguments {
    pub(crate) files: u64,
    pub(crate) saves: usize,
    /// Integrations that wait beside the one in which files are saved.
    pub(crate) idle: usize,
    pub(crate) binary: PathBuf,
    /// Where the data directory is made: on a disk, not in memory, or writing would be free.
    pub(crate) place: PathBuf,
    pub(crate) write: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn read() -> anyhow::Result<Self> {
        let mut arguments = Self {
            files: 1_000_000,
            saves: 200,
            idle: 1_000,
            binary: "target/release/proofbox".into(),
            place: "target".into(),
            write: None,
        };
        let mut words = std::env::args().skip(1);
        while let Some(flag) = words.next() {
            let value = words.next().with_context(|| format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--files" => arguments.files = value.parse()?,
                "--saves" => arguments.saves = value.parse()?,
                "--idle" => arguments.idle = value.parse()?,
                "--binary" => arguments.binary = value.into(),
                "--place" => arguments.place = value.into(),
                "--write" => arguments.write = Some(value.into()),
                _ => bail!(
                    "{flag} is not known; known are --files, --saves, --idle, --binary, --place and --write"
                ),
            }
        }
        Ok(arguments)
    }
}
