//! Registered assets against a naive model: the fold, the past, filters and pages. What happens is
//! drawn from a seed, which each failure names.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::task::JoinSet;

use super::Bench;
use super::bench::file;
use crate::error::StoreError;
use crate::model::filter::{Field, Filter, Holder, Path, Term, Test, Word};
use crate::{
    Asset, AssetId, AssetQuery, Attributes, EventQuery, NewAsset, NewEvent, OnceKey, Order,
    Principal, RegisterError, Said, Sharing, fsck,
};

const NAMES: [&str; 4] = ["colour", "size", "place", "arc_display_type"];
const TEXTS: [&str; 4] = ["", "red", "large", "Documents"];

fn principal() -> Principal {
    Principal { subject: "somebody".to_owned(), ..Principal::default() }
}

fn drawn(random: &mut ChaCha8Rng) -> Attributes {
    let mut attributes = Attributes::default();
    for _ in 0..random.random_range(0..3) {
        let name = NAMES[random.random_range(0..NAMES.len())];
        attributes.set(name, TEXTS[random.random_range(0..TEXTS.len())]);
    }
    attributes
}

fn said(asset_attributes: Attributes) -> Said {
    Said {
        asset_attributes,
        behaviour: "RecordEvidence".to_owned(),
        event_attributes: Attributes::default(),
        operation: "Record".to_owned(),
    }
}

async fn register(bench: &Bench, attributes: Attributes, sharing: Sharing) -> AssetId {
    let new = NewAsset { attributes, sharing, accepted: principal() };
    bench.ledger.register_asset(bench.tenancy, new, None).await.unwrap().asset
}

async fn record(bench: &Bench, asset: AssetId, attributes: Attributes) {
    let new = NewEvent {
        said: said(attributes),
        declared_at: None,
        declared: None,
        accepted: principal(),
    };
    bench.ledger.record_event(bench.tenancy, asset, new, None).await.unwrap();
}

async fn read(bench: &Bench, asset: AssetId) -> Asset {
    bench.ledger.asset(bench.tenancy, asset).await.unwrap().unwrap().0
}

#[tokio::test]
async fn an_asset_is_the_fold_of_its_events_now_and_at_every_time() {
    for seed in 0..8 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let bench = Bench::new().await;
        let mut model = drawn(&mut random);
        let asset = register(&bench, model.clone(), Sharing::Private).await;
        let mut past: Vec<(Timestamp, Attributes)> = Vec::new();
        let mut now = read(&bench, asset).await;
        let created = now.created_at;
        past.push((created, model.clone()));
        for _ in 0..random.random_range(1..12) {
            bench.pass(random.random_range(1..5_000));
            let set = drawn(&mut random);
            record(&bench, asset, set.clone()).await;
            model.fold(&set);
            now = read(&bench, asset).await;
            assert_eq!(now.attributes(), model, "seed {seed}");
            past.push((now.last_event.accepted_at, model.clone()));
        }
        for (at, then) in &past {
            let read = bench.ledger.asset_at(now.clone(), *at).await.unwrap().unwrap();
            assert_eq!(read.attributes(), *then, "seed {seed} at {at}");
        }
        let before = created - Duration::from_millis(1);
        assert!(bench.ledger.asset_at(now, before).await.unwrap().is_none(), "seed {seed}");
    }
}

fn term(field: Field, test: Test) -> Term {
    Term { field, test }
}

fn drawn_filter(random: &mut ChaCha8Rng) -> Filter {
    let attribute = |random: &mut ChaCha8Rng| {
        let names =
            ["colour", "size", "arc_profile", "arc_display_type", "document_status", "none"];
        let name = names[random.random_range(0..names.len())];
        let field = Field::Attribute(Holder::Asset, Path::Text(name.to_owned()));
        let texts = ["", "red", "large", "Document", "Documents", "Published"];
        let test = match random.random_range(0..4) {
            0 => Test::Present,
            1 => Test::Absent,
            _ => Test::Is(texts[random.random_range(0..texts.len())].to_owned()),
        };
        term(field, test)
    };
    let word = |random: &mut ChaCha8Rng| {
        let words = [
            (Word::Privacy, "PUBLIC"),
            (Word::Privacy, "RESTRICTED"),
            (Word::Tracked, "TRACKED"),
            (Word::ConfirmationStatus, "PENDING"),
            (Word::ConfirmationStatus, "CONFIRMED"),
        ];
        let (word, text) = words[random.random_range(0..words.len())];
        term(Field::Word(word), Test::Is(text.to_owned()))
    };
    let groups = (0..random.random_range(0..3)).map(|_| {
        let terms = 0..random.random_range(1..3);
        terms
            .map(|_| if random.random_bool(0.2) { word(random) } else { attribute(random) })
            .collect()
    });
    Filter { groups: groups.collect(), ..Filter::default() }
}

/// The same question asked of everything, one asset after the other.
fn naive(filter: &Filter, asset: &Asset) -> bool {
    let attributes = asset.attributes();
    let text = |field: &Field| match field {
        Field::Attribute(_, Path::Text(name)) => attributes.text(name).map(str::to_owned),
        Field::Word(Word::Privacy) if asset.sharing == Sharing::Public => Some("PUBLIC".to_owned()),
        Field::Word(Word::Privacy) => Some("RESTRICTED".to_owned()),
        Field::Word(Word::Tracked) => Some("TRACKED".to_owned()),
        Field::Word(Word::ConfirmationStatus) => Some("CONFIRMED".to_owned()),
        other => panic!("not drawn: {other:?}"),
    };
    let holds = |term: &Term| match (&term.test, text(&term.field)) {
        (Test::Is(wanted), found) => found.as_ref() == Some(wanted),
        (Test::Present, found) => found.is_some_and(|text| !text.is_empty()),
        (Test::Absent, found) => found.is_none_or(|text| text.is_empty()),
    };
    filter.groups.iter().all(|group| group.iter().any(holds))
}

/// Twelve files, of which some changed, and forty registered assets, some of them changed.
async fn estate(random: &mut ChaCha8Rng) -> Bench {
    let bench = Bench::new().await;
    let mut made = Vec::new();
    for number in 0..40 {
        if number < 12 {
            let id = format!("id:{number}");
            bench.commit(vec![file(&id, &format!("/{number}"), "r1", &id)]).await;
        }
        let public = random.random_bool(0.3);
        let sharing = if public { Sharing::Public } else { Sharing::Private };
        made.push(register(&bench, drawn(random), sharing).await);
        if random.random_bool(0.5) {
            let asset = made[random.random_range(0..made.len())];
            record(&bench, asset, drawn(random)).await;
        }
    }
    bench
}

async fn list(bench: &Bench, query: AssetQuery) -> Vec<Asset> {
    let (mut query, mut found) = (query, Vec::new());
    loop {
        let page = bench.ledger.assets(bench.tenancy, query.clone()).await.unwrap();
        found.extend(page.assets.into_iter().map(|(asset, _)| asset));
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn filters_find_what_a_naive_search_finds_in_the_order_asked_for() {
    for seed in 0..3 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let bench = estate(&mut random).await;
        let all = list(&bench, AssetQuery::default()).await;
        assert_eq!(all.len(), 52, "seed {seed}");
        for _ in 0..60 {
            let filter = drawn_filter(&mut random);
            let mut expected: Vec<_> =
                all.iter().filter(|asset| naive(&filter, asset)).map(|asset| asset.id).collect();
            let page_size = random.random_range(1..7);
            let mut query = AssetQuery { page_size, filter, ..AssetQuery::default() };
            let found: Vec<_> = list(&bench, query.clone()).await.iter().map(|a| a.id).collect();
            assert_eq!(found, expected, "seed {seed}: {query:?}");
            let count = bench.ledger.count_assets(bench.tenancy, query.filter.clone()).await;
            assert_eq!(count.unwrap(), expected.len() as u64, "seed {seed}: {query:?}");
            query.order = Order::Identity;
            expected.sort();
            let found: Vec<_> = list(&bench, query).await.iter().map(|a| a.id).collect();
            assert_eq!(found, expected, "seed {seed}");
        }
    }
}

#[tokio::test]
async fn pages_show_nothing_twice_and_skip_nothing_while_others_add() {
    for order in [Order::Newest, Order::Identity] {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let bench = estate(&mut random).await;
        let before: BTreeSet<_> =
            list(&bench, AssetQuery::default()).await.iter().map(|a| a.id).collect();
        let (mut query, mut found) =
            (AssetQuery { page_size: 5, order, ..AssetQuery::default() }, Vec::new());
        loop {
            let page = bench.ledger.assets(bench.tenancy, query.clone()).await.unwrap();
            found.extend(page.assets.into_iter().map(|(asset, _)| asset.id));
            register(&bench, drawn(&mut random), Sharing::Private).await;
            query.page_token = page.next_page_token;
            if query.page_token.is_none() {
                break;
            }
        }
        let once: BTreeSet<_> = found.iter().copied().collect();
        assert_eq!(once.len(), found.len(), "twice, by {order:?}");
        assert!(once.is_superset(&before), "skipped, by {order:?}");
    }
}

#[tokio::test]
async fn events_of_a_tenancy_come_in_pages_and_are_counted() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let bench = estate(&mut random).await;
    let (mut query, mut found) = (EventQuery { page_size: 9, ..EventQuery::default() }, Vec::new());
    loop {
        let page = bench.ledger.list_tenancy_events(bench.tenancy, query.clone()).await.unwrap();
        found.extend(page.events.iter().map(|full| full.event.log_index));
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            break;
        }
    }
    let count = bench.ledger.count_tenancy_events(bench.tenancy, Filter::default()).await.unwrap();
    assert_eq!(found.len() as u64, count);
    let expected: Vec<_> = (1..=count).rev().collect();
    assert_eq!(found, expected, "every entry of this log but the first is an event");
}

#[tokio::test]
async fn events_by_identity_come_asset_by_asset_in_pages() {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let bench = estate(&mut random).await;
    let (ledger, tenancy) = (&bench.ledger, bench.tenancy);
    let mut query = EventQuery { order: Order::Identity, page_size: 7, ..EventQuery::default() };
    let mut found = Vec::new();
    loop {
        let page = ledger.list_tenancy_events(tenancy, query.clone()).await.unwrap();
        found.extend(page.events.iter().map(|full| (full.event.asset, full.event.id)));
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            break;
        }
    }
    assert!(found.is_sorted_by(|one, next| one < next));
    let count = ledger.count_tenancy_events(tenancy, Filter::default()).await.unwrap();
    assert_eq!(found.len() as u64, count);
    let (asset, _) = found[0];
    let query = EventQuery { order: Order::Identity, ..EventQuery::default() };
    let page = ledger.list_events(asset, query.clone()).await.unwrap().unwrap();
    let of_one: Vec<_> = page.events.iter().map(|full| (asset, full.event.id)).collect();
    assert_eq!(of_one, found[..of_one.len()]);
    let forged = EventQuery { page_token: Some("7".to_owned()), ..query };
    let refused = ledger.list_tenancy_events(tenancy, forged).await;
    assert!(matches!(refused, Err(StoreError::PageToken)), "{refused:?}");
}

#[tokio::test]
async fn events_that_come_at_once_continue_one_another_and_leave_the_last_value_alone_to_be_found()
{
    const EVENTS: usize = 60;
    let bench = Bench::new().await;
    let mut assets = Vec::new();
    for _ in 0..3 {
        assets.push(register(&bench, Attributes::default(), Sharing::Private).await);
    }
    let mut tasks = JoinSet::new();
    for number in 0..EVENTS {
        let (ledger, tenancy, asset) =
            (bench.ledger.clone(), bench.tenancy, assets[number % assets.len()]);
        let value = number.to_string();
        let said = said(Attributes::from([("colour", value.as_str())]));
        let new = NewEvent { said, declared_at: None, declared: None, accepted: principal() };
        tasks.spawn(async move { ledger.record_event(tenancy, asset, new, None).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.len(), EVENTS);
    let count = bench.ledger.count_tenancy_events(bench.tenancy, Filter::default()).await.unwrap();
    assert_eq!(count, (assets.len() + EVENTS) as u64);
    let mut found = Vec::new();
    for number in 0..EVENTS {
        let colour = Field::Attribute(Holder::Asset, Path::Text("colour".to_owned()));
        let filter = Filter {
            groups: vec![vec![term(colour, Test::Is(number.to_string()))]],
            ..Filter::default()
        };
        let page = list(&bench, AssetQuery { filter, ..AssetQuery::default() }).await;
        found.extend(page.iter().map(|asset| asset.id));
    }
    found.sort_unstable();
    assets.sort_unstable();
    assert_eq!(found, assets);
    bench.ledger.close().await;
    let report = fsck(bench.location(), &|_, _| ()).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[tokio::test]
async fn a_request_with_a_key_is_done_once_and_another_one_under_it_is_refused() {
    let bench = Bench::new().await;
    let new = |text: &str| NewAsset {
        attributes: Attributes::from([("colour", text)]),
        sharing: Sharing::Private,
        accepted: principal(),
    };
    let key = OnceKey { key: [1; 32], request: [2; 32] };
    let first = bench.ledger.register_asset(bench.tenancy, new("red"), Some(key)).await.unwrap();
    let again = bench.ledger.register_asset(bench.tenancy, new("red"), Some(key)).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(bench.ledger.asset_count(bench.tenancy).await.unwrap(), 1);
    let other = OnceKey { request: [3; 32], ..key };
    let refused = bench.ledger.register_asset(bench.tenancy, new("blue"), Some(other)).await;
    assert!(matches!(refused, Err(RegisterError::KeyReused)), "{refused:?}");
}

#[tokio::test]
async fn registered_events_have_receipts_and_the_check_of_everything_finds_no_fault() {
    let mut random = ChaCha8Rng::seed_from_u64(13);
    let bench = estate(&mut random).await;
    let public = register(&bench, Attributes::from([("colour", "red")]), Sharing::Public).await;
    let private = register(&bench, Attributes::from([("colour", "red")]), Sharing::Private).await;
    for (asset, is_public) in [(public, true), (private, false)] {
        let event = read(&bench, asset).await.last_event.id;
        let receipt = bench.ledger.receipt(event).await.unwrap();
        assert_eq!(receipt.is_some(), is_public, "everybody's receipt");
        let owned = bench.ledger.owner_receipt(bench.tenancy, event, Vec::new()).await.unwrap();
        assert!(owned.is_some(), "the owner's receipt");
    }
    bench.ledger.close().await;
    let report = fsck(bench.location(), &|_, _| ()).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}
