//! Connections that are lost: ended by the server at each step of a commit, cut between a commit and its
//! answer, gone with a server that fell and came back. Nothing is lost or there twice, and serving
//! goes on by itself.

mod proxy;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Bench;
use super::bench::file;
use crate::store::db::{Db, params};
use crate::store::{self, log};
use crate::writer::{Batch, Moment, Operation, Steps};
use crate::{Commit, CommitError, Database, Location, StoreError, fsck};
use proxy::Proxy;
pub(super) use server::Server;

/// Ends the session that holds the writer's lock, and waits until it is gone.
const END_WRITER: &str = "
    select count(pg_terminate_backend(pid, 10000)) from pg_locks
    where locktype = 'advisory' and ((cast(classid as bigint) << 32) | cast(objid as bigint))
        = hashtextextended('proofbox writer in ' || current_schema(), 0)";
const END_OWN: &str = "select pg_terminate_backend(pg_backend_pid()) is null";

fn has_server() -> bool {
    matches!(Database::scratch(), Database::Postgres(_))
}

/// Runs something once, when a step is reached after it was armed.
struct Trap {
    is_armed: Arc<AtomicBool>,
    at: (Operation, Moment),
}

impl Trap {
    fn new(at: (Operation, Moment)) -> Self {
        Self { is_armed: Arc::default(), at }
    }

    fn arm(&self) {
        self.is_armed.store(true, Ordering::SeqCst);
    }

    fn steps(&self, spring: impl Fn() + Send + Sync + 'static) -> Steps {
        let (is_armed, at) = (Arc::clone(&self.is_armed), self.at);
        Steps::watched(move |operation, moment| {
            if (operation, moment) == at && is_armed.swap(false, Ordering::SeqCst) {
                spring();
            }
            Ok(())
        })
    }
}

fn two(bench: &Bench) -> Commit {
    let updates = vec![file("id:a", "/a", "r2", "two"), file("id:b", "/b", "r1", "three")];
    Commit { updates, cursor: Some("next".to_owned()), ..Commit::new(bench.source.id) }
}

/// A ledger with one event, on a database.
async fn begun(database: Database, steps: Steps) -> Bench {
    let bench = Bench::on(database, steps).await;
    bench.commit(vec![file("id:a", "/a", "r1", "one")]).await;
    bench
}

/// The commit of two events is there once, with receipts; the ledger goes on; all of it is clean.
async fn assert_whole(bench: Bench, what: &str) {
    let again = bench.ledger.commit(two(&bench)).await.unwrap();
    assert_eq!((again.events.len(), again.size), (0, 4), "{what}: nothing twice, nothing missing");
    let next = bench.commit(vec![file("id:c", "/c", "r1", "four")]).await;
    assert_eq!(next.size, 5, "{what}");
    let receipt = bench.ledger.receipt(next.events[0].event).await.unwrap();
    assert!(receipt.is_some(), "{what}");
    bench.ledger.close().await;
    assert_eq!(fsck(bench.location(), &|_, _| ()).unwrap().findings, [], "{what}");
}

#[tokio::test]
async fn commit_goes_on_over_another_connection_wherever_the_server_ended_the_first() {
    if !has_server() {
        return;
    }
    for operation in Operation::ALL {
        for moment in [Moment::Before, Moment::After] {
            let what = format!("{moment:?} {operation:?}");
            let (database, trap) = (Database::scratch(), Trap::new((operation, moment)));
            let directory = tempfile::tempdir().unwrap();
            let at =
                Location { directory: directory.path().to_owned(), database: database.clone() };
            let steps = trap.steps(move || {
                let beside = store::open_beside(&at).unwrap();
                let ended: i64 = beside.query_row(END_WRITER, params![], |row| row.get(0)).unwrap();
                assert_eq!(ended, 1);
            });
            let bench = begun(database, steps).await;
            trap.arm();
            let committed = bench.ledger.commit(two(&bench)).await.unwrap();
            assert_eq!((committed.events.len(), committed.size), (2, 4), "{what}");
            assert_whole(bench, &what).await;
        }
    }
}

#[tokio::test]
async fn commit_that_is_cut_off_from_its_answer_is_read_back() {
    let Database::Postgres(_) = Database::scratch() else { return };
    let (database, proxy) = Proxy::before(Database::scratch());
    let trap = Trap::new((Operation::Commit, Moment::Before));
    let deaf = proxy.clone();
    let bench = begun(database, trap.steps(move || deaf.lose_answers())).await;
    trap.arm();
    let direct = proxy.location(&bench.location());
    let (committed, ()) = tokio::join!(bench.ledger.commit(two(&bench)), async {
        tokio::task::spawn_blocking(move || wait_for_size(&direct, 4)).await.unwrap();
        proxy.end_all();
    });
    assert_eq!(committed.unwrap().events.len(), 2);
    assert_whole(bench, "the answer was lost").await;
}

#[tokio::test]
async fn commit_that_never_arrived_is_made_again() {
    let Database::Postgres(_) = Database::scratch() else { return };
    let (database, proxy) = Proxy::before(Database::scratch());
    let trap = Trap::new((Operation::Commit, Moment::Before));
    let bench = begun(database, trap.steps(move || proxy.end_all())).await;
    trap.arm();
    assert_eq!(bench.ledger.commit(two(&bench)).await.unwrap().events.len(), 2);
    assert_whole(bench, "the question was lost").await;
}

/// Waits until the log is so large, whoever has seen that.
fn wait_for_size(at: &Location, size: u64) {
    let beside = store::open_beside(at).unwrap();
    while log::head(&beside).unwrap().unwrap().size < size {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn what_is_no_event_and_is_cut_off_from_its_answer_is_to_be_repeated() {
    let Database::Postgres(_) = Database::scratch() else { return };
    let (database, proxy) = Proxy::before(Database::scratch());
    let trap = Trap::new((Operation::Commit, Moment::Before));
    let bench = begun(database, trap.steps(move || proxy.end_all())).await;
    trap.arm();
    let name = || bench.ledger.set_tenancy_name(bench.tenancy, "Delta".to_owned());
    let error = name().await.unwrap_err();
    assert!(matches!(error, StoreError::Interrupted(_)), "{error}");
    assert!(error.to_string().contains("repeat it"), "{error}");
    assert_eq!(name().await.unwrap().unwrap().display_name, "Delta");
}

#[tokio::test]
async fn work_that_loses_every_connection_is_given_up_and_the_rest_goes_on() {
    if !has_server() {
        return;
    }
    let bench = begun(Database::scratch(), Steps::default()).await;
    let ends = |batch: &mut Batch<'_>| -> Result<(), StoreError> {
        batch.db.query_row(END_OWN, params![], |_| Ok(()))
    };
    let error = bench.ledger.write(ends).await.unwrap_err();
    assert!(matches!(error, StoreError::Interrupted(_)), "{error}");
    bench.ledger.commit(two(&bench)).await.unwrap();
    assert_whole(bench, "given up").await;
}

#[tokio::test]
async fn another_writer_that_came_meanwhile_is_not_written_over() {
    if !has_server() {
        return;
    }
    let (database, trap) = (Database::scratch(), Trap::new((Operation::Apply, Moment::Before)));
    let directory = tempfile::tempdir().unwrap();
    let at = Location { directory: directory.path().to_owned(), database: database.clone() };
    let steps = trap.steps(move || {
        let beside = store::open_beside(&at).unwrap();
        let _: i64 = beside.query_row(END_WRITER, params![], |row| row.get(0)).unwrap();
        grow(&beside);
    });
    let bench = begun(database, steps).await;
    trap.arm();
    let error = bench.ledger.commit(two(&bench)).await.unwrap_err();
    assert!(matches!(error, CommitError::Store(StoreError::Stopped(_))), "{error}");
    assert!(bench.ledger.failed().await.contains("somebody else"), "{error}");
}

/// Moves the head as another writer would.
fn grow(db: &Db) {
    db.execute("update log_head set size = size + 1", params![]).unwrap();
}

#[tokio::test]
async fn serving_goes_on_when_the_server_falls_and_comes_back() {
    if !has_server() {
        return;
    }
    let server = Server::start();
    let bench = begun(server.database(), Steps::default()).await;
    assert_eq!(bench.ledger.asset_count(bench.tenancy).await.unwrap(), 1);
    server.order("--mode=immediate stop");
    let error = bench.ledger.asset_count(bench.tenancy).await.unwrap_err();
    assert!(error.to_string().contains("cannot be reached at the moment"), "{error}");
    let (ledger, commit) = (bench.ledger.clone(), two(&bench));
    let waiting = tokio::spawn(async move { ledger.commit(commit).await });
    tokio::task::yield_now().await;
    server.order("--wait start");
    let committed = waiting.await.unwrap().unwrap();
    assert_eq!((committed.events.len(), committed.size), (2, 4));
    assert_eq!(bench.ledger.asset_count(bench.tenancy).await.unwrap(), 2);
    assert_whole(bench, "the server fell").await;
}
