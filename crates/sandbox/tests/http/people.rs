//! What holds for every call: who may make it, how it is written, and how it is refused.

use sandbox::{Options, Person, Sandbox};
use serde_json::json;

use crate::client::{Client, Reply, linked};

const ROUTES: [&str; 8] = [
    "files/list_folder",
    "files/list_folder/continue",
    "files/list_folder/get_latest_cursor",
    "files/get_metadata",
    "files/list_revisions",
    "users/get_current_account",
    "auth/token/revoke",
    "check/user",
];

#[tokio::test]
async fn every_route_wants_a_token() {
    let (_sandbox, client) = linked().await;
    for route in ROUTES {
        let path = format!("/2/{route}");
        let bare = Reply::of(client.post(&path)).await;
        assert_eq!((bare.status, bare.header("content-type")), (400, "text/plain; charset=utf-8"));
        let expected =
            format!("Error in call to API function \"{route}\": Must provide HTTP header");
        assert!(bare.text.starts_with(&expected), "{}", bare.text);

        let empty = Reply::of(client.post(&path).header("authorization", "Bearer")).await;
        assert!(empty.text.contains(
            "Invalid authorization value in HTTP header \"Authorization\": \"Bearer\". Expecting \
             \"Bearer <ACCESS_TOKEN>\""
        ));
        let forged = Reply::of(client.post(&path).bearer_auth("sl.u.forged")).await;
        assert_eq!((forged.status, forged.tags().as_str()), (401, "invalid_access_token"));
        assert!(!forged.header("x-dropbox-request-id").is_empty());
    }
}

#[tokio::test]
async fn arguments_are_read_as_strictly_and_as_leniently_as_by_dropbox() {
    let (_sandbox, client) = linked().await;
    let check = async |body: &'static str, kind: &str, expected: Option<&str>| {
        let request = client.post("/2/files/list_folder").bearer_auth(&client.access_token);
        let reply = Reply::of(request.header("content-type", kind).body(body)).await;
        match expected {
            None => assert_eq!(reply.status, 200, "{}", reply.text),
            Some(expected) => {
                assert_eq!(
                    (reply.status, reply.text.contains(expected)),
                    (400, true),
                    "{}",
                    reply.text
                );
            }
        }
    };
    let json = "application/json";
    check(r#"{"path":""}"#, json, None).await;
    check(r#"{"path":"","recursive":null,"include_mounted_folders":true}"#, json, None).await;
    check(r#"{"path":""}"#, "text/plain; charset=dropbox-cors-hack", None).await;
    check(r#"{"path":""}"#, "application/json; charset=utf-8", None).await;
    check(r#"{"path":""}"#, "text/html", Some("Bad HTTP \"Content-Type\" header")).await;
    check(r#"{"path":"","paht":1}"#, json, Some("request body: unknown field 'paht'")).await;
    check("{}", json, Some("request body: missing required field 'path'")).await;
    check("{", json, Some("request body: could not decode input as JSON")).await;
    check(r#"{"path":"","limit":2001}"#, json, Some("limit")).await;
    check(r#"{"path":"/"}"#, json, Some("Specify the root folder as an empty string")).await;
    check(r#"{"path":"foo"}"#, json, Some("path: 'foo' did not match pattern")).await;
}

#[tokio::test]
async fn checks_echo_and_unknown_functions_are_named() {
    let (_sandbox, client) = linked().await;
    let user = client.ok("check/user", json!({ "query": "foo" })).await;
    assert_eq!(user, json!({ "result": "foo" }));
    let app = client.post("/2/check/app").basic_auth("testapp", Some("secret"));
    assert_eq!(Reply::of(app.json(&json!({ "query": "bar" }))).await.json()["result"], "bar");
    let unknown = client.call("files/frobnicate", json!({})).await;
    assert_eq!(unknown.text, "Unknown API function: \"files/frobnicate\"");
}

#[tokio::test]
async fn path_root_is_the_account_or_refused() {
    let (_sandbox, client) = linked().await;
    let account = client.ok("users/get_current_account", json!(null)).await;
    let root = account["root_info"]["root_namespace_id"].as_str().unwrap();
    let check = async |header: String| {
        let request = client.post("/2/files/list_folder").bearer_auth(&client.access_token);
        let request = request.header("dropbox-api-path-root", header);
        Reply::of(request.json(&json!({ "path": "" }))).await
    };
    assert_eq!(check(r#"{".tag": "home"}"#.to_owned()).await.status, 200);
    assert_eq!(check(format!(r#"{{".tag": "root", "root": "{root}"}}"#)).await.status, 200);
    let moved = check(r#"{".tag": "root", "root": "9"}"#.to_owned()).await;
    assert_eq!((moved.status, moved.tags().as_str()), (422, "invalid_root/user"));
    let foreign = check(r#"{".tag":"namespace_id","namespace_id":"9"}"#.to_owned()).await;
    assert_eq!((foreign.status, foreign.tags().as_str()), (422, "no_permission"));
    assert_eq!(check("nonsense".to_owned()).await.status, 400);
}

#[tokio::test]
async fn people_have_accounts_of_their_own() {
    let grace = Person::new("Grace", "Sample", "grace@example.org");
    let options = Options { further_accounts: vec![grace], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.files().write("/Ada.txt", "a").unwrap();
    sandbox.files_of("grace@example.org").unwrap().write("/Grace.txt", "g").unwrap();

    let ada = Client::linked(&sandbox).await;
    let mut grace = Client::new(sandbox.url());
    grace.sign_in("grace@example.org").await;
    grace.link(crate::client::SCOPE).await;
    let (hers, cursor) = grace.list("").await;
    assert_eq!(crate::client::short(&hers), ["file /Grace.txt"]);
    let stolen = ada.call("files/list_folder/continue", json!({ "cursor": cursor })).await;
    assert_eq!(stolen.status, 400);
    assert!(stolen.text.contains("Invalid \"cursor\" parameter"));
}
