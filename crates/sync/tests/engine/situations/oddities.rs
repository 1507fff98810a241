//! Answers that nobody announced.

use serde_json::json;

use crate::direct::LIST;
use crate::house::House;

#[tokio::test]
async fn t49_unknown_fields_are_ignored_and_unknown_kinds_listed_while_the_rest_is_recorded() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let direct = house.direct().await;
    let mut listing = direct.listing("/d").await;
    listing["brand_new"] = json!({ "deep": [1, 2] });
    let entries = listing["entries"].as_array_mut().unwrap();
    for entry in entries.iter_mut() {
        entry["brand_new"] = json!({ "deep": [1, 2] });
    }
    let path = "/d/Hologram";
    let unknown = json!({ ".tag": "hologram", "id": "id:holo", "name": "Hologram",
        "path_lower": path.to_lowercase(), "path_display": path });
    entries.insert(0, unknown);
    house.answer_next(LIST, &listing);
    let source = house.linked("/d").await;
    house.until_documents(&[("/d/a.txt", "new")]).await;
    let listed = house.ledger.unrecorded(source.id, None, 9).await.unwrap();
    assert_eq!(listed.iter().map(|listed| &listed.item.path).collect::<Vec<_>>(), [path]);
}

#[tokio::test]
async fn t50_file_without_a_place_is_not_linked_and_missing_fields_stop_nothing() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/unmounted.txt", "two").unwrap();
    let direct = house.direct().await;
    let mut listing = direct.listing("/d").await;
    for entry in listing["entries"].as_array_mut().unwrap() {
        let fields = entry.as_object_mut().unwrap();
        if fields["name"] == "unmounted.txt" {
            fields.insert("path_lower".to_owned(), json!(null));
            fields.insert("path_display".to_owned(), json!(null));
        }
        fields.remove("is_downloadable");
        fields.remove("size");
    }
    house.answer_next(LIST, &listing);
    let source = house.linked("/d").await;
    house.until_documents(&[("/d/a.txt", "new")]).await;
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
    assert_eq!(house.ledger.items_below(source.id, "/d", None, 9).await.unwrap().len(), 1);
}
