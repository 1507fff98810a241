//! How listings are cut into pages.

use sandbox::Pages;
use serde_json::json;

use crate::client::{linked, short};

#[tokio::test]
async fn limit_cuts_pages_and_nothing_is_lost_or_told_twice() {
    let (sandbox, client) = linked().await;
    for number in 0..25 {
        sandbox.files().write(&format!("/f{}/{number}.txt", number % 3), "x").unwrap();
    }
    let (whole, _) = client.list("").await;
    for limit in [1, 2, 7, 28, 29] {
        let argument = json!({ "path": "", "recursive": true, "limit": limit });
        let first = client.ok("files/list_folder", argument).await;
        assert!(first["entries"].as_array().unwrap().len() <= limit);
        assert_eq!(client.drain(first).await.0, whole);
    }
}

#[tokio::test]
async fn usual_page_has_five_hundred_entries() {
    let (sandbox, client) = linked().await;
    for number in 0..501 {
        sandbox.files().write(&format!("/{number:03}.txt"), "x").unwrap();
    }
    let page = client.ok("files/list_folder", json!({ "path": "" })).await;
    assert_eq!(page["entries"].as_array().unwrap().len(), 500);
    assert_eq!(page["has_more"], true);
    assert_eq!(client.drain(page).await.0.len(), 501);
}

#[tokio::test]
async fn pages_come_short_and_empty_when_a_test_wants_it() {
    let (sandbox, client) = linked().await;
    for number in 0..10 {
        sandbox.files().write(&format!("/{number}.txt"), "x").unwrap();
    }
    sandbox.admin().set_pages(Pages { entries_max: Some(3), empty_every: Some(2) });
    let first = client.ok("files/list_folder", json!({ "path": "" })).await;
    assert_eq!(first["entries"].as_array().unwrap().len(), 3);
    let next = json!({ "cursor": first["cursor"] });
    let empty = client.ok("files/list_folder/continue", next).await;
    assert_eq!((empty["entries"].as_array().unwrap().len(), &empty["has_more"]), (0, &json!(true)));
    let (rest, _) = client.drain(empty).await;
    assert_eq!(rest.len(), 7);
    assert_eq!(short(&rest)[0], "file /3.txt");
}

#[tokio::test]
async fn change_during_a_listing_follows_it() {
    let (sandbox, client) = linked().await;
    for name in ["a", "b", "c", "d"] {
        sandbox.files().write(&format!("/{name}/x.txt"), name).unwrap();
    }
    let argument = json!({ "path": "", "recursive": true, "limit": 3 });
    let first = client.ok("files/list_folder", argument).await;
    sandbox.files().move_to("/d", "/0").unwrap();
    sandbox.files().delete("/a").unwrap();
    let mut model = crate::model::Model::of(first["entries"].as_array().unwrap());
    let next = json!({ "cursor": first["cursor"] });
    let page = client.ok("files/list_folder/continue", next).await;
    let (rest, cursor) = client.drain(page).await;
    model.apply(&rest);
    model.apply(&client.changes(&cursor).await.0);
    assert_eq!(model, crate::model::Model::of(&client.list("").await.0));
}
