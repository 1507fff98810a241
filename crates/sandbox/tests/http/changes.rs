//! Making folders, deleting, moving and copying through the API.

use serde_json::{Value, json};

use crate::client::{Client, short};
use crate::content::writable;

async fn refused(client: &Client, route: &str, argument: Value, expected: &str) {
    let reply = client.call(route, argument.clone()).await;
    let what = format!("{route} {argument}: {}", reply.text);
    assert_eq!((reply.status, reply.tags().as_str()), (409, expected), "{what}");
}

fn from_to(from: &str, to: &str) -> Value {
    json!({ "from_path": from, "to_path": to })
}

#[tokio::test]
async fn folders_are_made_with_those_above_them() {
    let (_sandbox, client) = writable().await;
    let made = client.ok("files/create_folder_v2", json!({ "path": "/A/b" })).await;
    assert_eq!(made["metadata"]["path_display"], "/A/b");
    assert!(made["metadata"][".tag"].is_null() && made["metadata"]["id"].is_string());
    assert_eq!(short(&client.list("").await.0), ["folder /A", "folder /A/b"]);

    let route = "files/create_folder_v2";
    refused(&client, route, json!({ "path": "/a/B" }), "path/conflict/folder").await;
    client.upload("files/upload", &json!({ "path": "/f" }), "x").await;
    refused(&client, route, json!({ "path": "/f" }), "path/conflict/file").await;
    refused(&client, route, json!({ "path": "/f/g" }), "path/conflict/file_ancestor").await;
    refused(&client, route, json!({ "path": "/a " }), "path/malformed_path").await;
    let other = client.ok(route, json!({ "path": "/A/b", "autorename": true })).await;
    assert_eq!(other["metadata"]["name"], "b (1)");
    let root = client.call(route, json!({ "path": "" })).await;
    assert_eq!(root.status, 400);
}

#[tokio::test]
async fn deleting_tells_what_was_there() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/A/b.txt", "b").unwrap();
    let file = client.ok("files/get_metadata", json!({ "path": "/A/b.txt" })).await;
    let stale = json!({ "path": "/A/b.txt", "parent_rev": "000000000" });
    refused(&client, "files/delete_v2", stale, "path_write/conflict/file").await;
    let argument = json!({ "path": file["id"], "parent_rev": file["rev"] });
    let deleted = client.ok("files/delete_v2", argument).await;
    assert_eq!(deleted["metadata"], file);
    let folder = client.ok("files/delete_v2", json!({ "path": "/a" })).await;
    assert_eq!(folder["metadata"][".tag"], "folder");
    assert!(client.list("").await.0.is_empty());
    refused(&client, "files/delete_v2", json!({ "path": "/a" }), "path_lookup/not_found").await;
    refused(&client, "files/delete_v2", json!({ "path": "/a/" }), "path_lookup/malformed_path")
        .await;
}

#[tokio::test]
async fn moving_keeps_ids_and_copying_gives_new_ones() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/A/Sub/b.txt", "b").unwrap();
    let before = client.ok("files/get_metadata", json!({ "path": "/A/Sub/b.txt" })).await;
    let moved = client.ok("files/move_v2", from_to("/a", "/New/C")).await;
    assert_eq!(moved["metadata"][".tag"], "folder");
    let after = client.ok("files/get_metadata", json!({ "path": "/New/C/Sub/b.txt" })).await;
    assert_eq!(after["id"], before["id"]);
    let copied = client.ok("files/copy_v2", from_to("/New/C", "/D")).await;
    assert_eq!(copied["metadata"]["path_display"], "/D");
    let copy = client.ok("files/get_metadata", json!({ "path": "/D/Sub/b.txt" })).await;
    assert_ne!(copy["id"], before["id"]);
    assert_eq!(copy["content_hash"], before["content_hash"]);
    let reply = client.download(&json!({ "path": "/D/Sub/b.txt" }), None).await;
    assert_eq!(reply.text, "b");
}

#[tokio::test]
async fn moves_and_copies_are_refused_by_tag() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/A/b.txt", "b").unwrap();
    sandbox.files().write("/c.txt", "c").unwrap();
    for route in ["files/move_v2", "files/copy_v2"] {
        refused(&client, route, from_to("/x", "/y"), "from_lookup/not_found").await;
        refused(&client, route, from_to("/A", "/c.txt"), "to/conflict/file").await;
        refused(&client, route, from_to("/c.txt", "/A"), "to/conflict/folder").await;
        refused(&client, route, from_to("/c.txt", "/c.txt"), "to/conflict/file").await;
        refused(&client, route, from_to("/A", "/c.txt/d"), "to/conflict/file_ancestor").await;
        refused(&client, route, from_to("/c.txt", "/d "), "to/malformed_path").await;
    }
    refused(&client, "files/move_v2", from_to("/A", "/a/b"), "cant_move_folder_into_itself").await;
    refused(&client, "files/copy_v2", from_to("/A", "/a/b"), "duplicated_or_nested_paths").await;
    let argument = json!({ "from_path": "/c.txt", "to_path": "/A", "autorename": true });
    let moved = client.ok("files/move_v2", argument).await;
    assert_eq!(moved["metadata"]["path_display"], "/A (1)");
}

#[tokio::test]
async fn the_case_of_a_name_changes_where_another_name_may_be_chosen() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/folder/a.txt", "a").unwrap();
    refused(&client, "files/move_v2", from_to("/folder", "/FOLDER"), "to/conflict/folder").await;
    let argument = json!({ "from_path": "/folder", "to_path": "/FOLDER", "autorename": true });
    let moved = client.ok("files/move_v2", argument).await;
    assert_eq!(moved["metadata"]["path_display"], "/FOLDER");
}

#[tokio::test]
async fn writing_takes_the_permission_to_write() {
    let (sandbox, client) = crate::client::linked().await;
    sandbox.files().write("/a.txt", "a").unwrap();
    for route in ["files/create_folder_v2", "files/delete_v2", "files/move_v2", "files/copy_v2"] {
        let reply = client.call(route, json!({})).await;
        assert_eq!((reply.status, reply.tags().as_str()), (401, "missing_scope"), "{route}");
        assert_eq!(reply.json()["error"]["required_scope"], "files.content.write");
    }
    let reply = client.upload("files/upload", &json!({}), "a").await;
    assert_eq!((reply.status, reply.tags().as_str()), (401, "missing_scope"));
    let reply = client.download(&json!({ "path": "/a.txt" }), None).await;
    assert_eq!(reply.json()["error"]["required_scope"], "files.content.read");
}
