//! Connecting a Dropbox account, as far as it can go wrong before and after Dropbox.

use axum::{Json, Router, routing::post};
use dropbox::{App, Client, Hosts};
use http::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use super::{ask::Reply, house::House};

fn client(url: &str) -> Client {
    let hosts = Hosts::single(url.parse().unwrap());
    Client::new(hosts, App { key: "app-key".to_owned(), secret: None }).unwrap()
}

/// A house whose Dropbox is at this address.
fn house(dropbox: &str) -> House {
    House::at("http://localhost:8080", Some(client(dropbox)))
}

/// Nobody listens there.
const UNREACHABLE: &str = "http://127.0.0.1:1";

/// Begins an authorization and returns the state that Dropbox would send back.
async fn begun(house: &House, cookie: &str) -> String {
    let ask = house.post("/api/integrations/dropbox/connect").cookie(cookie);
    let reply = ask.json(&json!({ "reauthenticate": false })).send().await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let url = Url::parse(reply.json()["authorize_url"].as_str().unwrap()).unwrap();
    let pairs: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs["redirect_uri"], "http://localhost:8080/integrations/dropbox/callback");
    assert_eq!(pairs["code_challenge_method"], "S256");
    pairs["state"].clone()
}

async fn back(house: &House, cookie: &str, query: &str) -> Reply {
    let path = format!("/integrations/dropbox/callback?{query}");
    let reply = house.get(&path).cookie(cookie).send().await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    reply
}

#[tokio::test]
async fn answer_that_nobody_here_asked_for_connects_nothing() {
    let house = house(UNREACHABLE);
    let cookie = house.signed_in().await;
    let state = begun(&house, &cookie).await;
    let mismatch = "/settings/integrations?problem=state_mismatch";
    for query in ["", "code=x", "code=x&state=forged", "error=access_denied", "state=%FF", "state="]
    {
        assert_eq!(back(&house, &cookie, query).await.location(), mismatch, "{query}");
    }
    let other = house.signed_in().await;
    let query = format!("code=x&state={state}");
    assert_eq!(back(&house, &other, &query).await.location(), mismatch, "another browser");
    let integrations = house.get("/api/integrations").cookie(&cookie).send().await;
    assert_eq!(integrations.json()["integrations"], json!([]));
}

#[tokio::test]
async fn refusal_unreachable_dropbox_and_missing_code_are_told_apart() {
    let house = house(UNREACHABLE);
    let cookie = house.signed_in().await;
    for (answer, problem) in [
        ("error=access_denied&error_description=x", "denied"),
        ("error=temporarily_unavailable", "unavailable"),
        ("error=unauthorized_client", "app_rejected"),
        ("code=x", "unavailable"),
        ("", "code_rejected"),
    ] {
        let state = begun(&house, &cookie).await;
        let reply = back(&house, &cookie, &format!("{answer}&state={state}")).await;
        let expected = format!("/settings/integrations?problem={problem}");
        assert_eq!(reply.location(), expected, "{answer}");
    }
}

#[tokio::test]
async fn state_is_good_for_one_answer() {
    let house = house(UNREACHABLE);
    let cookie = house.signed_in().await;
    let state = begun(&house, &cookie).await;
    let query = format!("error=access_denied&state={state}");
    assert!(back(&house, &cookie, &query).await.location().ends_with("problem=denied"));
    assert!(back(&house, &cookie, &query).await.location().ends_with("problem=state_mismatch"));
}

#[tokio::test]
async fn reading_contents_is_asked_for_an_integration_of_ones_own_alone() {
    let house = house(UNREACHABLE);
    let source = house.source(house.tenancy().await).await;
    let cookie = house.signed_in().await;
    let ask = async |integration: &str| {
        let ask = house.post("/api/integrations/dropbox/connect").cookie(&cookie);
        ask.json(&json!({ "content_for": integration })).send().await
    };
    let reply = ask(&source.id.to_string()).await;
    let url = Url::parse(reply.json()["authorize_url"].as_str().unwrap()).unwrap();
    let scope = url.query_pairs().find(|(name, _)| name == "scope").unwrap().1;
    assert_eq!(scope, "account_info.read files.metadata.read files.content.read");
    let foreign = ask("00000000-0000-4000-8000-000000000000").await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn two_tabs_may_each_connect() {
    let house = house(UNREACHABLE);
    let cookie = house.signed_in().await;
    let first = begun(&house, &cookie).await;
    let second = begun(&house, &cookie).await;
    for state in [first, second] {
        let query = format!("error=access_denied&state={state}");
        assert!(back(&house, &cookie, &query).await.location().ends_with("problem=denied"));
    }
}

#[tokio::test]
async fn code_that_dropbox_rejects_connects_nothing() {
    let refusal = || async {
        let body = json!({ "error": "invalid_grant", "error_description": "code has expired" });
        (StatusCode::BAD_REQUEST, Json(body))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let dropbox = Router::new().route("/oauth2/token", post(refusal));
    let serving = tokio::spawn(async move { axum::serve(listener, dropbox).await });

    let house = house(&address);
    let cookie = house.signed_in().await;
    let state = begun(&house, &cookie).await;
    let reply = back(&house, &cookie, &format!("code=reused&state={state}")).await;
    assert_eq!(reply.location(), "/settings/integrations?problem=code_rejected");
    serving.abort();
}

#[tokio::test]
async fn instance_without_an_app_key_says_so() {
    let house = House::open();
    let cookie = house.signed_in().await;
    let ask = house.post("/api/integrations/dropbox/connect").cookie(&cookie);
    let reply = ask.json(&json!({})).send().await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::CONFLICT, "dropbox_not_configured")
    );
}

#[tokio::test]
async fn integration_is_shown_with_its_account_and_without_its_secrets() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let cookie = house.signed_in().await;
    let path = format!("/api/integrations/{}", source.id);
    let shown = house.get(&path).cookie(&cookie).send().await;
    assert_eq!(shown.json()["account"]["name"], "Ada <i>Example</i>");
    assert_eq!(shown.json()["account"]["email"], "ada@example.org");
    assert_eq!(shown.json()["client_id"], source.id.to_string());
    assert_eq!(shown.json()["kind"], "dropbox");
    assert_eq!(shown.json()["rules"], json!([]));
    assert!(!shown.text().contains("refresh-token"));

    let body = json!({ "display_name": "Dropbox, <publications>" });
    let renamed = house.ask(http::Method::PATCH, &path).cookie(&cookie).json(&body).send().await;
    assert_eq!(renamed.json()["display_name"], "Dropbox, <publications>");
}
