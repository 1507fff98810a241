//! Contents that are refused, that come broken, and that change meanwhile.

use ledger::{Content, Lack, Source};
use sandbox::{Fault, Mark};
use serde_json::json;
use sync::State;

use crate::direct::DOWNLOAD;
use crate::house::{House, both};

/// What a version is known by when its content can't be had.
fn without_sha256(content: &[u8]) -> Content {
    Content { sha256: None, ..both(content) }
}

async fn until_listed(house: &House, source: &Source, reason: &str) {
    house.until_health(source.id, |health| health.without_sha256 == 1).await;
    house.until_state(source.id, |state| *state == State::UpToDate).await;
    let listed = house.ledger.unrecorded(source.id, None, 9).await.unwrap().remove(0);
    assert_eq!((listed.lack, listed.item.path.as_str()), (Lack::Sha256, "/d/a.txt"));
    assert!(listed.item.reason.starts_with(reason), "{}", listed.item.reason);
}

#[tokio::test]
async fn t28_content_that_was_taken_down_is_on_record_without_sha256_and_asked_for_once() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.mark("/d/a.txt", Some(Mark::Restricted)).unwrap();
    let source = house.reading("/d").await;
    until_listed(&house, &source, "Dropbox does not hand out the content").await;
    assert_eq!(house.published("/d/a.txt").await, [without_sha256(b"one")]);
    assert_eq!(house.health(source.id).await.not_recorded, 0);
    assert_eq!(house.admin.count(DOWNLOAD), 1, "{:?}", house.calls());

    house.files.mark("/d/a.txt", None).unwrap();
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_health(source.id, |health| health.without_sha256 == 0).await;
    assert_eq!(house.published("/d/a.txt").await, [without_sha256(b"one"), both(b"two")]);

    house.admin.inject(Fault::answer(DOWNLOAD, 1, 461, "<html>taken down</html>"));
    house.files.write("/d/a.txt", "three").unwrap();
    until_listed(&house, &source, "Dropbox does not hand out the content").await;
}

#[tokio::test]
async fn t30_file_that_changes_while_it_is_read_has_both_versions_with_their_own_hashes() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.admin.inject(Fault::delay(DOWNLOAD, 1, 200));
    let source = house.reading("/d").await;
    house.until_state(source.id, |state| *state == State::ReadingContents).await;
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_published("/d/a.txt", &[b"one", b"two"]).await;
    house.assert_clean().await;
}

#[tokio::test]
async fn t31_content_that_breaks_off_goes_on_from_there_and_wrong_content_is_never_recorded() {
    let house = House::new().await;
    let content = vec![7; 9 * 1024 * 1024 + 1];
    house.files.write("/d/a.txt", content.clone()).unwrap();
    house.admin.inject(Fault::cut(DOWNLOAD, 1, 5_000_000));
    let source = house.reading("/d").await;
    house.until_published("/d/a.txt", &[&content]).await;
    let downloads = house.admin.requests().into_iter().filter(|request| request.route == DOWNLOAD);
    let mut statuses: Vec<_> = downloads.map(|request| request.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 206]);

    house.admin.inject(Fault::answer(DOWNLOAD, 2, 200, "something else"));
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_published("/d/a.txt", &[&content, b"two"]).await;

    house.admin.clear_requests();
    house.admin.inject(Fault::answer(DOWNLOAD, 3, 200, "something else"));
    house.files.write("/d/a.txt", "three").unwrap();
    until_listed(&house, &source, "What Dropbox handed out was not the content").await;
    let published = house.published("/d/a.txt").await;
    assert_eq!(published, [both(&content), both(b"two"), without_sha256(b"three")]);
    assert_eq!(house.admin.count(DOWNLOAD), 3, "{:?}", house.calls());
}

/// A revision that Dropbox no longer keeps is refused like a path that isn't there.
#[tokio::test]
async fn t31_revision_that_is_no_longer_kept_is_on_record_without_sha256() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let gone = json!({ ".tag": "path", "path": { ".tag": "not_found" } });
    house.fail_next(DOWNLOAD, 409, &gone);
    let source = house.reading("/d").await;
    until_listed(&house, &source, "Dropbox no longer keeps the content").await;
    assert_eq!(house.published("/d/a.txt").await, [without_sha256(b"one")]);
}
