//! Versions that wait until their content was read.

use super::Bench;
use super::bench::{file, fingerprint, renamed, version};
use crate::{
    AssetChoice, Awaited, Awaiting, Commit, Committed, Content, ContentOutcome, ContentRead,
    Fingerprints, ItemUpdate, Lack, SourceSettings,
};

async fn reading() -> Bench {
    let bench = Bench::new().await;
    want(&bench, Fingerprints::Sha256).await;
    bench
}

async fn want(bench: &Bench, fingerprints: Fingerprints) {
    let settings = SourceSettings { fingerprints, ..SourceSettings::default() };
    bench.ledger.configure_source(bench.source.id, settings, String::new()).await.unwrap();
}

async fn waiting(bench: &Bench) -> Vec<Awaited> {
    bench.ledger.awaited(bench.source.id, u64::MAX, 100).await.unwrap()
}

async fn revisions(bench: &Bench) -> Vec<String> {
    waiting(bench).await.into_iter().map(|version| version.revision).collect()
}

async fn settle(bench: &Bench, version: u64, outcome: ContentOutcome) -> Committed {
    let contents = vec![ContentRead { version, outcome }];
    bench.ledger.commit(Commit { contents, ..Commit::new(bench.source.id) }).await.unwrap()
}

/// Reads the one that comes next.
async fn read_next(bench: &Bench, sha256: u8) -> Committed {
    let next = waiting(bench).await.remove(0);
    settle(bench, next.id, ContentOutcome::Sha256([sha256; 32])).await
}

async fn gone(bench: &Bench, key: &str) {
    let commit = Commit { gone: vec![key.to_owned()], ..Commit::new(bench.source.id) };
    bench.ledger.commit(commit).await.unwrap();
}

fn versions(key: &str, path: &str, contents: &[(&str, &str)]) -> ItemUpdate {
    let (revision, content) = contents.last().unwrap();
    let versions = contents.iter().map(|(revision, content)| version(revision, content));
    ItemUpdate { versions: versions.collect(), ..renamed(key, path, revision, content) }
}

async fn history(bench: &Bench, committed: &Committed) -> Vec<Content> {
    let asset = committed.events[0].asset;
    let events = bench.ledger.events(asset, None, 10).await.unwrap().unwrap();
    events.iter().rev().map(|event| event.fingerprint).collect()
}

fn both(content: &str, sha256: u8) -> Content {
    let content_hash = Some(fingerprint(content).content_hash);
    Content { content_hash, sha256: Some([sha256; 32]) }
}

async fn assert_clean(bench: Bench) {
    bench.ledger.close().await;
    let report = crate::fsck(bench.location(), &|_, _| ()).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[tokio::test]
async fn version_waits_for_its_content_and_is_published_once_with_both_hashes() {
    let bench = reading().await;
    for _ in 0..2 {
        assert_eq!(bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await.events, []);
    }
    let awaiting = bench.ledger.awaiting(bench.source.id).await.unwrap();
    assert_eq!(awaiting, Awaiting { versions: 1, bytes: 3 });
    let item = bench.ledger.items_by_key(bench.source.id, &["id:a".into()]).await.unwrap();
    assert!(item[0].has_trail() && item[0].asset.is_none());
    let bench = bench.reopen().await;
    let next = waiting(&bench).await.remove(0);
    assert_eq!((next.revision.as_str(), next.bytes), ("r1", 3));
    let published = settle(&bench, next.id, ContentOutcome::Sha256([7; 32])).await;
    assert_eq!((published.events.len(), published.events[0].version), (1, 1));
    assert_eq!(settle(&bench, next.id, ContentOutcome::Sha256([7; 32])).await.events, []);
    assert_eq!(bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await.events, []);
    assert_eq!(history(&bench, &published).await, [both("one", 7)]);
    assert_eq!(bench.ledger.awaiting(bench.source.id).await.unwrap(), Awaiting::default());
    let item = bench.ledger.items_by_key(bench.source.id, &["id:a".into()]).await.unwrap();
    assert_eq!((item[0].asset, item[0].awaits), (Some(published.events[0].asset), false));
    assert_clean(bench).await;
}

#[tokio::test]
async fn versions_of_one_file_follow_each_other_and_the_newest_files_come_first() {
    let bench = reading().await;
    bench.commit(vec![versions("id:a", "/a.txt", &[("r1", "one"), ("r2", "two")])]).await;
    bench.commit(vec![file("id:b", "/b.txt", "r3", "three")]).await;
    assert_eq!(revisions(&bench).await, ["r3", "r1"]);
    let all = waiting(&bench).await;
    // The second version is not to be had before the first: its number is between the others'.
    let second = settle(&bench, all[1].id + 1, ContentOutcome::Sha256([2; 32])).await;
    assert_eq!(second.events, []);
    let first = settle(&bench, all[1].id, ContentOutcome::Sha256([1; 32])).await;
    assert_eq!(revisions(&bench).await, ["r3", "r2"]);
    let short = bench.ledger.awaited(bench.source.id, 3, 100).await.unwrap();
    assert_eq!(short.len(), 1, "longer ones are left out");
    let second = settle(&bench, waiting(&bench).await[1].id, ContentOutcome::Sha256([2; 32])).await;
    assert_eq!(second.events[0].version, 2);
    assert_eq!(history(&bench, &first).await, [both("one", 1), both("two", 2)]);
}

#[tokio::test]
async fn file_that_is_gone_is_held_and_goes_on_when_it_is_back() {
    let bench = reading().await;
    bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    let version = waiting(&bench).await.remove(0).id;
    gone(&bench, "id:a").await;
    assert!(waiting(&bench).await.is_empty());
    assert_eq!(bench.ledger.awaiting(bench.source.id).await.unwrap(), Awaiting::default());
    assert_eq!(settle(&bench, version, ContentOutcome::Sha256([1; 32])).await.events, []);
    bench.commit(vec![renamed("id:a", "/b.txt", "r1", "one")]).await;
    assert_eq!(read_next(&bench, 1).await.events.len(), 1);
    assert_eq!(bench.ledger.awaiting(bench.source.id).await.unwrap(), Awaiting::default());
    assert_clean(bench).await;
}

#[tokio::test]
async fn what_waits_of_a_replaced_file_is_published_before_its_successor() {
    let bench = reading().await;
    bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    let takes_over = ItemUpdate {
        asset: AssetChoice::Replaces { key: "id:a".to_owned() },
        ..file("id:b", "/a.txt", "r2", "two")
    };
    let (updates, gone) = (vec![takes_over], vec!["id:a".to_owned()]);
    let commit = Commit { updates, gone, ..Commit::new(bench.source.id) };
    bench.ledger.commit(commit).await.unwrap();
    assert_eq!(revisions(&bench).await, ["r1"]);
    let first = read_next(&bench, 1).await;
    read_next(&bench, 2).await;
    assert_eq!(history(&bench, &first).await, [both("one", 1), both("two", 2)]);
    assert_clean(bench).await;
}

#[tokio::test]
async fn content_that_cannot_be_had_is_published_without_sha256_and_listed_until_the_next() {
    let bench = reading().await;
    bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    let version = waiting(&bench).await.remove(0).id;
    let taken_down = ContentOutcome::Unavailable("taken down".to_owned());
    let published = settle(&bench, version, taken_down).await;
    assert_eq!(history(&bench, &published).await, [Content::from(fingerprint("one"))]);
    let counts = async || {
        let count = |lack| bench.ledger.unrecorded_count(bench.source.id, lack);
        (count(Lack::Event).await.unwrap(), count(Lack::Sha256).await.unwrap())
    };
    assert_eq!(counts().await, (0, 1));
    // Being seen again, by a listing of everything too, says nothing about its content.
    let seen_again = ItemUpdate { generation: 2, ..renamed("id:a", "/a.txt", "r1", "one") };
    bench.commit(vec![seen_again]).await;
    bench.note(vec![], vec![crate::Settled::Unmet { generation: 2 }]).await;
    assert_eq!(counts().await, (0, 1));
    bench.commit(vec![file("id:a", "/a.txt", "r2", "two")]).await;
    read_next(&bench, 2).await;
    assert_eq!(counts().await, (0, 0));
}

#[tokio::test]
async fn what_is_not_wanted_any_more_keeps_its_place_before_what_comes_later() {
    let bench = reading().await;
    bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    want(&bench, Fingerprints::Metadata).await;
    let at_once = bench.commit(vec![file("id:b", "/b.txt", "r1", "other")]).await;
    assert_eq!(at_once.events.len(), 1);
    assert_eq!(bench.commit(vec![file("id:a", "/a.txt", "r2", "two")]).await.events, []);
    let version = waiting(&bench).await.remove(0).id;
    let first = settle(&bench, version, ContentOutcome::NotWanted).await;
    settle(&bench, waiting(&bench).await[0].id, ContentOutcome::NotWanted).await;
    let expected = ["one", "two"].map(|content| Content::from(fingerprint(content)));
    assert_eq!(history(&bench, &first).await, expected);
    assert_clean(bench).await;
}
