//! Other ways to a file: links without a token, references, locks, exports, documents.

use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::content::{ALL, writable};

fn path_of(link: &Value) -> String {
    url::Url::parse(link.as_str().unwrap()).unwrap().path().to_owned()
}

#[tokio::test]
async fn temporary_links_give_a_file_to_anybody_for_some_hours() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "content").unwrap();
    sandbox.files().write("/b.paper", "document").unwrap();
    let answer = client.ok("files/get_temporary_link", json!({ "path": "/a.txt" })).await;
    assert_eq!(answer["metadata"]["name"], "a.txt");
    let link = path_of(&answer["link"]);
    let anybody = Client::new(sandbox.url());
    assert_eq!(Reply::of(anybody.get(&link)).await.text, "content");
    let part = Reply::of(anybody.get(&link).header("range", "bytes=0-2")).await;
    assert_eq!((part.status, part.text.as_str()), (206, "con"));
    sandbox.admin().advance_clock(std::time::Duration::from_hours(4));
    assert_eq!(Reply::of(anybody.get(&link)).await.status, 410);
    sandbox.files().delete("/a.txt").unwrap();
    let client = Client::linked_for(&sandbox, ALL).await;
    let refused = async |path: &str, expected: &str| {
        let reply = client.call("files/get_temporary_link", json!({ "path": path })).await;
        assert_eq!((reply.status, reply.tags().as_str()), (409, expected));
    };
    refused("/a.txt", "path/not_found").await;
    refused("/b.paper", "unsupported_file").await;
}

#[tokio::test]
async fn temporary_upload_links_take_a_file_from_anybody() {
    let (sandbox, client) = writable().await;
    let commit = json!({ "path": "/brought.txt", "mode": "add" });
    let argument = json!({ "commit_info": commit, "duration": 3600.0 });
    let link = path_of(&client.ok("files/get_temporary_upload_link", argument).await["link"]);
    let anybody = Client::new(sandbox.url());
    let brought = Reply::of(anybody.post(&link).body("content")).await;
    assert_eq!(brought.status, 200, "{}", brought.text);
    assert!(brought.json()["content-hash"].is_string());
    assert_eq!(sandbox.files().read("/brought.txt").unwrap(), "content");
    assert_eq!(Reply::of(anybody.post(&link).body("other")).await.status, 409);
    let short = json!({ "commit_info": commit, "duration": 1.0 });
    assert_eq!(client.call("files/get_temporary_upload_link", short).await.status, 400);
}

#[tokio::test]
async fn copy_references_reach_across_accounts() {
    let grace = sandbox::Person::new("Grace", "Example", "grace@example.org");
    let options = sandbox::Options { further_accounts: vec![grace], ..sandbox::Options::default() };
    let sandbox = sandbox::Sandbox::start(options).await.unwrap();
    let ada = Client::linked_for(&sandbox, ALL).await;
    let grace = Client::linked_as(&sandbox, "grace@example.org", ALL).await;
    sandbox.files().write("/A/b.txt", "b").unwrap();
    let reference = ada.ok("files/copy_reference/get", json!({ "path": "/A" })).await;
    assert_eq!(reference["metadata"][".tag"], "folder");
    let save = json!({ "copy_reference": reference["copy_reference"], "path": "/Mine" });
    let saved = grace.ok("files/copy_reference/save", save.clone()).await;
    assert_eq!(saved["metadata"]["path_display"], "/Mine");
    let theirs = sandbox.files_of("grace@example.org").unwrap();
    assert_eq!(theirs.read("/Mine/b.txt").unwrap(), "b");
    let again = grace.call("files/copy_reference/save", save).await;
    assert_eq!(again.tags(), "path/conflict/folder");
    let forged = json!({ "copy_reference": "x", "path": "/x" });
    assert_eq!(
        grace.call("files/copy_reference/save", forged).await.tags(),
        "invalid_copy_reference"
    );
}

#[tokio::test]
async fn locks_are_held_until_they_are_given_back() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/f/a.txt", "a").unwrap();
    let entries = json!({ "entries": [{ "path": "/f/a.txt" }, { "path": "/f" }] });
    let state = |answer: &Value| answer["entries"][0]["lock"]["content"][".tag"].clone();
    let locked = client.ok("files/lock_file_batch", entries.clone()).await;
    assert_eq!(state(&locked), "single_user");
    assert_eq!(locked["entries"][1]["failure"][".tag"], "cannot_be_locked");
    assert_eq!(
        state(&client.ok("files/get_file_lock_batch", entries.clone()).await),
        "single_user"
    );
    assert_eq!(state(&client.ok("files/unlock_file_batch", entries.clone()).await), "unlocked");
    assert_eq!(state(&client.ok("files/get_file_lock_batch", entries).await), "unlocked");
}

#[tokio::test]
async fn documents_are_made_changed_and_exported() {
    let (_sandbox, client) = writable().await;
    let argument = json!({ "path": "/notes.paper", "import_format": { ".tag": "markdown" } });
    let made = client.upload("files/paper/create", &argument, "# One").await.json();
    assert_eq!(
        (&made["result_path"], &made["paper_revision"]),
        (&json!("/notes.paper"), &json!(1))
    );
    let update = |policy: &str, revision: u32| {
        json!({ "path": "/notes.paper", "import_format": "markdown", "doc_update_policy": policy,
                "paper_revision": revision })
    };
    let stale = client.upload("files/paper/update", &update("update", 7), "x").await;
    assert_eq!(stale.tags(), "revision_mismatch");
    let added = client.upload("files/paper/update", &update("append", 1), "\nTwo").await;
    assert_eq!(added.json()["paper_revision"], 2);
    let argument = json!({ "path": "/notes.paper", "export_format": "markdown" });
    let exported = client.fetch("files/export", &argument, None).await;
    assert_eq!(exported.text, "# One\nTwo");
    let result: Value = serde_json::from_str(exported.header("dropbox-api-result")).unwrap();
    assert_eq!(result["export_metadata"]["name"], "notes.md");
    assert_eq!(result["file_metadata"]["is_downloadable"], false);
    let other = json!({ "path": "/notes.paper", "export_format": "pdf" });
    assert_eq!(client.fetch("files/export", &other, None).await.tags(), "invalid_export_format");
}

#[tokio::test]
async fn what_the_sandbox_cannot_make_is_refused_in_dropboxs_words() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "a").unwrap();
    sandbox.files().write("/a.jpg", "a").unwrap();
    let refused = async |route: &str, argument: Value, expected: &str| {
        let reply = client.fetch(route, &argument, None).await;
        assert_eq!((reply.status, reply.tags().as_str()), (409, expected), "{route}");
    };
    refused("files/get_thumbnail", json!({ "path": "/a.txt" }), "unsupported_extension").await;
    refused("files/get_thumbnail", json!({ "path": "/b.jpg" }), "path/not_found").await;
    let resource = json!({ "resource": { ".tag": "path", "path": "/a.jpg" } });
    refused("files/get_thumbnail_v2", resource, "unsupported_image").await;
    refused("files/get_preview", json!({ "path": "/a.txt" }), "unsupported_extension").await;
    refused("files/export", json!({ "path": "/a.txt" }), "non_exportable").await;
    let batch = json!({ "entries": [{ "path": "/a.jpg" }] });
    let batch = client.ok("files/get_thumbnail_batch", batch).await;
    assert_eq!(batch["entries"][0]["failure"][".tag"], "unsupported_image");
    let saved = json!({ "path": "/c.txt", "url": "https://example.org/c.txt" });
    let job = client.ok("files/save_url", saved).await;
    let poll = json!({ "async_job_id": job["async_job_id"] });
    let job = client.ok("files/save_url/check_job_status", poll).await;
    assert_eq!(job["failed"][".tag"], "download_failed");
    let bad = client.call("files/save_url", json!({ "path": "/c.txt", "url": "c.txt" })).await;
    assert_eq!(bad.tags(), "invalid_url");
}

#[tokio::test]
async fn file_requests_are_remembered_until_they_are_closed_and_deleted() {
    let (sandbox, _) = writable().await;
    let scope = "account_info.read file_requests.read file_requests.write";
    let client = Client::linked_for(&sandbox, scope).await;
    let deadline = json!({ "deadline": "2030-01-01T00:00:00Z", "allow_late_uploads": "one_day" });
    let create = json!({ "title": "Photos", "destination": "/In", "deadline": deadline });
    let made = client.ok("file_requests/create", create).await;
    assert_eq!((&made["is_open"], &made["file_count"]), (&json!(true), &json!(0)));
    assert_eq!(made["deadline"]["allow_late_uploads"][".tag"], "one_day");
    let by_id = json!({ "id": made["id"] });
    assert_eq!(client.ok("file_requests/get", by_id).await, made);
    let count = client.ok("file_requests/count", json!(null)).await;
    assert_eq!(count["file_request_count"], 1);
    let delete = json!({ "ids": [made["id"]] });
    let open = client.call("file_requests/delete", delete.clone()).await;
    assert_eq!(open.tags(), "file_request_open");
    let close = json!({ "id": made["id"], "open": false, "title": "Pictures" });
    assert_eq!(client.ok("file_requests/update", close).await["title"], "Pictures");
    let listed = client.ok("file_requests/list_v2", json!({ "limit": 10 })).await;
    assert_eq!(listed["file_requests"][0]["is_open"], false);
    client.ok("file_requests/delete", delete).await;
    let listed = client.ok("file_requests/list", json!(null)).await;
    assert_eq!(listed["file_requests"], json!([]));
}
