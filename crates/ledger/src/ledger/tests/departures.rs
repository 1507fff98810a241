//! Files that leave while deletions are withdrawn.

use super::Bench;
use super::bench::{file, renamed};
use crate::{
    Commit, Committed, Departure, DocumentStatus, EventKind, OnDeletion, SourceSettings,
    Whereabouts,
};

async fn withdrawing() -> Bench {
    let bench = Bench::new().await;
    let settings =
        SourceSettings { on_deletion: OnDeletion::Withdraw, ..SourceSettings::default() };
    bench.ledger.configure_source(bench.source.id, settings, String::new()).await.unwrap();
    bench
}

async fn gone(bench: &Bench, key: &str) {
    let commit = Commit { gone: vec![key.to_owned()], ..Commit::new(bench.source.id) };
    assert_eq!(bench.ledger.commit(commit).await.unwrap().events, []);
}

async fn settle(bench: &Bench, key: &str, whereabouts: Whereabouts) -> Committed {
    let settled_departures = vec![Departure { key: key.to_owned(), whereabouts }];
    let commit = Commit { settled_departures, ..Commit::new(bench.source.id) };
    bench.ledger.commit(commit).await.unwrap()
}

#[tokio::test]
async fn deleted_file_withdraws_its_document_once_and_its_return_publishes_it_once() {
    let bench = withdrawing().await;
    let first = bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    gone(&bench, "id:a").await;
    assert_eq!(bench.ledger.departed(bench.source.id, 10).await.unwrap(), ["id:a"]);
    let withdrawn = settle(&bench, "id:a", Whereabouts::Deleted).await;
    assert_eq!(withdrawn.events.len(), 1);
    assert_eq!(settle(&bench, "id:a", Whereabouts::Deleted).await.events, []);
    assert!(bench.ledger.departed(bench.source.id, 10).await.unwrap().is_empty());
    let asset = first.events[0].asset;
    let (read, _) = bench.ledger.asset(bench.tenancy, asset).await.unwrap().unwrap();
    assert_eq!((read.status, read.version), (DocumentStatus::Withdrawn, 1));

    let back = bench.commit(vec![renamed("id:a", "/a.txt", "r1", "one")]).await;
    assert_eq!((back.events.len(), back.events[0].version), (1, 2));
    let again = bench.commit(vec![renamed("id:a", "/a.txt", "r1", "one")]).await;
    assert_eq!(again.events, []);
    gone(&bench, "id:a").await;
    assert_eq!(settle(&bench, "id:a", Whereabouts::Deleted).await.events.len(), 1);
    let events = bench.ledger.events(asset, None, 10).await.unwrap().unwrap();
    let kinds: Vec<_> = events.iter().rev().map(|event| (event.kind, event.version)).collect();
    let (new, publish, withdraw) = (EventKind::NewAsset, EventKind::Publish, EventKind::Withdraw);
    assert_eq!(kinds, [(new, 1), (withdraw, 1), (publish, 2), (withdraw, 2)]);
    let report = crate::fsck(bench.location(), &|_, _| ()).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[tokio::test]
async fn file_that_went_elsewhere_or_came_back_is_not_withdrawn() {
    let bench = withdrawing().await;
    let files = [file("id:a", "/a.txt", "r1", "one"), file("id:b", "/b.txt", "r1", "two")];
    bench.commit(files.to_vec()).await;
    gone(&bench, "id:a").await;
    assert_eq!(settle(&bench, "id:a", Whereabouts::Elsewhere).await.events, []);
    gone(&bench, "id:b").await;
    bench.commit(vec![renamed("id:b", "/b.txt", "r1", "two")]).await;
    assert_eq!(settle(&bench, "id:b", Whereabouts::Deleted).await.events, []);
    assert!(bench.ledger.departed(bench.source.id, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn commit_under_an_older_lease_is_refused() {
    let bench = Bench::new().await;
    let first = bench.ledger.take_lease(bench.source.id).await.unwrap();
    let second = bench.ledger.take_lease(bench.source.id).await.unwrap();
    let under = |lease| Commit {
        updates: vec![file("id:a", "/a.txt", "r1", "one")],
        lease,
        ..Commit::new(bench.source.id)
    };
    let refused = bench.ledger.commit(under(first)).await;
    assert!(matches!(refused, Err(crate::CommitError::LeaseLost)), "{refused:?}");
    assert_eq!(bench.ledger.commit(under(second)).await.unwrap().events.len(), 1);
}
