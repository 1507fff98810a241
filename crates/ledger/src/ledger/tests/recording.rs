use std::collections::BTreeMap;

use tokio::task::JoinSet;

use super::Bench;
use super::bench::{file, fingerprint, new_source, renamed, unrecorded, version};
use crate::model::change::{COMMIT_ITEMS_MAX, PATH_BYTES_MAX};
use crate::model::filter::{Field, Filter, Holder, Path, Term, Test};
use crate::store::db::params;
use crate::{
    AssetChoice, AssetQuery, ChangeKind, Commit, CommitError, DisconnectedBy, DocumentStatus,
    EventKind, ItemUpdate, Lack, Origin, Presence, Settled, SourceId, Unrecorded, Version,
};

#[tokio::test]
async fn new_file_becomes_an_asset_with_one_event() {
    let bench = Bench::new().await;
    let committed = bench.commit(vec![file("id:a", "/Docs/Report.txt", "r1", "one")]).await;
    let [event] = committed.events.as_slice() else { panic!("one event: {committed:?}") };
    assert_eq!((event.index, event.version, committed.size), (1, 1, 2));

    let (asset, private) = bench.ledger.asset(bench.tenancy, event.asset).await.unwrap().unwrap();
    assert_eq!((asset.version, asset.versions), (1, 1));
    assert_eq!(asset.status, DocumentStatus::Published);
    assert_eq!(asset.last_event.kind, EventKind::NewAsset);
    assert_eq!(private.path.as_deref(), Some("/Docs/Report.txt"));
    assert_eq!(private.name.as_deref(), Some("Report.txt"));

    let read = bench.ledger.event(event.asset, event.event).await.unwrap().unwrap();
    assert_eq!(read.log_index, 1);
    assert_eq!(read.checkpoint.unwrap().size, 2);
}

#[tokio::test]
async fn modified_file_publishes_the_next_version_of_its_asset() {
    let bench = Bench::new().await;
    let first = bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    bench.pass(1_000);
    let second = bench.commit(vec![file("id:a", "/a.txt", "r2", "two")]).await;
    assert_eq!(first.events[0].asset, second.events[0].asset);
    assert_eq!(second.events[0].version, 2);

    let events = bench.ledger.events(first.events[0].asset, None, 10).await.unwrap().unwrap();
    let kinds: Vec<_> = events.iter().map(|event| (event.kind, event.version)).collect();
    assert_eq!(kinds, [(EventKind::Publish, 2), (EventKind::NewAsset, 1)]);
    let rest = bench.ledger.events(first.events[0].asset, Some(2), 10).await.unwrap().unwrap();
    assert_eq!(rest, events[1..]);
}

#[tokio::test]
async fn renamed_file_keeps_its_asset_and_publishes_nothing() {
    let bench = Bench::new().await;
    let first = bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    let moved = bench.commit(vec![renamed("id:a", "/b/c.txt", "r1", "one")]).await;
    assert_eq!((moved.events.len(), moved.size), (0, 2));
    let asset = first.events[0].asset;
    let (_, private) = bench.ledger.asset(bench.tenancy, asset).await.unwrap().unwrap();
    assert_eq!(private.path.as_deref(), Some("/b/c.txt"));
    let event = bench.ledger.owned_event(bench.tenancy, first.events[0].event).await.unwrap();
    assert_eq!(
        event.unwrap().private.path.as_deref(),
        Some("/a.txt"),
        "an event keeps what was then"
    );
}

#[tokio::test]
async fn repeated_commit_adds_nothing() {
    let bench = Bench::new().await;
    let updates = vec![
        file("id:a", "/a.txt", "r1", "one"),
        ItemUpdate {
            versions: vec![version("r1", "x"), version("r2", "y")],
            ..file("id:b", "/b.txt", "r2", "y")
        },
    ];
    let first = bench.commit(updates.clone()).await;
    assert_eq!(first.events.len(), 3);
    let again = bench.commit(updates.clone()).await;
    assert_eq!((again.events.len(), again.size), (0, 4));
    let bench = bench.reopen().await;
    let after_restart = bench.commit(updates).await;
    assert_eq!((after_restart.events.len(), after_restart.size), (0, 4));
    assert_eq!(bench.ledger.source_documents(bench.source.id).await.unwrap(), 2);
    assert_eq!(bench.ledger.asset_count(bench.tenancy).await.unwrap(), 2);
}

#[tokio::test]
async fn the_same_file_and_revision_of_another_account_is_another_document() {
    let bench = Bench::new().await;
    let other = bench.ledger.connect_source(new_source(bench.tenancy, "dbid:other")).await.unwrap();
    let updates = vec![file("id:a", "/a.txt", "r1", "one")];
    bench.commit(updates.clone()).await;
    let commit = Commit { updates, ..Commit::new(other.id) };
    assert_eq!(bench.ledger.commit(commit).await.unwrap().events.len(), 1);
    assert_eq!(bench.ledger.asset_count(bench.tenancy).await.unwrap(), 2);
}

#[tokio::test]
async fn file_that_takes_anothers_place_publishes_on_its_asset() {
    let bench = Bench::new().await;
    let first = bench.commit(vec![file("id:old", "/a.txt", "r1", "one")]).await;
    let replacing = ItemUpdate {
        asset: AssetChoice::Replaces { key: "id:old".to_owned() },
        ..file("id:new", "/a.txt", "r9", "two")
    };
    let commit = Commit {
        updates: vec![replacing],
        gone: vec!["id:old".to_owned()],
        ..Commit::new(bench.source.id)
    };
    let second = bench.ledger.commit(commit.clone()).await.unwrap();
    assert_eq!(second.events[0].asset, first.events[0].asset);
    assert_eq!(second.events[0].version, 2);
    assert_eq!(bench.ledger.commit(commit).await.unwrap().events, []);

    let keys = ["id:old".to_owned(), "id:new".to_owned()];
    let items = bench.ledger.items_by_key(bench.source.id, &keys).await.unwrap();
    let states: Vec<_> = items.iter().map(|item| (item.presence, item.asset)).collect();
    let asset = Some(first.events[0].asset);
    assert_eq!(states, [(Presence::Gone, None), (Presence::Present, asset)]);

    let third = bench.commit(vec![file("id:new", "/a.txt", "r10", "three")]).await;
    assert_eq!((Some(third.events[0].asset), third.events[0].version), (asset, 3));
    let back = bench.commit(vec![file("id:old", "/a (1).txt", "r11", "one")]).await;
    assert_ne!(Some(back.events[0].asset), asset, "what comes back is a document of its own");
}

#[tokio::test]
async fn missed_revisions_are_filled_in_in_order() {
    let bench = Bench::new().await;
    bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    let filled =
        |revision, content| Version { origin: Origin::FilledIn, ..version(revision, content) };
    let update = ItemUpdate {
        versions: vec![
            filled("r1", "one"),
            filled("r2", "two"),
            filled("r3", "one"),
            version("r4", "two"),
        ],
        ..file("id:a", "/a.txt", "r4", "two")
    };
    let committed = bench.commit(vec![update]).await;
    let versions: Vec<_> = committed.events.iter().map(|event| event.version).collect();
    assert_eq!(versions, [2, 3, 4], "r1 has its event; going back to a content is a version");
    let events = bench.ledger.events(committed.events[0].asset, None, 10).await.unwrap().unwrap();
    let origins: Vec<_> = events.iter().map(|event| event.origin).collect();
    assert_eq!(origins, [Origin::Observed, Origin::FilledIn, Origin::FilledIn, Origin::Observed]);
}

#[tokio::test]
async fn cursor_moves_with_the_events_that_it_led_to() {
    let bench = Bench::new().await;
    let commit = Commit {
        cursor: Some("second page".to_owned()),
        updates: vec![file("id:a", "/a.txt", "r1", "one")],
        ..Commit::new(bench.source.id)
    };
    bench.ledger.commit(commit).await.unwrap();
    bench.commit(vec![file("id:b", "/b.txt", "r1", "one")]).await;
    let source = bench.ledger.source(bench.tenancy, bench.source.id).await.unwrap().unwrap();
    assert_eq!(source.cursor.as_deref(), Some("second page"));
}

#[tokio::test]
async fn what_cannot_be_recorded_is_listed_until_it_can() {
    let bench = Bench::new().await;
    let item = unrecorded("id:paper", "/notes.paper", 1);
    for _ in 0..2 {
        bench.pass(1_000);
        let unrecorded = vec![item.clone()];
        bench.ledger.commit(Commit { unrecorded, ..Commit::new(bench.source.id) }).await.unwrap();
    }
    let listed = bench.ledger.unrecorded(bench.source.id, None, 10).await.unwrap();
    assert_eq!((listed.len(), &listed[0].item), (1, &item));
    assert!(listed[0].first_seen < listed[0].last_seen);
    bench.commit(vec![file("id:paper", "/notes.paper", "r1", "now")]).await;
    assert_eq!(bench.ledger.unrecorded_count(bench.source.id, Lack::Event).await.unwrap(), 0);
}

#[tokio::test]
async fn unrecorded_items_are_settled_by_key_by_place_and_by_a_listing_that_lacks_them() {
    let bench = Bench::new().await;
    let paths = ["/a", "/b", "/b/1", "/b!", "/bc", "/c"];
    let items: Vec<_> = paths.map(|path| unrecorded(path, path, 2)).into();
    bench.note(items.clone(), Vec::new()).await;
    bench.note(Vec::new(), vec![Settled::Key("/a".to_owned())]).await;
    assert_eq!(bench.unrecorded().await, ["/b", "/b!", "/b/1", "/bc", "/c"]);
    bench.note(Vec::new(), vec![Settled::At("/b".to_owned())]).await;
    assert_eq!(bench.unrecorded().await, ["/b!", "/b/1", "/bc", "/c"]);
    bench.note(Vec::new(), vec![Settled::Within("/b".to_owned())]).await;
    assert_eq!(bench.unrecorded().await, ["/b!", "/bc", "/c"]);
    let met_again = Unrecorded { generation: 3, ..items[5].clone() };
    bench.note(vec![met_again], vec![Settled::Unmet { generation: 2 }]).await;
    assert_eq!(bench.unrecorded().await, ["/b!", "/bc", "/c"]);
    bench.note(Vec::new(), vec![Settled::Unmet { generation: 3 }]).await;
    assert_eq!(bench.unrecorded().await, ["/c"]);
    bench.note(vec![unrecorded("id:new", "/c", 3)], Vec::new()).await;
    assert_eq!(bench.unrecorded().await, ["id:new"], "one place holds one item");
}

#[tokio::test]
async fn disconnected_and_unknown_sources_record_nothing() {
    let bench = Bench::new().await;
    bench.ledger.disconnect_source(bench.source.id, DisconnectedBy::Owner).await.unwrap();
    let updates = vec![file("id:a", "/a.txt", "r1", "one")];
    let commit = Commit { updates, ..Commit::new(bench.source.id) };
    let error = bench.ledger.commit(commit.clone()).await.unwrap_err();
    assert!(matches!(error, CommitError::Disconnected), "{error}");
    let unknown = Commit { source: SourceId::from_bytes([0; 16]), ..commit.clone() };
    let error = bench.ledger.commit(unknown).await.unwrap_err();
    assert!(matches!(error, CommitError::UnknownSource), "{error}");

    let account = new_source(bench.tenancy, "dbid:first");
    let again = bench.ledger.connect_source(account).await.unwrap();
    assert_eq!((again.id, again.rules.as_str()), (bench.source.id, "all"));
    assert_eq!(bench.ledger.commit(commit).await.unwrap().events.len(), 1);
}

#[tokio::test]
async fn too_large_a_commit_is_refused_whole() {
    let bench = Bench::new().await;
    let commit =
        Commit { gone: vec![String::new(); COMMIT_ITEMS_MAX + 1], ..Commit::new(bench.source.id) };
    let error = bench.ledger.commit(commit).await.unwrap_err();
    assert!(matches!(error, CommitError::TooLarge(_)), "{error}");
    let path = "/".repeat(PATH_BYTES_MAX + 1);
    let updates = vec![file("id:ok", "/a", "r1", "x"), file("id:long", &path, "r1", "x")];
    let commit = Commit { updates, ..Commit::new(bench.source.id) };
    let error = bench.ledger.commit(commit).await.unwrap_err();
    assert!(matches!(error, CommitError::TooLarge(_)), "{error}");
    assert_eq!(bench.ledger.asset_count(bench.tenancy).await.unwrap(), 0);
}

#[tokio::test]
async fn concurrent_commits_share_a_checkpoint_and_get_distinct_places() {
    const COMMITS: usize = 200;
    let bench = Bench::new().await;
    let mut tasks = JoinSet::new();
    for number in 0..COMMITS {
        let (ledger, source) = (bench.ledger.clone(), bench.source.id);
        let updates = vec![file(&format!("id:{number}"), &format!("/{number}"), "r1", "same")];
        let commit = Commit { updates, ..Commit::new(source) };
        tasks.spawn(async move { ledger.commit(commit).await.unwrap().events[0].index });
    }
    let mut indexes = tasks.join_all().await;
    indexes.sort_unstable();
    assert_eq!(indexes, (1..=COMMITS as u64).collect::<Vec<_>>());
    let checkpoints = bench
        .ledger
        .read(|db| {
            db.query_row("select count(*) from checkpoint /* every row */", params![], |row| {
                row.get(0)
            })
        })
        .await;
    let checkpoints: usize = checkpoints.unwrap();
    assert!(checkpoints < COMMITS / 2, "{checkpoints} checkpoints for {COMMITS} commits");
}

#[tokio::test]
async fn item_that_comes_with_many_commits_at_once_is_one_item() {
    const ITEMS: usize = 10;
    const REVISIONS: u32 = 20;
    let bench = Bench::new().await;
    let mut tasks = JoinSet::new();
    for number in 0..ITEMS * REVISIONS as usize {
        let (key, revision) = (format!("id:{}", number % ITEMS), format!("r{number}"));
        let (ledger, source) = (bench.ledger.clone(), bench.source.id);
        let updates = vec![file(&key, &format!("/{key}"), &revision, &revision)];
        let commit = Commit { updates, ..Commit::new(source) };
        tasks.spawn(async move { ledger.commit(commit).await.unwrap().events.remove(0) });
    }
    let mut versions: BTreeMap<_, Vec<u32>> = BTreeMap::new();
    for event in tasks.join_all().await {
        versions.entry(event.asset).or_default().push(event.version);
    }
    assert_eq!(versions.len(), ITEMS);
    for of_one in versions.values_mut() {
        of_one.sort_unstable();
        assert_eq!(*of_one, (1..=REVISIONS).collect::<Vec<_>>());
    }
    let bench = bench.reopen().await;
    let ledger = &bench.ledger;
    let events = ledger.count_tenancy_events(bench.tenancy, Filter::default()).await.unwrap();
    assert_eq!(events, ITEMS as u64 * u64::from(REVISIONS));
    assert_eq!(ledger.asset_count(bench.tenancy).await.unwrap(), ITEMS as u64);
    assert_eq!(ledger.source_documents(bench.source.id).await.unwrap(), ITEMS as u64);
}

#[tokio::test]
async fn lists_show_newest_first_and_page_without_gaps() {
    let bench = Bench::new().await;
    let updates = (0..7).map(|n| file(&format!("id:{n}"), &format!("/N{n}.txt"), "r1", "x"));
    let committed = bench.commit(updates.collect()).await;
    let mut seen = Vec::new();
    let mut query = AssetQuery { page_size: 3, ..AssetQuery::default() };
    loop {
        let page = bench.ledger.assets(bench.tenancy, query.clone()).await.unwrap();
        seen.extend(page.assets.iter().map(|(asset, _)| asset.id));
        let Some(token) = page.next_page_token else { break };
        // What is published between two pages is newer, and does not shift them.
        bench.commit(vec![file(&format!("id:new{token}"), "/new", "r1", "x")]).await;
        query.page_token = Some(token);
    }
    let expected: Vec<_> = committed.events.iter().rev().map(|event| event.asset).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn search_finds_names_and_folders_in_any_case() {
    let bench = Bench::new().await;
    let updates = vec![
        file("id:1", "/Verträge/Müller.PDF", "r1", "x"),
        file("id:2", "/100%_sure.txt", "r1", "y"),
    ];
    bench.commit(updates).await;
    let (in_both, at_the_seam) = ("verträge/mü", "Verträge/");
    let found =
        [("MÜLLER", 1), ("verträge", 1), (in_both, 1), (at_the_seam, 1), ("%_", 1), ("", 2)];
    let not_found = [("nope", 0), ("verträge/pdf", 0), ("e/müller.pdf/", 0), ("pdf/verträge", 0)];
    for (search, count) in found.into_iter().chain(not_found) {
        let query = AssetQuery { search: Some(search.to_owned()), ..AssetQuery::default() };
        let page = bench.ledger.assets(bench.tenancy, query).await.unwrap();
        assert_eq!(page.assets.len(), count, "{search:?}");
    }
}

#[tokio::test]
async fn search_pages_through_all_accounts_newest_first_and_follows_renames() {
    let bench = Bench::new().await;
    let other = bench.ledger.connect_source(new_source(bench.tenancy, "dbid:other")).await.unwrap();
    let mut expected = Vec::new();
    for round in 0..40 {
        for source in [bench.source.id, other.id] {
            // More in one place than are looked up at a time.
            let files = (0..4).map(|n| (format!("id:{round}-{n}"), format!("/in/{round}-{n}.pdf")));
            let updates = files.map(|(key, path)| file(&key, &path, "r1", &path)).collect();
            let commit = Commit { updates, ..Commit::new(source) };
            let committed = bench.ledger.commit(commit).await.unwrap();
            expected.extend(committed.events.into_iter().map(|event| event.asset));
        }
    }
    expected.reverse();
    let mut query =
        AssetQuery { search: Some("PDF".to_owned()), page_size: 7, ..AssetQuery::default() };
    let mut found = Vec::new();
    loop {
        let page = bench.ledger.assets(bench.tenancy, query.clone()).await.unwrap();
        found.extend(page.assets.iter().map(|(asset, _)| asset.id));
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            break;
        }
    }
    assert_eq!(found, expected);
    bench.commit(vec![file("id:0-0", "/in/elsewhere.txt", "r1", "/in/0-0.pdf")]).await;
    for (search, count) in [("elsewhere", 1), ("0-0.pdf", 7)] {
        let query = AssetQuery { search: Some(search.to_owned()), ..AssetQuery::default() };
        let page = bench.ledger.assets(bench.tenancy, query).await.unwrap();
        assert_eq!(page.assets.len(), count, "{search:?}");
    }
}

#[tokio::test]
async fn assets_are_found_by_the_hash_that_they_have_now() {
    let bench = Bench::new().await;
    let updates = vec![
        file("id:1", "/a", "r1", "one"),
        file("id:2", "/b", "r1", "two"),
        file("id:3", "/c", "r1", "one"),
    ];
    bench.commit(updates).await;
    bench.commit(vec![file("id:1", "/a", "r2", "three")]).await;
    let hash = |content: &str| hex::encode(fingerprint(content).content_hash);
    for (hash, count) in
        [(hash("one"), 1), (hash("two"), 1), (hash("three"), 1), (hash("none"), 0), ("1".into(), 0)]
    {
        let field = Field::Attribute(Holder::Asset, Path::Text("document_hash_value".to_owned()));
        let groups = vec![vec![Term { field, test: Test::Is(hash.clone()) }]];
        let filter = Filter { groups, ..Filter::default() };
        let query = AssetQuery { filter: filter.clone(), ..AssetQuery::default() };
        let page = bench.ledger.assets(bench.tenancy, query).await.unwrap();
        assert_eq!(page.assets.len(), count, "{hash}");
        let counted = bench.ledger.count_assets(bench.tenancy, filter).await.unwrap();
        assert_eq!(counted, count as u64, "{hash}");
    }
}

#[tokio::test]
async fn watchers_are_told_once_there_is_something_to_read() {
    let bench = Bench::new().await;
    let mut changes = bench.ledger.changes();
    bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    let change = changes.recv().await.unwrap();
    assert_eq!((change.tenancy, change.kind), (bench.tenancy, ChangeKind::Events));
    assert_eq!(bench.ledger.asset_count(bench.tenancy).await.unwrap(), 1);
    bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    assert!(changes.try_recv().is_err(), "a repeated commit changes nothing");
}

#[tokio::test]
async fn item_that_comes_twice_in_a_commit_is_one_item() {
    let bench = Bench::new().await;
    let updates = vec![file("id:a", "/a", "r1", "one"), file("id:a", "/a", "r2", "two")];
    let events = bench.commit(updates).await.events;
    assert_eq!(events.iter().map(|event| event.version).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(events[0].asset, events[1].asset);
    assert_eq!(bench.ledger.asset_count(bench.tenancy).await.unwrap(), 1);
}

#[tokio::test]
async fn revision_that_comes_twice_with_a_new_item_is_one_event() {
    let bench = Bench::new().await;
    let versions = vec![version("r1", "one"), version("r1", "one"), version("r2", "two")];
    let update = ItemUpdate { versions, ..file("id:a", "/a", "r2", "two") };
    assert_eq!(bench.commit(vec![update]).await.events.len(), 2);
}
