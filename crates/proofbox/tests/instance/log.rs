//! The log of a running instance, looked at from outside by the command: over HTTP, beside the
//! process in its data directory, and as a copy that outlives it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use testkit::Walk;

use super::beside::{Beside, binary};

fn log(words: &[&str]) -> Output {
    Command::new(binary()).arg("log").args(words).output().unwrap()
}

/// The one line of JSON of a run that went well.
fn json(words: &[&str]) -> Value {
    let output = log(&[words, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn published_log_is_whole_from_outside_and_its_copy_outlives_it() {
    let beside = Beside::with_files(&[("/a.txt", "a"), ("/b/c.txt", "c")]).await;
    let proofbox = beside.start();
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, 2).await.unwrap();
    let key = walk.log_key().await.unwrap();
    let published = walk.text("/log/vkey").await.unwrap();
    assert_eq!(published.lines().count(), 2);
    let (copy, mirror, seen) = (beside.path("copy"), beside.path("mirror"), beside.path("seen"));

    let checked = json(&["fsck", proofbox.url(), "--key", key.trim()]);
    assert_eq!((&checked["verdict"], &checked["size"]), (&"clean".into(), &3.into()));
    assert_eq!(checked["key_is_own_word"], false);
    let checked = json(&["fsck", &format!("{}/log/", proofbox.url())]);
    assert_eq!((&checked["key_is_own_word"], &checked["key"]), (&true.into(), &key.trim().into()));

    let data = beside.data();
    let checked = json(&["fsck", text(&data), "--key", key.trim()]);
    assert_eq!((&checked["verdict"], &checked["size"]), (&"clean".into(), &3.into()));
    let exported = json(&["export", text(&copy), "--data", text(&data)]);
    assert_eq!((&exported["from"], &exported["size"]), (&0.into(), &3.into()));
    json(&["export", text(&mirror), "--from", proofbox.url(), "--key", key.trim()]);
    let first = json(&["monitor", proofbox.url(), "--once", "--state", text(&seen)]);
    assert_eq!((&first["new_entries"], &first["first"]), (&3.into(), &true.into()));
    let load = json(&["hammer", proofbox.url(), "--seconds", "1", "--readers", "2"]);
    assert_eq!((&load["failures"], &load["errors"]), (&0.into(), &0.into()));
    assert!(load["proofs"].as_u64() > Some(0), "{load}");

    beside.dropbox.files().write("/d.txt", "d").unwrap();
    until_shown(&walk, 3).await;
    let exported = json(&["export", text(&copy), "--data", text(&data), "--key", key.trim()]);
    assert_eq!((&exported["from"], &exported["size"]), (&3.into(), &4.into()));
    json(&["export", text(&mirror), "--from", proofbox.url()]);
    assert!(proofbox.stop().unwrap().success());

    for directory in [&copy, &mirror] {
        let checked = json(&["fsck", text(directory), "--key", key.trim()]);
        assert_eq!((&checked["verdict"], &checked["size"]), (&"clean".into(), &4.into()));
        let vkey = std::fs::read_to_string(directory.join("vkey")).unwrap();
        assert_eq!(vkey, published, "the copy has the keys that the server publishes");
    }
    let checked = json(&["fsck", text(&data), "--key", key.trim()]);
    assert_eq!((&checked["verdict"], &checked["size"]), (&"clean".into(), &4.into()));
    let rebuilt = json(&["rebuild", "--data", text(&data)]);
    assert_eq!((&rebuilt["size"], &rebuilt["fingerprints"]), (&4.into(), &3.into()));
    let next = json(&["monitor", text(&copy), "--once", "--state", text(&seen)]);
    assert_eq!((&next["new_entries"], &next["first"]), (&1.into(), &false.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn monitor_follows_a_log_while_it_grows() {
    let beside = Beside::with_files(&[("/a.txt", "a")]).await;
    let proofbox = beside.start();
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, 1).await.unwrap();
    let mut monitor = Command::new(binary())
        .args(["log", "monitor", proofbox.url(), "--interval", "1", "--json", "--state"])
        .arg(beside.path("seen"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(monitor.stdout.take().unwrap()).lines();
    let mut size = || {
        let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(line["event"], "checkpoint");
        line["size"].as_u64().unwrap()
    };
    assert_eq!(size(), 2);
    for content in ["b", "c"] {
        let before = size_of(&walk.text("/log/checkpoint").await.unwrap());
        beside.dropbox.files().write("/a.txt", content).unwrap();
        assert_eq!(size(), before + 1);
    }
    let id = rustix::process::Pid::from_child(&monitor);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert!(monitor.wait().unwrap().success());
    assert!(proofbox.stop().unwrap().success());
}

/// Waits until so many assets are shown, which they are when the log is signed.
async fn until_shown(walk: &Walk, assets: usize) {
    let shown = |page: &Value| page["assets"].as_array().map(Vec::len) == Some(assets);
    walk.until("/archivist/v2/assets?page_size=10", shown).await.unwrap();
}

fn size_of(checkpoint: &str) -> u64 {
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}
