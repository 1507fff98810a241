//! What an older copy of the files may do, and what is shown before it is signed.

use std::fs;
use std::sync::Mutex;

use tlog::{Checkpoint, SignedNote};

use super::Bench;
use super::bench::{copy_directory, file, open};
use crate::ledger::Ledger;
use crate::writer::{Moment, Operation, Steps};
use crate::{AssetQuery, Commit, CommitError, Database};

async fn head(ledger: &Ledger) -> Checkpoint {
    let note = SignedNote::parse(&ledger.checkpoint().await.unwrap()).unwrap();
    Checkpoint::open(&note, &ledger.log_key()).unwrap()
}

#[tokio::test]
async fn old_copy_of_the_database_is_read_only_and_says_why() {
    let bench = Bench::on_files().await;
    bench.commit(vec![file("id:a", "/a", "r1", "one")]).await;
    bench.ledger.close().await;
    let (directory, tenancy, source) = (bench.directory, bench.tenancy, bench.source.id);
    let database = directory.path().join("proofbox.db");
    let copy = fs::read(&database).unwrap();

    let ledger = open(directory.path()).unwrap();
    let updates = vec![file("id:b", "/b", "r1", "two")];
    let commit = Commit { updates, ..Commit::new(source) };
    ledger.commit(commit.clone()).await.unwrap();
    ledger.close().await;

    fs::write(&database, copy).unwrap();
    let ledger = open(directory.path()).unwrap();
    let reason = ledger.read_only().unwrap();
    assert!(reason.contains("older copy") && reason.contains("restore"), "{reason}");
    assert!(reason.contains("2 entries") && reason.contains("3 entries"), "{reason}");
    let error = ledger.commit(commit).await.unwrap_err();
    assert!(matches!(&error, CommitError::ReadOnly(why) if *why == reason), "{error}");
    assert_eq!(head(&ledger).await.size, 2);
    assert_eq!(ledger.asset_count(tenancy).await.unwrap(), 1, "everything can be read");
    let user = ledger.first_administrator().await.unwrap();
    assert!(ledger.create_sign_in_link(user.id).await.unwrap().is_some());
}

#[tokio::test]
async fn copy_that_went_its_own_way_is_read_only_too() {
    let bench = Bench::on_files().await;
    bench.ledger.close().await;
    let fork = tempfile::tempdir().unwrap();
    copy_directory(bench.directory.path(), fork.path());
    let commit = |name: &str| Commit {
        updates: vec![file(name, name, "r1", name)],
        ..Commit::new(bench.source.id)
    };
    let one = open(bench.directory.path()).unwrap();
    one.commit(commit("one")).await.unwrap();
    one.close().await;
    let two = open(fork.path()).unwrap();
    two.commit(commit("two")).await.unwrap();
    two.commit(commit("three")).await.unwrap();
    two.close().await;

    // The longer database from the fork, beside the high-water file of the original.
    let database = "proofbox.db";
    fs::copy(fork.path().join(database), bench.directory.path().join(database)).unwrap();
    let mixed = open(bench.directory.path()).unwrap();
    let reason = mixed.read_only().unwrap();
    assert!(reason.contains("another history"), "{reason}");
}

#[tokio::test]
async fn torn_high_water_mark_leaves_the_one_before() {
    let bench = Bench::on_files().await;
    bench.commit(vec![file("id:a", "/a", "r1", "one")]).await;
    bench.commit(vec![file("id:b", "/b", "r1", "one")]).await;
    bench.ledger.close().await;
    let path = bench.directory.path().join("high-water");
    let mut bytes = fs::read(&path).unwrap();
    let newest = bytes.chunks(128).position(|slot| slot.starts_with(b"3 ")).unwrap();
    bytes[newest * 128 + 10] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert_eq!(open(bench.directory.path()).unwrap().read_only(), None);

    fs::write(&path, "damaged beyond reading").unwrap();
    let error = open(bench.directory.path()).err().unwrap();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("high-water"), "{error}: {source}");
}

#[tokio::test]
async fn somebody_else_who_wrote_to_the_log_stops_the_writer() {
    let bench = Bench::on_files().await;
    let db = rusqlite::Connection::open(bench.directory.path().join("proofbox.db")).unwrap();
    db.execute("update log_head set root = zeroblob(32)", []).unwrap();
    drop(db);
    let updates = vec![file("id:a", "/a", "r1", "one")];
    let commit = Commit { updates, ..Commit::new(bench.source.id) };
    let error = bench.ledger.commit(commit).await.unwrap_err();
    assert!(error.to_string().contains("somebody else wrote to it"), "{error}");
    assert_eq!(head(&bench.ledger).await.size, 1, "nothing new is signed");
}

#[tokio::test]
async fn nothing_is_shown_before_it_is_signed() {
    let (reached, mut at_commit) = tokio::sync::mpsc::unbounded_channel();
    let (go_on, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let steps = Steps::watched(move |operation, moment| {
        if (operation, moment) == (Operation::Commit, Moment::After) {
            reached.send(()).unwrap();
            held.lock().unwrap().recv().unwrap();
        }
        Ok(())
    });
    let free = |count: usize| (0..count).for_each(|_| go_on.send(()).unwrap());
    free(3);
    let bench = Bench::on(Database::Embedded, steps).await;
    let first = bench.commit(vec![file("id:a", "/a", "r1", "one")]).await.events.remove(0);
    while at_commit.try_recv().is_ok() {}

    let ledger = bench.ledger.clone();
    let updates = vec![file("id:a", "/a", "r2", "two"), file("id:b", "/b", "r1", "three")];
    let commit = Commit { updates, ..Commit::new(bench.source.id) };
    let pending = tokio::spawn(async move { ledger.commit(commit).await.unwrap() });
    at_commit.recv().await.unwrap();
    let seen = async || {
        let page = bench.ledger.assets(bench.tenancy, AssetQuery::default()).await.unwrap();
        let versions: Vec<_> = page.assets.iter().map(|(asset, _)| asset.versions).collect();
        let (asset, _) = bench.ledger.public_asset(first.asset).await.unwrap().unwrap();
        let events = bench.ledger.events(first.asset, None, 10).await.unwrap().unwrap();
        assert_eq!(asset.last_event.id, events[0].id);
        assert!(bench.ledger.receipt(events[0].id).await.unwrap().is_some());
        (versions, events.len())
    };
    assert_eq!(seen().await, (vec![1], 1), "committed, and not signed");
    free(1);
    let committed = pending.await.unwrap();
    assert_eq!(seen().await, (vec![1, 2], 2), "signed");
    let second = committed.events[1].asset;
    assert!(bench.ledger.events(second, None, 10).await.unwrap().is_some());
}
