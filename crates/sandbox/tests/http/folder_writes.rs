//! An account that is a folder on disk, changed through the API.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, short};
use crate::content::ALL;
use crate::folder::Watched;

async fn start() -> Watched {
    let mut watched = Watched::start().await;
    watched.client = Client::linked_for(&watched.sandbox, ALL).await;
    watched
}

async fn put(client: &Client, path: &str, content: &'static str) -> Value {
    let argument = json!({ "path": path, "mode": "overwrite" });
    let reply = client.upload("files/upload", &argument, content).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

async fn metadata(client: &Client, path: &str) -> Value {
    client.ok("files/get_metadata", json!({ "path": path })).await
}

/// Names in a folder that people would see.
fn names(watched: &Watched, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(watched.disk(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != ".dropbox.cache").collect();
    names.sort();
    names
}

/// Looks at everything once more, as after a restart, and tells what is new since a cursor.
async fn news_after_restart(watched: Watched, cursor: &str) -> Vec<String> {
    let Watched { sandbox, client, directory } = watched;
    sandbox.shutdown().await;
    let sandbox = sandbox::Sandbox::start(crate::folder::options(directory.path())).await.unwrap();
    let news = client.moved_to(&sandbox).changes(cursor).await.0;
    sandbox.shutdown().await;
    short(&news)
}

#[tokio::test]
async fn what_the_api_writes_is_in_the_folder_and_no_second_change() {
    let watched = start().await;
    let client = &watched.client;
    let made = put(client, "/contracts/New/Lease.txt", "one").await;
    assert_eq!(made["path_display"], "/Contracts/New/Lease.txt");
    let disk = watched.disk("Contracts/New/Lease.txt");
    assert_eq!(fs::read_to_string(&disk).unwrap(), "one");
    let second = put(client, "/contracts/new/LEASE.txt", "two").await;
    assert_eq!(second["id"], made["id"]);
    assert_eq!(fs::read_to_string(&disk).unwrap(), "two");
    assert_eq!(names(&watched, "Contracts/New"), ["Lease.txt"]);

    let rev = format!("rev:{}", made["rev"].as_str().unwrap());
    let old = client.download(&json!({ "path": rev }), None).await;
    assert_eq!((old.status, old.text.as_str()), (200, "one"));
    let now = client.download(&json!({ "path": made["id"] }), Some(("range", "bytes=1-"))).await;
    assert_eq!((now.status, now.text.as_str()), (206, "wo"));
    let cursor = client.list("").await.1;
    assert_eq!(news_after_restart(watched, &cursor).await, [""; 0]);
}

#[tokio::test]
async fn moves_and_copies_through_the_api_happen_in_the_folder() {
    let watched = start().await;
    let client = &watched.client;
    let lease = metadata(client, "/Contracts/Lease.txt").await;
    let argument = json!({ "from_path": "/contracts", "to_path": "/Old/Papers" });
    client.ok("files/move_v2", argument).await;
    assert_eq!(names(&watched, "Old/Papers"), ["Lease.txt"]);
    assert_eq!(metadata(client, "/Old/Papers/Lease.txt").await["id"], lease["id"]);
    let case = json!({ "from_path": "/Old/Papers", "to_path": "/old/PAPERS", "autorename": true });
    client.ok("files/move_v2", case).await;
    assert_eq!(names(&watched, "Old"), ["PAPERS"]);
    let copy = json!({ "from_path": "/Old", "to_path": "/Copy" });
    client.ok("files/copy_v2", copy).await;
    let copied = fs::read_to_string(watched.disk("Copy/PAPERS/Lease.txt")).unwrap();
    assert_eq!(copied, "twelve months");
    client.ok("files/create_folder_v2", json!({ "path": "/Empty" })).await;
    assert!(watched.disk("Empty").is_dir());
    let cursor = client.list("").await.1;
    assert_eq!(news_after_restart(watched, &cursor).await, [""; 0]);
}

#[tokio::test]
async fn what_the_api_deletes_leaves_the_folder_and_is_still_kept() {
    let watched = start().await;
    let client = &watched.client;
    let lease = metadata(client, "/Contracts/Lease.txt").await;
    client.ok("files/delete_v2", json!({ "path": "/Contracts" })).await;
    client.ok("files/delete_v2", json!({ "path": "/notes.txt" })).await;
    assert_eq!(names(&watched, ""), [""; 0]);
    let rev = format!("rev:{}", lease["rev"].as_str().unwrap());
    let old = client.download(&json!({ "path": rev }), None).await;
    assert_eq!((old.status, old.text.as_str()), (200, "twelve months"));
    let cursor = client.list("").await.1;
    assert_eq!(news_after_restart(watched, &cursor).await, [""; 0]);
}

#[tokio::test]
async fn a_file_that_somebody_just_made_is_not_overwritten_unseen() {
    let watched = start().await;
    let client = &watched.client;
    fs::write(watched.disk("new.txt"), "by hand").unwrap();
    let reply = client.upload("files/upload", &json!({ "path": "/new.txt" }), "by api").await;
    assert_eq!((reply.status, reply.tags().as_str()), (409, "path/conflict/file"));
    assert_eq!(fs::read_to_string(watched.disk("new.txt")).unwrap(), "by hand");
    fs::write(watched.disk("notes.txt"), "edited by hand").unwrap();
    put(client, "/notes.txt", "by api").await;
    assert_eq!(fs::read_to_string(watched.disk("notes.txt")).unwrap(), "by api");
    let revisions = client.ok("files/list_revisions", json!({ "path": "/notes.txt" })).await;
    let sizes: Vec<_> =
        revisions["entries"].as_array().unwrap().iter().map(|one| &one["size"]).collect();
    assert_eq!(sizes, [6, 14, 5], "what was written by hand is a revision");
    let rev = format!("rev:{}", revisions["entries"][1]["rev"].as_str().unwrap());
    let old = client.download(&json!({ "path": rev }), None).await;
    assert_eq!(old.text, "edited by hand");
}

#[tokio::test]
async fn nothing_outside_of_the_folder_is_written_read_or_deleted() {
    let watched = start().await;
    let client = &watched.client;
    let outside = watched.root().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.txt"), "secret").unwrap();
    symlink(&outside, watched.disk("link")).unwrap();
    symlink(outside.join("secret.txt"), watched.disk("file.txt")).unwrap();
    let (listed, _) = client.list("").await;
    // Longer than it takes for a file to count as saved.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let upload = async |path: &str| {
        let argument = json!({ "path": path, "mode": "overwrite" });
        client.upload("files/upload", &argument, "x").await
    };
    let below = upload("/link/new.txt").await;
    assert_eq!((below.status, below.tags().as_str()), (409, "path/conflict/file_ancestor"));
    assert_eq!(client.list("").await.0, listed, "what is behind the link is not taken in");
    let over = upload("/file.txt").await;
    assert_eq!(over.status, 409, "{}", over.text);
    for path in ["/link/secret.txt", "/file.txt"] {
        let reply = client.download(&json!({ "path": path }), None).await;
        assert_eq!((reply.status, reply.tags().as_str()), (409, "path/not_found"));
    }
    assert_eq!(fs::read_to_string(outside.join("secret.txt")).unwrap(), "secret");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    // A folder that is exchanged for a link after it was seen is not followed either.
    fs::rename(watched.disk("Contracts"), watched.root().join("moved")).unwrap();
    symlink(&outside, watched.disk("Contracts")).unwrap();
    fs::write(outside.join("Lease.txt"), "secret").unwrap();
    let reply = client.download(&json!({ "path": "/Contracts/Lease.txt" }), None).await;
    assert_eq!((reply.status, reply.tags().as_str()), (409, "path/not_found"));
    client.call("files/delete_v2", json!({ "path": "/Contracts/Lease.txt" })).await;
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 2);
}

#[tokio::test]
async fn names_that_the_disk_cannot_hold_are_refused() {
    let watched = start().await;
    // 255 characters are a name for Dropbox, 510 bytes are none for most file systems.
    let path = format!("/{}", "é".repeat(255));
    let reply = watched.client.upload("files/upload", &json!({ "path": path }), "x").await;
    assert_eq!((reply.status, reply.tags().as_str()), (409, "path/disallowed_name"));
    let folder = json!({ "path": path });
    let reply = watched.client.call("files/create_folder_v2", folder).await;
    assert_eq!((reply.status, reply.tags().as_str()), (409, "path/disallowed_name"));
    let cache = fs::read_dir(watched.disk(".dropbox.cache"));
    assert_eq!(cache.map_or(0, Iterator::count), 0, "nothing half written is left");
}

#[tokio::test]
async fn a_half_sent_upload_leaves_nothing() {
    use std::io::Write;
    let watched = start().await;
    let address = watched.sandbox.url().socket_addrs(|| None).unwrap()[0];
    let token = watched.client.access_token.clone();
    let sent = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST /2/files/upload HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             dropbox-api-arg: {{\"path\":\"/half.txt\"}}\r\ncontent-length: 1000\r\n\r\nhalf"
        )
        .unwrap();
    });
    sent.await.unwrap();
    let entries = watched.client.list("").await.0;
    assert_eq!(entries.len(), 3);
    assert_eq!(names(&watched, ""), ["Contracts", "notes.txt"]);
}
