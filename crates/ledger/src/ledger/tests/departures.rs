//! Files that leave while deletions are withdrawn.

use super::Bench;
use super::bench::{file, renamed};
use crate::model::filter::{Field, Filter, Holder, Path, Term, Test};
use crate::{
    AssetId, AssetQuery, AttributeValue, Attributes, Commit, Committed, Departure, DocumentStatus,
    EventKind, EventQuery, NewAsset, NewEvent, OnDeletion, Principal, Said, Sharing,
    SourceSettings, Whereabouts,
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

fn must_be(holder: Holder, name: &str, text: &str) -> Filter {
    let field = Field::Attribute(holder, Path::Text(name.to_owned()));
    let term = Term { field, test: Test::Is(text.to_owned()) };
    Filter { groups: vec![vec![term]], ..Filter::default() }
}

/// A registered asset that says that it was withdrawn, with an event that says that it withdraws.
async fn register_what_says_so(bench: &Bench) {
    let accepted = Principal { subject: "somebody".to_owned(), ..Principal::default() };
    let attributes = Attributes::from([("document_status", "Withdrawn")]);
    let new = NewAsset { attributes, sharing: Sharing::Private, accepted: accepted.clone() };
    let asset = bench.ledger.register_asset(bench.tenancy, new, None).await.unwrap().asset;
    let said = Said {
        asset_attributes: Attributes::default(),
        behaviour: "RecordEvidence".to_owned(),
        event_attributes: Attributes::from([("arc_display_type", "Withdraw")]),
        operation: "Record".to_owned(),
    };
    let new = NewEvent { said, declared_at: None, declared: None, accepted };
    bench.ledger.record_event(bench.tenancy, asset, new, None).await.unwrap();
}

async fn assets(bench: &Bench, filter: &Filter, page_size: u32) -> Vec<AssetId> {
    let mut query = AssetQuery { filter: filter.clone(), page_size, ..AssetQuery::default() };
    let mut found = Vec::new();
    loop {
        let page = bench.ledger.assets(bench.tenancy, query.clone()).await.unwrap();
        found.extend(page.assets.iter().map(|(asset, _)| asset.id));
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            return found;
        }
    }
}

async fn events(bench: &Bench, filter: &Filter, page_size: u32) -> Vec<u64> {
    let mut query = EventQuery { filter: filter.clone(), page_size, ..EventQuery::default() };
    let mut found = Vec::new();
    loop {
        let page = bench.ledger.list_tenancy_events(bench.tenancy, query.clone()).await.unwrap();
        found.extend(page.events.iter().map(|full| full.event.log_index));
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn what_was_withdrawn_is_found_whoever_withdrew_it_page_by_page() {
    let bench = withdrawing().await;
    for number in 0..12 {
        let (key, path) = (format!("id:{number}"), format!("/{number}.txt"));
        bench.commit(vec![file(&key, &path, "r1", &path)]).await;
        if number % 3 == 0 {
            gone(&bench, &key).await;
            assert_eq!(settle(&bench, &key, Whereabouts::Deleted).await.events.len(), 1);
        }
        if number % 5 == 0 {
            register_what_says_so(&bench).await;
        }
    }
    let everything = assets(&bench, &Filter::default(), 5).await;
    let withdrawn = must_be(Holder::Asset, "document_status", "Withdrawn");
    let mut expected = Vec::new();
    for id in &everything {
        let (asset, _) = bench.ledger.asset(bench.tenancy, *id).await.unwrap().unwrap();
        expected.extend(withdrawn.matches_asset(&asset).then_some(*id));
    }
    assert_eq!(expected.len(), 4 + 3);
    let withdrawing = must_be(Holder::Event, "arc_display_type", "Withdraw");
    let all = bench.ledger.list_tenancy_events(bench.tenancy, EventQuery::default()).await.unwrap();
    let word = AttributeValue::Text("Withdraw".to_owned());
    let says_so = |said: &Said| said.event_attributes.get("arc_display_type") == Some(&word);
    let those = all.events.iter().filter(|full| says_so(&full.said));
    let those: Vec<u64> = those.map(|full| full.event.log_index).collect();
    assert_eq!(those.len(), 4 + 3);
    for page_size in [1, 2, 3, 7, 200] {
        assert_eq!(assets(&bench, &withdrawn, page_size).await, expected, "{page_size} a page");
        assert_eq!(events(&bench, &withdrawing, page_size).await, those, "{page_size} a page");
    }
    let (ledger, tenancy) = (&bench.ledger, bench.tenancy);
    assert_eq!(ledger.count_assets(tenancy, withdrawn).await.unwrap(), 7);
    assert_eq!(ledger.count_tenancy_events(tenancy, withdrawing).await.unwrap(), 7);
    let every = ledger.count_tenancy_events(tenancy, Filter::default()).await.unwrap();
    assert_eq!(every, all.events.len() as u64);
}
