//! What can't be recorded is listed while it is there, and no longer.

use sync::Verdict;

use crate::direct::LIST;
use crate::house::House;

#[tokio::test]
async fn cloud_document_is_listed_until_it_is_gone() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/Notes.paper", "a note").unwrap();
    house.files.write("/elsewhere/Secret.paper", "a note").unwrap();
    let source = house.linked("/d").await;
    let health = house.until_health(source.id, |health| health.not_recorded == 1).await;
    assert_eq!(health.documents, 1);
    let listed = house.ledger.unrecorded(source.id, None, 10).await.unwrap();
    assert_eq!(listed[0].item.path, "/d/Notes.paper");
    assert!(listed[0].item.reason.starts_with("This is a cloud document"));

    house.files.move_to("/d/Notes.paper", "/d/Renamed.paper").unwrap();
    house.files.write("/d/More.gdoc", "another").unwrap();
    house.until_health(source.id, |health| health.not_recorded == 2).await;
    house.files.move_to("/d/More.gdoc", "/elsewhere/More.gdoc").unwrap();
    house.until_health(source.id, |health| health.not_recorded == 1).await;
    house.files.delete("/d/Renamed.paper").unwrap();
    house.until_health(source.id, |health| health.not_recorded == 0).await;
}

/// Only what is on the list is asked about: nothing is listed again.
#[tokio::test]
async fn trying_again_looks_at_what_could_not_be_recorded_alone() {
    let house = House::new().await;
    for number in 0..20 {
        house.files.write(&format!("/d/{number}.txt"), "one").unwrap();
    }
    house.files.write("/d/a.txt", "two").unwrap();
    let direct = house.direct().await;
    let mut listing = direct.listing("/d").await;
    for entry in listing["entries"].as_array_mut().unwrap() {
        if entry["name"] == "a.txt" {
            entry.as_object_mut().unwrap().remove("content_hash");
        }
    }
    house.answer_next(LIST, &listing);
    let source = house.linked("/d").await;
    house.until_health(source.id, |health| health.not_recorded == 1).await;
    house.admin.clear_requests();
    house.sync.retry(house.tenancy, source.id).await.unwrap();
    let health = house.until_health(source.id, |health| health.not_recorded == 0).await;
    assert_eq!(health.documents, 21);
    let calls = house.calls();
    assert_eq!((calls.get(LIST), calls.get("files/get_metadata")), (None, Some(&1)), "{calls:?}");
}

#[tokio::test]
async fn folder_that_is_linked_no_longer_takes_what_it_had_listed_along() {
    let house = House::new().await;
    house.files.write("/d/Notes.paper", "a note").unwrap();
    house.files.write("/e/Notes.paper", "a note").unwrap();
    let source = house.connect().await;
    for (folders, listed) in [(&["/d", "/e"][..], 2), (&["/e"], 1), (&[], 0)] {
        let rules: Vec<_> = folders.iter().map(|folder| (*folder, Verdict::Include)).collect();
        house.sync.link(house.tenancy, source.id, house.rules(&rules)).await.unwrap();
        house.until_health(source.id, |health| health.not_recorded == listed).await;
    }
}
