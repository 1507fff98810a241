//! What other tenancies share, against a naive model: lists, counts, filters, single assets and events,
//! and what may be recorded. What happens is drawn from a seed, which each failure names.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Bench;
use super::bench::file;
use crate::model::filter::{Field, Filter, Holder, Path, Term, Test};
use crate::{
    Asset, AssetId, AssetQuery, Attributes, EventQuery, FullEvent, Grant, NewAsset, NewEvent,
    Order, Principal, Principals, RegisterError, Said, Share, Shares, Sharing, TenancyId,
};

const NAMES: [&str; 4] = ["colour", "size", "arc_display_name", "document_version"];
const TEXTS: [&str; 3] = ["red", "large", "7"];
const KINDS: [&str; 3] = ["Inspect", "Seal", "Open"];
const BEHAVIOURS: [&str; 1] = ["RecordEvidence"];

type Texts = BTreeMap<&'static str, &'static str>;

/// A share in the plainest form.
#[derive(Clone, Debug)]
struct Plain {
    owner: TenancyId,
    /// The text that an attribute must have, if any.
    condition: Option<(&'static str, &'static str)>,
    attributes_read: Vec<&'static str>,
    attributes_write: Vec<&'static str>,
    kinds_read: Vec<&'static str>,
    kinds_write: Vec<&'static str>,
    behaviours: Vec<&'static str>,
}

/// An event that somebody recorded.
#[derive(Clone, Debug)]
struct Written {
    asset: usize,
    recorder: TenancyId,
    kind: Option<&'static str>,
    set: Texts,
    index: u64,
}

struct Owned {
    id: AssetId,
    owner: TenancyId,
    sharing: Sharing,
}

struct World {
    bench: Bench,
    viewer: TenancyId,
    assets: Vec<Owned>,
    written: Vec<Written>,
}

fn draw<T: Copy>(random: &mut ChaCha8Rng, from: &[T]) -> T {
    from[random.random_range(0..from.len())]
}

fn texts(random: &mut ChaCha8Rng) -> Texts {
    let count = random.random_range(0..4);
    (0..count).map(|_| (draw(random, &NAMES), draw(random, &TEXTS))).collect()
}

fn attributes(texts: &Texts) -> Attributes {
    let mut attributes = Attributes::default();
    for (name, text) in texts {
        attributes.set(name, *text);
    }
    attributes
}

/// None, some or all of these.
fn some(random: &mut ChaCha8Rng, from: &[&'static str]) -> Vec<&'static str> {
    match random.random_range(0..5) {
        0 => Vec::new(),
        1 => vec!["*"],
        _ => from.iter().copied().filter(|_| random.random_bool(0.5)).collect(),
    }
}

fn has(names: &[&str], name: Option<&str>) -> bool {
    names.contains(&"*") || name.is_some_and(|name| names.contains(&name))
}

impl Plain {
    fn drawn(random: &mut ChaCha8Rng, owner: TenancyId) -> Self {
        let condition =
            random.random_bool(0.7).then(|| (draw(random, &NAMES), draw(random, &TEXTS)));
        Self {
            owner,
            condition,
            attributes_read: some(random, &NAMES),
            attributes_write: some(random, &NAMES),
            kinds_read: some(random, &KINDS),
            kinds_write: some(random, &KINDS),
            behaviours: some(random, &BEHAVIOURS),
        }
    }

    fn share(&self) -> Share {
        let term = |(name, text): (&str, &str)| Term {
            field: Field::Attribute(Holder::Asset, Path::Text(name.to_owned())),
            test: Test::Is(text.to_owned()),
        };
        let groups = self.condition.iter().map(|condition| vec![term(*condition)]).collect();
        let names = |names: &Vec<&'static str>| names.iter().copied().collect();
        let grant = Grant {
            attributes_read: names(&self.attributes_read),
            attributes_write: names(&self.attributes_write),
            kinds_read: names(&self.kinds_read),
            kinds_write: names(&self.kinds_write),
            behaviours: names(&self.behaviours),
        };
        Share { owner: self.owner, filter: Filter { groups, ..Filter::default() }, grant }
    }

    fn grants_nothing(&self) -> bool {
        self.attributes_read.is_empty()
            && self.attributes_write.is_empty()
            && self.kinds_read.is_empty()
            && self.kinds_write.is_empty()
    }
}

fn said(kind: Option<&str>, set: &Texts) -> Said {
    Said {
        asset_attributes: attributes(set),
        behaviour: "RecordEvidence".to_owned(),
        event_attributes: match kind {
            Some(kind) => Attributes::from([("arc_display_type", kind)]),
            None => Attributes::default(),
        },
        operation: "Record".to_owned(),
    }
}

fn by(recorder: TenancyId) -> Principal {
    Principal { subject: recorder.to_string(), ..Principal::default() }
}

fn event(recorder: TenancyId, kind: Option<&str>, set: &Texts) -> NewEvent {
    NewEvent { said: said(kind, set), declared_at: None, declared: None, accepted: by(recorder) }
}

impl World {
    /// Two tenancies with assets, of which a third one sees what they share; it has a few of its own.
    async fn drawn(random: &mut ChaCha8Rng) -> Self {
        let bench = Bench::new().await;
        let mut owners = vec![bench.tenancy];
        for name in ["Others", "Viewers"] {
            owners.push(bench.ledger.create_tenancy(name.to_owned()).await.unwrap().tenancy);
        }
        bench.commit(vec![file("id:1", "/1", "r1", "one")]).await;
        let viewer = owners[2];
        let mut world = Self { bench, viewer, assets: Vec::new(), written: Vec::new() };
        for _ in 0..14 {
            let (owner, set) = (draw(random, &owners), texts(random));
            let public = random.random_bool(0.2);
            let sharing = if public { Sharing::Public } else { Sharing::Private };
            world.register(owner, sharing, set).await;
        }
        for _ in 0..25 {
            let asset = random.random_range(0..world.assets.len());
            let kind = random.random_bool(0.8).then(|| draw(random, &KINDS));
            let (owner, set) = (world.assets[asset].owner, texts(random));
            world.record(owner, None, asset, kind, set).await.unwrap();
        }
        world
    }

    async fn register(&mut self, owner: TenancyId, sharing: Sharing, set: Texts) {
        let ledger = &self.bench.ledger;
        let new = NewAsset { attributes: attributes(&set), sharing, accepted: by(owner) };
        let made = ledger.register_asset(owner, new, None).await.unwrap();
        let full = ledger.full_event(made.asset, made.event).await.unwrap().unwrap();
        let (asset, index) = (self.assets.len(), full.event.log_index);
        self.assets.push(Owned { id: made.asset, owner, sharing });
        self.written.push(Written { asset, recorder: owner, kind: None, set, index });
    }

    async fn record(
        &mut self,
        recorder: TenancyId,
        plain: Option<&[Plain]>,
        asset: usize,
        kind: Option<&'static str>,
        set: Texts,
    ) -> Result<(), RegisterError> {
        let ledger = &self.bench.ledger;
        let (id, new) = (self.assets[asset].id, event(recorder, kind, &set));
        let made = match plain {
            None => ledger.record_event(recorder, id, new, None).await?,
            Some(plain) => {
                ledger.record_shared_event(recorder, shares(plain), id, new, None).await?
            }
        };
        let full = ledger.full_event(made.asset, made.event).await.unwrap().unwrap();
        let index = full.event.log_index;
        self.written.push(Written { asset, recorder, kind, set, index });
        Ok(())
    }

    fn fold(&self, asset: usize) -> Texts {
        let own = self.written.iter().filter(|one| one.asset == asset);
        own.flat_map(|one| one.set.clone()).collect()
    }

    /// The shares that are about an asset.
    fn about<'a>(&self, plain: &'a [Plain], asset: usize) -> Vec<&'a Plain> {
        let (owned, now) = (&self.assets[asset], self.fold(asset));
        let is_about = |share: &&Plain| {
            let holds = |(name, text): (&str, &str)| now.get(name) == Some(&text);
            share.owner == owned.owner
                && owned.sharing == Sharing::Private
                && !share.grants_nothing()
                && share.condition.is_none_or(holds)
        };
        plain.iter().filter(is_about).collect()
    }

    /// What the viewer reads of an asset: its own whole, another's as far as it is shared.
    fn reads(&self, plain: &[Plain], asset: usize) -> Option<Texts> {
        let now = self.fold(asset);
        if self.assets[asset].owner == self.viewer {
            return Some(now);
        }
        let about = self.about(plain, asset);
        let is_read =
            |name: &str| about.iter().any(|share| has(&share.attributes_read, Some(name)));
        let seen = now.into_iter().filter(|(name, _)| is_read(name)).collect();
        (!about.is_empty()).then_some(seen)
    }

    /// What the viewer reads of an event: what it sets on its asset.
    fn reads_event(&self, plain: &[Plain], one: &Written) -> Option<Texts> {
        let about = self.about(plain, one.asset);
        if self.assets[one.asset].owner == self.viewer
            || (!about.is_empty() && one.recorder == self.viewer)
        {
            return Some(one.set.clone());
        }
        let is_seen = about.iter().any(|share| has(&share.kinds_read, one.kind));
        let is_read =
            |name: &&'static str| about.iter().any(|share| has(&share.attributes_read, Some(name)));
        let set = one.set.clone().into_iter().filter(|(name, _)| is_read(name)).collect();
        is_seen.then_some(set)
    }

    async fn list(&self, mut query: AssetQuery) -> Vec<Asset> {
        let mut found = Vec::new();
        loop {
            let page = self.bench.ledger.assets(self.viewer, query.clone()).await.unwrap();
            for (asset, private) in page.assets {
                assert_eq!(private.is_some(), asset.tenancy == self.viewer, "private fields");
                found.push(asset);
            }
            query.page_token = page.next_page_token;
            if query.page_token.is_none() {
                return found;
            }
        }
    }

    async fn list_events(&self, mut query: EventQuery) -> Vec<FullEvent> {
        let mut found = Vec::new();
        loop {
            let ledger = &self.bench.ledger;
            let page = ledger.list_tenancy_events(self.viewer, query.clone()).await.unwrap();
            found.extend(page.events);
            query.page_token = page.next_page_token;
            if query.page_token.is_none() {
                return found;
            }
        }
    }
}

fn shares(plain: &[Plain]) -> Shares {
    Shares(plain.iter().map(Plain::share).collect())
}

fn drawn_shares(random: &mut ChaCha8Rng, world: &World) -> Vec<Plain> {
    let owners: BTreeSet<_> = world.assets.iter().map(|owned| owned.owner).collect();
    let owners: Vec<_> = owners.into_iter().filter(|owner| *owner != world.viewer).collect();
    let count = random.random_range(0..4);
    let mut plain = Vec::new();
    for _ in 0..count {
        let owner = draw(random, &owners);
        plain.push(Plain::drawn(random, owner));
    }
    plain
}

/// A filter on one attribute, and whether it holds of what is read.
fn drawn_filter(random: &mut ChaCha8Rng) -> (Filter, impl Fn(&Texts) -> bool + use<>) {
    let (name, text) = (draw(random, &NAMES), draw(random, &TEXTS));
    let wanted = match random.random_range(0..3) {
        0 => Test::Present,
        1 => Test::Absent,
        _ => Test::Is(text.to_owned()),
    };
    let field = Field::Attribute(Holder::Asset, Path::Text(name.to_owned()));
    let groups = vec![vec![Term { field, test: wanted.clone() }]];
    let holds = move |read: &Texts| match wanted {
        Test::Present => read.contains_key(name),
        Test::Absent => !read.contains_key(name),
        Test::Is(_) => read.get(name) == Some(&text),
    };
    (Filter { groups, ..Filter::default() }, holds)
}

#[tokio::test]
async fn assets_of_others_are_listed_counted_and_filtered_by_what_is_shared_of_them() {
    for seed in 0..6 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let world = World::drawn(&mut random).await;
        for _ in 0..25 {
            let plain = drawn_shares(&mut random, &world);
            let (filter, holds) = drawn_filter(&mut random);
            let case = format!("seed {seed}: {filter:?} {plain:?}");
            let read = (0..world.assets.len())
                .rev()
                .filter_map(|asset| Some((world.assets[asset].id, world.reads(&plain, asset)?)));
            let mut expected: Vec<_> = read.filter(|(_, read)| holds(read)).collect();
            let page_size = random.random_range(1..6);
            let query =
                AssetQuery { filter, page_size, shares: shares(&plain), ..AssetQuery::default() };
            let found = world.list(query.clone()).await;
            let found: Vec<_> = found.iter().map(|asset| (asset.id, asset.attributes())).collect();
            let as_attributes = |expected: &[(AssetId, Texts)]| -> Vec<_> {
                expected.iter().map(|(id, read)| (*id, attributes(read))).collect()
            };
            assert_eq!(found, as_attributes(&expected), "{case}");
            let ledger = &world.bench.ledger;
            let own = ledger.count_assets(world.viewer, query.filter.clone()).await.unwrap();
            let others = ledger.count_shared_assets(world.viewer, query.clone()).await.unwrap();
            assert_eq!(own + others, expected.len() as u64, "{case}");
            let found = world.list(AssetQuery { order: Order::Identity, ..query }).await;
            let found: Vec<_> = found.iter().map(|asset| (asset.id, asset.attributes())).collect();
            expected.sort_by_key(|(id, _)| *id);
            assert_eq!(found, as_attributes(&expected), "{case}");
        }
    }
}

#[tokio::test]
async fn events_of_others_are_listed_counted_and_filtered_by_what_is_shared_of_them() {
    for seed in 10..16 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut world = World::drawn(&mut random).await;
        for _ in 0..25 {
            let plain = drawn_shares(&mut random, &world);
            // Now and then the viewer records, where it may.
            let asset = random.random_range(0..world.assets.len());
            let kind = random.random_bool(0.8).then(|| draw(&mut random, &KINDS));
            let set = texts(&mut random);
            match world.record(world.viewer, Some(&plain), asset, kind, set).await {
                Ok(()) | Err(RegisterError::NotShared | RegisterError::UnknownAsset) => {}
                Err(other) => panic!("seed {seed}: {other}"),
            }
            let (filter, holds) = drawn_filter(&mut random);
            let case = format!("seed {seed}: {filter:?} {plain:?}");
            let passing = world
                .written
                .iter()
                .rev()
                .filter(|one| world.reads(&plain, one.asset).is_some_and(|read| holds(&read)));
            let expected: Vec<_> = passing
                .filter_map(|one| Some((one.index, world.reads_event(&plain, one)?, one)))
                .collect();
            let page_size = random.random_range(1..6);
            let query =
                EventQuery { filter, page_size, shares: shares(&plain), ..EventQuery::default() };
            let found = world.list_events(query.clone()).await;
            let places: Vec<_> = found.iter().map(|full| full.event.log_index).collect();
            let expected_places: Vec<_> = expected.iter().map(|(index, ..)| *index).collect();
            assert_eq!(places, expected_places, "{case}");
            for (full, (_, set, one)) in found.iter().zip(&expected) {
                assert_eq!(full.said.asset_attributes, attributes(set), "{case}");
                assert_eq!(full.recorder, one.recorder, "{case}");
                let is_ours = one.recorder == world.viewer;
                assert_eq!(full.principals != Principals::default(), is_ours, "{case}");
            }
            let by_identity = EventQuery { order: Order::Identity, ..query.clone() };
            let found = world.list_events(by_identity).await;
            assert!(found.is_sorted_by_key(|full| (full.event.asset, full.event.id)), "{case}");
            let mut places: Vec<_> = found.iter().map(|full| full.event.log_index).collect();
            places.sort_unstable_by_key(|place| std::cmp::Reverse(*place));
            assert_eq!(places, expected_places, "{case}");
            let ledger = &world.bench.ledger;
            let own =
                ledger.count_tenancy_events(world.viewer, query.filter.clone()).await.unwrap();
            let others = ledger.count_shared_events(world.viewer, query).await.unwrap();
            assert_eq!(own + others, expected.len() as u64, "{case}");
        }
    }
}

#[tokio::test]
async fn one_asset_with_its_events_shows_what_lists_show() {
    for seed in 20..24 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let world = World::drawn(&mut random).await;
        for _ in 0..20 {
            let plain = drawn_shares(&mut random, &world);
            for (asset, owned) in world.assets.iter().enumerate() {
                if owned.owner == world.viewer {
                    continue;
                }
                let ledger = &world.bench.ledger;
                let found = ledger.shared_asset(world.viewer, shares(&plain), owned.id).await;
                let found = found.unwrap();
                let expected = world.reads(&plain, asset);
                let Some((whole, seen)) = found else {
                    assert_eq!(expected, None, "seed {seed}: {plain:?}");
                    continue;
                };
                let read = seen.asset(whole).attributes();
                assert_eq!(Some(read), expected.as_ref().map(attributes), "seed {seed}: {plain:?}");
                let query = EventQuery { seen: Some(seen), ..EventQuery::default() };
                let count = ledger.count_events(owned.id, query.clone()).await.unwrap();
                let page = ledger.list_events(owned.id, query).await.unwrap().unwrap();
                let places: Vec<_> = page.events.iter().map(|full| full.event.log_index).collect();
                let written = world.written.iter().rev().filter(|one| one.asset == asset);
                let expected: Vec<_> = written
                    .filter(|one| world.reads_event(&plain, one).is_some())
                    .map(|one| one.index)
                    .collect();
                assert_eq!(places, expected, "seed {seed}: {plain:?}");
                assert_eq!(count, expected.len() as u64, "seed {seed}: {plain:?}");
            }
        }
    }
}

/// How many entries the log has.
async fn size(bench: &Bench) -> u64 {
    let checkpoint = bench.ledger.checkpoint().await.unwrap();
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn another_tenancy_records_what_one_share_allows_and_nothing_else() {
    for seed in 30..36 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut world = World::drawn(&mut random).await;
        let (mut recorded, mut refused) = (0, 0);
        for _ in 0..80 {
            let plain = drawn_shares(&mut random, &world);
            let asset = random.random_range(0..world.assets.len());
            if world.assets[asset].owner == world.viewer {
                continue;
            }
            let kind = random.random_bool(0.8).then(|| draw(&mut random, &KINDS));
            let set = texts(&mut random);
            let about = world.about(&plain, asset);
            let is_allowed = about.iter().any(|share| {
                has(&share.behaviours, Some("RecordEvidence"))
                    && has(&share.kinds_write, kind)
                    && set.keys().all(|name| has(&share.attributes_write, Some(name)))
            });
            let (is_seen, before) = (!about.is_empty(), size(&world.bench).await);
            let outcome = world.record(world.viewer, Some(&plain), asset, kind, set).await;
            let grew = size(&world.bench).await - before;
            match outcome {
                Ok(()) => assert!(is_allowed && grew == 1, "seed {seed}: {plain:?}"),
                Err(RegisterError::NotShared) => {
                    assert!(is_seen && !is_allowed && grew == 0, "seed {seed}: {plain:?}");
                }
                Err(RegisterError::UnknownAsset) => {
                    assert!(!is_seen && grew == 0, "seed {seed}: {plain:?}");
                }
                Err(other) => panic!("seed {seed}: {other}"),
            }
            if grew == 1 { recorded += 1 } else { refused += 1 }
        }
        assert!(recorded > 0 && refused > 0, "seed {seed}: one side was never drawn");
    }
}
