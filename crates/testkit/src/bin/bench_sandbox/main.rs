//! `make bench`, the sandbox's part: how fast it lists files that it makes up. It must never be what
//! a benchmark of Proofbox measures. The release binary runs in a process of its own; the client
//! here is a plain one that reads pages and looks for the cursor in them.

mod listing;
mod longpolls;
mod subject;

use std::path::PathBuf;

use anyhow::{Context, bail};
use testkit::{Figures, usage};

use listing::{Listing, token};
use longpolls::{Longpolls, allow_connections};
use subject::Subject;

const METHOD: &str = "`make bench` runs it: `proofbox sandbox --generate` in a process of its own, and one plain \
    client over HTTP/1.1 that asks for one page after the other, 2,000 entries each, and reads nothing of \
    them but the cursor and the number of entries. As each waits for the other, they use one core \
    at a time. Longpolls wait on connections of their own, HTTP/1.1 too, until a change wakes all of \
    them; what they cost is what the process has resident more.";

/// What is asked for: `--files N --binary FILE --write FILE`.
struct Arguments {
    files: u64,
    binary: PathBuf,
    write: Option<PathBuf>,
}

impl Arguments {
    fn read() -> anyhow::Result<Self> {
        let mut arguments =
            Self { files: 1_000_000, binary: "target/release/proofbox".into(), write: None };
        let mut words = std::env::args().skip(1);
        while let Some(flag) = words.next() {
            let value = words.next().with_context(|| format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--files" => arguments.files = value.parse()?,
                "--binary" => arguments.binary = value.into(),
                "--write" => arguments.write = Some(value.into()),
                _ => bail!("{flag} is not known; known are --files, --binary, --write"),
            }
        }
        Ok(arguments)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::read()?;
    allow_connections()?;
    let subject = Subject::start(&arguments.binary, arguments.files)?;
    let token = token(subject.url()).await?;
    let longpolls = Longpolls::measure(&subject, &token).await?;
    let before = usage::peak_memory_bytes(subject.id())?;
    let listing = Listing::measure(subject.url(), &token, arguments.files).await?;
    let after = usage::peak_memory_bytes(subject.id())?;
    let cpu = usage::cpu(subject.id())?;
    #[expect(clippy::cast_precision_loss, reason = "figures for people, far below 2^52")]
    let entries = listing.entries as f64;
    let per_second = entries / listing.took.as_secs_f64();
    let per_entry = cpu.as_secs_f64() / entries * 1e6;
    let rows = vec![
        ("generated files".into(), arguments.files.to_string()),
        ("entries per second, recursive listing".into(), format!("{per_second:.0}")),
        ("CPU of the sandbox per entry".into(), format!("{per_entry:.2} µs")),
        (
            "its memory before the listing, its peak".into(),
            format!("{} MiB, {} MiB", before >> 20, after >> 20),
        ),
        (
            format!("memory for {} longpolls that wait", longpolls.waiting),
            format!("{:.1} MiB", longpolls.mebibytes()),
        ),
    ];
    let figures = Figures { heading: "The sandbox", method: METHOD, rows };
    figures.print()?;
    arguments.write.map_or(Ok(()), |path| figures.write(&path))
}
