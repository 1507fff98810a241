//! What happens when the disk is full, when one job of many fails, and when the ledger closes. What
//! happens when an operation fails is in the matrix.

use super::Bench;
use super::bench::file;
use crate::model::filter::Filter;
use crate::store::db::params;
use crate::{Commit, StoreError};

#[tokio::test]
async fn full_disk_says_so_and_the_next_start_goes_on() {
    let bench = Bench::on_files().await;
    bench.commit(vec![file("id:a", "/a", "r1", "one")]).await;
    let limit = |batch: &mut crate::writer::Batch<'_>| -> Result<(), StoreError> {
        let pages: i64 = batch.db.query_row("pragma page_count", params![], |row| row.get(0))?;
        let limit = format!("pragma max_page_count = {}", pages + 2);
        batch.db.query_row(&limit, params![], |row| row.get::<i64>(0)).map(drop)
    };
    bench.ledger.write(limit).await.unwrap();
    let path = "/long/".repeat(300);
    let updates: Vec<_> = (0..200)
        .map(|n| file(&format!("id:{n}"), &format!("{path}{n}"), "r7", &n.to_string()))
        .collect();
    let commit = Commit { updates, ..Commit::new(bench.source.id) };
    let error = bench.ledger.commit(commit.clone()).await.unwrap_err();
    let reason = bench.ledger.failed().await;
    assert!(reason.contains("the disk is full") && reason.contains("make room"), "{reason}");
    assert_eq!(error.to_string(), reason);

    let bench = bench.reopen().await;
    assert_eq!(bench.ledger.asset_count(bench.tenancy).await.unwrap(), 1);
    let again = bench.ledger.commit(commit).await.unwrap();
    assert_eq!((again.events.len(), again.size), (200, 202));
}

#[tokio::test]
async fn job_that_fails_alone_takes_nobody_down() {
    let bench = Bench::new().await;
    let broken = |batch: &mut crate::writer::Batch<'_>| -> Result<(), StoreError> {
        batch.edge.append(batch.db, b"never")?;
        batch.db.execute("insert into tenancy (id, uuid) values (1, null)", params![])
    };
    // In a batch with the other one, which is undone with it and runs again.
    let (both_wait, released) = std::sync::mpsc::channel::<()>();
    let first = move |_: &mut crate::writer::Batch<'_>| -> Result<(), StoreError> {
        assert!(released.recv().is_err(), "nothing is ever sent");
        Ok(())
    };
    let (_, committed, failed, ()) = tokio::join!(
        bench.ledger.write(first),
        bench.commit(vec![file("id:a", "/a", "r1", "one")]),
        bench.ledger.write(broken),
        async { drop(both_wait) }
    );
    assert!(failed.is_err());
    assert_eq!(committed.events[0].index, 1, "its entry was taken back");
    assert!(bench.ledger.receipt(committed.events[0].event).await.unwrap().is_some());
    // What was counted in memory was taken back with the rows, and counted again with those that stayed.
    bench.commit(vec![file("id:b", "/b", "r1", "two")]).await;
    let (ledger, tenancy) = (&bench.ledger, bench.tenancy);
    assert_eq!(ledger.source_documents(bench.source.id).await.unwrap(), 2);
    assert_eq!(ledger.count_tenancy_events(tenancy, Filter::default()).await.unwrap(), 2);
    assert_eq!(ledger.asset_count(tenancy).await.unwrap(), 2);
}

#[tokio::test]
async fn closing_finishes_what_is_queued() {
    let bench = Bench::new().await;
    let updates = vec![file("id:a", "/a", "r1", "one")];
    let commit = Commit { updates, ..Commit::new(bench.source.id) };
    let ledger = bench.ledger.clone();
    let pending = tokio::spawn(async move { ledger.commit(commit).await });
    tokio::task::yield_now().await;
    bench.ledger.close().await;
    let outcome = pending.await.unwrap();
    let late = bench.ledger.commit(Commit::new(bench.source.id)).await.unwrap_err();
    assert!(late.to_string().contains("shutting down"), "{late}");
    let bench = bench.reopen().await;
    let count = bench.ledger.asset_count(bench.tenancy).await.unwrap();
    assert_eq!(count, u64::from(outcome.is_ok()), "what was acknowledged is there");
}
