//! The list of what could not be recorded.

use ledger::{Commit, Unrecorded};
use serde_json::json;

use super::house::House;

fn paper(number: u32) -> Unrecorded {
    Unrecorded {
        key: format!("id:{number:03} &?"),
        path: format!("/Notes/<b>{number}</b>.paper"),
        path_key: format!("/notes/<b>{number}</b>.paper"),
        generation: 1,
        reason: "No content.".to_owned(),
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_is_listed_page_by_page_with_its_reason() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let unrecorded = (0..150).map(paper).collect();
    let commit = Commit { unrecorded, ..Commit::new(source.id) };
    house.ledger.commit(commit).await.unwrap();
    let cookie = house.signed_in().await;
    let path = format!("/api/integrations/{}/unrecorded", source.id);
    let first = house.get(&path).cookie(&cookie).send().await.json();
    let listed = first["unrecorded"].as_array().unwrap();
    assert_eq!((listed.len(), &listed[0]["reason"]), (100, &json!("No content.")));
    assert_eq!(listed[0]["path"], "/Notes/<b>0</b>.paper");
    assert!(listed[0]["first_seen"].as_str().unwrap().ends_with('Z'));
    assert_eq!(listed[0]["first_seen"], listed[0]["last_seen"]);

    let token = first["next_page_token"].as_str().unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("page_token", token)
        .finish();
    let last = house.get(&format!("{path}?{query}")).cookie(&cookie).send().await.json();
    assert_eq!(last["unrecorded"].as_array().unwrap().len(), 50);
    assert_eq!(last["unrecorded"][0]["path"], "/Notes/<b>100</b>.paper");
    assert_eq!(last["next_page_token"], "");
}
