//! SHA-256: contents that are read once, beside everything else.

use ledger::{Content, Fingerprints, SourceSettings};
use sandbox::{Fault, Options, Person};
use serde_json::json;
use sync::{ConnectError, SourceError, State, allows_content};

use crate::direct::DOWNLOAD;
use crate::house::{House, both, options};

/// Longer than anything here takes.
const NEVER_MS: u64 = 60_000;
const ADA: &str = "ada@example.org";

fn sha256() -> SourceSettings {
    SourceSettings { fingerprints: Fingerprints::Sha256, ..SourceSettings::default() }
}

#[tokio::test]
async fn every_version_is_read_once_has_both_hashes_and_is_found_by_either() {
    let mut house = House::new().await;
    let long = vec![3; 9 * 1024 * 1024];
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/long.bin", long.clone()).unwrap();
    house.files.write("/d/empty.txt", "").unwrap();
    let source = house.reading("/d").await;
    let health = house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert_eq!((health.documents, health.contents), (3, None));
    house.until_published("/d/a.txt", &[b"one"]).await;
    house.until_published("/d/long.bin", &[&long]).await;
    house.until_published("/d/empty.txt", &[b""]).await;
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_published("/d/a.txt", &[b"one", b"two"]).await;
    house.files.move_to("/d/a.txt", "/d/b.txt").unwrap();
    house.until_published("/d/b.txt", &[b"one", b"two"]).await;
    house.restart().await;
    house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert_eq!(house.admin.count(DOWNLOAD), 4, "{:?}", house.calls());

    let Content { content_hash, sha256 } = both(&long);
    for by in [Content { content_hash, sha256: None }, Content { content_hash: None, sha256 }] {
        let found = house.ledger.public_events_with(by).await.unwrap();
        assert_eq!(found.len(), 1, "{by:?}");
    }
    house.assert_clean().await;
}

#[tokio::test]
async fn what_waits_is_kept_across_a_restart_and_what_was_read_is_not_read_again() {
    let mut house = House::new().await;
    for number in 0..4 {
        house.files.write(&format!("/d/{number}.txt"), format!("{number}")).unwrap();
    }
    house.admin.inject(Fault::delay(DOWNLOAD, 1, NEVER_MS));
    let source = house.reading("/d").await;
    let one_left = |contents: sync::Contents| contents.total - contents.read == 1;
    let waiting = house.until_health(source.id, |health| {
        health.documents == 3 && health.contents.is_some_and(one_left)
    });
    assert_eq!(waiting.await.state, State::ReadingContents);
    house.restart().await;
    let health = house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert_eq!((health.documents, health.contents), (4, None));
    // The one that was cut off by the restart was never answered, so it isn't counted.
    assert_eq!(house.admin.count(DOWNLOAD), 4, "{:?}", house.calls());
    house.assert_clean().await;
}

#[tokio::test]
async fn sha256_takes_a_consent_of_the_same_account() {
    let bob = Person::new("Bob", "Other", "bob@example.org");
    let two = Options { further_accounts: vec![bob], ..Options::default() };
    let house = House::with(two, options()).await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    assert!(!allows_content(&source));
    let refused = house.sync.configure(house.tenancy, source.id, sha256()).await;
    assert!(matches!(refused, Err(SourceError::NotAllowed)), "{refused:?}");
    let other = house.allow_content(&source, "bob@example.org").await;
    assert!(matches!(other, Err(ConnectError::OtherAccount)), "{other:?}");
    let unchanged = house.ledger.source(house.tenancy, source.id).await.unwrap().unwrap();
    assert_eq!((unchanged.settings, &unchanged.scope), (source.settings, &source.scope));

    house.admin.clear_requests();
    let allowed = house.allow_content(&unchanged, ADA).await.unwrap();
    assert!(allows_content(&allowed));
    assert_eq!(allowed.settings, sha256());
    house.files.write("/d/b.txt", "two").unwrap();
    house.until_published("/d/b.txt", &[b"two"]).await;
    assert_eq!(house.admin.count("files/list_folder"), 0, "the cursor was thrown away");
    // What was recorded before stays as it is.
    assert_eq!(house.published("/d/a.txt").await[0].sha256, None);
}

#[tokio::test]
async fn wait_that_a_download_meets_is_one_of_the_whole_account() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let body = r#"{"error_summary":"too_many_requests/..","error":{"reason":{".tag":"too_many_requests"},"retry_after":300}}"#;
    let busy = Fault::answer(DOWNLOAD, 1, 429, body).with_header("retry-after", "300");
    house.admin.inject(busy.with_header("content-type", "application/json"));
    let source = house.reading("/d").await;
    house.until_state(source.id, |state| matches!(state, State::Waiting { .. })).await;
    assert!(house.sync.folders(house.tenancy, source.id, None).await.is_err());
    assert_eq!(house.admin.count(DOWNLOAD), 1, "{:?}", house.calls());
}

#[tokio::test]
async fn permission_that_is_missing_is_named_and_new_consent_goes_on() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let missing = json!({ ".tag": "missing_scope", "required_scope": "files.content.read" });
    house.fail_next(DOWNLOAD, 401, &missing);
    let source = house.reading("/d").await;
    let named = |state: &State| match state {
        State::Failed { reason, .. } => reason.contains("files.content.read"),
        _ => false,
    };
    house.until_state(source.id, named).await;
    house.allow_content(&source, ADA).await.unwrap();
    house.until_published("/d/a.txt", &[b"one"]).await;
}

#[tokio::test]
async fn dropbox_in_trouble_is_asked_again() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    for status in [500, 502, 503] {
        house.admin.inject(Fault::answer(DOWNLOAD, 1, status, "<html>oops</html>"));
    }
    house.reading("/d").await;
    house.until_published("/d/a.txt", &[b"one"]).await;
    assert_eq!(house.admin.count(DOWNLOAD), 4, "{:?}", house.calls());
}

#[tokio::test]
async fn switching_off_publishes_what_waits_without_sha256() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.admin.inject(Fault::delay(DOWNLOAD, 1, NEVER_MS));
    let source = house.reading("/d").await;
    house.until_state(source.id, |state| *state == State::ReadingContents).await;
    let settings = SourceSettings::default();
    house.sync.configure(house.tenancy, source.id, settings).await.unwrap();
    house.until_documents(&[("/d/a.txt", "new")]).await;
    assert_eq!(house.published("/d/a.txt").await[0].sha256, None);
    assert_eq!(house.health(source.id).await.without_sha256, 0);
}

#[tokio::test]
async fn file_that_is_unlinked_or_deleted_before_it_was_read_waits_until_it_is_back() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/b.txt", "two").unwrap();
    house.admin.inject(Fault::delay(DOWNLOAD, 2, NEVER_MS));
    let source = house.reading("/d").await;
    house.until_state(source.id, |state| *state == State::ReadingContents).await;
    let (nothing, everything) = (house.rules(&[]), house.rules(&[("/d", sync::Verdict::Include)]));
    house.sync.link(house.tenancy, source.id, nothing).await.unwrap();
    assert_eq!(house.documents().await, []);
    assert_eq!(house.health(source.id).await.contents, None);
    house.admin.clear_faults();
    house.files.delete("/d/b.txt").unwrap();
    house.sync.link(house.tenancy, source.id, everything).await.unwrap();
    house.until_state(source.id, |state| *state == State::UpToDate).await;
    house.until_published("/d/a.txt", &[b"one"]).await;
    assert_eq!(house.published("/d/b.txt").await, []);
}
