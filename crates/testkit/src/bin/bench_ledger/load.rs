//! Load over HTTP: at a steady rate, whether what was asked before is answered or not, and as fast as it
//! goes.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;
use testkit::{Times, per_second};
use tokio::task::JoinSet;

use crate::http::Caller;

/// How many connections press for the highest rate. More only wait for each other.
const CALLERS: u64 = 64;
/// How many connections there are for a steady load: as many as may be waiting at once.
const STEADY_CALLERS: u64 = 256;
/// A caller gives up after so many failures.
const FAILURES_MAX: u64 = 10;
/// How long callers press.
const PRESS: Duration = Duration::from_secs(10);

/// What a load came to.
pub(crate) struct Came {
    pub(crate) times: Times,
    pub(crate) took: Duration,
    failed: u64,
}

/// What callers share.
struct Shared<A> {
    ask: A,
    url: String,
    started: Instant,
    next: Cell<u64>,
}

impl Came {
    pub(crate) fn per_second(&self) -> u64 {
        per_second(self.times.count() as u64, self.took)
    }

    /// "12345/s, median 1.2 ms, ..."
    pub(crate) fn summary(&mut self) -> String {
        let failed =
            if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        format!("{}/s, {}{failed}", self.per_second(), self.times.summary())
    }
}

/// Callers that ask again as soon as they have their answer.
pub(crate) async fn press<A>(url: &str, first: u64, ask: A) -> anyhow::Result<Came>
where
    A: AsyncFn(&mut Caller, u64) -> anyhow::Result<()> + 'static,
{
    run(url, first, CALLERS, ask, |started, _| (started.elapsed() < PRESS).then(Instant::now)).await
}

/// So many a second, each timed from when it was due.
pub(crate) async fn steady<A>(
    url: &str,
    first: u64,
    rate: u32,
    load: Duration,
    ask: A,
) -> anyhow::Result<Came>
where
    A: AsyncFn(&mut Caller, u64) -> anyhow::Result<()> + 'static,
{
    let total = u64::from(rate) * load.as_secs();
    let nanoseconds = 1_000_000_000 / u64::from(rate);
    run(url, first, STEADY_CALLERS, ask, move |started, number| {
        let due = started + Duration::from_nanos(number * nanoseconds);
        (number < total).then_some(due)
    })
    .await
}

/// What a load is to be at a rate that it keeps up with: the wanted one, or what two thirds of the most
/// come to.
pub(crate) fn bearable(wanted: u32, most: u64) -> u32 {
    u32::try_from(most * 2 / 300 * 100).unwrap_or(u32::MAX).clamp(100, wanted)
}

async fn run<A>(
    url: &str,
    first: u64,
    callers: u64,
    ask: A,
    due: impl Fn(Instant, u64) -> Option<Instant> + Copy + 'static,
) -> anyhow::Result<Came>
where
    A: AsyncFn(&mut Caller, u64) -> anyhow::Result<()> + 'static,
{
    let shared =
        Rc::new(Shared { ask, url: url.to_owned(), started: Instant::now(), next: Cell::new(0) });
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let shared = Rc::clone(&shared);
        tasks.spawn_local(async move { call(&shared, first, due).await });
    }
    let (mut times, mut failed) = (Times::default(), 0);
    while let Some(caller) = tasks.join_next().await {
        let (its, failures) = caller??;
        times.append(its);
        failed += failures;
    }
    let took = shared.started.elapsed();
    Ok(Came { times, took, failed })
}

async fn call<A>(
    shared: &Shared<A>,
    first: u64,
    due: impl Fn(Instant, u64) -> Option<Instant>,
) -> anyhow::Result<(Times, u64)>
where
    A: AsyncFn(&mut Caller, u64) -> anyhow::Result<()>,
{
    let mut caller = Caller::connect(&shared.url).await.context("the instance does not answer")?;
    let (mut times, mut failed) = (Times::default(), 0);
    loop {
        let number = shared.next.get();
        let Some(due) = due(shared.started, number) else { return Ok((times, failed)) };
        shared.next.set(number + 1);
        tokio::time::sleep_until(due.into()).await;
        match (shared.ask)(&mut caller, first + number).await {
            Ok(()) => times.add(due.elapsed()),
            Err(error) if failed == FAILURES_MAX => return Err(error),
            Err(_) => {
                failed += 1;
                caller = Caller::connect(&shared.url).await?;
            }
        }
    }
}
