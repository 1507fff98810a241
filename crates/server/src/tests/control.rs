//! Pausing, settings, activity, and the webhook.

use dropbox::{App, Client, Hosts};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use ledger::{Commit, Unrecorded};
use serde_json::json;
use sha2::Sha256;

use super::house::{House, METRICS_TOKEN};

const SECRET: &str = "h7g6f5e4d3c2b1a";

/// A house whose Dropbox app has a secret. Nobody listens at that Dropbox.
fn house() -> House {
    let app = App { key: "app-key".to_owned(), secret: Some(SECRET.into()) };
    let hosts = Hosts::single("http://127.0.0.1:1".parse().unwrap());
    House::at("http://localhost:8080", Some(Client::new(hosts, app).unwrap()))
}

fn signature(body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    hex::encode(mac.chain_update(body).finalize().into_bytes())
}

#[tokio::test]
async fn challenge_is_echoed_as_plain_text() {
    let challenge = "/webhooks/dropbox?challenge=%3Cscript%3Eabc";
    let reply = house().get(challenge).send().await;
    assert_eq!((reply.status, reply.text()), (StatusCode::OK, "<script>abc"));
    assert_eq!(reply.header("content-type"), "text/plain");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let long = format!("/webhooks/dropbox?challenge={}", "a".repeat(2_000));
    assert_eq!(house().get(&long).send().await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn notification_is_taken_by_its_signature_alone() {
    let house = house();
    let tell = async |body: &str, signature: &str| {
        let ask = house.post("/webhooks/dropbox").header("x-dropbox-signature", signature);
        ask.body("application/json", body.to_owned()).send().await
    };
    for body in [r#"{"list_folder":{"accounts":["dbid:unknown"]}}"#, r#"{"delta":{}}"#, ""] {
        assert_eq!(tell(body, &signature(body)).await.status, StatusCode::OK, "{body}");
        let forged = tell(body, &signature("another")).await;
        assert_eq!(
            (forged.status, forged.code().as_str()),
            (StatusCode::FORBIDDEN, "bad_signature")
        );
    }
    assert_eq!(house.post("/webhooks/dropbox").send().await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_the_app_secret_there_is_no_webhook() {
    let house = House::open();
    let challenge = house.get("/webhooks/dropbox?challenge=abc").send().await;
    assert_eq!(challenge.status, StatusCode::NOT_FOUND);
    let notified = house.post("/webhooks/dropbox").send().await;
    assert_eq!(notified.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pausing_and_settings_show_on_the_integration() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let cookie = house.signed_in().await;
    let path = |end: &str| format!("/api/integrations/{}{end}", source.id);
    let settings =
        json!({ "on_deletion": "withdraw", "fingerprints": "metadata", "history": "kept" });
    let ask = house.ask(http::Method::PUT, &path("/settings")).cookie(&cookie).json(&settings);
    assert_eq!(ask.send().await.json()["settings"], settings);
    let sha256 = json!({ "on_deletion": "withdraw", "fingerprints": "sha256", "history": "now" });
    let ask = house.ask(http::Method::PUT, &path("/settings")).cookie(&cookie).json(&sha256);
    let asked = ask.send().await;
    assert_eq!((asked.status, asked.code().as_str()), (StatusCode::CONFLICT, "consent_needed"));
    let wrong = json!({ "on_deletion": "shred", "fingerprints": "metadata", "history": "now" });
    let ask = house.ask(http::Method::PUT, &path("/settings")).cookie(&cookie).json(&wrong);
    assert_eq!(ask.send().await.status, StatusCode::BAD_REQUEST);
    let paused = house.post(&path("/pause")).cookie(&cookie).send().await;
    assert_eq!(paused.status, StatusCode::OK, "{}", paused.text());
    let asked = house.post(&path("/sync")).cookie(&cookie).send().await;
    assert_eq!((asked.status, asked.code().as_str()), (StatusCode::CONFLICT, "nothing_linked"));
    assert_eq!(house.post(&path("/resume")).cookie(&cookie).send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn activity_is_read_page_by_page_and_taken_along_as_a_file() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    for number in 0..60 {
        let unrecorded = Unrecorded {
            key: format!("id:{number}"),
            path: format!("/Notes/{number}.paper"),
            path_key: format!("/notes/{number}.paper"),
            generation: 1,
            reason: "No content.".to_owned(),
        };
        let commit = Commit { unrecorded: vec![unrecorded], ..Commit::new(source.id) };
        house.ledger.commit(commit).await.unwrap();
    }
    let cookie = house.signed_in().await;
    let path = format!("/api/integrations/{}/activity", source.id);
    let first = house.get(&path).cookie(&cookie).send().await.json();
    assert_eq!(first["activity"].as_array().unwrap().len(), 50);
    assert_eq!(first["activity"][0]["what"], "recorded");
    assert_eq!(first["activity"][0]["not_recorded"], 1);
    let token = first["next_page_token"].as_str().unwrap();
    let rest = house.get(&format!("{path}?page_token={token}")).cookie(&cookie).send().await.json();
    let rest = rest["activity"].as_array().unwrap();
    assert_eq!((rest.len(), &rest[10]["what"]), (11, &json!("connected")));

    let csv = house.get(&format!("{path}/export?format=csv")).cookie(&cookie).send().await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text().lines().count(), 62);
    assert!(csv.text().ends_with("connected,0,0,0,\"ada@example.org\"\r\n"), "{}", csv.text());
    let json = house.get(&format!("{path}/export?format=json")).cookie(&cookie).send().await;
    assert_eq!(json.json().as_array().unwrap().len(), 61);
}

#[tokio::test]
async fn metrics_are_read_with_their_token_alone_and_name_nobody() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    house.ledger.set_rules(source.id, "[]".to_owned(), None).await.unwrap();
    let cookie = house.signed_in().await;
    for ask in [
        house.get("/metrics"),
        house.get("/metrics").bearer("guess"),
        house.get("/metrics").cookie(&cookie),
    ] {
        assert_eq!(ask.send().await.status, StatusCode::UNAUTHORIZED);
    }
    let reply = house.get("/metrics").bearer(METRICS_TOKEN).send().await;
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let documents =
        format!("proofbox_integration_documents_total{{integration=\"{}\"}} 0\n", source.id);
    assert!(reply.text().contains(&documents), "{}", reply.text());
    assert!(reply.text().contains("\nproofbox_log_entries 1\n"), "{}", reply.text());
    let stored = reply
        .text()
        .lines()
        .find_map(|line| line.strip_prefix("proofbox_stored_bytes ")?.parse::<u64>().ok());
    assert!(stored.is_some_and(|bytes| bytes > 4_096), "{}", reply.text());
    assert!(!reply.text().contains("ada@"), "{}", reply.text());
}
