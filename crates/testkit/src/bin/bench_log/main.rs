//! `make bench`, log part: what an append with its receipt costs under a steady load and at most,
//! what a check and a proof cost in a large log, and how many bytes an entry takes.
//!
//! The ledger runs in this process, without HTTP, and so does the load: the figures are what both
//! together reach on this machine.

mod append;
mod arguments;
mod large;

use std::time::Instant;

use testkit::Figures;

use arguments::Arguments;

const METHOD: &str = "`make bench` runs it: the ledger in a process of its own over a data \
    directory on a disk, and the load in the same process. An append is one new document in a \
    commit of its own, timed from the moment at which it was *due* until its receipt, verified, is \
    in the caller's hands: who falls behind is charged for it (an open loop, free of coordinated \
    omission). The large log is filled in commits of 10,000.";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::read()?;
    let started = Instant::now();
    let write = arguments.write.clone();
    // A task among others, as a request is.
    let mut rows = tokio::spawn(measure(arguments)).await??;
    let took = started.elapsed().as_secs();
    rows.push(("the whole benchmark took".into(), format!("{took} s")));
    let figures = Figures { heading: "The log", method: METHOD, rows };
    figures.print()?;
    if let Some(path) = &write {
        figures.write(path)?;
    }
    Ok(())
}

async fn measure(arguments: Arguments) -> anyhow::Result<Vec<(String, String)>> {
    let mut rows = append::measure(&arguments).await?;
    rows.extend(large::measure(&arguments).await?);
    Ok(rows)
}
