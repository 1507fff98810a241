//! A ledger and the real witness: what is committed gets witnessed, whatever breaks in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::{self, Next};
use tlog::Origin;
use tokio::net::TcpListener;
use witness::{Pace, Witness};

use super::house::{House, TIME_S, options};
use super::log::known;
use super::site::{PACE, Site, knowing, policy, policy_of, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_witnessed_with_both_keys() {
    let site = Site::new().await;
    let house = House::open(knowing(&site.ledger.log_key())).await;
    let site = site.witnessed_by(policy_of(&house)).await;
    let feeder = site.feed(PACE);
    site.until_witnessed().await;
    for name in ["a", "b", "c"] {
        site.publish(name).await;
        site.until_witnessed().await;
    }
    let seen = site.ledger.witnesses().await.unwrap();
    assert!(seen.iter().all(|seen| seen.newest.unwrap().0 == 4), "{seen:?}");
    feeder.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn feeder_that_begins_late_continues_where_the_witness_is() {
    let site = Site::new().await;
    let house = House::open(knowing(&site.ledger.log_key())).await;
    let site = site.witnessed_by(policy_of(&house)).await;
    site.publish("a").await;
    let feeder = site.feed(PACE);
    site.until_witnessed().await;
    feeder.shutdown().await;
    site.publish("b").await;
    site.publish("c").await;
    let feeder = site.feed(PACE);
    site.until_witnessed().await;
    feeder.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn log_without_news_gets_a_newer_time() {
    let site = Site::new().await;
    let house = House::open(knowing(&site.ledger.log_key())).await;
    let site = site.witnessed_by(policy_of(&house)).await;
    let feeder = site.feed(Pace { idle_interval: Duration::from_millis(50), ..PACE });
    site.until_witnessed().await;
    house.time_s.store(TIME_S + 600, Ordering::Relaxed);
    until("a newer time", async || {
        let seen = site.ledger.witnesses().await.unwrap();
        seen.iter().all(|seen| seen.newest.unwrap().1.as_second() == TIME_S + 600)
    })
    .await;
    feeder.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ledgers_whose_owners_witness_each_other() {
    let (one, other) = (Site::new().await, Site::new().await);
    let with_one = House::open(knowing(&other.ledger.log_key())).await;
    let with_other = House::open(knowing(&one.ledger.log_key())).await;
    let one = one.witnessed_by(policy_of(&with_other)).await;
    let other = other.witnessed_by(policy_of(&with_one)).await;
    let feeders = [one.feed(PACE), other.feed(PACE)];
    for name in ["a", "b"] {
        for site in [&one, &other] {
            site.publish(name).await;
        }
        one.until_witnessed().await;
        other.until_witnessed().await;
    }
    for feeder in feeders {
        feeder.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn witness_that_is_away_is_caught_up_with_when_it_returns() {
    let site = Site::new().await;
    let house = House::open(knowing(&site.ledger.log_key())).await;
    let site = site.witnessed_by(policy_of(&house)).await;
    let feeder = site.feed(PACE);
    site.until_witnessed().await;
    let away = house.away();
    site.publish("a").await;
    site.publish("b").await;
    let _house = away.back().await;
    site.until_witnessed().await;
    feeder.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_that_is_lost_after_the_witness_stored_it_is_made_up_for() {
    let site = Site::new().await;
    let directory = tempfile::tempdir().unwrap();
    let witness =
        Witness::open(options(directory.path(), knowing(&site.ledger.log_key()))).unwrap();
    let is_lost = Arc::new(AtomicBool::new(true));
    let lose = Arc::clone(&is_lost);
    let router =
        witness.router().layer(middleware::from_fn(move |request: Request, next: Next| {
            let lose = Arc::clone(&lose);
            async move {
                let response = next.run(request).await;
                // What the client sees of a process that ends here: a connection that breaks.
                assert!(!lose.swap(false, Ordering::SeqCst), "the answer is lost");
                response
            }
        }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let keys: Vec<_> = witness.keys().into_iter().map(|key| (key, url.as_str())).collect();
    let site = site.witnessed_by(policy(&keys)).await;
    let feeder = site.feed(PACE);
    until("the answer is lost", async || !is_lost.load(Ordering::SeqCst)).await;
    site.publish("a").await;
    site.until_witnessed().await;
    feeder.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn witness_that_does_not_know_the_log_keeps_nobody_from_recording() {
    let site = Site::new().await;
    let house = House::open(known()).await;
    let site = site.witnessed_by(policy_of(&house)).await;
    let feeder = site.feed(PACE);
    for name in ["a", "b", "c"] {
        site.publish(name).await;
    }
    assert_eq!(site.ledger.witnessed_size().await.unwrap(), 0);
    feeder.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signature_that_could_not_be_stored_is_asked_for_again() {
    let site = Site::new().await;
    let house = House::open(knowing(&site.ledger.log_key())).await;
    let site = site.witnessed_by(policy_of(&house)).await;
    let db = rusqlite::Connection::open(site.directory.path().join("proofbox.db")).unwrap();
    db.execute_batch(
        "create trigger full before insert on cosignature begin select raise(abort, 'full'); end",
    )
    .unwrap();
    let feeder = site.feed(PACE);
    let origin = Origin::from(site.ledger.log_key().name());
    until("the witness has signed", async || {
        house.get(&origin.monitoring_path()).await.status.is_success()
    })
    .await;
    site.publish("recording goes on").await;
    assert_eq!(site.ledger.witnessed_size().await.unwrap(), 0);
    db.execute_batch("drop trigger full").unwrap();
    site.until_witnessed().await;
    feeder.shutdown().await;
}
