//! Finding files by name, by tag, and giving them older versions.

use serde_json::{Value, json};

use crate::client::linked;
use crate::content::writable;

fn names(answer: &Value) -> Vec<&str> {
    let matches = answer["matches"].as_array().unwrap();
    let metadata = matches.iter().map(|one| &one["metadata"]);
    let inner =
        metadata.map(|one| if one["metadata"].is_object() { &one["metadata"] } else { one });
    inner.map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn names_are_found_by_every_word() {
    let (sandbox, client) = linked().await;
    for name in ["Lease 2025.txt", "lease 2026.pdf", "Other.txt"] {
        sandbox.files().write(&format!("/Contracts/{name}"), "x").unwrap();
    }
    sandbox.files().write("/lease.txt", "x").unwrap();
    let search = async |options: Value, query: &str| {
        let argument = json!({ "query": query, "options": options });
        client.ok("files/search_v2", argument).await
    };
    let all = search(json!({}), "LEASE").await;
    assert_eq!(names(&all), ["Lease 2025.txt", "lease 2026.pdf", "lease.txt"]);
    assert_eq!(all["matches"][0]["metadata"][".tag"], "metadata");
    assert_eq!(all["has_more"], false);
    let below = search(json!({ "path": "/contracts" }), "lease 2026").await;
    assert_eq!(names(&below), ["lease 2026.pdf"]);
    let texts = search(json!({ "file_extensions": ["txt"] }), "").await;
    assert_eq!(names(&texts), ["Lease 2025.txt", "Other.txt", "lease.txt"]);
    let folders = search(json!({ "file_categories": [{ ".tag": "folder" }] }), "").await;
    assert_eq!(names(&folders), ["Contracts"]);
    sandbox.files().delete("/lease.txt").unwrap();
    let deleted = search(json!({ "file_status": "deleted" }), "lease").await;
    assert_eq!(names(&deleted), ["lease.txt"]);
    let missing = json!({ "query": "a", "options": { "path": "/nowhere" } });
    let missing = client.call("files/search_v2", missing).await;
    assert_eq!(missing.tags(), "path/not_found");
    let older = json!({ "path": "", "query": "lease", "start": 1, "max_results": 1 });
    let older = client.ok("files/search", older).await;
    assert_eq!((names(&older), &older["start"]), (vec!["lease 2026.pdf"], &json!(2)));
}

#[tokio::test]
async fn long_searches_are_continued() {
    let (sandbox, client) = linked().await;
    for number in 0..7 {
        sandbox.files().write(&format!("/file {number}.txt"), "x").unwrap();
    }
    let argument = json!({ "query": "file", "options": { "max_results": 3 } });
    let mut page = client.ok("files/search_v2", argument).await;
    let mut found: Vec<String> = Vec::new();
    loop {
        found.extend(names(&page).iter().map(|name| (*name).to_owned()));
        if page["has_more"] == false {
            break;
        }
        let cursor = json!({ "cursor": page["cursor"] });
        page = client.ok("files/search/continue_v2", cursor).await;
    }
    assert_eq!(found.len(), 7);
    let forged = client.call("files/search/continue_v2", json!({ "cursor": "x" })).await;
    assert_eq!(forged.status, 400);
}

#[tokio::test]
async fn tags_stay_with_what_they_were_put_on() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "a").unwrap();
    let tag = json!({ "path": "/a.txt", "tag_text": "Urgent" });
    client.ok("files/tags/add", tag.clone()).await;
    sandbox.files().move_to("/a.txt", "/b.txt").unwrap();
    let tags = client.ok("files/tags/get", json!({ "paths": ["/b.txt"] })).await;
    let expected = json!([{ ".tag": "user_generated_tag", "tag_text": "urgent" }]);
    assert_eq!(tags["paths_to_tags"][0]["tags"], expected);
    assert_eq!(client.call("files/tags/remove", tag).await.tags(), "path/not_found");
    let tag = json!({ "path": "/b.txt", "tag_text": "urgent" });
    client.ok("files/tags/remove", tag.clone()).await;
    assert_eq!(client.call("files/tags/remove", tag).await.tags(), "tag_not_present");
    let bad = json!({ "path": "/b.txt", "tag_text": "two words" });
    assert_eq!(client.call("files/tags/add", bad).await.status, 400);
}

#[tokio::test]
async fn files_come_back_as_they_were() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "one").unwrap();
    let first = client.ok("files/get_metadata", json!({ "path": "/a.txt" })).await;
    sandbox.files().write("/a.txt", "two").unwrap();
    let restore = json!({ "path": "/a.txt", "rev": first["rev"] });
    let restored = client.ok("files/restore", restore.clone()).await;
    assert_eq!(
        (&restored["id"], &restored["content_hash"]),
        (&first["id"], &first["content_hash"])
    );
    assert_ne!(restored["rev"], first["rev"]);
    sandbox.files().delete("/a.txt").unwrap();
    let back = client.ok("files/restore", restore).await;
    assert_eq!(back["id"], first["id"]);
    assert_eq!(sandbox.files().read("/a.txt").unwrap(), "one");
    let unknown = json!({ "path": "/a.txt", "rev": "000000000000" });
    assert_eq!(client.call("files/restore", unknown).await.tags(), "invalid_revision");
    let elsewhere = json!({ "path": "/b.txt", "rev": first["rev"] });
    assert_eq!(client.call("files/restore", elsewhere).await.tags(), "path_lookup/not_found");
}
