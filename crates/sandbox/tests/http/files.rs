//! Listing, metadata and revisions of files in memory.

use std::time::Duration;

use serde_json::json;

use crate::client::{at, linked, short};

#[tokio::test]
async fn listing_shows_files_and_folders_as_dropbox_does() {
    let (sandbox, client) = linked().await;
    let files = sandbox.files();
    files.write("/Contracts/2026/Lease <b>😀&amp;.txt", "hello world").unwrap();
    files.write("/notes.md", "").unwrap();
    files.create_folder("/Empty").unwrap();

    let (entries, _) = client.list("").await;
    assert_eq!(
        short(&entries),
        [
            "folder /Contracts",
            "folder /Contracts/2026",
            "file /Contracts/2026/Lease <b>😀&amp;.txt",
            "folder /Empty",
            "file /notes.md",
        ]
    );
    let lease = at(&entries, "/Contracts/2026/Lease <b>😀&amp;.txt");
    assert_eq!(lease["name"], "Lease <b>😀&amp;.txt");
    assert_eq!(lease["path_lower"], "/contracts/2026/lease <b>😀&amp;.txt");
    assert_eq!(lease["size"], 11);
    assert_eq!(lease["is_downloadable"], true);
    let hash = "bc62d4b80d9e36da29c16c5d4d9f11731f36052c72401a76c23c0fb5a9b74423";
    assert_eq!(lease["content_hash"], hash);
    assert!(lease["id"].as_str().unwrap().starts_with("id:"));
    assert!(lease["rev"].as_str().unwrap().len() >= 9);
    assert!(lease["server_modified"].as_str().unwrap().ends_with('Z'));
    assert_eq!(lease["server_modified"].as_str().unwrap().len(), 20);

    let flat = client.ok("files/list_folder", json!({ "path": "" })).await;
    let flat = flat["entries"].as_array().unwrap();
    assert_eq!(short(flat), ["folder /Contracts", "folder /Empty", "file /notes.md"]);
    let reply = client.call("files/list_folder", json!({ "path": "" })).await;
    assert!(reply.text.starts_with("{\"entries\":[{\".tag\":\"folder\","), "the tag comes first");
}

#[tokio::test]
async fn folders_are_listed_by_path_and_by_id_with_themselves_first() {
    let (sandbox, client) = linked().await;
    sandbox.files().write("/A/b/c.txt", "c").unwrap();
    sandbox.files().write("/A.txt", "between /A and /A/ in the order of bytes").unwrap();
    let (all, _) = client.list("").await;
    let id = at(&all, "/A")["id"].as_str().unwrap().to_owned();
    let inside = ["folder /A", "folder /A/b", "file /A/b/c.txt"];
    let number = client.ok("users/get_current_account", json!(null)).await;
    let number = number["root_info"]["home_namespace_id"].as_str().unwrap().to_owned();
    for path in ["/A", "/a", "//a", &id, &format!("ns:{number}/a")] {
        assert_eq!(short(&client.list(path).await.0), inside, "{path}");
    }
    let (below, _) = client.list(&format!("{id}/B")).await;
    assert_eq!(short(&below), ["folder /A/b", "file /A/b/c.txt"]);
}

#[tokio::test]
async fn what_is_not_there_is_refused_by_tag() {
    let (sandbox, client) = linked().await;
    sandbox.files().write("/file.txt", "x").unwrap();
    sandbox.files().write("/gone.txt", "x").unwrap();
    sandbox.files().delete("/gone.txt").unwrap();
    let check = async |route: &str, path: &str, expected: &str| {
        let reply = client.call(route, json!({ "path": path })).await;
        assert_eq!((reply.status, reply.tags().as_str()), (409, expected), "{route} {path}");
        let tags = reply.json()["error"].clone();
        assert_eq!(tags[".tag"], "path");
    };
    for route in ["files/list_folder", "files/get_metadata", "files/list_revisions"] {
        check(route, "/nowhere", "path/not_found").await;
        check(route, "id:nowhere", "path/not_found").await;
        check(route, "ns:1/nowhere", "path/not_found").await;
        check(route, "/a/", "path/malformed_path").await;
        check(route, "/a ", "path/malformed_path").await;
    }
    check("files/list_folder", "/file.txt", "path/not_folder").await;
    check("files/get_metadata", "/gone.txt", "path/not_found").await;
    check("files/get_metadata", "rev:0123456789", "path/not_found").await;
    let root = client.call("files/get_metadata", json!({ "path": "" })).await;
    assert!(root.text.ends_with("path: The root folder is unsupported."));
}

#[tokio::test]
async fn metadata_is_found_by_path_id_and_revision() {
    let (sandbox, client) = linked().await;
    let files = sandbox.files();
    files.write("/Report.txt", "one").unwrap();
    let first = client.ok("files/get_metadata", json!({ "path": "/report.TXT" })).await;
    files.write("/Report.txt", "two").unwrap();
    files.move_to("/Report.txt", "/Archive/Report.txt").unwrap();
    let now = client.ok("files/get_metadata", json!({ "path": first["id"] })).await;
    assert_eq!(now["path_display"], "/Archive/Report.txt");
    assert_ne!(now["rev"], first["rev"]);
    let rev = format!("rev:{}", first["rev"].as_str().unwrap());
    let then = client.ok("files/get_metadata", json!({ "path": rev })).await;
    assert_eq!(then, first);
    let deleted = json!({ "path": "/Report.txt", "include_deleted": true });
    let deleted = client.ok("files/get_metadata", deleted).await;
    assert_eq!(deleted[".tag"], "deleted");
    assert!(deleted["id"].is_null());
}

#[tokio::test]
async fn cloud_documents_are_shown_without_content() {
    let (sandbox, client) = linked().await;
    sandbox.files().write("/Notes.PAPER", "a note").unwrap();
    let (entries, _) = client.list("").await;
    let notes = at(&entries, "/Notes.PAPER");
    assert_eq!((&notes["is_downloadable"], &notes["size"]), (&json!(false), &json!(0)));
    assert!(notes["export_info"].is_object() && notes["content_hash"].is_null());
}

#[tokio::test]
async fn revisions_are_kept_newest_first_through_moves_and_deletion() {
    let (sandbox, client) = linked().await;
    let files = sandbox.files();
    for text in ["one", "two", "two", "one"] {
        files.write("/a.txt", text).unwrap();
    }
    let id = client.ok("files/get_metadata", json!({ "path": "/a.txt" })).await["id"].clone();
    let by_id = json!({ "path": id, "mode": "id", "limit": 100 });
    let all = client.ok("files/list_revisions", by_id.clone()).await;
    assert_eq!((&all["is_deleted"], &all["has_more"]), (&json!(false), &json!(false)));
    let entries = all["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 3, "same content is no new version");
    assert_eq!(entries[0]["content_hash"], entries[2]["content_hash"]);
    assert!(entries[0][".tag"].is_null());

    let limited = json!({ "path": "/a.txt", "mode": { ".tag": "path" }, "limit": 1 });
    let limited = client.ok("files/list_revisions", limited).await;
    assert_eq!(limited["has_more"], true);
    let next = json!({ "path": "/a.txt", "before_rev": limited["entries"][0]["rev"] });
    let next = client.ok("files/list_revisions", next).await;
    assert_eq!(next["entries"].as_array().unwrap(), &entries[1..]);

    files.move_to("/a.txt", "/b.txt").unwrap();
    sandbox.admin().advance_clock(Duration::from_mins(1));
    files.delete("/b.txt").unwrap();
    let gone = client.ok("files/list_revisions", by_id).await;
    assert_eq!(gone["is_deleted"], true);
    assert!(
        gone["server_deleted"].as_str().unwrap()
            > gone["entries"][0]["server_modified"].as_str().unwrap()
    );
    assert_eq!(gone["entries"].as_array().unwrap().len(), 4, "the move made a revision");
    assert_eq!(gone["entries"][0]["path_display"], "/b.txt");
    assert_eq!(gone["entries"][3]["path_display"], "/a.txt");
}

#[tokio::test]
async fn revisions_of_folders_and_with_wrong_arguments_are_refused() {
    let (sandbox, client) = linked().await;
    sandbox.files().write("/f/a.txt", "a").unwrap();
    let check = async |argument: serde_json::Value, expected: &str| {
        let reply = client.call("files/list_revisions", argument).await;
        assert_eq!((reply.status, reply.tags().as_str()), (409, expected));
    };
    check(json!({ "path": "/f" }), "path/not_file").await;
    let rev = "000000000";
    check(json!({ "path": "/f/a.txt", "before_rev": rev }), "invalid_before_rev").await;
    let by_id = json!({ "path": "/f/a.txt", "mode": "id", "before_rev": rev });
    check(by_id, "before_rev_not_supported").await;
    let many = client.call("files/list_revisions", json!({ "path": "/f", "limit": 101 })).await;
    assert_eq!(many.status, 400);
}

#[tokio::test]
async fn deleted_files_are_listed_on_request() {
    let (sandbox, client) = linked().await;
    sandbox.files().write("/a/b.txt", "b").unwrap();
    sandbox.files().write("/c.txt", "c").unwrap();
    sandbox.files().delete("/a").unwrap();
    assert_eq!(short(&client.list("").await.0), ["file /c.txt"]);
    let argument = json!({ "path": "", "recursive": true, "include_deleted": true });
    let page = client.ok("files/list_folder", argument).await;
    let entries = page["entries"].as_array().unwrap();
    assert_eq!(short(entries), ["deleted /a", "deleted /a/b.txt", "file /c.txt"]);
}
