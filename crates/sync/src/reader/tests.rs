//! Drives the reader against a Dropbox and a ledger in memory, through everything that people,
//! Dropbox and machines do, in an order that a seed decides.

mod model;
mod names;
mod store;
mod world;

use self::world::{Manner, World};

/// How many worlds each test lives through. A failure prints its seed; `SYNC_SEED` replays one.
const WORLDS: u64 = 250;

fn worlds(manner: Manner) {
    let seeds = match std::env::var("SYNC_SEED") {
        Ok(seed) => seed.parse().map(|seed| seed..seed + 1).unwrap(),
        Err(_) => 0..WORLDS,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for seed in seeds {
        runtime.block_on(World::new(seed, manner).live());
    }
}

#[test]
fn when_every_change_is_read_before_the_next_each_lands_on_the_asset_that_a_person_would_name() {
    worlds(Manner::Calm);
}

#[test]
fn when_changes_pile_up_between_readings_no_version_is_missed_or_repeated() {
    worlds(Manner::Coalesced);
}

#[test]
fn when_calls_fail_cursors_reset_and_the_process_dies_nothing_is_lost_or_repeated() {
    worlds(Manner::Faulty);
}

#[test]
fn when_files_change_while_they_are_being_read_the_end_is_still_right() {
    worlds(Manner::Racing);
}
