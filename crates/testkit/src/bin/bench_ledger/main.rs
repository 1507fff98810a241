//! `make bench`, the ledger's part: what appending over HTTP, looking up, listing and keeping the
//! indexes cost, on `SQLite` or on the `PostgreSQL` server that `--database` names.
//!
//! The release binary serves in a process of its own; the load here asks over HTTP/1.1. What fills an
//! instance beforehand, and what has no route (commits of a scan), goes through the ledger's door.

mod append;
mod arguments;
mod bulk;
mod filled;
mod http;
mod lists;
mod load;
mod lookups;
mod pauses;
mod place;

use std::rc::Rc;
use std::time::Instant;

use testkit::Figures;
use tokio::task::LocalSet;

use arguments::Arguments;
use filled::Filled;

/// What was measured, and the figure.
pub(crate) type Rows = Vec<(String, String)>;

const METHOD: &str = "`make bench` runs it: the release binary serves in a process of its own over a data \
    directory on a disk, and the load comes over HTTP/1.1 from another process on the same two cores. \
    At a steady rate each request is timed from the moment at which it was *due*, whether those \
    before were answered or not: who falls behind is charged for it (an open loop, free of \
    coordinated omission; its clock ticks in milliseconds). An append is a Publish event of a \
    registered document, and done when its receipt is there too, a second request; of the receipts, one in \
    a thousand is verified. A lookup is Instaproof's: a bucket of sealed records, 43 kB of JSON, from an \
    index in which each file has five versions, each with two fingerprints; one in a thousand is opened.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::read()?;
    let started = Instant::now();
    // The load's callers share what they count.
    let mut rows = LocalSet::new().run_until(measure(&arguments)).await?;
    let took = started.elapsed().as_secs();
    rows.push(("the whole benchmark took".into(), format!("{took} s")));
    let heading = match (&arguments.database, arguments.pauses_at) {
        (None, None) => "The ledger on SQLite",
        (Some(_), None) => "The ledger on PostgreSQL",
        (None, Some(_)) => "A very large index on SQLite",
        (Some(_), Some(_)) => "A very large index on PostgreSQL",
    };
    let figures = Figures { heading, method: METHOD, rows };
    figures.print()?;
    arguments.write.map_or(Ok(()), |path| figures.write(&path))
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Rows> {
    if let Some(fingerprints) = arguments.pauses_at {
        return pauses::measure(arguments, fingerprints).await;
    }
    let mut rows = append::measure(arguments).await?;
    rows.extend(bulk::measure(arguments).await?);
    let filled = Rc::new(Filled::new(arguments, arguments.fingerprints).await?);
    rows.extend(filled.rows());
    let served = filled.serve(&arguments.binary)?;
    rows.extend(lists::measure(&filled, served.url()).await?);
    rows.extend(lookups::measure(arguments, &filled, served.url()).await?);
    Ok(rows)
}

/// A row that says what the figure is to be.
pub(crate) fn row(what: &str, target: &str, figure: String) -> (String, String) {
    (format!("{what}; to be {target}"), figure)
}
