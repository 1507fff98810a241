//! Drives the workers through years of what people, Dropbox and machines do, in simulated time and
//! in an order that a seed decides: edits, renames, moves, swaps, replacements, deletions, restores
//! and changed rules; calls that fail and commits that fail before or after they took effect;
//! resets, lost and empty reports, lost, late and repeated notifications, ended links; contents that
//! come wrong or not at all; processes that end at any call and are started again, and two of them
//! that take one integration from each other.
//!
//! `dropbox`, `answers` and `people` are the account; `books` is a ledger in memory that promises
//! what the real one does, and `double` a real one that has to agree; `fate` and `seams` stand
//! between both and the worker; `world` lets time go by; `judge` says what must be true.
//!
//! A failure names its seed. `SIMULATOR_SEED=…` replays one world of the failed test with a diary,
//! `SIMULATOR_TIMES=…` lives so many times the usual days in each test.

mod answers;
mod books;
mod double;
mod dropbox;
mod fate;
mod judge;
mod names;
mod people;
mod seams;
mod world;

use ledger::Fingerprints;

use self::fate::Weather;
use self::world::{Kind, Tally, World};

/// How long a world lasts: long enough for things to come back, short enough to be understood.
const WORLD_DAYS: u32 = 50;

/// Nothing fails, and there is no webhook.
const FINE: Weather = Weather {
    fault: 0.0,
    crash: 0.0,
    lost_report: 0.0,
    empty_report: 0.0,
    disconnection: 0.0,
    wrong_content: 0.0,
    lost_notification: 1.0,
};
const CHANGEABLE: Weather = Weather {
    fault: 0.02,
    lost_report: 0.3,
    empty_report: 0.05,
    disconnection: 0.0005,
    wrong_content: 0.02,
    lost_notification: 0.5,
    ..FINE
};
const STORMY: Weather = Weather {
    fault: 0.08,
    crash: 0.03,
    lost_report: 0.5,
    empty_report: 0.1,
    disconnection: 0.001,
    wrong_content: 0.1,
    lost_notification: 0.7,
};
const DEADLY: Weather = Weather { fault: 0.01, crash: 0.12, lost_report: 1.0, ..FINE };

const USUAL: Kind = Kind {
    weather: FINE,
    is_calm: false,
    has_double: false,
    replicas: 1,
    fingerprints: Fingerprints::Metadata,
    crash_at: None,
};
/// Contents are read.
const READING: Kind = Kind { fingerprints: Fingerprints::Sha256, ..USUAL };
/// Two processes take the integration from each other.
const CONTESTED: Kind = Kind { replicas: 2, ..USUAL };
const CONTESTED_READING: Kind = Kind { replicas: 2, ..READING };

/// Lives through so many days in worlds of one kind after the other.
fn live(days: u32, kinds: &[Kind]) {
    let times: u32 = std::env::var("SIMULATOR_TIMES").map_or(1, |times| times.parse().unwrap());
    let days = days * times;
    let replayed = std::env::var("SIMULATOR_SEED").ok().map(|seed| seed.parse().unwrap());
    let seeds = match replayed {
        Some(seed) => seed..seed + 1,
        None => 0..u64::from(days.div_ceil(WORLD_DAYS)),
    };
    let mut all = Tally::default();
    for seed in seeds {
        let kind = kinds[usize::try_from(seed).unwrap() % kinds.len()];
        let Tally { events, points, crashes } = live_in(seed, kind, WORLD_DAYS, replayed.is_some());
        all.events += events;
        all.points += points;
        all.crashes += crashes;
    }
    println!("{days} days: {all:?}");
}

/// Lives through one world in simulated time.
fn live_in(seed: u64, kind: Kind, days: u32, with_diary: bool) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async { World::new(seed, kind, with_diary).live(days).await })
}

#[test]
fn when_every_change_is_read_before_the_next_each_lands_on_the_asset_that_a_person_would_name() {
    live(20_000, &[USUAL, USUAL, READING].map(|kind| Kind { is_calm: true, ..kind }));
}

#[test]
fn when_changes_pile_up_and_reports_are_lost_no_version_is_missed_or_repeated() {
    let lossy = Weather { lost_report: 0.7, empty_report: 0.2, lost_notification: 0.3, ..FINE };
    let kinds = [USUAL, READING, USUAL].map(|kind| Kind { weather: lossy, ..kind });
    live(31_000, &[USUAL, kinds[0], READING, kinds[1], kinds[2]]);
}

#[test]
fn when_calls_fail_and_processes_end_nothing_is_lost_or_repeated() {
    let kinds = [CHANGEABLE, STORMY, DEADLY].map(|weather| {
        [USUAL, READING, CONTESTED, CONTESTED_READING].map(|kind| Kind { weather, ..kind })
    });
    live(47_500, kinds.as_flattened());
}

#[test]
fn real_ledger_agrees_with_the_one_in_memory_and_its_log_is_clean() {
    let kinds = [FINE, CHANGEABLE, STORMY].map(|weather| {
        [USUAL, READING, CONTESTED_READING].map(|kind| Kind { weather, has_double: true, ..kind })
    });
    live(1_500, kinds.as_flattened());
}

/// Not at random: the same days are lived again and again, with the end at each point once.
#[test]
fn process_that_ends_at_any_call_loses_and_repeats_nothing() {
    const DAYS: u32 = 2;
    for seed in 0..6 {
        let kind = if seed % 2 == 0 { USUAL } else { READING };
        let Tally { points, .. } = live_in(seed, kind, DAYS, false);
        for point in 1..=points {
            let crash_at = Some(point);
            live_in(seed, Kind { crash_at, ..kind }, DAYS, false);
        }
        println!("seed {seed}: {points} points");
    }
}
