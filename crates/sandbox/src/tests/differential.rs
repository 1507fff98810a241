//! Whoever follows a cursor ends where a fresh listing begins, and a fresh listing shows what was
//! done: a million random operations on random trees, done by the sandbox and by a model that
//! shares nothing with it, read at random moments in pages of random sizes on bad days. Some folders
//! are shared with somebody else for a while, who does things in them, too.
//!
//! Every round has a seed of its own, printed with a failure: `PROOFBOX_SEED=…` plays that round
//! alone again.

mod operation;
mod people;
mod reader;
mod replica;
mod truth;

use std::ops::Range;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use self::operation::{Place, Step};
use self::people::{Doer, People};
use self::reader::Reader;
use self::truth::{Names, Truth};
use crate::{Backing, Options, Pages};

/// Operations that were done, of those that were tried; a million in all tests together.
const OPERATIONS_PER_ROUND: usize = 2_000;
const READERS: usize = 6;

/// One tree, everything that happens to it, and everybody who follows it. What is shared of it is
/// in a second tree, which is followed as well.
struct Round {
    people: People,
    place: Place,
    truth: Truth,
    names: Names,
    readers: Vec<Reader>,
    other_reader: Reader,
    dice: SmallRng,
}

impl Round {
    async fn new(seed: u64, backing: Backing) -> Self {
        let mut dice = SmallRng::seed_from_u64(seed);
        let generated = matches!(backing, Backing::Generated { .. });
        let people = People::start(Options { backing, ..Options::default() }).await;
        let place = if generated { Place::computed() } else { Place::random(&mut dice) };
        let readers = (0..READERS).map(|_| Reader::random(&place, &mut dice)).collect();
        let truth = Truth::of(&Reader::everything().list(&people.ada).await);
        let (names, other_reader) = (Names::default(), Reader::everything());
        Self { people, place, truth, names, readers, other_reader, dice }
    }

    async fn play(&mut self) {
        let mut done = 0;
        while done < OPERATIONS_PER_ROUND {
            for step in self.place.steps(&self.truth, &mut self.dice) {
                done += usize::from(self.perform(&step).await);
                self.read().await;
            }
            if self.dice.random_range(0..500) == 0 {
                self.turn().await;
            }
        }
    }

    /// Does it on both sides, which have to agree whether it can be done.
    async fn perform(&mut self, step: &Step) -> bool {
        let doer = if self.dice.random() { Doer::Ada } else { Doer::Grace };
        let outcome = self.people.perform(step, doer).await;
        let expected = self.truth.apply(step);
        assert_eq!(outcome.is_ok(), expected.is_ok(), "{step:?}: {outcome:?}");
        outcome.is_ok()
    }

    async fn read(&mut self) {
        let admin = self.people.sandbox.admin();
        if self.dice.random_range(0..8) == 0 {
            let reader = self.dice.random_range(0..READERS);
            self.readers[reader].step(&self.people.ada, &admin, &mut self.dice).await;
        }
        if self.dice.random_range(0..32) == 0 {
            self.other_reader.step(&self.people.grace, &admin, &mut self.dice).await;
        }
    }

    /// Another size of pages, cursors that count no more, or a look at the whole.
    async fn turn(&mut self) {
        let dice = &mut self.dice;
        let admin = self.people.sandbox.admin();
        match dice.random_range(0..4) {
            0 => admin.reset_cursors().unwrap(),
            1 => self.check_truth().await,
            _ => admin.set_pages(Pages {
                entries_max: dice.random_bool(0.5).then(|| dice.random_range(1..20)),
                empty_every: dice.random_bool(0.5).then(|| dice.random_range(2..7)),
            }),
        }
    }

    async fn check_truth(&mut self) {
        let entries = Reader::everything().list(&self.people.ada).await;
        self.names.check(&self.truth, &entries);
        self.people.check_shared(&self.truth).await;
    }

    async fn check(&mut self) {
        self.people.sandbox.admin().clear_faults();
        self.check_truth().await;
        for reader in &mut self.readers {
            reader.check(&self.people.ada).await;
        }
        self.other_reader.check(&self.people.grace).await;
    }
}

async fn play(seed: u64, files: impl Fn(u64) -> Backing) {
    println!("PROOFBOX_SEED={seed}");
    let mut round = Round::new(seed, files(seed)).await;
    round.play().await;
    round.check().await;
    round.people.sandbox.shutdown().await;
}

/// The rounds of one test, or the one that is wanted.
async fn play_all(seeds: Range<u64>, backing: impl Fn(u64) -> Backing) {
    match std::env::var("PROOFBOX_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => play(seed, &backing).await,
        None => {
            for seed in seeds {
                play(seed, &backing).await;
            }
        }
    }
}

#[tokio::test]
async fn a_followed_cursor_ends_where_a_fresh_listing_begins() {
    play_all(0..320, |_| Backing::Memory).await;
}

#[tokio::test]
async fn a_followed_cursor_ends_where_a_fresh_listing_begins_on_computed_trees() {
    play_all(1_000..1_180, |seed| Backing::Generated { seed, files: 250 }).await;
}
