//! Uploads in pieces.

use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::content::writable;

const BLOCK: usize = 4 * 1024 * 1024;

async fn put(client: &Client, route: &str, argument: Value, content: impl Into<Vec<u8>>) -> Reply {
    client.upload(&format!("files/upload_session/{route}"), &argument, content.into()).await
}

async fn start(client: &Client, argument: Value, content: &str) -> String {
    let reply = put(client, "start", argument, content).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()["session_id"].as_str().unwrap().to_owned()
}

fn cursor(session: &str, offset: usize) -> Value {
    json!({ "session_id": session, "offset": offset })
}

fn refused(reply: &Reply, expected: &str) {
    assert_eq!((reply.status, reply.tags().as_str()), (409, expected), "{}", reply.text);
}

#[tokio::test]
async fn pieces_that_follow_each_other_become_a_file() {
    let (sandbox, client) = writable().await;
    let id = start(&client, json!({}), "one ").await;
    let appended = put(&client, "append_v2", json!({ "cursor": cursor(&id, 4) }), "two ").await;
    assert_eq!((appended.status, appended.text.as_str()), (200, "null"));
    let appended = put(&client, "append", cursor(&id, 8), "three ").await;
    assert_eq!(appended.status, 200);
    let wrong = put(&client, "append_v2", json!({ "cursor": cursor(&id, 4) }), "two ").await;
    refused(&wrong, "incorrect_offset");
    assert_eq!(wrong.json()["error"]["correct_offset"], 14);

    let commit = json!({ "path": "/counted.txt" });
    let argument = json!({ "cursor": cursor(&id, 9), "commit": commit });
    let wrong = put(&client, "finish", argument, "four").await;
    refused(&wrong, "lookup_failed/incorrect_offset");
    assert_eq!(wrong.json()["error"]["lookup_failed"]["correct_offset"], 14);
    let argument = json!({ "cursor": cursor(&id, 14), "commit": commit });
    let finished = put(&client, "finish", argument.clone(), "four").await;
    assert_eq!(finished.json()["name"], "counted.txt");
    assert!(finished.headers.get("dropbox-api-result").is_none());
    assert_eq!(sandbox.files().read("/counted.txt").unwrap(), "one two three four");
    refused(&put(&client, "finish", argument, "four").await, "lookup_failed/not_found");
}

#[tokio::test]
async fn a_session_survives_a_commit_that_fails() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "there").unwrap();
    let id = start(&client, json!({}), "new").await;
    let argument = json!({ "cursor": cursor(&id, 3), "commit": { "path": "/a.txt" } });
    let conflict = put(&client, "finish", argument, "").await;
    refused(&conflict, "path/conflict/file");
    assert!(conflict.json()["error"]["path"]["conflict"].is_object(), "not flattened here");
    let commit = json!({ "path": "/a.txt", "mode": "overwrite" });
    let argument = json!({ "cursor": cursor(&id, 3), "commit": commit });
    assert_eq!(put(&client, "finish", argument, "").await.status, 200);
}

#[tokio::test]
async fn closed_sessions_take_no_more() {
    let (_sandbox, client) = writable().await;
    let id = start(&client, json!({ "close": true }), "all").await;
    let more = put(&client, "append_v2", json!({ "cursor": cursor(&id, 3) }), "x").await;
    refused(&more, "closed");
    let argument = json!({ "cursor": cursor(&id, 3), "commit": { "path": "/a" } });
    refused(&put(&client, "finish", argument.clone(), "x").await, "lookup_failed/closed");
    assert_eq!(put(&client, "finish", argument, "").await.status, 200);
    let stranger = put(&client, "append_v2", json!({ "cursor": cursor("no", 0) }), "x").await;
    refused(&stranger, "not_found");
}

#[tokio::test]
async fn more_than_a_session_holds_is_refused_before_it_is_kept() {
    let (_sandbox, client) = writable().await;
    let id = start(&client, json!({}), "abc").await;
    let far = cursor(&id, 4 * 1024 * BLOCK / 4);
    refused(&put(&client, "append_v2", json!({ "cursor": far }), "d").await, "too_large");
    let finish = json!({ "cursor": far, "commit": { "path": "/far" } });
    refused(&put(&client, "finish", finish, "d").await, "lookup_failed/incorrect_offset");
    assert_eq!(
        put(&client, "append_v2", json!({ "cursor": cursor(&id, 3) }), "d").await.status,
        200
    );
}

#[tokio::test]
async fn pieces_at_the_same_time_become_a_file() {
    let (sandbox, client) = writable().await;
    let concurrent = json!({ "session_type": { ".tag": "concurrent" } });
    let id = start(&client, concurrent.clone(), "").await;
    refused(&put(&client, "start", concurrent, "x").await, "concurrent_session_data_not_allowed");
    let closed = json!({ "session_type": "concurrent", "close": true });
    refused(&put(&client, "start", closed, "").await, "concurrent_session_close_not_allowed");

    let argument = json!({ "cursor": cursor(&id, 3) });
    refused(&put(&client, "append_v2", argument, "x").await, "concurrent_session_invalid_offset");
    let argument = json!({ "cursor": cursor(&id, 0) });
    let odd = put(&client, "append_v2", argument, "x").await;
    refused(&odd, "concurrent_session_invalid_data_size");
    let finish = |size: usize| json!({ "cursor": cursor(&id, size), "commit": { "path": "/c" } });
    let early = put(&client, "finish", finish(0), "").await;
    refused(&early, "concurrent_session_not_closed");

    let last = json!({ "cursor": cursor(&id, BLOCK), "close": true });
    assert_eq!(put(&client, "append_v2", last, "end").await.status, 200);
    let gap = put(&client, "finish", finish(BLOCK + 3), "").await;
    refused(&gap, "concurrent_session_missing_data");
    let first = json!({ "cursor": cursor(&id, 0) });
    assert_eq!(put(&client, "append_v2", first, vec![b'a'; BLOCK]).await.status, 200);
    let data = put(&client, "finish", finish(BLOCK + 3), "x").await;
    refused(&data, "concurrent_session_data_not_allowed");
    assert_eq!(put(&client, "finish", finish(BLOCK + 3), "").await.status, 200);
    let content = sandbox.files().read("/c").unwrap();
    assert_eq!((content.len(), &content[BLOCK - 1..]), (BLOCK + 3, &b"aend"[..]));
}

#[tokio::test]
async fn many_sessions_are_finished_at_once() {
    let (_sandbox, client) = writable().await;
    let started = json!({ "num_sessions": 2, "session_type": "sequential" });
    let started = client.ok("files/upload_session/start_batch", started).await;
    let ids: Vec<_> = started["session_ids"].as_array().unwrap().iter().collect();
    let entry = |id: &Value, length: usize, close: bool| json!({ "cursor": { "session_id": id, "offset": 0 }, "length": length, "close": close });
    let short = json!({ "entries": [entry(ids[0], 3, true)] });
    refused(&put(&client, "append_batch", short, "12").await, "length_mismatch");
    let both = json!({ "entries": [entry(ids[0], 3, true), entry(ids[1], 4, false)] });
    let appended = put(&client, "append_batch", both, "onemore").await;
    let success = json!({ "entries": [{ ".tag": "success" }, { ".tag": "success" }] });
    assert_eq!(appended.json(), success);

    let entry = |id: &Value, offset: usize, path: &str| json!({ "cursor": { "session_id": id, "offset": offset }, "commit": { "path": path } });
    let open = entry(ids[1], 4, "/b");
    let entries = json!({ "entries": [entry(ids[0], 3, "/a"), open, entry(&json!("x"), 0, "/c")] });
    let finished = client.ok("files/upload_session/finish_batch_v2", entries).await;
    let entries = finished["entries"].as_array().unwrap();
    assert_eq!(
        (&entries[0][".tag"], &entries[0]["path_display"]),
        (&json!("success"), &json!("/a"))
    );
    assert_eq!(entries[1]["failure"]["lookup_failed"][".tag"], "not_closed");
    assert_eq!(entries[2]["failure"]["lookup_failed"][".tag"], "not_found");

    let id = start(&client, json!({ "close": true }), "x").await;
    let entries = json!({ "entries": [entry(&json!(id), 1, "/d")] });
    let job = client.ok("files/upload_session/finish_batch", entries).await;
    assert_eq!(job[".tag"], "async_job_id");
    let poll = json!({ "async_job_id": job["async_job_id"] });
    let done = client.ok("files/upload_session/finish_batch/check", poll).await;
    assert_eq!((&done[".tag"], &done["entries"][0]["name"]), (&json!("complete"), &json!("d")));
}
