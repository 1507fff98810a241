//! The witness as a log meets it: every answer, and what it remembers.

use std::error::Error;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use reqwest::StatusCode;
use tlog::{
    ADD_CHECKPOINT_BYTES_MAX, AddCheckpoint, Checkpoint, LatestSize, Origin, Policy, SignedNote,
    Signer,
};
use witness::{CosignatureKinds, OpenError, Options, Witness};

use super::house::{House, TIME_S, options, times};
use super::log::{Log, ORIGIN, known, signer};

const VECTOR: &str = include_str!("../../../tlog/tests/vectors/log257/add-checkpoint.txt");
const TIME: u64 = TIME_S.unsigned_abs();

fn monitoring() -> String {
    ORIGIN.parse::<Origin>().unwrap().monitoring_path()
}

#[tokio::test]
async fn request_of_the_vectors_is_cosigned_with_both_keys() {
    let house = House::open(known()).await;
    assert_eq!(house.submit(Log::of(85).request(0)).await.status, StatusCode::OK);
    let answer = house.submit(VECTOR).await;
    let checkpoint = AddCheckpoint::parse(VECTOR).unwrap().checkpoint;
    assert_eq!(answer.times(&checkpoint, &house.witness.keys()), [TIME, TIME]);
}

#[tokio::test]
async fn cosigned_checkpoint_is_shown_without_the_signatures_of_strangers() {
    let house = House::open(known()).await;
    assert_eq!(house.get(&monitoring()).await.status, StatusCode::NOT_FOUND);
    house.submit(Log::of(85).request(0)).await;
    house.submit(VECTOR).await;
    let shown = house.get(&monitoring()).await;
    assert_eq!(shown.kind, "text/plain; charset=utf-8");
    let note = SignedNote::parse(&shown.body).unwrap();
    assert_eq!(note.text(), Log::of(257).checkpoint().text());
    // The vector carries the cosignature of another witness of the same name.
    assert_eq!(note.signatures().len(), 3, "{}", shown.body);
    assert_eq!(times(&note.verify(&house.witness.keys()).unwrap()), [TIME, TIME]);
    note.verify(&[signer().verifier_key()]).unwrap();
}

#[tokio::test]
async fn same_checkpoint_is_signed_again_with_the_time_of_now() {
    let house = House::open(known()).await;
    let log = Log::of(8);
    house.submit(log.request(0)).await;
    house.time_s.store(TIME_S + 600, Ordering::Relaxed);
    let again = house.submit(log.request(8)).await;
    assert_eq!(again.times(&log.checkpoint(), &house.witness.keys()), [TIME + 600; 2]);
}

#[tokio::test]
async fn log_that_believes_another_size_is_told_the_right_one() {
    let house = House::open(known()).await;
    house.submit(Log::of(5).request(0)).await;
    for old_size in [0, 3, 8] {
        let answer = house.submit(Log::of(8).request(old_size)).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!((answer.kind.as_str(), answer.body.as_str()), ("text/x.tlog.size", "5\n"));
    }
    let older = house.submit(Log::of(4).request(3)).await;
    assert_eq!((older.status, older.body.as_str()), (StatusCode::CONFLICT, "5\n"));
}

#[tokio::test]
async fn fork_and_wrong_proof_are_refused_and_change_nothing() {
    let house = House::open(known()).await;
    house.submit(Log::of(8).request(0)).await;
    let mut unproven = Log::of(9).request(8);
    unproven.proof.clear();
    for request in [Log::forked(8).request(8), Log::forked(8).request(0), unproven] {
        let expected = match request.old_size {
            0 => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        assert_eq!(house.submit(&request).await.status, expected, "{request}");
    }
    let shown = SignedNote::parse(&house.get(&monitoring()).await.body).unwrap();
    assert_eq!(shown.text(), Log::of(8).checkpoint().text());
    assert_eq!(house.submit(Log::of(9).request(8)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn old_size_beyond_the_checkpoint_is_a_bad_request() {
    let house = House::open(known()).await;
    let request = AddCheckpoint { old_size: 9, ..Log::of(8).request(2) };
    assert_eq!(house.submit(request).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn unknown_log_is_not_found_and_a_stranger_is_forbidden() {
    let house = House::open(known()).await;
    let stranger = Signer::from_seed(ORIGIN.parse().unwrap(), &[9; 32]);
    let checkpoint = Log::of(8).head().sign(&stranger);
    let answer = house.submit(AddCheckpoint { checkpoint, ..Log::of(8).request(0) }).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    let nobody = House::open(Policy::parse(b"quorum none\n").unwrap()).await;
    let answer = nobody.submit(Log::of(8).request(0)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains(ORIGIN), "{answer:?}");
    assert_eq!(nobody.get(&monitoring()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn malformed_and_oversized_bodies_are_refused() {
    let house = House::open(known()).await;
    for body in ["", "old 0\n", "old 00\n\nx\n", "old 0\n\nno note\n", "\n\n\n"] {
        assert_eq!(house.submit(body).await.status, StatusCode::BAD_REQUEST, "{body:?}");
    }
    let bytes = reqwest::Client::new().post(format!("{}/add-checkpoint", house.url));
    let answer = bytes.body(vec![0xff; 16]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let long = house.submit("x".repeat(ADD_CHECKPOINT_BYTES_MAX + 1)).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    let get = house.get("add-checkpoint").await;
    assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_submissions_at_once_one_wins_and_the_others_learn_its_size() {
    let house = Arc::new(House::open(known()).await);
    house.submit(Log::of(10).request(0)).await;
    let submissions = (11..19).map(|size| {
        let house = Arc::clone(&house);
        tokio::spawn(async move { house.submit(Log::of(size).request(10)).await })
    });
    let mut answers = Vec::new();
    for submission in submissions.collect::<Vec<_>>() {
        answers.push(submission.await.unwrap());
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(won.len(), 1, "{answers:?}");
    let shown = SignedNote::parse(&house.get(&monitoring()).await.body).unwrap();
    let size = LatestSize(Checkpoint::parse(shown.text()).unwrap().size).to_string();
    assert!(lost.iter().all(|answer| answer.status == StatusCode::CONFLICT && answer.body == size));
}

#[tokio::test]
async fn restart_forgets_nothing() {
    let house = House::open(known()).await;
    house.submit(Log::of(8).request(0)).await;
    let keys = house.witness.keys();
    let house = house.restarted(known()).await;
    assert_eq!(house.witness.keys(), keys);
    assert_eq!(
        house.submit(Log::forked(8).request(8)).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(house.submit(Log::of(9).request(0)).await.body, "8\n");
    assert_eq!(house.submit(Log::of(9).request(8)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn key_is_private_stays_and_is_not_made_twice() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Witness::open(options(directory.path(), known()));
    let keys = open().unwrap().keys();
    assert_eq!(open().unwrap().keys(), keys);
    let one = Options { kinds: CosignatureKinds::Ed25519, ..options(directory.path(), known()) };
    assert_eq!(Witness::open(one).unwrap().keys(), keys[..1]);

    let key = directory.path().join("witness.key");
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o640)).unwrap();
    assert!(cause(&open()).contains("chmod 600"));
    std::fs::remove_file(&key).unwrap();
    assert!(cause(&open()).contains("missing"));
}

/// What is behind the error.
fn cause(opened: &Result<Witness, OpenError>) -> String {
    opened.as_ref().err().and_then(|error| error.source()).unwrap().to_string()
}

#[tokio::test]
async fn witness_keeps_the_name_that_it_began_with() {
    let directory = tempfile::tempdir().unwrap();
    Witness::open(options(directory.path(), known())).unwrap();
    let name = "witness.example.com/w2".parse().unwrap();
    let other = Witness::open(Options { name, ..options(directory.path(), known()) });
    assert!(
        matches!(other, Err(OpenError::OtherName { began }) if began == "witness.example.com/w1")
    );
}

#[tokio::test]
async fn witness_that_cannot_remember_does_not_sign() {
    let house = House::open(known()).await;
    house.submit(Log::of(8).request(0)).await;
    let db = rusqlite::Connection::open(house.directory().join("witness.db")).unwrap();
    db.execute_batch(
        "create trigger full before update on latest begin select raise(abort, 'full'); end",
    )
    .unwrap();
    let refused = house.submit(Log::of(9).request(8)).await;
    assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR, "{refused:?}");
    assert!(house.witness.failed().await.contains("full"));
    db.execute_batch("drop trigger full").unwrap();
    let stopped = house.submit(Log::of(9).request(8)).await;
    assert_eq!(stopped.status, StatusCode::INTERNAL_SERVER_ERROR, "until the next start");
    let house = house.restarted(known()).await;
    assert_eq!(house.submit(Log::of(9).request(8)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn clock_before_1970_signs_nothing() {
    let house = House::open(known()).await;
    house.time_s.store(0, Ordering::Relaxed);
    let answer = house.submit(Log::of(8).request(0)).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    house.time_s.store(TIME_S, Ordering::Relaxed);
    assert_eq!(house.submit(Log::of(8).request(0)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn page_tells_people_what_was_seen_and_runs_nothing() {
    let house = House::open(known()).await;
    let before = house.get("").await;
    assert!(before.body.contains(ORIGIN) && before.body.contains("nothing yet"), "{before:?}");
    house.submit(Log::of(8).request(0)).await;
    let page = house.get("").await;
    assert!(page.body.contains("<td>8</td>") && page.body.contains("2027-01-15 08:00:00 UTC"));
    let key = house.witness.keys()[0].to_string();
    assert!(page.body.contains(&key), "{page:?}");
    assert!(!page.body.contains("<script"));
    let response = reqwest::get(&house.url).await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}
