//! Bad days on demand: what Dropbox has done to clients at one time or another.

use std::time::Duration;

use sandbox::{
    Coalescing, ContentAuthErrors, Emoji, Fault, MalformedTokens, Mark, Normalization, Quirks,
    Trouble,
};
use serde_json::{Value, json};

use crate::client::{Client, Reply, at, linked, linked_to_write, short};
use crate::model::Model;

async fn list(client: &Client) -> Reply {
    let request = client.post("/2/files/list_folder").bearer_auth(&client.access_token);
    Reply::unchecked(request.json(&json!({ "path": "" }))).await
}

#[tokio::test]
async fn too_many_requests_come_in_every_form_and_always_say_how_long_to_wait() {
    let (sandbox, client) = linked().await;
    let meet = async |trouble: Trouble| {
        sandbox.admin().inject(Fault::like("files/*", 1, trouble));
        list(&client).await
    };
    let reply = meet(Trouble::TooManyRequests(300)).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, "300"));
    assert_eq!(reply.json()["error"]["retry_after"], 300);
    let reply = meet(Trouble::TooManyRequestsText(15)).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, "15"));
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    let reply = meet(Trouble::TooManyWriteOperations(1)).await;
    assert_eq!((reply.status, reply.header("content-length")), (429, "107"));
    assert!(reply.json()["error"].get("retry_after").is_none());
    assert_eq!(meet(Trouble::BadGateway).await.status, 502);
    assert_eq!(meet(Trouble::Reset).await.tags(), "reset");
    assert_eq!(meet(Trouble::RestrictedContent).await.tags(), "path/restricted_content");
    assert_eq!(meet(Trouble::UserSuspended).await.status, 401);
    assert_eq!(list(&client).await.status, 200);
}

#[tokio::test]
async fn answers_break_off_where_a_test_wants_it() {
    let (sandbox, client) = linked_to_write().await;
    sandbox.files().write("/a.txt", "0123456789").unwrap();
    let download = || {
        let request = client.post("/2/files/download").bearer_auth(&client.access_token);
        request.header("dropbox-api-arg", r#"{"path":"/a.txt"}"#).send()
    };
    sandbox.admin().inject(Fault::cut("files/download", 1, 4));
    let response = download().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err(), "less than was announced");
    assert_eq!(download().await.unwrap().text().await.unwrap(), "0123456789");
}

#[tokio::test]
async fn one_cursor_is_reset_while_others_go_on_and_its_longpoll_hears_of_it() {
    let (sandbox, client) = linked().await;
    let (_, first) = client.list("").await;
    sandbox.files().write("/a.txt", "a").unwrap();
    let (_, second) = client.list("").await;
    let (waiting, ()) = tokio::join!(client.longpoll(&second), async {
        sandbox.admin().reset_cursor(&second);
    });
    assert_eq!(waiting.tags(), "reset");
    let reset = client.call("files/list_folder/continue", json!({ "cursor": second })).await;
    assert_eq!((reset.status, reset.tags().as_str()), (409, "reset"));
    assert_eq!(short(&client.changes(&first).await.0), ["file /a.txt"]);
}

#[tokio::test]
async fn clock_is_what_a_test_says() {
    let (sandbox, client) = linked().await;
    let clock = || client.at("/sandbox/clock");
    let set = json!({ "at": "2015-05-12T15:50:38Z" });
    assert_eq!(Reply::of(client.put(clock().as_str()).json(&set)).await.status, 200);
    sandbox.files().write("/a.txt", "a").unwrap();
    let (entries, _) = client.list("").await;
    assert!(at(&entries, "/a.txt")["server_modified"].as_str().unwrap().starts_with("2015-05-12T"));
    let now = Reply::of(client.get("/sandbox/clock")).await.json();
    assert!(now["at"].as_str().unwrap().starts_with("2015-05-12T15:5"));
}

#[tokio::test]
async fn shuffled_pages_have_another_order_and_lead_to_the_same_files() {
    let (sandbox, client) = linked().await;
    let (_, cursor) = client.list("").await;
    for number in 0..20 {
        sandbox.files().write(&format!("/folder{}/{number}.txt", number % 4), "x").unwrap();
    }
    sandbox.files().delete("/folder1").unwrap();
    sandbox.files().move_to("/folder2", "/folder1").unwrap();
    sandbox.files().delete("/folder3/3.txt").unwrap();
    let (plain, _) = client.changes(&cursor).await;
    let mut orders = Vec::new();
    for seed in 0..20 {
        let quirks = Quirks { shuffle_seed: Some(seed), ..Quirks::default() };
        sandbox.admin().set_quirks(quirks);
        let (shuffled, _) = client.changes(&cursor).await;
        assert_eq!(shuffled, client.changes(&cursor).await.0, "seed {seed} has one order");
        let mut model = Model::of(&[]);
        model.apply(&shuffled);
        assert_eq!(model, Model::of(&client.list("").await.0), "seed {seed}");
        orders.push(short(&shuffled));
    }
    assert_eq!(orders[0].len(), plain.len());
    orders.sort_unstable();
    orders.dedup();
    assert!(orders.len() > 10, "seeds make a difference");
}

#[tokio::test]
async fn every_state_is_told_when_changes_are_not_coalesced() {
    let (sandbox, client) = linked().await;
    let off = Quirks { coalescing: Coalescing::Off, ..Quirks::default() };
    sandbox.files().write("/before.txt", "1").unwrap();
    let (_, early) = client.list("").await;
    sandbox.admin().set_quirks(off);
    let (_, cursor) = client.list("").await;
    let files = sandbox.files();
    for content in ["1", "22", "333"] {
        files.write("/a.txt", content).unwrap();
    }
    files.move_to("/a.txt", "/b.txt").unwrap();
    files.delete("/b.txt").unwrap();
    let (entries, end) = client.changes(&cursor).await;
    let sizes: Vec<_> = entries.iter().map(|entry| entry["size"].clone()).collect();
    let expected = [
        "file /a.txt",
        "file /a.txt",
        "file /a.txt",
        "deleted /a.txt",
        "file /b.txt",
        "deleted /b.txt",
    ];
    assert_eq!(short(&entries), expected);
    assert_eq!(sizes[..3], [json!(1), json!(2), json!(3)]);
    assert_eq!(client.changes(&early).await.0.len(), 6);
    sandbox.admin().set_quirks(Quirks::default());
    assert_eq!(short(&client.changes(&cursor).await.0), ["deleted /a.txt", "deleted /b.txt"]);
    assert!(client.changes(&end).await.0.is_empty());
}

#[tokio::test]
async fn rules_for_names_are_those_of_the_year_that_a_test_chooses() {
    let (sandbox, client) = linked_to_write().await;
    let create =
        async |path: &str| client.call("files/create_folder_v2", json!({ "path": path })).await;
    let decomposed = "/Caf\u{65}\u{301}";
    assert_eq!(create("/😀").await.status, 200);
    sandbox.admin().set_quirks(Quirks {
        emoji: Emoji::Reject,
        normalization: Normalization::Off,
        ..Quirks::default()
    });
    assert_eq!(create("/😁").await.tags(), "path/malformed_path");
    assert_eq!(create("/日本").await.status, 200, "other scripts are in the basic plane");
    let metadata = create(decomposed).await.json();
    assert_eq!(metadata["metadata"]["path_display"], decomposed);
    sandbox.admin().clear_faults();
    assert_eq!(create("/😁").await.status, 200);
    let composed = create(decomposed).await.json();
    assert_eq!(composed["metadata"]["path_display"], "/Caf\u{e9}");
}

#[tokio::test]
async fn tokens_are_refused_in_the_ways_of_other_years() {
    let (sandbox, client) = linked_to_write().await;
    sandbox.admin().set_quirks(Quirks {
        content_auth_errors: ContentAuthErrors::Wrapped,
        malformed_tokens: MalformedTokens::Text,
        ..Quirks::default()
    });
    let malformed = list(&client.with_token("nonsense")).await;
    assert_eq!(
        (malformed.status, malformed.header("content-type")),
        (400, "text/plain; charset=utf-8")
    );
    assert_eq!(
        malformed.text,
        "Error in call to API function \"files/list_folder\": The given OAuth 2 access token is \
         malformed."
    );
    sandbox.admin().expire_access_tokens().unwrap();
    assert_eq!(list(&client).await.tags(), "expired_access_token");
    let request = client.post("/2/files/download").bearer_auth(&client.access_token);
    let wrapped = Reply::unchecked(request.header("dropbox-api-arg", r#"{"path":"/a"}"#)).await;
    assert_eq!((wrapped.status, wrapped.tags().as_str()), (401, "other"));
    let text = wrapped.json()["user_message"]["text"].as_str().unwrap().to_owned();
    let hidden: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(hidden["error"][".tag"], "expired_access_token");
}

#[tokio::test]
async fn access_tokens_live_as_long_as_a_test_wants() {
    let (sandbox, mut client) = linked().await;
    sandbox.admin().set_quirks(Quirks { access_token_s: 60, ..Quirks::default() });
    client.link(crate::client::SCOPE).await;
    sandbox.admin().advance_clock(Duration::from_secs(59));
    assert_eq!(list(&client).await.status, 200);
    sandbox.admin().advance_clock(Duration::from_secs(2));
    assert_eq!(list(&client).await.tags(), "expired_access_token");
}

#[tokio::test]
async fn marked_files_keep_their_content_back_and_are_told_as_changed() {
    let (sandbox, client) = linked_to_write().await;
    let files = sandbox.files();
    files.write("/a.txt", "a").unwrap();
    let (entries, mut cursor) = client.list("").await;
    let rev = at(&entries, "/a.txt")["rev"].clone();
    let download = async || {
        let request = client.post("/2/files/download").bearer_auth(&client.access_token);
        Reply::of(request.header("dropbox-api-arg", r#"{"path":"/a.txt"}"#)).await
    };
    let put = async |mark: &str| {
        let path = format!("/sandbox/marks?path=/a.txt{mark}");
        assert_eq!(Reply::of(client.put(&path)).await.status, 200);
    };
    put("&mark=restricted").await;
    assert_eq!(download().await.tags(), "path/restricted_content");
    put("&mark=paper").await;
    let (told, next) = client.changes(&cursor).await;
    cursor = next;
    assert_eq!(at(&told, "/a.txt")["is_downloadable"], false);
    assert!(at(&told, "/a.txt").get("content_hash").is_none());
    assert_eq!(download().await.tags(), "unsupported_file");
    files.mark("/a.txt", Some(Mark::Locked)).unwrap();
    let (told, _) = client.changes(&cursor).await;
    assert_eq!(at(&told, "/a.txt")["file_lock_info"]["is_lockholder"], false);
    assert_eq!(at(&told, "/a.txt")["rev"], rev, "no new version");
    assert_eq!(download().await.text, "a");
    put("").await;
    assert!(at(&client.list("").await.0, "/a.txt").get("file_lock_info").is_none());
    assert!(files.mark("/missing.txt", Some(Mark::Paper)).is_err());
}

#[tokio::test]
async fn quirks_and_faults_are_set_and_read_over_http() {
    let (_sandbox, client) = linked().await;
    let quirks = json!({ "emoji": "reject", "backoff_s": 60, "delay_ms": 5, "jitter_ms": 2 });
    assert_eq!(Reply::of(client.put("/sandbox/quirks").json(&quirks)).await.status, 200);
    let read = Reply::of(client.get("/sandbox/quirks")).await.json();
    assert_eq!((&read["emoji"], &read["coalescing"]), (&json!("reject"), &json!("on")));
    let misspelt = client.put("/sandbox/quirks").json(&json!({ "emojis": "reject" }));
    assert_eq!(Reply::of(misspelt).await.status, 422);
    let fault = json!({ "route": "*", "like": { "too_many_requests": 7 } });
    assert_eq!(Reply::of(client.post("/sandbox/faults").json(&fault)).await.status, 200);
    let waiting = Reply::of(client.get("/sandbox/faults")).await.json();
    assert_eq!(waiting["faults"][0]["route"], "*");
    assert_eq!(list(&client).await.header("retry-after"), "7");
}

#[tokio::test]
async fn request_log_says_who_asked_what_and_exports_line_by_line() {
    let (_sandbox, client) = linked().await;
    let request = client.post("/2/check/user").bearer_auth(&client.access_token);
    let asked = Reply::of(request.header("user-agent", "a-client/1.0").json(&json!({}))).await;
    let log = Reply::of(client.get("/sandbox/requests?route=check/user")).await.json();
    let logged = &log["requests"][0];
    assert_eq!((&logged["agent"], &logged["host"]), (&json!("a-client/1.0"), &json!("localhost")));
    assert_eq!(logged["id"], asked.header("x-dropbox-request-id"));
    let lines = Reply::of(client.get("/sandbox/requests.jsonl")).await;
    let last = lines.text.lines().last().unwrap();
    assert_eq!(&serde_json::from_str::<Value>(last).unwrap(), logged);
}
