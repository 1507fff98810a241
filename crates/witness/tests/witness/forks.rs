//! What must never go on: an older copy of a log that signs again, and a key in two hands.

use std::time::Duration;

use ledger::Ledger;
use tempfile::TempDir;
use tlog::Policy;
use witness::remembered;

use super::house::House;
use super::site::{PACE, Site, knowing, options, policy, policy_of, until};

/// Longer than a witness takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// A ledger that a witness knows with three entries, and a copy of it from when it had two.
async fn ahead_of_a_copy() -> (House, Site, TempDir) {
    let site = Site::new().await;
    let house = House::open(knowing(&site.ledger.log_key())).await;
    let site = site.witnessed_by(policy_of(&house)).await;
    site.publish("a").await;
    let (site, copy) = site.copied().await;
    site.publish("b").await;
    let feeder = site.feed(PACE);
    site.until_witnessed().await;
    feeder.shutdown().await;
    (house, site, copy)
}

/// Opens a directory as an instance does: the witnesses are asked first.
async fn open(copy: &TempDir, policy: Policy) -> Ledger {
    let opening = Ledger::prepare(options(copy.path(), Some(policy.clone()))).unwrap();
    let checkpoint = opening.checkpoint().unwrap();
    let heads =
        remembered(&policy, &opening.log_key(), checkpoint.as_deref(), DEADLINE).await.unwrap();
    opening.open(&heads).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_older_copy_opens_read_only_because_a_witness_knows_better() {
    let (house, _site, copy) = ahead_of_a_copy().await;
    let ledger = open(&copy, policy_of(&house)).await;
    let reason = ledger.read_only().unwrap();
    assert!(
        reason.contains("the witness witness.example.com/w1 knows one of 3 entries"),
        "{reason}"
    );
    assert!(reason.contains("restore the newest copy"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn newest_copy_opens_and_records() {
    let (house, site, _old) = ahead_of_a_copy().await;
    let (_site, newest) = site.copied().await;
    let ledger = open(&newest, policy_of(&house)).await;
    assert_eq!(ledger.read_only(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn witness_that_shows_nothing_still_tells_the_size() {
    let (house, _site, copy) = ahead_of_a_copy().await;
    let url = house.without_monitoring().await;
    let keys: Vec<_> = house.witness.keys().into_iter().map(|key| (key, url.as_str())).collect();
    let ledger = open(&copy, policy(&keys)).await;
    let reason = ledger.read_only().unwrap();
    assert!(reason.contains("knows one of 3 entries"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn witness_that_is_away_does_not_keep_a_ledger_from_opening() {
    let (house, site, copy) = ahead_of_a_copy().await;
    let policy = policy_of(&house);
    let _away = house.away();
    let (_site, newest) = site.copied().await;
    assert_eq!(open(&newest, policy.clone()).await.read_only(), None);
    assert_eq!(open(&copy, policy).await.read_only(), None, "the feeder is the next look");
}

#[tokio::test(flavor = "multi_thread")]
async fn older_copy_that_runs_is_stopped_by_what_the_witness_shows() {
    let (house, _site, copy) = ahead_of_a_copy().await;
    let copy = Site::over(copy, Some(policy_of(&house))).await;
    let feeder = copy.feed(PACE);
    until("it stops", async || copy.ledger.read_only().is_some()).await;
    let reason = copy.ledger.read_only().unwrap();
    assert!(reason.contains("knows one of 3 entries"), "{reason}");
    copy.try_publish("c").await.unwrap_err();
    feeder.shutdown().await;
    let Site { directory, ledger, .. } = copy;
    ledger.close().await;
    drop(ledger);
    let again = Ledger::open(options(directory.path(), None)).unwrap();
    assert!(again.read_only().is_some(), "it remembers without any witness");
}

#[tokio::test(flavor = "multi_thread")]
async fn second_instance_with_the_same_key_is_stopped_at_the_same_size_and_beyond() {
    for names in [["other"].as_slice(), &["other", "and", "more"]] {
        let (house, _site, copy) = ahead_of_a_copy().await;
        let copy = Site::over(copy, Some(policy_of(&house))).await;
        for name in names {
            copy.publish(name).await;
        }
        let feeder = copy.feed(PACE);
        until("it stops", async || copy.ledger.read_only().is_some()).await;
        let reason = copy.ledger.read_only().unwrap();
        assert!(reason.contains("does not continue the 3 entries"), "{reason}");
        assert!(reason.contains("no other instance"), "{reason}");
        feeder.shutdown().await;
    }
}
