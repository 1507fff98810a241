//! Versions of a file: which revisions are one, and which are none.

use ledger::Origin;
use serde_json::{Value, json};

use crate::direct::{CONTINUE, LIST, REVISIONS};
use crate::house::House;

async fn house_with_a_document() -> House {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.linked("/d").await;
    house
}

/// The entry of `/d/a.txt` with something else about it is the next change; then a real edit, to
/// see that nothing came of it.
async fn changed_by(change: impl FnOnce(&mut Value)) -> House {
    let house = house_with_a_document().await;
    let direct = house.direct().await;
    let mut entry = direct.entry("/d/a.txt").await;
    change(&mut entry);
    let page = direct.page("/d", vec![entry]).await;
    house.answer_next(CONTINUE, &page);
    house.files.write("/d/b.txt", "wakes the engine").unwrap();
    house.until_documents(&[("/d/a.txt", "new"), ("/d/b.txt", "new")]).await;
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new publish"), ("/d/b.txt", "new")]).await;
    house
}

#[tokio::test]
async fn t27_document_without_content_is_listed_with_its_reason_and_never_exported() {
    let house = house_with_a_document().await;
    house.files.write("/d/Notes.paper", "a note").unwrap();
    let source = house.ledger.sources(house.tenancy).await.unwrap().remove(0);
    house.until_health(source.id, |health| health.not_recorded == 1).await;
    let listed = house.ledger.unrecorded(source.id, None, 10).await.unwrap();
    assert_eq!(listed[0].item.path, "/d/Notes.paper");
    assert!(listed[0].item.reason.starts_with("This is a cloud document"));
    let calls = house.calls();
    assert!(!calls.keys().any(|route| route.contains("export") || route.contains("download")));
}

#[tokio::test]
async fn t29_lock_that_comes_or_goes_is_no_version() {
    let house = changed_by(|entry| {
        entry["file_lock_info"] = json!({
            "is_lockholder": true,
            "lockholder_name": "Imaginary User",
            "created": "2015-05-12T15:50:38Z",
        });
    })
    .await;
    assert_eq!(house.admin.count(REVISIONS), 1, "the lock asked for a history");
}

#[tokio::test]
async fn t32_identical_upload_and_touched_time_are_no_versions() {
    let house = changed_by(|entry| {
        entry["client_modified"] = json!("2001-01-01T00:00:00Z");
        entry["rev"] = json!("a1c10ce0dd78");
    })
    .await;
    house.files.write("/d/b.txt", "wakes the engine").unwrap();
    house.files.write("/d/c.txt", "new").unwrap();
    let expected = [("/d/a.txt", "new publish"), ("/d/b.txt", "new"), ("/d/c.txt", "new")];
    house.until_documents(&expected).await;
}

#[tokio::test]
async fn t33_edits_that_come_together_are_all_in_the_history_in_their_order() {
    let house = house_with_a_document().await;
    house.hold_the_next_reading();
    for content in ["B", "C", "B"] {
        house.files.write("/d/a.txt", content).unwrap();
    }
    house.until_documents(&[("/d/a.txt", "new filled filled publish")]).await;
    let asset = house.ledger.assets(house.tenancy, ledger::AssetQuery::default()).await.unwrap();
    let events = house.ledger.events(asset.assets[0].0.id, None, 9).await.unwrap().unwrap();
    let filled = events.iter().filter(|event| event.origin == Origin::FilledIn).count();
    assert_eq!(filled, 2);
    assert!(events.is_sorted_by_key(|event| std::cmp::Reverse(event.accepted_at)));
}

#[tokio::test]
async fn t36_file_written_over_is_one_document_and_one_made_anew_after_deletion_another() {
    let house = house_with_a_document().await;
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
    house.files.delete("/d/a.txt").unwrap();
    house.files.write("/d/b.txt", "shows that the deletion was seen").unwrap();
    house.until_documents(&[("/d/a.txt", "new publish"), ("/d/b.txt", "new")]).await;
    house.files.write("/d/a.txt", "three").unwrap();
    let expected = [("/d/a.txt", "new"), ("/d/a.txt", "new publish"), ("/d/b.txt", "new")];
    house.until_documents(&expected).await;
}

#[tokio::test]
async fn t48_times_that_cannot_be_are_kept_as_claims_and_order_nothing() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let direct = house.direct().await;
    let mut listing = direct.listing("/d").await;
    for entry in listing["entries"].as_array_mut().unwrap() {
        if entry[".tag"] == "file" {
            entry["server_modified"] = json!("2099-12-31T23:59:59Z");
            entry["client_modified"] = json!("1970-01-01T00:00:00Z");
        }
    }
    house.answer_next(LIST, &listing);
    house.linked("/d").await;
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
    let asset = house.ledger.assets(house.tenancy, ledger::AssetQuery::default()).await.unwrap();
    let events = house.ledger.events(asset.assets[0].0.id, None, 9).await.unwrap().unwrap();
    let (newest, oldest) = (&events[0], &events[1]);
    assert!(newest.log_index > oldest.log_index && newest.accepted_at >= oldest.accepted_at);
    assert!(oldest.declared_at > newest.declared_at, "the claim is kept as it was made");
}
