//! Properties of registered assets and events, on whatever happens to them: proptest draws it, and prints
//! the smallest story that breaks one. What is under test is the ledger of a [`Bench`], whichever store
//! that stands on.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::Bench;
use crate::model::filter::{Bound, Field, Filter, Holder, Path, Term, Test, When, Word};
use crate::{
    AssetId, AssetQuery, Attributes, EventQuery, NewAsset, NewEvent, Order, Principal, Said,
    Sharing,
};

const ASSETS: usize = 3;
const NAMES: [&str; 3] = ["colour", "size", "place"];
const TEXTS: [&str; 3] = ["", "red", "large"];

/// What somebody records: on which asset, what it sets there, what it says of itself, and how long
/// after what came before.
#[derive(Clone, Debug)]
struct Step {
    asset: usize,
    on_asset: BTreeMap<&'static str, &'static str>,
    of_event: BTreeMap<&'static str, &'static str>,
    after_ms: i64,
}

/// What was recorded, as the model remembers it.
#[derive(Clone, Debug)]
struct Recorded {
    asset: usize,
    on_asset: BTreeMap<&'static str, &'static str>,
    of_event: BTreeMap<&'static str, &'static str>,
    at: Timestamp,
    index: u64,
}

fn texts() -> impl Strategy<Value = BTreeMap<&'static str, &'static str>> {
    proptest::collection::btree_map(select(&NAMES[..]), select(&TEXTS[..]), 0..3)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..ASSETS, texts(), texts(), 0..3_i64);
    let step = step.prop_map(|(asset, on_asset, of_event, after_ms)| Step {
        asset,
        on_asset,
        of_event,
        after_ms,
    });
    vec(step, 1..16)
}

fn tests() -> impl Strategy<Value = Test> {
    prop_oneof![
        Just(Test::Present),
        Just(Test::Absent),
        select(&TEXTS[..]).prop_map(|text| Test::Is(text.to_owned())),
    ]
}

fn terms() -> impl Strategy<Value = Term> {
    let holder = select(&[Holder::Asset, Holder::Event, Holder::EventOnAsset][..]);
    let attribute = (holder, select(&NAMES[..]))
        .prop_map(|(holder, name)| Field::Attribute(holder, Path::Text(name.to_owned())));
    let field = prop_oneof![4 => attribute, 1 => Just(Field::Word(Word::Operation))];
    (field, tests()).prop_map(|(field, test)| Term { field, test })
}

fn groups() -> impl Strategy<Value = Vec<Vec<Term>>> {
    vec(vec(terms(), 1..3), 0..3)
}

/// Assets and the story of what was recorded on them.
struct Story {
    bench: Bench,
    assets: Vec<AssetId>,
    recorded: Vec<Recorded>,
}

fn principal() -> Principal {
    Principal { subject: "somebody".to_owned(), ..Principal::default() }
}

fn attributes(texts: &BTreeMap<&'static str, &'static str>) -> Attributes {
    let mut attributes = Attributes::default();
    for (name, text) in texts {
        attributes.set(name, *text);
    }
    attributes
}

impl Story {
    async fn tell(steps: &[Step]) -> Self {
        let bench = Bench::new().await;
        let (mut assets, mut recorded) = (Vec::new(), Vec::new());
        for asset in 0..ASSETS {
            let new = NewAsset {
                attributes: Attributes::default(),
                sharing: Sharing::Private,
                accepted: principal(),
            };
            let made = bench.ledger.register_asset(bench.tenancy, new, None).await.unwrap();
            assets.push(made.asset);
            recorded.push(remember(&bench, made.asset, asset, &Step::nothing(asset)).await);
        }
        for step in steps {
            bench.pass(step.after_ms);
            let new = step.event();
            let id = assets[step.asset];
            bench.ledger.record_event(bench.tenancy, id, new, None).await.unwrap();
            recorded.push(remember(&bench, id, step.asset, step).await);
        }
        Self { bench, assets, recorded }
    }

    /// What an asset is after everything that was recorded until a time.
    fn fold(&self, asset: usize, until: Timestamp) -> BTreeMap<&'static str, &'static str> {
        let own = self.recorded.iter().filter(|one| one.asset == asset && one.at <= until);
        own.flat_map(|one| one.on_asset.clone()).collect()
    }

    fn now(&self, asset: usize) -> BTreeMap<&'static str, &'static str> {
        self.fold(asset, Timestamp::MAX)
    }

    /// Whether an event passes, found out in the plainest way.
    fn passes(&self, filter: &Filter, one: &Recorded) -> bool {
        let now = self.now(one.asset);
        let text = |field: &Field| match field {
            Field::Attribute(Holder::Asset, Path::Text(name)) => now.get(name.as_str()).copied(),
            Field::Attribute(Holder::Event, Path::Text(name)) => {
                one.of_event.get(name.as_str()).copied()
            }
            Field::Attribute(Holder::EventOnAsset, Path::Text(name)) => {
                one.on_asset.get(name.as_str()).copied()
            }
            _ => Some(if one.index <= ASSETS as u64 { "NewAsset" } else { "Record" }),
        };
        let holds = |term: &Term| match (&term.test, text(&term.field)) {
            (Test::Is(wanted), found) => found == Some(wanted.as_str()),
            (Test::Present, found) => found.is_some_and(|text| !text.is_empty()),
            (Test::Absent, found) => found.is_none_or(str::is_empty),
        };
        let is_within = filter.bounds.iter().all(|bound| match *bound {
            Bound::Since(_, at) => one.at > at,
            Bound::Before(_, at) => one.at < at,
        });
        is_within && filter.groups.iter().all(|group| group.iter().any(holds))
    }

    /// The places of all events that a list shows, page by page.
    async fn list(&self, filter: &Filter, page_size: u32) -> Vec<u64> {
        let mut query = EventQuery { filter: filter.clone(), page_size, ..EventQuery::default() };
        let mut found = Vec::new();
        loop {
            let (ledger, tenancy) = (&self.bench.ledger, self.bench.tenancy);
            let page = ledger.list_tenancy_events(tenancy, query.clone()).await.unwrap();
            found.extend(page.events.iter().map(|full| full.event.log_index));
            query.page_token = page.next_page_token;
            if query.page_token.is_none() {
                return found;
            }
        }
    }
}

impl Step {
    fn nothing(asset: usize) -> Self {
        Self { asset, on_asset: BTreeMap::new(), of_event: BTreeMap::new(), after_ms: 0 }
    }

    fn event(&self) -> NewEvent {
        let said = Said {
            asset_attributes: attributes(&self.on_asset),
            behaviour: "RecordEvidence".to_owned(),
            event_attributes: attributes(&self.of_event),
            operation: "Record".to_owned(),
        };
        NewEvent { said, declared_at: None, declared: None, accepted: principal() }
    }
}

async fn remember(bench: &Bench, id: AssetId, asset: usize, step: &Step) -> Recorded {
    let (read, _) = bench.ledger.asset(bench.tenancy, id).await.unwrap().unwrap();
    let event = bench.ledger.event(id, read.last_event.id).await.unwrap().unwrap();
    Recorded {
        asset,
        on_asset: step.on_asset.clone(),
        of_event: step.of_event.clone(),
        at: event.accepted_at,
        index: event.log_index,
    }
}

fn run<T>(story: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(story)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn an_asset_is_the_fold_of_its_events_at_the_time_of_each(steps in steps()) {
        run(async {
            let story = Story::tell(&steps).await;
            for one in &story.recorded {
                let id = story.assets[one.asset];
                let (ledger, tenancy) = (&story.bench.ledger, story.bench.tenancy);
                let (now, _) = ledger.asset(tenancy, id).await.unwrap().unwrap();
                prop_assert_eq!(now.attributes(), attributes(&story.now(one.asset)));
                let then = ledger.asset_at(now, one.at).await.unwrap().unwrap();
                prop_assert_eq!(then.attributes(), attributes(&story.fold(one.asset, one.at)));
            }
            Ok(())
        })?;
    }

    #[test]
    fn events_that_pass_are_those_that_a_naive_search_finds(
        steps in steps(),
        groups in groups(),
        bounds in vec((any::<bool>(), 0..48_usize), 0..2),
        page_size in 1..5_u32,
    ) {
        run(async {
            let story = Story::tell(&steps).await;
            let bounds = bounds.iter().map(|&(is_since, place)| {
                let at = story.recorded[place % story.recorded.len()].at;
                let bound = if is_since { Bound::Since } else { Bound::Before };
                bound(When::Accepted, at)
            });
            let filter = Filter { groups, bounds: bounds.collect(), ..Filter::default() };
            let passing = story.recorded.iter().rev().filter(|one| story.passes(&filter, one));
            let expected: Vec<_> = passing.map(|one| one.index).collect();
            prop_assert_eq!(story.list(&filter, page_size).await, expected.clone());
            let (ledger, tenancy) = (&story.bench.ledger, story.bench.tenancy);
            let count = ledger.count_tenancy_events(tenancy, filter).await.unwrap();
            prop_assert_eq!(count, expected.len() as u64);
            Ok(())
        })?;
    }
}

/// Four people write as fast as they can while somebody reads page after page.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_that_are_read_while_others_write_show_nothing_twice_and_skip_nothing() {
    let bench = Bench::new().await;
    let (ledger, tenancy) = (bench.ledger.clone(), bench.tenancy);
    let new = || NewAsset {
        attributes: Attributes::default(),
        sharing: Sharing::Private,
        accepted: principal(),
    };
    for _ in 0..60 {
        ledger.register_asset(tenancy, new(), None).await.unwrap();
    }
    for order in [Order::Newest, Order::Identity] {
        let all = AssetQuery { page_size: 200, order, ..AssetQuery::default() };
        let before = ledger.assets(tenancy, all).await.unwrap().assets;
        let before: BTreeSet<_> = before.into_iter().map(|(asset, _)| asset.id).collect();
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let ledger = ledger.clone();
                tokio::spawn(async move {
                    for _ in 0..15 {
                        ledger.register_asset(tenancy, new(), None).await.unwrap();
                    }
                })
            })
            .collect();
        let mut query = AssetQuery { page_size: 3, order, ..AssetQuery::default() };
        let mut found = Vec::new();
        loop {
            let page = ledger.assets(tenancy, query.clone()).await.unwrap();
            found.extend(page.assets.into_iter().map(|(asset, _)| asset.id));
            query.page_token = page.next_page_token;
            if query.page_token.is_none() {
                break;
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let once: BTreeSet<_> = found.iter().copied().collect();
        assert_eq!(once.len(), found.len(), "something came twice, by {order:?}");
        assert!(once.is_superset(&before), "something was skipped, by {order:?}");
    }
}
