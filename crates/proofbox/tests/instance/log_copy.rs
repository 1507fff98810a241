//! The copy of the log that a running instance keeps: current, of no hindrance when it fails, and
//! never in the place of another. What it knows of an older data directory is in `rollback`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use testkit::{Proofbox, Walk};
use tokio::time::timeout;

use super::beside::{Beside, binary};

/// Longer than the instance waits between two steps, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

fn command(beside: &Beside, copy: &Path) -> Command {
    let mut command =
        Proofbox::command(Command::new(binary()), &beside.data(), beside.dropbox_url());
    command.env("PROOFBOX_LOG_COPY", copy);
    command
}

/// The instance with its copy; what it logs goes to `said`.
fn start(beside: &Beside, copy: &Path) -> Proofbox {
    let mut command = command(beside, copy);
    command.stderr(File::create(beside.path("said")).unwrap());
    Proofbox::start_command(&mut command).unwrap()
}

fn said(beside: &Beside) -> String {
    fs::read_to_string(beside.path("said")).unwrap()
}

/// A start that is expected to fail.
fn refused(beside: &Beside, copy: &Path) -> String {
    let Output { status, stderr, .. } = command(beside, copy).output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    said
}

/// How many entries a copy holds, every one of them checked.
fn size_of(copy: &Path, key: &str) -> u64 {
    let mut fsck = Command::new(binary());
    let output = fsck.args(["log", "fsck", "--json", "--key", key]).arg(copy).output().unwrap();
    let checked: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(checked["verdict"], "clean", "{checked}");
    checked["size"].as_u64().unwrap()
}

/// Asks again and again until it is so.
async fn until(proofbox: &Proofbox, is_so: impl Fn(StatusCode) -> bool) {
    let asking = async {
        let health = format!("{}/healthz", proofbox.url());
        while !is_so(reqwest::get(&health).await.unwrap().status()) {}
    };
    timeout(PATIENCE, asking).await.expect("it never comes to that");
}

fn lines(copy: &Path) -> Vec<String> {
    let checkpoint = fs::read_to_string(copy.join("checkpoint")).unwrap_or_default();
    checkpoint.lines().map(ToOwned::to_owned).collect()
}

/// An instance that has recorded so many documents into this copy, and has stopped.
async fn recorded(beside: &Beside, copy: &Path, documents: u64) -> (Walk, String) {
    let proofbox = start(beside, copy);
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, documents).await.unwrap();
    assert!(proofbox.stop().unwrap().success());
    (walk, integration)
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_follows_the_log_while_it_grows_and_is_complete_when_it_stops() {
    let beside = Beside::with_files(&[("/a.txt", "a")]).await;
    let copy = beside.path("copy");
    let proofbox = start(&beside, &copy);
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, 1).await.unwrap();
    let key = walk.log_key().await.unwrap();
    until(&proofbox, |_| lines(&copy).get(1).is_some_and(|size| size == "2")).await;
    assert_eq!(size_of(&copy, key.trim()), 2);
    assert_eq!(fs::read_to_string(copy.join("vkey")).unwrap().trim(), key.trim());

    beside.dropbox.files().write("/b.txt", "b").unwrap();
    until(&proofbox, |_| lines(&copy).get(1).is_some_and(|size| size == "3")).await;
    beside.dropbox.files().write("/c.txt", "c").unwrap();
    walk.until_up_to_date(&integration, 3).await.unwrap();
    assert!(proofbox.stop().unwrap().success());
    assert_eq!(size_of(&copy, key.trim()), 4);
    assert_eq!(said(&beside).matches("is current").count(), 1, "{}", said(&beside));
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_that_cannot_be_written_is_told_once_and_holds_up_nothing() {
    let beside = Beside::with_files(&[("/a.txt", "a")]).await;
    let (disk, copy) = (beside.path("disk"), beside.path("disk").join("copy"));
    // No folder can be made in a file.
    fs::write(&disk, "").unwrap();
    let proofbox = start(&beside, &copy);
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, 1).await.unwrap();
    let key = walk.log_key().await.unwrap();
    until(&proofbox, |_| said(&beside).contains("is not kept current")).await;
    assert!(proofbox.stop().unwrap().success());
    let told = said(&beside);
    assert_eq!(told.matches("is not kept current").count(), 1, "{told}");
    assert!(told.contains("check the disk and your permission to write there"), "{told}");

    fs::remove_file(&disk).unwrap();
    assert!(start(&beside, &copy).stop().unwrap().success());
    assert_eq!(size_of(&copy, key.trim()), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_that_cannot_be_read_keeps_nobody_from_starting() {
    let beside = Beside::with_files(&[("/a.txt", "a")]).await;
    let copy = beside.path("copy");
    // What is no file can't be read as one, by whomever.
    fs::create_dir_all(copy.join("checkpoint")).unwrap();
    recorded(&beside, &copy, 1).await;
    let told = said(&beside);
    assert!(told.contains("the copy of the log cannot be asked what it knows"), "{told}");
    assert_eq!(told.matches("is not kept current").count(), 1, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn directory_of_another_log_is_refused_and_left_alone() {
    let (ours, theirs) = (Beside::with_files(&[]).await, Beside::with_files(&[("/a", "a")]).await);
    let copy = theirs.path("copy");
    recorded(&theirs, &copy, 1).await;
    let before = lines(&copy);
    let said = refused(&ours, &copy);
    assert!(said.contains("signed with another key than ours"), "{said}");
    assert_eq!(lines(&copy), before);
    for damaged in ["", "\u{fffd}", "localhost\n1\n"] {
        fs::write(copy.join("checkpoint"), damaged).unwrap();
        let said = refused(&theirs, &copy);
        assert!(said.contains("the checkpoint there is damaged"), "{damaged:?}: {said}");
        assert_eq!(fs::read_to_string(copy.join("checkpoint")).unwrap(), damaged);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_that_shows_another_history_stops_all_signing() {
    let ours = Beside::with_files(&[("/a.txt", "a")]).await;
    let copy = ours.path("copy");
    let (walk, _) = recorded(&ours, &copy, 1).await;
    let ahead = ahead_of(&ours, &walk).await;

    let proofbox = start(&ours, &copy);
    until(&proofbox, |_| said(&ours).contains("is current")).await;
    // At once, as whoever writes a copy does.
    fs::rename(ahead, copy.join("checkpoint")).unwrap();
    ours.dropbox.files().write("/b.txt", "ours").unwrap();
    until(&proofbox, |health| health == StatusCode::SERVICE_UNAVAILABLE).await;
    let reason = format!("the copy of the log in {} knows one of 4 entries", copy.display());
    assert!(said(&ours).contains(&reason), "{}", said(&ours));
    assert!(proofbox.stop().unwrap().success());
    assert_eq!(lines(&copy)[1], "4");

    // It is remembered without the copy, too.
    fs::remove_dir_all(&copy).unwrap();
    let proofbox = start(&ours, &copy);
    until(&proofbox, |health| health == StatusCode::SERVICE_UNAVAILABLE).await;
    assert!(proofbox.stop().unwrap().success());
}

/// The checkpoint of an instance with the same key that has gone further.
async fn ahead_of(ours: &Beside, walk: &Walk) -> PathBuf {
    let theirs = ours.copy().await;
    for name in ["/b.txt", "/c.txt"] {
        theirs.dropbox.files().write(name, "theirs").unwrap();
    }
    let proofbox = start(&theirs, &theirs.path("copy"));
    let walk = walk.moved_to(proofbox.url());
    walk.until("/archivist/v2/assets?page_size=10", |page| {
        page["assets"].as_array().is_some_and(|assets| assets.len() == 3)
    })
    .await
    .unwrap();
    assert!(proofbox.stop().unwrap().success());
    let ahead = ours.path("ahead");
    fs::copy(theirs.path("copy").join("checkpoint"), &ahead).unwrap();
    ahead
}
