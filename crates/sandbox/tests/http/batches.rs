//! Many changes by one call, and the deprecated forms of changes.

use serde_json::{Value, json};

use crate::client::{Client, short};
use crate::content::writable;

async fn listed(client: &Client) -> Vec<String> {
    short(&client.list("").await.0)
}

/// Tag and, below, what failed or what it is about.
fn outcome(entry: &Value) -> String {
    match entry[".tag"].as_str().unwrap() {
        "failure" => format!("failure {}", entry["failure"]),
        tag => {
            let metadata = if entry["success"].is_object() { "success" } else { "metadata" };
            format!("{tag} {}", entry[metadata]["path_display"].as_str().unwrap())
        }
    }
}

fn outcomes(answer: &Value) -> Vec<String> {
    assert_eq!(answer[".tag"], "complete");
    answer["entries"].as_array().unwrap().iter().map(outcome).collect()
}

#[tokio::test]
async fn folders_are_made_and_deleted_in_batches() {
    let (_sandbox, client) = writable().await;
    let paths = json!({ "paths": ["/a", "/b/c", "/A"] });
    let made = client.ok("files/create_folder_batch", paths).await;
    let conflict =
        r#"failure {".tag":"path","path":{".tag":"conflict","conflict":{".tag":"folder"}}}"#;
    assert_eq!(outcomes(&made), ["success /a", "success /b/c", conflict]);
    let later = json!({ "paths": ["/d"], "force_async": true });
    let job = client.ok("files/create_folder_batch", later).await;
    let poll = json!({ "async_job_id": job["async_job_id"] });
    let done = client.ok("files/create_folder_batch/check", poll).await;
    assert_eq!(outcomes(&done), ["success /d"]);
    let unknown = json!({ "async_job_id": "dbjid:none" });
    let unknown = client.call("files/delete_batch/check", unknown).await;
    assert_eq!((unknown.status, unknown.tags().as_str()), (409, "invalid_async_job_id"));

    let entries = json!({ "entries": [{ "path": "/a" }, { "path": "/x" }, { "path": "/b" }] });
    let deleted = client.ok("files/delete_batch", entries).await;
    let missing = r#"failure {".tag":"path_lookup","path_lookup":{".tag":"not_found"}}"#;
    assert_eq!(outcomes(&deleted), ["success /a", missing, "success /b"]);
    assert_eq!(listed(&client).await, ["folder /d"]);
}

#[tokio::test]
async fn moves_and_copies_come_in_batches() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "a").unwrap();
    sandbox.files().write("/b.txt", "b").unwrap();
    let pair = |from: &str, to: &str| json!({ "from_path": from, "to_path": to });
    let entries = json!({ "entries": [pair("/a.txt", "/c/a.txt"), pair("/x", "/y")] });
    let copied = client.ok("files/copy_batch_v2", entries).await;
    let missing = r#"failure {".tag":"relocation_error","relocation_error":{".tag":"from_lookup","from_lookup":{".tag":"not_found"}}}"#;
    assert_eq!(outcomes(&copied), ["success /c/a.txt", missing]);
    let entries = json!({ "entries": [pair("/b.txt", "/a.txt")], "autorename": true });
    let moved = client.ok("files/move_batch_v2", entries).await;
    assert_eq!(outcomes(&moved), ["success /a (1).txt"]);
    let none = client.call("files/move_batch_v2", json!({ "entries": [] })).await;
    assert_eq!(none.status, 400);

    let entries = json!({ "entries": [pair("/a.txt", "/old.txt")] });
    let job = client.ok("files/move_batch", entries.clone()).await;
    let poll = json!({ "async_job_id": job["async_job_id"] });
    let done = client.ok("files/move_batch/check", poll).await;
    assert_eq!(done["entries"][0]["metadata"]["path_display"], "/old.txt");
    let job = client.ok("files/copy_batch", entries).await;
    let poll = json!({ "async_job_id": job["async_job_id"] });
    let failed = client.ok("files/copy_batch/check", poll).await;
    assert_eq!(failed["failed"]["from_lookup"][".tag"], "not_found");
}

#[tokio::test]
async fn deprecated_forms_answer_with_bare_metadata() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "a").unwrap();
    let folder = client.ok("files/create_folder", json!({ "path": "/f" })).await;
    assert_eq!((&folder["name"], &folder[".tag"]), (&json!("f"), &json!(null)));
    let pair = json!({ "from_path": "/a.txt", "to_path": "/f/a.txt" });
    assert_eq!(client.ok("files/copy", pair).await["path_display"], "/f/a.txt");
    let pair = json!({ "from_path": "/a.txt", "to_path": "/f/b.txt" });
    assert_eq!(client.ok("files/move", pair).await[".tag"], "file");
    assert_eq!(client.ok("files/delete", json!({ "path": "/f" })).await[".tag"], "folder");
    assert_eq!(listed(&client).await, [""; 0]);
}
