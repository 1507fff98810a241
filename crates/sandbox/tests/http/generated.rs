//! Trees that are computed: whole, fast, and changeable on top.

use sandbox::{Backing, Kind, Options, Sandbox};
use serde_json::json;

use crate::client::{Client, short};

async fn generated(files: u64) -> (Sandbox, Client) {
    let backing = Backing::Generated { seed: 7, files };
    let sandbox = Sandbox::start(Options { backing, ..Options::default() }).await.unwrap();
    let client = Client::linked(&sandbox).await;
    (sandbox, client)
}

#[tokio::test]
async fn every_file_is_listed_once_and_has_the_content_it_says() {
    let (sandbox, client) = generated(10_250).await;
    assert_eq!(sandbox.files().count(), 10_250);
    let (entries, _) = client.list("").await;
    let files: Vec<_> = entries.iter().filter(|entry| entry[".tag"] == "file").collect();
    assert_eq!((files.len(), entries.len()), (10_250, 10_250 + 103 + 2));
    let ids: std::collections::HashSet<_> =
        entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), entries.len());

    let file = files[4_321];
    let path = file["path_display"].as_str().unwrap();
    let content = sandbox.files().read(path).unwrap();
    assert_eq!(file["size"], content.len());
    let found = client.ok("files/get_metadata", json!({ "path": file["id"] })).await;
    assert_eq!(&found, file);
    let rev = format!("rev:{}", file["rev"].as_str().unwrap());
    assert_eq!(&client.ok("files/get_metadata", json!({ "path": rev })).await, file);
    let again = generated(10_250).await.1.list("").await.0;
    assert_eq!(again, entries, "a seed is a promise");
}

#[tokio::test]
async fn folders_are_opened_one_by_one() {
    let (_sandbox, client) = generated(10_250).await;
    let top = client.ok("files/list_folder", json!({ "path": "" })).await;
    let top = top["entries"].as_array().unwrap();
    assert_eq!(short(top), ["folder /Department 0000", "folder /Department 0001"]);
    let projects = client.ok("files/list_folder", json!({ "path": top[1]["id"] })).await;
    let projects = projects["entries"].as_array().unwrap();
    assert_eq!(projects.len(), 3);
    let path = projects[2]["path_lower"].as_str().unwrap();
    let files = client.ok("files/list_folder", json!({ "path": path, "limit": 20 })).await;
    assert_eq!(files["has_more"], true);
    assert_eq!(client.drain(files).await.0.len(), 50);
}

#[tokio::test]
async fn edits_on_top_are_told_and_stay() {
    let (sandbox, client) = generated(300).await;
    let (before, cursor) = client.list("").await;
    let path = before[2]["path_display"].as_str().unwrap();
    sandbox.files().write(path, "edited").unwrap();
    let (changes, cursor) = client.changes(&cursor).await;
    assert_eq!(short(&changes), [format!("file {path}")]);
    assert_eq!(changes[0]["id"], before[2]["id"]);
    let revisions = json!({ "path": before[2]["id"], "mode": "id" });
    let revisions = client.ok("files/list_revisions", revisions).await;
    assert_eq!(revisions["entries"].as_array().unwrap().len(), 2);

    let files = sandbox.files();
    files.move_to("/Department 0000/Project 01", "/Elsewhere").unwrap();
    files.delete("/Department 0000/Project 02").unwrap();
    assert_eq!(files.count(), 200);
    let (changes, _) = client.changes(&cursor).await;
    assert_eq!(changes.len(), 2 + 1 + 100);
    let (after, _) = client.list("").await;
    assert_eq!(after.iter().filter(|entry| entry[".tag"] == "file").count(), 200);
    assert!(matches!(files.metadata("/elsewhere").unwrap().kind, Kind::Folder));
}

#[tokio::test]
async fn ten_million_files_start_at_once() {
    let (sandbox, client) = generated(10_000_000).await;
    assert_eq!(sandbox.files().count(), 10_000_000);
    let path = "/Department 0999/Project 99";
    let (entries, _) = client.list(path).await;
    assert_eq!(entries.len(), 101);
    let page = json!({ "path": "", "recursive": true, "limit": 2000 });
    let page = client.ok("files/list_folder", page).await;
    assert_eq!(page["entries"].as_array().unwrap().len(), 2000);

    let backing = Backing::Generated { seed: 1, files: 10_000_001 };
    assert!(Sandbox::start(Options { backing, ..Options::default() }).await.is_err());
}
