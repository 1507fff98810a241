//! What only a database behind a network has: another writer elsewhere, a connection that is lost. And
//! the move from one database to the other.

use std::time::Duration;

use tempfile::TempDir;

use super::Bench;
use super::bench::{file, open_at};
use crate::store::db::params;
use crate::writer::{Moment, Operation, Steps};
use crate::{AssetQuery, Commit, CopyError, Database, Ledger, Location, OpenError, copy};

const TERMINATE: &str = "select pg_terminate_backend(pg_backend_pid()) is null";
const QUIET: crate::Progress<'static> = &|_, _| ();

/// A bench on the server, if there is one; without `PROOFBOX_TEST_DATABASE` there is none.
async fn on_server() -> Option<Bench> {
    match Database::scratch() {
        Database::Embedded => None,
        server @ Database::Postgres(_) => Some(Bench::on(server, Steps::default()).await),
    }
}

#[tokio::test]
async fn second_writer_is_refused_wherever_it_is() {
    let Some(bench) = on_server().await else { return };
    let elsewhere = TempDir::new().unwrap();
    let at = Location { directory: elsewhere.path().to_owned(), ..bench.location() };
    for key in ["log.key", "secrets.key"] {
        std::fs::copy(bench.directory.path().join(key), elsewhere.path().join(key)).unwrap();
    }
    let opened = open_at(&at);
    let error = opened.err().unwrap();
    assert!(matches!(error, OpenError::DatabaseInUse(_)), "{error}");
    bench.ledger.close().await;
    open_at(&at).unwrap();
}

#[tokio::test]
async fn reader_whose_session_ended_gets_another() {
    let Some(bench) = on_server().await else { return };
    let lost = bench.ledger.read(|db| db.query_row(TERMINATE, params![], |_| Ok(()))).await;
    assert!(lost.is_err());
    for _ in 0..8 {
        if bench.ledger.asset_count(bench.tenancy).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no read succeeds any more");
}

#[tokio::test]
async fn commit_whose_answer_is_lost_is_whole_or_absent() {
    for moment in [Moment::Before, Moment::After] {
        let database = Database::scratch();
        let Database::Postgres(_) = database else { return };
        let armed = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let is_armed = std::sync::Arc::clone(&armed);
        let steps = Steps::watched(move |operation, reached| {
            let is_it = (operation, reached) == (Operation::Commit, moment);
            let fails = is_it && is_armed.load(std::sync::atomic::Ordering::SeqCst);
            if fails { Err("the answer got lost".to_owned()) } else { Ok(()) }
        });
        let bench = Bench::on(database, steps).await;
        bench.commit(vec![file("id:a", "/a", "r1", "one")]).await;
        armed.store(true, std::sync::atomic::Ordering::SeqCst);
        let updates = vec![file("id:b", "/b", "r1", "two")];
        let commit = Commit { updates, ..Commit::new(bench.source.id) };
        assert!(bench.ledger.commit(commit.clone()).await.is_err());
        let bench = bench.reopen().await;
        let again = bench.ledger.commit(commit).await.unwrap();
        let expected = usize::from(moment == Moment::Before);
        assert_eq!(again.events.len(), expected, "{moment:?}: nothing twice, nothing missing");
        assert_eq!(bench.ledger.asset_count(bench.tenancy).await.unwrap(), 2);
    }
}

/// A ledger with some of everything, closed.
async fn used(database: Database) -> Bench {
    let bench = Bench::on(database, Steps::default()).await;
    for page in 0..3 {
        let updates = (0..150).map(|n| {
            let (key, path) = (format!("id:{n}"), format!("/Folder {}/{n}.txt", n % 7));
            file(&key, &path, &format!("r{page}"), &format!("{n} {page}"))
        });
        bench.commit(updates.collect()).await;
    }
    bench.ledger.close().await;
    bench
}

/// The receipts of the newest assets, with what is said of them.
async fn everything(ledger: &Ledger, bench: &Bench) -> Vec<String> {
    let page = ledger.assets(bench.tenancy, AssetQuery::default()).await.unwrap();
    let mut told = vec![ledger.checkpoint().await.unwrap()];
    for (asset, private) in page.assets {
        let receipt = ledger.receipt(asset.last_event.id).await.unwrap().unwrap();
        told.push(format!("{asset:?} {private:?} {receipt}"));
    }
    told
}

#[tokio::test]
async fn instance_moves_to_another_database_and_back_with_its_log_intact() {
    let Database::Postgres(_) = Database::scratch() else { return };
    let bench = used(Database::Embedded).await;
    let ledger = open_at(&bench.location()).unwrap();
    let before = everything(&ledger, &bench).await;
    ledger.close().await;

    let server = Database::scratch();
    let directory = bench.directory.path();
    let copied = copy(directory, Database::Embedded, server.clone(), QUIET).unwrap();
    assert_eq!(copied.report.findings, []);
    let at = Location { directory: directory.to_owned(), database: server.clone() };
    let ledger = open_at(&at).unwrap();
    assert_eq!(everything(&ledger, &bench).await, before);
    let updates = vec![file("id:new", "/new/folder/new.txt", "r1", "new")];
    let commit = Commit { updates, ..Commit::new(bench.source.id) };
    ledger.commit(commit).await.unwrap();
    let before = everything(&ledger, &bench).await;
    ledger.close().await;

    let error = copy(directory, server.clone(), Database::Embedded, QUIET).unwrap_err();
    assert!(matches!(error, CopyError::Occupied(_)), "{error}");
    let behind = open_at(&bench.location()).unwrap();
    assert!(
        behind.read_only().unwrap().contains("older copy"),
        "the one that was left never signs"
    );
    behind.close().await;
    for name in ["proofbox.db", "proofbox.db-wal", "proofbox.db-shm"] {
        drop(std::fs::remove_file(directory.join(name)));
    }
    let copied = copy(directory, server, Database::Embedded, QUIET).unwrap();
    assert_eq!(copied.report.findings, []);
    let ledger = open_at(&bench.location()).unwrap();
    assert_eq!(everything(&ledger, &bench).await, before);
    ledger.close().await;
}
