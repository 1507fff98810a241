//! Requests that no client sends on purpose, over bare sockets: they get an answer or are cut off,
//! and the sandbox goes on for everybody else.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{Client, Reply, linked_to_write as linked};
use crate::content::ALL;
use crate::folder::Watched;

const ANSWER_MAX: Duration = Duration::from_secs(20);

/// Sends bytes and reads until the other side has enough; the status, if one came.
async fn send(client: &Client, parts: &[&[u8]]) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(client.at("/").authority()).await.unwrap();
    for part in parts {
        if stream.write_all(part).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let _ = timeout(ANSWER_MAX, stream.read_to_end(&mut answer)).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()?;
    Some((status, text))
}

async fn assert_well(client: &Client) {
    client.ok("users/get_current_account", json!(null)).await;
}

fn call(client: &Client, route: &str, headers: &str, length: usize) -> String {
    format!(
        "POST /2/{route} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer \
         {}\r\nContent-Length: {length}\r\n{headers}\r\n",
        client.access_token
    )
}

#[tokio::test]
async fn malformed_arguments_get_dropboxs_text() {
    let (_sandbox, client) = linked().await;
    let deep = "[".repeat(100_000);
    let bodies: [&[u8]; 8] = [
        b"{",
        b"{\"path\": \"\xff\xfe\"}",
        b"\xef\xbb\xbf{\"path\":\"\"}",
        b"{\"path\": \"\\ud800\"}",
        b"[]",
        b"{\"path\":\"\",\"path\":\"\"}",
        b"{\"path\":\"\",\"limit\":1e400}",
        deep.as_bytes(),
    ];
    for body in bodies {
        let kind = "Content-Type: application/json\r\n";
        let head = call(&client, "files/list_folder", kind, body.len());
        let (status, text) = send(&client, &[head.as_bytes(), body]).await.unwrap();
        let shown = String::from_utf8_lossy(body.get(..40.min(body.len())).unwrap());
        assert_eq!(status, 400, "{shown}: {text}");
        assert!(text.contains("Error in call to API function \"files/list_folder\""), "{shown}");
    }
    assert_well(&client).await;
}

#[tokio::test]
async fn heads_without_end_are_cut_off() {
    let (_sandbox, client) = linked().await;
    let filler = "x".repeat(10 * 1024 * 1024);
    let long =
        format!("POST /2/check/user HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: {filler}\r\n\r\n");
    let answer = send(&client, &[long.as_bytes()]).await;
    assert!(answer.is_none_or(|(status, _)| status == 431));
    let many = "a: b\r\n".repeat(100_000);
    let many = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{many}\r\n");
    let answer = send(&client, &[many.as_bytes()]).await;
    assert!(answer.is_none_or(|(status, _)| status == 431));
    let address = format!("GET /{filler} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    let answer = send(&client, &[address.as_bytes()]).await;
    assert!(answer.is_none_or(|(status, _)| status == 414 || status == 431));
    let second = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let long = second.get(client.at("/")).header("x-long", filler.as_str()).send().await;
    assert!(long.ok().is_none_or(|answer| answer.status() == 431));
    assert_well(&client).await;
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let (_sandbox, client) = linked().await;
    let scraps: [&[u8]; 8] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03garbage that is no handshake at all",
        b"\x00\x00\x00\x00\r\n\r\n",
        b"HELO sandbox\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nBad Header\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"POST /2/check/user HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ];
    for scrap in scraps {
        if let Some((status, _)) = send(&client, &[scrap]).await {
            assert!((400..500).contains(&status), "{status} for {scrap:?}");
        }
    }
    assert_well(&client).await;
}

#[tokio::test]
async fn hosts_of_others_get_nothing() {
    let (_sandbox, client) = linked().await;
    for host in ["evil.example", "api.dropboxapi.com.evil.example", "[", "\u{e9}.example", ""] {
        let head = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let (status, _) = send(&client, &[head.as_bytes()]).await.unwrap();
        assert!(matches!(status, 400 | 403), "{host}: {status}");
        let api = call(&client, "check/user", "", 0).replace("127.0.0.1", host);
        let (status, _) = send(&client, &[api.as_bytes()]).await.unwrap();
        assert!(matches!(status, 400 | 403), "{host}: {status}");
    }
    assert_well(&client).await;
}

#[tokio::test]
async fn half_an_upload_leaves_no_file() {
    let (sandbox, client) = linked().await;
    let kind =
        "Content-Type: application/octet-stream\r\nDropbox-API-Arg: {\"path\":\"/half.bin\"}\r\n";
    let head = call(&client, "files/upload", kind, 1_000);
    let mut stream = TcpStream::connect(client.at("/").authority()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&[7; 500]).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(ANSWER_MAX, stream.read_to_end(&mut answer)).await;
    assert!(!String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200"));
    assert!(sandbox.files().metadata("/half.bin").is_none());
    assert_well(&client).await;
}

#[tokio::test]
async fn more_than_an_upload_may_bring_is_refused_unread() {
    let (_sandbox, client) = linked().await;
    for (route, expected) in [
        ("files/upload", "payload_too_large/"),
        ("files/upload_session/append_v2", "payload_too_large/"),
    ] {
        let kind =
            "Content-Type: application/octet-stream\r\nDropbox-API-Arg: {\"path\":\"/a\"}\r\n";
        let head = call(&client, route, kind, 150 * 1024 * 1024 + 1);
        let (status, text) = send(&client, &[head.as_bytes()]).await.unwrap();
        assert_eq!(status, 409, "{text}");
        assert!(text.contains(expected), "{text}");
    }
    let kind = "Content-Type: application/json\r\n";
    let head = call(&client, "files/list_folder", kind, 5 * 1024 * 1024);
    let (status, text) = send(&client, &[head.as_bytes()]).await.unwrap();
    assert_eq!(status, 400, "{text}");
    assert!(text.ends_with("The request body is too large."), "{text}");
    assert_well(&client).await;
}

/// Everything below a directory, by path.
fn everything(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
        }
        found.insert(path.clone(), fs::read(&path).unwrap_or_default());
    }
    found
}

#[tokio::test]
async fn damaged_requests_leave_the_folder_and_what_is_around_it_as_it_is() {
    let mut watched = Watched::start().await;
    watched.client = Client::linked_for(&watched.sandbox, ALL).await;
    let client = &watched.client;
    fs::write(watched.root().join("outside.txt"), "outside").unwrap();
    let folders = ["folder", "outside.txt"].map(|name| watched.root().join(name));
    let look = || (everything(&folders[0]), fs::read(&folders[1]).unwrap());
    let before = look();

    let content = |path: &str| {
        format!(
            "Content-Type: application/octet-stream\r\nDropbox-API-Arg: \
             {{\"path\":\"{path}\",\"mode\":\"overwrite\"}}\r\n"
        )
    };
    let upload = |path: &str, length: usize, body: &str| {
        (call(client, "files/upload", &content(path), length), body.to_owned())
    };
    let chunked = |(head, body): (String, String)| {
        (head.replace("Content-Length: 0", "Transfer-Encoding: chunked"), body)
    };
    let rpc = |route: &str, body: &str, missing: usize| {
        let head = call(client, route, "Content-Type: application/json\r\n", body.len());
        (head, body[..body.len() - missing].to_owned())
    };
    let away = r#"{"from_path":"/notes.txt","to_path":"/../outside.txt"}"#;
    let damaged = [
        upload("/notes.txt", 1_000, "half of it"),
        chunked(upload("/notes.txt", 0, "4\r\nhalf\r\nZZ\r\n")),
        chunked(upload("/notes.txt", 0, "4\r\nhalf\r\n")),
        upload("/Contracts", 1, "x"),
        upload("/../outside.txt", 1, "x"),
        upload("/Contracts/../../outside.txt", 1, "x"),
        upload("/Contracts/../notes.txt", 1, "x"),
        upload("/.dropbox.cache/x", 1, "x"),
        rpc("files/delete_v2", r#"{"path":"/notes.txt"}"#, 1),
        rpc("files/move_v2", away, 0),
    ];
    for (head, body) in damaged {
        let mut stream = TcpStream::connect(client.at("/").authority()).await.unwrap();
        stream.write_all((head + &body).as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(ANSWER_MAX, stream.read_to_end(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{body}: {answer}");
        assert_eq!(look(), before, "{body}: {answer}");
    }
    assert_well(client).await;
    assert_eq!(client.list("").await.0.len(), 3);
}

#[tokio::test]
async fn arguments_in_headers_are_read_as_bytes_and_refused_by_name() {
    let (_sandbox, client) = linked().await;
    for argument in [b"{\"path\":\"\xff\"}".as_slice(), b"{", b"null", b""] {
        let head = call(&client, "files/download", "", 0);
        let head = head.trim_end_matches("\r\n").as_bytes();
        let parts = [head, b"\r\nDropbox-API-Arg: ", argument, b"\r\n\r\n"];
        let (status, text) = send(&client, &parts).await.unwrap();
        assert_eq!(status, 400, "{text}");
        assert!(text.contains("HTTP header \"Dropbox-API-Arg\""), "{text}");
    }
    assert_well(&client).await;
}

#[tokio::test]
async fn wrong_offsets_say_the_right_one() {
    let (_sandbox, client) = linked().await;
    let send = async |route: &str, argument: serde_json::Value, body: &'static str| {
        let request = client.post(&format!("/2/{route}")).bearer_auth(&client.access_token);
        let request = request.header("dropbox-api-arg", argument.to_string());
        Reply::of(request.header("content-type", "application/octet-stream").body(body)).await
    };
    let session = send("files/upload_session/start", json!({}), "abc").await.json();
    let cursor = |offset: u64| json!({ "session_id": session["session_id"], "offset": offset });
    for offset in [0, 2, 4, 1_000_000] {
        let wrong = json!({ "cursor": cursor(offset) });
        let reply = send("files/upload_session/append_v2", wrong, "def").await;
        assert_eq!((reply.status, &reply.json()["error"]["correct_offset"]), (409, &json!(3)));
    }
    let unknown = json!({ "cursor": { "session_id": "nonsense", "offset": 0 } });
    let reply = send("files/upload_session/append_v2", unknown, "def").await;
    assert_eq!((reply.status, reply.tags().as_str()), (409, "not_found"));
    assert_well(&client).await;
}

#[tokio::test]
async fn slow_heads_do_not_keep_others_waiting() {
    let (_sandbox, client) = linked().await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(client.at("/").authority()).await.unwrap();
        stream.write_all(b"POST /2/check/user HTTP/1.1\r\nHost").await.unwrap();
        slow.push(stream);
    }
    assert_well(&client).await;
}
