//! What a cursor tells about changes, and when it is over.

use std::time::{Duration, Instant};

use sandbox::Sandbox;
use serde_json::{Value, json};

use crate::client::{Client, at, linked, short};

/// A sandbox with `/A/one.txt` and `/A/two.txt`, and a cursor that knows them.
async fn known() -> (Sandbox, Client, String, Vec<Value>) {
    let (sandbox, client) = linked().await;
    sandbox.files().write("/A/one.txt", "one").unwrap();
    sandbox.files().write("/A/two.txt", "two").unwrap();
    let (entries, cursor) = client.list("").await;
    (sandbox, client, cursor, entries)
}

#[tokio::test]
async fn nothing_new_is_an_empty_page_with_a_new_cursor() {
    let (_sandbox, client, cursor, _) = known().await;
    let (entries, cursor) = client.changes(&cursor).await;
    assert_eq!(entries, Vec::<Value>::new());
    assert_eq!(client.changes(&cursor).await.0, Vec::<Value>::new());
}

#[tokio::test]
async fn edits_between_two_looks_are_one_entry_with_the_same_id() {
    let (sandbox, client, cursor, before) = known().await;
    sandbox.files().write("/A/one.txt", "1").unwrap();
    sandbox.files().write("/A/one.txt", "eins").unwrap();
    sandbox.files().write("/new.txt", "new").unwrap();
    let (entries, cursor) = client.changes(&cursor).await;
    assert_eq!(short(&entries), ["file /A/one.txt", "file /new.txt"]);
    assert_eq!(entries[0]["id"], at(&before, "/A/one.txt")["id"]);
    assert_ne!(entries[0]["rev"], at(&before, "/A/one.txt")["rev"]);
    assert_eq!(entries[0]["size"], 4);
    sandbox.files().write("/new.txt", "new").unwrap();
    assert!(client.changes(&cursor).await.0.is_empty(), "same content is no change");
}

#[tokio::test]
async fn move_is_a_deletion_and_new_entries_with_the_old_ids() {
    let (sandbox, client, cursor, before) = known().await;
    sandbox.files().move_to("/A", "/B/inner").unwrap();
    let (entries, _) = client.changes(&cursor).await;
    assert!(short(&entries).contains(&"deleted /A".to_owned()));
    let entries: Vec<_> = entries.into_iter().filter(|entry| entry[".tag"] != "deleted").collect();
    for (old, new) in [("/A", "/B/inner"), ("/A/one.txt", "/B/inner/one.txt")] {
        assert_eq!(at(&before, old)["id"], at(&entries, new)["id"]);
    }
    assert_ne!(at(&before, "/A/one.txt")["rev"], at(&entries, "/B/inner/one.txt")["rev"]);
    assert_eq!(entries.len(), 4);
}

#[tokio::test]
async fn change_of_case_alone_is_not_told_and_shows_on_the_next_listing() {
    let (sandbox, client, cursor, before) = known().await;
    sandbox.files().move_to("/A", "/a").unwrap();
    sandbox.files().move_to("/a/one.txt", "/a/ONE.txt").unwrap();
    assert!(client.changes(&cursor).await.0.is_empty());
    let (after, _) = client.list("").await;
    assert_eq!(after[0]["path_display"], "/a");
    assert_eq!(after[0]["id"], at(&before, "/A")["id"]);
    assert_eq!(after[1]["name"], "ONE.txt");
    assert_eq!(after[2]["path_display"], "/A/two.txt", "children keep the old case");
}

#[tokio::test]
async fn deleted_folder_is_one_entry_although_deletions_were_not_asked_for() {
    let (sandbox, client, cursor, _) = known().await;
    sandbox.files().delete("/A/two.txt").unwrap();
    sandbox.files().delete("/A").unwrap();
    let (entries, _) = client.changes(&cursor).await;
    assert_eq!(short(&entries), ["deleted /A"]);
    assert_eq!(entries[0]["path_lower"], "/a");
    assert!(entries[0]["id"].is_null() && entries[0]["rev"].is_null());
}

#[tokio::test]
async fn deleted_and_made_again_is_another_file() {
    let (sandbox, client, cursor, before) = known().await;
    sandbox.files().delete("/A/one.txt").unwrap();
    sandbox.files().write("/A/one.txt", "one").unwrap();
    let (entries, _) = client.changes(&cursor).await;
    assert_eq!(short(&entries), ["deleted /A/one.txt", "file /A/one.txt"]);
    assert_ne!(entries[1]["id"], at(&before, "/A/one.txt")["id"]);
}

#[tokio::test]
async fn cursor_of_a_folder_ends_with_it_and_sees_nothing_else() {
    let (sandbox, client, _, _) = known().await;
    let (_, cursor) = client.list("/A").await;
    sandbox.files().write("/elsewhere.txt", "x").unwrap();
    assert!(client.changes(&cursor).await.0.is_empty());
    sandbox.files().write("/A/deep/er.txt", "x").unwrap();
    let (entries, cursor) = client.changes(&cursor).await;
    assert_eq!(short(&entries), ["folder /A/deep", "file /A/deep/er.txt"]);

    sandbox.files().move_to("/A", "/Z").unwrap();
    let argument = json!({ "cursor": cursor });
    let over = client.call("files/list_folder/continue", argument.clone()).await;
    assert_eq!((over.status, over.tags().as_str()), (409, "path/not_found"));
    assert_eq!(client.longpoll(&cursor).await.json()["changes"], true);

    sandbox.files().move_to("/Z", "/A").unwrap();
    sandbox.files().delete("/A/one.txt").unwrap();
    let (entries, _) = client.changes(&cursor).await;
    assert_eq!(short(&entries)[..2], ["deleted /A", "folder /A"]);
    assert!(!short(&entries).contains(&"file /A/one.txt".to_owned()));
}

#[tokio::test]
async fn children_alone_are_told_to_a_cursor_that_is_not_recursive() {
    let (sandbox, client, _, _) = known().await;
    let argument = json!({ "path": "" });
    let (entries, cursor) = client.drain(client.ok("files/list_folder", argument).await).await;
    assert_eq!(short(&entries), ["folder /A"]);
    sandbox.files().write("/A/three.txt", "3").unwrap();
    sandbox.files().write("/top.txt", "t").unwrap();
    assert_eq!(short(&client.changes(&cursor).await.0), ["file /top.txt"]);
}

#[tokio::test]
async fn latest_cursor_knows_everything_up_to_now() {
    let (sandbox, client, _, _) = known().await;
    let argument = json!({ "path": "", "recursive": true });
    let reply = client.ok("files/list_folder/get_latest_cursor", argument).await;
    assert_eq!(reply.as_object().unwrap().len(), 1);
    let cursor = reply["cursor"].as_str().unwrap();
    assert!(client.changes(cursor).await.0.is_empty());
    sandbox.files().delete("/A/one.txt").unwrap();
    assert_eq!(short(&client.changes(cursor).await.0), ["deleted /A/one.txt"]);
}

#[tokio::test]
async fn longpoll_wakes_for_what_its_cursor_sees() {
    let (sandbox, client, cursor, _) = known().await;
    let mut waiting = tokio::spawn({
        let (client, cursor) = (client.clone(), cursor.clone());
        async move { client.longpoll(&cursor).await }
    });
    let early = tokio::time::timeout(Duration::from_millis(100), &mut waiting).await;
    assert!(early.is_err(), "nothing happened yet");
    sandbox.files().write("/A/one.txt", "news").unwrap();
    assert_eq!(waiting.await.unwrap().text, r#"{"changes":true}"#);
    assert_eq!(client.longpoll(&cursor).await.json()["changes"], true);
}

#[tokio::test]
async fn shutdown_answers_whoever_waits() {
    let (sandbox, client, cursor, _) = known().await;
    let admin = sandbox.admin();
    let waiting = tokio::spawn(async move { client.longpoll(&cursor).await });
    while admin.count("files/list_folder") == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let began = Instant::now();
    sandbox.shutdown().await;
    assert_eq!(waiting.await.unwrap().json()["changes"], false);
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn longpoll_takes_no_token_and_only_sensible_times() {
    let (_sandbox, client, cursor, _) = known().await;
    let argument = json!({ "cursor": cursor });
    let with_token = client.call("files/list_folder/longpoll", argument).await;
    assert_eq!(with_token.status, 400);
    for timeout in [29, 481] {
        let request = client.post("/2/files/list_folder/longpoll");
        let request = request.json(&json!({ "cursor": cursor, "timeout": timeout }));
        assert_eq!(crate::client::Reply::of(request).await.status, 400);
    }
}

#[tokio::test]
async fn reset_cursors_say_so_everywhere() {
    let (sandbox, client, cursor, _) = known().await;
    let waiting = tokio::spawn({
        let (client, cursor) = (client.clone(), cursor.clone());
        async move { client.longpoll(&cursor).await }
    });
    while sandbox.admin().count("files/list_folder") == 0 {
        tokio::task::yield_now().await;
    }
    sandbox.admin().reset_cursors().unwrap();
    let woken = waiting.await.unwrap();
    assert_eq!((woken.status, woken.tags().as_str()), (409, "reset"));
    let argument = json!({ "cursor": cursor });
    let reset = client.call("files/list_folder/continue", argument).await;
    assert_eq!((reset.status, reset.json()["error"].clone()), (409, json!({ ".tag": "reset" })));
    let more = json!({ "cursor": cursor, "path": "" });
    let more = client.call("files/list_folder/continue", more).await;
    assert!(more.text.contains("unknown field 'path'"));
    client.list("").await;
}

#[tokio::test]
async fn copy_goes_on_from_the_same_cursors_and_apart() {
    let (sandbox, client, cursor, before) = known().await;
    let copy = sandbox.copy().await.unwrap();
    let there = client.moved_to(&copy);
    sandbox.files().write("/here.txt", "here").unwrap();
    copy.files().write("/A/one.txt", "there").unwrap();
    let (entries, _) = client.changes(&cursor).await;
    assert_eq!(short(&entries), ["file /here.txt"]);
    let (entries, _) = there.changes(&cursor).await;
    assert_eq!(short(&entries), ["file /A/one.txt"]);
    assert_eq!(entries[0]["id"], at(&before, "/A/one.txt")["id"]);
    sandbox.admin().disconnect_all().unwrap();
    there.changes(&cursor).await;
}
