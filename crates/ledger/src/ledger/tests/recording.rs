use super::Bench;
use super::bench::{file, renamed, version};
use crate::{AssetChoice, Commit, DocumentStatus, EventKind, ItemUpdate, Origin, Version};

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
