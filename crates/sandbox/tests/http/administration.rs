//! The sandbox's own routes, the status page, faults and the request log.

use std::time::{Duration, Instant};

use sandbox::Fault;
use serde_json::{Value, json};

use crate::client::{APP, Reply, linked, short};

#[tokio::test]
async fn next_calls_of_a_route_answer_what_was_ordered() {
    let (sandbox, client) = linked().await;
    let busy = Fault::answer("files/list_folder", 2, 429, "").with_header("retry-after", "7");
    sandbox.admin().inject(busy);
    sandbox.admin().inject(Fault::delay("files/get_metadata", 1, 60));
    for _ in 0..2 {
        let reply = client.call("files/list_folder", json!({ "path": "" })).await;
        assert_eq!((reply.status, reply.header("retry-after")), (429, "7"));
    }
    client.ok("files/list_folder", json!({ "path": "" })).await;
    let began = Instant::now();
    client.call("files/get_metadata", json!({ "path": "/x" })).await;
    assert!(began.elapsed() >= Duration::from_millis(60));

    sandbox.admin().inject(Fault::answer("oauth2/token", 9, 500, "<html>"));
    assert_eq!(client.token(&[]).await.status, 500);
    sandbox.admin().clear_faults();
    assert_eq!(client.token(&[]).await.status, 400);
    assert_eq!(sandbox.admin().count("files/list_folder"), 3);
    assert_eq!(sandbox.admin().requests()[0].route, "oauth2/token");
}

#[tokio::test]
async fn administration_works_from_another_process() {
    let (_sandbox, client) = linked().await;
    let http = reqwest::Client::new();
    let send = async |request: reqwest::RequestBuilder| -> Value {
        let reply = Reply::of(request).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    };
    let file = client.at("/sandbox/files?path=/A%20b/c.txt");
    send(http.put(file.clone()).body("content")).await;
    send(http.post(client.at("/sandbox/folders?path=/Empty"))).await;
    send(http.post(client.at("/sandbox/moves?from=/A%20b&to=/D"))).await;
    let moved = client.at("/sandbox/files?path=/D/c.txt");
    assert_eq!(Reply::of(http.get(moved.clone())).await.text, "content");
    let metadata = send(http.get(client.at("/sandbox/metadata?path=/d/C.TXT"))).await;
    assert_eq!((&metadata["kind"], &metadata["size"]), (&json!("file"), &json!(7)));
    assert_eq!(short(&client.list("").await.0), ["folder /D", "file /D/c.txt", "folder /Empty"]);
    send(http.delete(moved.clone())).await;
    assert_eq!(Reply::of(http.get(moved)).await.status, 404);
    assert_eq!(
        Reply::of(http.put(client.at("/sandbox/files?path=/Empty")).body("x")).await.status,
        409
    );
    assert_eq!(Reply::of(http.put(client.at("/sandbox/files?path=x")).body("x")).await.status, 400);

    let fault = json!({ "route": "files/list_folder", "status": 503, "body": "busy" });
    send(http.post(client.at("/sandbox/faults")).json(&fault)).await;
    assert_eq!(client.call("files/list_folder", json!({ "path": "" })).await.text, "busy");
    send(http.put(client.at("/sandbox/pages")).json(&json!({ "entries_max": 1 }))).await;
    let page = client.ok("files/list_folder", json!({ "path": "" })).await;
    assert_eq!(page["entries"].as_array().unwrap().len(), 1);
    send(http.delete(client.at("/sandbox/faults"))).await;

    send(http.post(client.at("/sandbox/cursors/reset"))).await;
    let next = json!({ "cursor": page["cursor"] });
    assert_eq!(client.call("files/list_folder/continue", next).await.tags(), "reset");
    let seconds = json!({ "seconds": 14_400 });
    send(http.post(client.at("/sandbox/clock")).json(&seconds)).await;
    let expired = client.call("users/get_current_account", json!(null)).await;
    assert_eq!(expired.tags(), "expired_access_token");
    send(http.post(client.at("/sandbox/tokens/expire"))).await;
    let revoked = client.at(&format!("/sandbox/links/revoke?app={APP}"));
    assert_eq!(send(http.post(revoked)).await["revoked"], 1);

    let requests = send(http.get(client.at("/sandbox/requests"))).await;
    assert_eq!(requests["counts"]["files/list_folder"], 3);
    assert!(requests["requests"][0]["at"].is_string());
    send(http.delete(client.at("/sandbox/requests"))).await;
    let requests = send(http.get(client.at("/sandbox/requests"))).await;
    assert_eq!(requests["requests"], json!([]));
}

#[tokio::test]
async fn other_web_sites_can_not_administer() {
    let (_sandbox, client) = linked().await;
    let attack = |name: &'static str, value: &'static str| {
        let request = client.post("/sandbox/links/revoke").header(name, value);
        async move { Reply::of(request).await.status }
    };
    assert_eq!(attack("sec-fetch-site", "cross-site").await, 403);
    assert_eq!(attack("origin", "http://evil.example").await, 403);
    assert_eq!(attack("host", "evil.example").await, 403);
    assert_eq!(attack("sec-fetch-site", "same-origin").await, 200);
}

#[tokio::test]
async fn status_page_shows_account_files_apps_and_requests() {
    let (sandbox, client) = linked().await;
    sandbox.files().write("/<img src=x>.txt", "x").unwrap();
    client.list("").await;
    let page = Reply::of(client.get("/")).await;
    assert_eq!(page.status, 200);
    for text in ["Ada Example", "ada@example.org", "testapp", "POST files/list_folder"] {
        assert!(page.text.contains(text), "{text} is missing");
    }
    assert!(!page.text.contains("<img"), "names are escaped");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(Reply::of(client.get("/sandbox/style.css")).await.status, 200);
}
