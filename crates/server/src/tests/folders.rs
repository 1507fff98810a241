//! Choosing folders, as far as a choice can be refused before anybody looks into Dropbox.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::house::House;

fn rule(folder: &str, verdict: &str) -> Value {
    json!({ "folder": folder, "path": "/Contracts", "verdict": verdict })
}

#[tokio::test]
async fn rules_that_cannot_be_kept_are_refused_with_what_to_do() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let cookie = house.signed_in().await;
    for (rules, words) in [
        (json!([rule("/Contracts", "include")]), "choose the folder from the list again."),
        (json!([rule("id:a", "include"), rule("id:a", "exclude")]), "keep one of them."),
        (json!([rule("id:a", "maybe")]), "Correct the body and send it again."),
        (json!("all"), "Correct the body and send it again."),
    ] {
        for (method, what) in [(Method::PUT, "folders"), (Method::POST, "preview")] {
            let path = format!("/api/integrations/{}/{what}", source.id);
            let ask = house.ask(method, &path).cookie(&cookie).json(&json!({ "rules": rules }));
            let reply = ask.send().await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{rules}");
            assert_eq!(reply.code(), "bad_request");
            let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(message.ends_with(words), "{message}");
        }
    }
}

#[tokio::test]
async fn more_rules_than_the_limit_are_refused() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let cookie = house.signed_in().await;
    let rules: Vec<_> =
        (0..=sync::RULES_MAX).map(|number| rule(&format!("id:{number}"), "include")).collect();
    let path = format!("/api/integrations/{}/folders", source.id);
    let ask = house.ask(Method::PUT, &path).cookie(&cookie).json(&json!({ "rules": rules }));
    let reply = ask.send().await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "bad_request"));
}
