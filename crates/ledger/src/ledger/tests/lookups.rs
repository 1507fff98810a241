use super::Bench;
use super::bench::{file, fingerprint, version};
use crate::lookup::{Algorithm, Answer, BUCKET_RECORDS_STEP, LookupId, LookupKey, LookupRecord};
use crate::{Fingerprint, ItemUpdate, LookupError, Version};

/// Asks as a client does: by a few bits, and opens what the content opens.
async fn ask(bench: &Bench, algorithm: Algorithm, hash: &[u8; 32]) -> Vec<Answer> {
    let id = LookupId::of(algorithm, hash);
    let key = LookupKey::of(algorithm, hash);
    bucket(bench, id.prefix())
        .await
        .into_iter()
        .filter(|record| record.tag == id.tag())
        .map(|record| Answer::open(&key, &record.body).unwrap())
        .collect()
}

async fn bucket(bench: &Bench, prefix: u64) -> Vec<LookupRecord> {
    let bits = bench.ledger.lookup_bits().await.unwrap();
    bench.ledger.lookup(bits, prefix).await.unwrap()
}

async fn ask_content(bench: &Bench, content: &str) -> Vec<Answer> {
    ask(bench, Algorithm::ContentHash, &fingerprint(content).content_hash).await
}

#[tokio::test]
async fn file_finds_its_document_and_others_find_nothing() {
    let bench = Bench::new().await;
    let updates = (0..200).map(|n| file(&format!("id:{n}"), "/a", "r1", &format!("content {n}")));
    let committed = bench.commit(updates.collect()).await;
    for (number, event) in committed.events.iter().enumerate() {
        let answers = ask_content(&bench, &format!("content {number}")).await;
        let [answer] = answers.as_slice() else { panic!("{answers:?}") };
        assert_eq!(
            (answer.asset, answer.event, answer.index),
            (event.asset, event.event, event.index)
        );
        assert_eq!((answer.version, answer.versions), (1, 1));
        assert_eq!(answer.publisher, "My organisation");
    }
    assert_eq!(ask_content(&bench, "another content").await, []);
}

#[tokio::test]
async fn sha256_finds_what_was_published_with_it() {
    let bench = Bench::new().await;
    let full = Fingerprint { sha256: Some([7; 32]), ..fingerprint("one") };
    let update = ItemUpdate {
        versions: vec![Version { fingerprint: full, ..version("r1", "one") }],
        ..file("id:a", "/a", "r1", "one")
    };
    let committed = bench.commit(vec![update]).await;
    let by_sha256 = ask(&bench, Algorithm::Sha256, &[7; 32]).await;
    assert_eq!(by_sha256[0].event, committed.events[0].event);
    assert_eq!(ask_content(&bench, "one").await, by_sha256);
    assert_eq!(ask(&bench, Algorithm::ContentHash, &[7; 32]).await, []);
}

#[tokio::test]
async fn old_version_is_found_with_the_newer_one_named() {
    let bench = Bench::new().await;
    bench.commit(vec![file("id:a", "/a", "r1", "one")]).await;
    bench.pass(60_000);
    let second = bench.commit(vec![file("id:a", "/a", "r2", "two")]).await;
    let answers = ask_content(&bench, "one").await;
    let [answer] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!((answer.version, answer.versions), (1, 2));
    assert_eq!(answer.latest_event, second.events[0].event);
    assert!(answer.published < answer.latest_published);
}

#[tokio::test]
async fn content_that_came_back_is_the_current_version() {
    let bench = Bench::new().await;
    for (revision, content) in [("r1", "one"), ("r2", "two"), ("r3", "one")] {
        bench.commit(vec![file("id:a", "/a", revision, content)]).await;
    }
    let answers = ask_content(&bench, "one").await;
    let versions: Vec<_> = answers.iter().map(|answer| (answer.version, answer.versions)).collect();
    assert_eq!(versions, [(3, 3)]);
}

#[tokio::test]
async fn buckets_have_one_shape_whatever_they_hold() {
    let bench = Bench::new().await;
    let empty = bucket(&bench, 0).await;
    let updates = (0..40).map(|n| file(&format!("id:{n}"), "/a", "r1", &n.to_string()));
    bench.commit(updates.collect()).await;
    let filled = bucket(&bench, 0).await;
    let again = bucket(&bench, 0).await;
    for records in [&empty, &filled, &again] {
        assert_eq!(records.len(), BUCKET_RECORDS_STEP);
        assert!(records.iter().all(|record| record.body.len() == 476));
        assert!(records.is_sorted_by_key(|record| record.tag));
    }
    let tags =
        |records: &[LookupRecord]| records.iter().map(|record| record.tag).collect::<Vec<_>>();
    assert_eq!(tags(&filled), tags(&again), "decoys stay as real records do");
    let bodies = filled.iter().zip(&again).filter(|(one, two)| one.body == two.body);
    assert_eq!(bodies.count(), 0, "no body repeats, real or not");
}

#[tokio::test]
async fn common_file_does_not_swell_the_bucket() {
    let bench = Bench::new().await;
    let updates = (0..500).map(|n| file(&format!("id:{n}"), "/LICENSE", "r1", "MIT"));
    let committed = bench.commit(updates.collect()).await;
    let answers = ask_content(&bench, "MIT").await;
    assert_eq!(answers.len(), 64);
    let first = committed.events[0].event;
    assert!(answers.iter().any(|answer| answer.event == first), "the first publisher is shown");
}

#[tokio::test]
async fn coarse_buckets_that_would_list_everything_are_refused() {
    let bench = Bench::new().await;
    let updates = (0..300).map(|n| file(&format!("id:{n}"), "/a", "r1", &n.to_string()));
    bench.commit(updates.collect()).await;
    assert_eq!(bench.ledger.lookup_bits().await.unwrap(), 3);
    for (bits, served) in [(0, false), (1, false), (2, true), (3, true), (4, false), (64, false)] {
        let answer = bench.ledger.lookup(bits, u64::MAX).await;
        assert_eq!(answer.is_ok(), served, "{bits} bits");
        if let Err(error) = answer {
            assert!(matches!(error, LookupError::Bits { current: 3 }), "{error}");
        }
    }
}

#[tokio::test]
async fn long_publisher_names_are_cut_and_mark_it() {
    let bench = Bench::new().await;
    let name = "Ein sehr langer Name ".repeat(20);
    bench.ledger.set_tenancy_name(bench.tenancy, name).await.unwrap();
    bench.commit(vec![file("id:a", "/a", "r1", "one")]).await;
    let answers = ask_content(&bench, "one").await;
    assert!(answers[0].publisher.starts_with("Ein sehr langer Name"));
    assert!(answers[0].publisher.ends_with('…'));
}
