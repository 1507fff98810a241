//! Appends with their receipts: at a steady rate, and as fast as they go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use ledger::Database;
use testkit::{Loaded, Shape, Times, per_second};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::arguments::Arguments;

/// How many callers press for the highest rate.
const CALLERS: usize = 512;
/// How long they do.
const PRESS: Duration = Duration::from_secs(10);
/// Files in a commit of the bulk load, and how many of those.
const BULK: (u64, u64) = (5_000, 100);
const TICK: Duration = Duration::from_millis(1);

pub(crate) async fn measure(arguments: &Arguments) -> anyhow::Result<Vec<(String, String)>> {
    let place = tempfile::tempdir_in(&arguments.place)?;
    let loaded = Arc::new(Loaded::open(place.path(), Database::Embedded).await?);
    let next = Arc::new(AtomicU64::new(0));
    let (mut times, failed) = steady(&loaded, &next, arguments).await?;
    let (rate, seconds) = (arguments.rate, arguments.load.as_secs());
    let mut rows = vec![(
        format!("append → receipt, {rate} events/s for {seconds} s"),
        format!("{} ({} appends, {failed} failed)", times.summary(), times.count()),
    )];
    let (mut times, took) = press(&loaded, &next).await?;
    let per_second = per_second(times.count() as u64, took);
    rows.push((
        format!("most appends with receipts, {CALLERS} callers"),
        format!("{per_second}/s, {}", times.summary()),
    ));
    let bulk = bulk(&loaded, &next).await?;
    rows.push((format!("bulk append, {} events in a commit", BULK.0), format!("{bulk}/s")));
    loaded.ledger.close().await;
    Ok(rows)
}

/// One append, from the moment it was due to its receipt.
async fn append(loaded: &Loaded, number: u64, due: Instant) -> anyhow::Result<Duration> {
    let committed = loaded.ledger.commit(loaded.commit(Shape::FOUND, number, 1)).await?;
    let event = committed.events.first().context("a commit without an event")?;
    loaded.ledger.receipt(event.event).await?.context("no receipt")?;
    Ok(due.elapsed())
}

/// So many appends a second, whether those before are done or not.
async fn steady(
    loaded: &Arc<Loaded>,
    next: &Arc<AtomicU64>,
    arguments: &Arguments,
) -> anyhow::Result<(Times, u64)> {
    let (done, mut measured) = mpsc::unbounded_channel();
    let started = Instant::now();
    let each = Duration::from_secs(1) / arguments.rate;
    let total = u64::from(arguments.rate) * arguments.load.as_secs();
    let mut clock = tokio::time::interval(TICK);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sent = 0;
    while sent < total {
        clock.tick().await;
        while sent < total {
            let due = started + each * u32::try_from(sent)?;
            if due > Instant::now() {
                break;
            }
            let (loaded, done) = (Arc::clone(loaded), done.clone());
            let number = next.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move { done.send(append(&loaded, number, due).await) });
            sent += 1;
        }
    }
    drop(done);
    let (mut times, mut failed) = (Times::default(), 0);
    while let Some(outcome) = measured.recv().await {
        match outcome {
            Ok(time) => times.add(time),
            Err(_) => failed += 1,
        }
    }
    Ok((times, failed))
}

/// Callers that append again as soon as they have their receipt.
async fn press(loaded: &Arc<Loaded>, next: &Arc<AtomicU64>) -> anyhow::Result<(Times, Duration)> {
    let started = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (loaded, next) = (Arc::clone(loaded), Arc::clone(next));
        callers.spawn(async move {
            let mut times = Vec::new();
            while started.elapsed() < PRESS {
                let number = next.fetch_add(1, Ordering::Relaxed);
                times.push(append(&loaded, number, Instant::now()).await?);
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Times::default();
    while let Some(caller) = callers.join_next().await {
        caller??.into_iter().for_each(|time| times.add(time));
    }
    Ok((times, started.elapsed()))
}

/// Commits of many events, one after another.
async fn bulk(loaded: &Loaded, next: &AtomicU64) -> anyhow::Result<u64> {
    let (events, commits) = BULK;
    let first = next.fetch_add(events * commits, Ordering::Relaxed);
    let commits: Vec<_> = (0..commits)
        .map(|commit| loaded.commit(Shape::FOUND, first + commit * events, events))
        .collect();
    let (started, count) = (Instant::now(), commits.len() as u64);
    for commit in commits {
        loaded.ledger.commit(commit).await?;
    }
    Ok(per_second(events * count, started.elapsed()))
}
