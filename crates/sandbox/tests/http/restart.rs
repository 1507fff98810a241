//! What survives a restart, a kill and a torn state file.

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use sandbox::{Backing, Options, Sandbox, StartError};
use serde_json::json;

use crate::client::{at, short};
use crate::folder::{Watched, options};

#[tokio::test]
async fn ids_cursors_and_tokens_survive_and_changes_meanwhile_are_told() {
    let watched = Watched::start().await;
    let (before, cursor) = watched.client.list("").await;
    // Killed, not shut down: what was acknowledged is already in the file.
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir_all(copy.path().join("state")).unwrap();
    let state = copy.path().join("state/sandbox.jsonl");
    fs::copy(watched.root().join("state/sandbox.jsonl"), &state).unwrap();
    let mut torn = fs::OpenOptions::new().append(true).open(&state).unwrap();
    torn.write_all(b"{\"files\":{\"delete\":{\"path\":\"/no").unwrap();
    fs::rename(watched.disk(""), copy.path().join("folder")).unwrap();
    drop(watched.sandbox);

    let disk = copy.path().join("folder");
    fs::write(disk.join("Contracts/Lease.txt"), "twenty-four months").unwrap();
    fs::rename(disk.join("notes.txt"), disk.join("Contracts/notes.txt")).unwrap();
    fs::write(disk.join("new.txt"), "new").unwrap();
    tokio::time::sleep(Duration::from_millis(80)).await;
    let sandbox = Sandbox::start(options(copy.path())).await.unwrap();
    let client = watched.client.moved_to(&sandbox);
    let began = Instant::now();
    while sandbox.files().metadata("/new.txt").is_none() {
        assert!(began.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (changes, _) = client.changes(&cursor).await;
    let mut told = short(&changes);
    told.sort();
    let expected = [
        "deleted /notes.txt",
        "file /Contracts/Lease.txt",
        "file /Contracts/notes.txt",
        "file /new.txt",
    ];
    assert_eq!(told, expected);
    for (old, new) in
        [("/Contracts/Lease.txt", "/Contracts/Lease.txt"), ("/notes.txt", "/Contracts/notes.txt")]
    {
        assert_eq!(at(&before, old)["id"], at(&changes, new)["id"]);
    }
    let lease = json!({ "path": at(&before, "/Contracts/Lease.txt")["id"], "mode": "id" });
    let revisions = client.ok("files/list_revisions", lease).await;
    assert_eq!(revisions["entries"].as_array().unwrap().len(), 2);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn disconnected_app_stays_disconnected() {
    let Watched { sandbox, client, directory } = Watched::start().await;
    assert_eq!(sandbox.admin().disconnect_all().unwrap(), 1);
    let second = Sandbox::start(options(directory.path())).await;
    let Err(StartError::State(source)) = second else { panic!("two sandboxes over one state") };
    assert!(source.to_string().contains("another sandbox"), "{source}");
    sandbox.shutdown().await;

    let next = Sandbox::start(options(directory.path())).await.unwrap();
    let gone = client.moved_to(&next).call("users/get_current_account", json!(null)).await;
    assert_eq!(gone.tags(), "invalid_access_token");
}

#[tokio::test]
async fn damaged_state_and_impossible_folders_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let missing = Sandbox::start(options(directory.path())).await;
    assert!(matches!(missing, Err(StartError::Folder(..))));

    let folder = directory.path().join("folder");
    fs::create_dir_all(&folder).unwrap();
    let inside = Backing::Folder { path: folder.clone(), state_file: folder.join("state") };
    let inside = Sandbox::start(Options { backing: inside, ..Options::default() }).await;
    assert!(matches!(inside, Err(StartError::StateInside(_))));

    let state = directory.path().join("state/sandbox.jsonl");
    fs::create_dir_all(state.parent().unwrap()).unwrap();
    fs::write(&state, "nonsense\nmore\n").unwrap();
    let damaged = Sandbox::start(options(directory.path())).await;
    let Err(StartError::State(source)) = damaged else { panic!("it started") };
    assert!(source.to_string().contains("line 1"), "{source}");
    fs::write(&state, "{\"snapshot\":{\"ver").unwrap();
    Sandbox::start(options(directory.path())).await.unwrap().shutdown().await;
}
