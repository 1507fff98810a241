//! Uploading and downloading.

use serde_json::{Value, json};

use crate::client::{Client, Reply, at, start};
use sandbox::Sandbox;

pub(crate) const ALL: &str = "account_info.read files.content.read files.content.write \
                              files.metadata.read files.metadata.write sharing.read sharing.write";

/// A sandbox with an app that may do everything.
pub(crate) async fn writable() -> (Sandbox, Client) {
    let sandbox = start().await;
    let client = Client::linked_for(&sandbox, ALL).await;
    (sandbox, client)
}

async fn refused(client: &Client, argument: Value, content: &'static str, expected: &str) {
    let reply = client.upload("files/upload", &argument, content).await;
    assert_eq!((reply.status, reply.tags().as_str()), (409, expected), "{argument}");
}

#[tokio::test]
async fn what_is_uploaded_is_listed_and_downloaded() {
    let (_sandbox, client) = writable().await;
    let argument = json!({
        "path": "/New/Lease 😀.txt",
        "mode": { ".tag": "add" },
        "client_modified": "2015-05-12T15:50:38Z",
        "mute": true,
        "content_hash": "bc62d4b80d9e36da29c16c5d4d9f11731f36052c72401a76c23c0fb5a9b74423",
    });
    let reply = client.upload("files/upload", &argument, "hello world").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(reply.headers.get("dropbox-api-result").is_none());
    let made = reply.json();
    assert!(made[".tag"].is_null());
    assert_eq!(made["client_modified"], "2015-05-12T15:50:38Z");
    let (entries, _) = client.list("").await;
    let mut listed = at(&entries, "/New/Lease 😀.txt").clone();
    listed.as_object_mut().unwrap().remove(".tag");
    assert_eq!(listed, made);

    let rev = format!("rev:{}", made["rev"].as_str().unwrap());
    for path in ["/new/lease 😀.txt", made["id"].as_str().unwrap(), &rev] {
        let reply = client.download(&json!({ "path": path }), None).await;
        assert_eq!((reply.status, reply.text.as_str()), (200, "hello world"));
        assert_eq!(reply.header("content-length"), "11");
        let result = reply.header("dropbox-api-result");
        assert!(result.contains("Lease \\ud83d\\ude00.txt"), "{result}");
        assert_eq!(serde_json::from_str::<Value>(result).unwrap(), made);
    }
}

#[tokio::test]
async fn parts_of_a_file_are_downloaded_by_range() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "0123456789").unwrap();
    let check = async |range: &str, status: u16, text: &str, content_range: &str| {
        let reply = client.download(&json!({ "path": "/a.txt" }), Some(("range", range))).await;
        assert_eq!((reply.status, reply.text.as_str()), (status, text), "{range}");
        assert_eq!(reply.header("content-range"), content_range, "{range}");
        reply
    };
    check("bytes=2-4", 206, "234", "bytes 2-4/10").await;
    check("bytes=8-", 206, "89", "bytes 8-9/10").await;
    check("bytes=-3", 206, "789", "bytes 7-9/10").await;
    check("bytes=5-99", 206, "56789", "bytes 5-9/10").await;
    check("bytes=10-", 416, "", "bytes */10").await;
    let whole = check("letters=1-2", 200, "0123456789", "").await;
    let tag = whole.header("etag").to_owned();
    let known = client.download(&json!({ "path": "/a.txt" }), Some(("if-none-match", &tag))).await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    sandbox.files().write("/a.txt", "other").unwrap();
    let new = client.download(&json!({ "path": "/a.txt" }), Some(("if-none-match", &tag))).await;
    assert_eq!((new.status, new.text.as_str()), (200, "other"));
}

#[tokio::test]
async fn older_revisions_can_still_be_downloaded() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "one").unwrap();
    let first = client.ok("files/get_metadata", json!({ "path": "/a.txt" })).await;
    sandbox.files().write("/a.txt", "two").unwrap();
    let rev = format!("rev:{}", first["rev"].as_str().unwrap());
    let reply = client.download(&json!({ "path": rev }), None).await;
    assert_eq!((reply.status, reply.text.as_str()), (200, "one"));
}

#[tokio::test]
async fn downloads_are_refused_by_tag() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/f/a.paper", "x").unwrap();
    for (path, expected) in [
        ("/nowhere", "path/not_found"),
        ("/f", "path/not_file"),
        ("rev:00000000000000", "path/not_found"),
        ("/f/", "path/malformed_path"),
        ("/f/a.paper", "unsupported_file"),
    ] {
        let reply = client.download(&json!({ "path": path }), None).await;
        assert_eq!((reply.status, reply.tags().as_str()), (409, expected));
    }
    let request = client.post("/2/files/download").bearer_auth(&client.access_token);
    let request = request.header("dropbox-api-arg", r#"{"path":"/f/a.txt"}"#);
    let reply = Reply::of(request.body("something")).await;
    assert!(reply.text.ends_with("The request body is supposed to be empty, but it isn't"));
}

#[tokio::test]
async fn arguments_in_headers_are_read_escaped_raw_and_from_the_address() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/é.txt", "content").unwrap();
    let get = async |argument: &[u8]| {
        let request = client.post("/2/files/download").bearer_auth(&client.access_token);
        let value = reqwest::header::HeaderValue::from_bytes(argument).unwrap();
        Reply::of(request.header("dropbox-api-arg", value)).await
    };
    assert_eq!(get(r#"{"path":"/\u00e9.txt"}"#.as_bytes()).await.text, "content");
    assert_eq!(get(r#"{"path":"/é.txt"}"#.as_bytes()).await.text, "content");
    let bad = get(b"{").await;
    assert_eq!(bad.status, 400);
    let expected = "HTTP header \"Dropbox-API-Arg\": could not decode input as JSON";
    assert!(bad.text.ends_with(expected), "{}", bad.text);
    let token = client.access_token.clone();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("arg", r#"{"path":"/é.txt"}"#)
        .append_pair("authorization", &format!("Bearer {token}"))
        .finish();
    let reply = Reply::of(client.get(&format!("/2/files/download?{query}"))).await;
    assert_eq!((reply.status, reply.text.as_str()), (200, "content"));
    let reply = Reply::of(client.get("/2/files/list_folder")).await;
    assert!(reply.text.contains("request method is \"GET\""), "{}", reply.text);
}

#[tokio::test]
async fn an_upload_meets_what_is_there_as_its_mode_says() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "one").unwrap();
    sandbox.files().create_folder("/folder").unwrap();
    let first = client.ok("files/get_metadata", json!({ "path": "/a.txt" })).await;
    let put = async |argument: Value, content: &'static str| {
        let reply = client.upload("files/upload", &argument, content).await;
        assert_eq!(reply.status, 200, "{argument}: {}", reply.text);
        reply.json()
    };
    // The same content is no change, whatever the mode.
    for mode in [json!("add"), json!("overwrite"), json!({ ".tag": "update", "update": "0" })] {
        let same = put(json!({ "path": "/A.txt", "mode": mode }), "one").await;
        assert_eq!(same["rev"], first["rev"]);
    }
    let strict = json!({ "path": "/a.txt", "strict_conflict": true });
    refused(&client, strict, "one", "path/conflict/file").await;
    refused(&client, json!({ "path": "/a.txt" }), "two", "path/conflict/file").await;
    refused(&client, json!({ "path": "/folder" }), "two", "path/conflict/folder").await;
    let below = json!({ "path": "/a.txt/b.txt" });
    refused(&client, below, "two", "path/conflict/file_ancestor").await;
    let renamed = put(json!({ "path": "/a.txt", "autorename": true }), "two").await;
    assert_eq!(renamed["path_display"], "/a (1).txt");
    let written = put(json!({ "path": "/a.TXT", "mode": "overwrite" }), "two").await;
    assert_eq!((&written["id"], &written["name"]), (&first["id"], &json!("a.txt")));

    let stale = json!({ ".tag": "update", "update": first["rev"] });
    let argument = json!({ "path": "/a.txt", "mode": stale });
    refused(&client, argument, "three", "path/conflict/file").await;
    let argument = json!({ "path": "/a.txt", "mode": stale, "autorename": true });
    assert_eq!(put(argument, "three").await["name"], "a (conflicted copy).txt");
    let fresh = json!({ ".tag": "update", "update": written["rev"] });
    let updated = put(json!({ "path": "/a.txt", "mode": fresh }), "three").await;
    assert_eq!(updated["id"], first["id"]);
}

#[tokio::test]
async fn uploads_are_refused_for_names_hashes_and_arguments() {
    let (_sandbox, client) = writable().await;
    refused(&client, json!({ "path": "/a/" }), "", "path/malformed_path").await;
    refused(&client, json!({ "path": "/Thumbs.db" }), "", "path/disallowed_name").await;
    let wrong = json!({ "path": "/a.txt", "content_hash": "0".repeat(64) });
    refused(&client, wrong, "", "content_hash_mismatch").await;
    let bad = async |argument: Value, expected: &str| {
        let reply = client.upload("files/upload", &argument, "x").await;
        assert_eq!((reply.status, reply.text.contains(expected)), (400, true), "{}", reply.text);
    };
    bad(json!({ "path": "a" }), "path: 'a' did not match pattern").await;
    bad(json!({ "path": "/a", "mode": "invent" }), "unknown tag 'invent'").await;
    bad(json!({ "path": "/a", "colour": 1 }), "\"Dropbox-API-Arg\": unknown field 'colour'").await;
    let time = json!({ "path": "/a", "client_modified": "yesterday" });
    bad(time, "does not match format").await;
    let request = client.post("/2/files/upload").bearer_auth(&client.access_token);
    let request = request.header("dropbox-api-arg", r#"{"path":"/a"}"#);
    let reply = Reply::of(request.header("content-type", "application/json").body("x")).await;
    assert!(reply.text.contains("Bad HTTP \"Content-Type\" header"), "{}", reply.text);
}
