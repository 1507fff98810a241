use tlog::{leaf_hash, verify_inclusion};

use super::Bench;
use super::bench::file;

/// A log that has its policy from the start, one event after a second and five hundred after a
/// minute; then an hour goes by.
async fn grown() -> Bench {
    let bench = Bench::new().await;
    bench.pass(1_000);
    bench.commit(vec![file("id:first", "/first", "r1", "first")]).await;
    bench.pass(59_000);
    let path = |number| format!("/{number}");
    for first in (0..500).step_by(50) {
        let updates = (first..first + 50).map(|n| file(&path(n), &path(n), "r1", &path(n)));
        bench.commit(updates.collect()).await;
    }
    bench.pass(3_600_000 - 60_000);
    bench
}

#[tokio::test]
async fn growth_is_the_size_that_was_signed_at_each_time() {
    let bench = grown().await;
    let growth = bench.ledger.growth(61).await.unwrap();
    let sizes: Vec<_> = growth.iter().map(|point| point.size).collect();
    assert_eq!((growth.len(), sizes[0], sizes[1]), (61, 1, 502), "every minute of an hour");
    assert!(sizes[1..].iter().all(|size| *size == 502));
    let life = growth[60].at.as_millisecond() - growth[0].at.as_millisecond();
    assert_eq!(life, 3_600_000);

    let fine = bench.ledger.growth(181).await.unwrap();
    let sizes: Vec<_> = fine[..4].iter().map(|point| point.size).collect();
    assert_eq!(sizes, [1, 2, 2, 502], "every twenty seconds of an hour");
    assert_eq!(bench.ledger.growth(10_000).await.unwrap().len(), 200);
}

#[tokio::test]
async fn growth_of_a_log_that_began_just_now_is_its_policy() {
    let bench = Bench::new().await;
    let growth = bench.ledger.growth(0).await.unwrap();
    assert!(growth.iter().all(|point| point.size == 1));
}

#[tokio::test]
async fn newest_checkpoints_come_first_with_their_roots() {
    let bench = grown().await;
    let newest = bench.ledger.newest_checkpoints(3).await.unwrap();
    let sizes: Vec<_> = newest.iter().map(|checkpoint| checkpoint.size).collect();
    assert_eq!(sizes, [502, 452, 402]);
    assert!(bench.ledger.newest_checkpoints(100).await.unwrap().len() >= 12);
    assert_ne!(newest[0].root, newest[1].root);
}

#[tokio::test]
async fn every_entry_is_shown_with_a_proof_that_holds() {
    let bench = grown().await;
    let newest = bench.ledger.newest_checkpoints(1).await.unwrap().remove(0);
    for index in [0, 1, 2, 255, 256, 500, 501] {
        let entry = bench.ledger.log_entry(index).await.unwrap().unwrap();
        assert_eq!((entry.index, &entry.newest), (index, &newest));
        let leaf = leaf_hash(&entry.bytes);
        verify_inclusion(&leaf, index, newest.size, &entry.path, &newest.root).unwrap();
        assert!(entry.covered.size > index);
    }
    for beyond in [502, 503, 1 << 62] {
        assert_eq!(bench.ledger.log_entry(beyond).await.unwrap(), None, "{beyond}");
    }
}
