//! An account that is a folder on disk, edited as programs and people edit.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sandbox::{Backing, Options, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, at, short};

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Watched {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    pub(crate) directory: TempDir,
}

pub(crate) fn options(directory: &Path) -> Options {
    let backing = Backing::Folder {
        path: directory.join("folder"),
        state_file: directory.join("state/sandbox.jsonl"),
    };
    Options { backing, ..Options::default() }
}

impl Watched {
    /// A folder with `/Contracts/Lease.txt` and `/notes.txt`.
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("folder/Contracts")).unwrap();
        fs::write(directory.path().join("folder/Contracts/Lease.txt"), "twelve months").unwrap();
        fs::write(directory.path().join("folder/notes.txt"), "notes").unwrap();
        let sandbox = Sandbox::start(options(directory.path())).await.unwrap();
        let client = Client::linked(&sandbox).await;
        let watched = Self { sandbox, client, directory };
        watched.until(3, |entries| entries.len() == 3).await;
        watched
    }

    pub(crate) fn disk(&self, name: &str) -> PathBuf {
        self.directory.path().join("folder").join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    /// Waits until the whole listing is as expected.
    async fn until(&self, count: usize, expected: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let (entries, cursor) = self.client.list("").await;
            if entries.len() == count && expected(&entries) {
                return entries;
            }
            assert!(began.elapsed() < PATIENCE, "still {:?}", short(&entries));
            let longpoll = self.client.longpoll(&cursor);
            let _timeout = tokio::time::timeout(Duration::from_secs(1), longpoll).await;
        }
    }

    async fn until_listed(&self, expected: &[&str]) -> Vec<Value> {
        self.until(expected.len(), |entries| short(entries) == expected).await
    }

    /// Waits until a file's content is of this length.
    async fn until_size(&self, path: &str, size: u64) -> Value {
        let began = Instant::now();
        loop {
            let (_, cursor) = self.client.list("").await;
            let found = self.client.call("files/get_metadata", json!({ "path": path })).await;
            if found.status == 200 && found.json()["size"] == size {
                return found.json();
            }
            assert!(began.elapsed() < PATIENCE, "still {}", found.text);
            let longpoll = self.client.longpoll(&cursor);
            let _timeout = tokio::time::timeout(Duration::from_secs(1), longpoll).await;
        }
    }

    async fn metadata(&self, path: &str) -> Value {
        self.client.ok("files/get_metadata", json!({ "path": path })).await
    }

    async fn versions(&self, id: &Value) -> usize {
        let argument = json!({ "path": id, "mode": "id", "limit": 100 });
        let reply = self.client.ok("files/list_revisions", argument).await;
        reply["entries"].as_array().unwrap().len()
    }
}

const BEFORE: [&str; 3] = ["folder /Contracts", "file /Contracts/Lease.txt", "file /notes.txt"];

#[tokio::test]
async fn folder_is_served_as_it_is_and_a_save_is_a_revision() {
    let watched = Watched::start().await;
    let before = watched.until_listed(&BEFORE).await;
    let (_, cursor) = watched.client.list("").await;
    fs::write(watched.disk("notes.txt"), "notes, longer").unwrap();
    assert_eq!(watched.client.longpoll(&cursor).await.json()["changes"], true);
    let (changes, _) = watched.client.changes(&cursor).await;
    assert_eq!(short(&changes), ["file /notes.txt"]);
    assert_eq!(changes[0]["id"], at(&before, "/notes.txt")["id"]);
    assert_eq!(changes[0]["size"], 13);
    assert_eq!(watched.versions(&changes[0]["id"]).await, 2);
}

#[tokio::test]
async fn save_is_seen_well_under_three_hundred_milliseconds() {
    let watched = Watched::start().await;
    let mut times = Vec::new();
    for round in 0..9 {
        let (_, cursor) = watched.client.list("").await;
        let began = Instant::now();
        fs::write(watched.disk("notes.txt"), format!("round {round}")).unwrap();
        watched.client.longpoll(&cursor).await;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    println!("a save is seen after {times:?}");
    assert!(times[4] < Duration::from_millis(300), "the median of {times:?}");
}

#[tokio::test]
async fn temporary_file_renamed_over_the_old_name_is_an_edit() {
    let watched = Watched::start().await;
    let id = watched.metadata("/notes.txt").await["id"].clone();
    fs::write(watched.disk(".notes.txt.swp"), "half").unwrap();
    fs::write(watched.disk("notes.new"), "saved by an editor").unwrap();
    fs::rename(watched.disk("notes.new"), watched.disk("notes.txt")).unwrap();
    let after = watched.until_size("/notes.txt", 18).await;
    assert_eq!(after["id"], id);

    fs::rename(watched.disk("notes.txt"), watched.disk("notes.txt~")).unwrap();
    fs::write(watched.disk("notes.txt"), "saved with a backup beside it").unwrap();
    let after = watched.until_size("/notes.txt", 29).await;
    assert_eq!(after["id"], id);
    assert_eq!(watched.versions(&id).await, 3);
    watched.until_listed(&BEFORE).await;
}

#[tokio::test]
async fn renames_and_moves_keep_ids_of_files_and_folders() {
    let watched = Watched::start().await;
    let before = watched.until_listed(&BEFORE).await;
    fs::rename(watched.disk("Contracts"), watched.disk("Verträge")).unwrap();
    fs::create_dir_all(watched.disk("Archive/2026")).unwrap();
    fs::rename(watched.disk("notes.txt"), watched.disk("Archive/2026/remarks.txt")).unwrap();
    let after = watched
        .until_listed(&[
            "folder /Archive",
            "folder /Archive/2026",
            "file /Archive/2026/remarks.txt",
            "folder /Verträge",
            "file /Verträge/Lease.txt",
        ])
        .await;
    for (old, new) in [
        ("/Contracts", "/Verträge"),
        ("/Contracts/Lease.txt", "/Verträge/Lease.txt"),
        ("/notes.txt", "/Archive/2026/remarks.txt"),
    ] {
        assert_eq!(at(&before, old)["id"], at(&after, new)["id"], "{old}");
        assert_eq!(at(&before, old)["content_hash"], at(&after, new)["content_hash"]);
    }
}

#[tokio::test]
async fn rename_with_an_edit_and_change_of_case_keep_the_id() {
    let watched = Watched::start().await;
    let id = watched.metadata("/notes.txt").await["id"].clone();
    fs::rename(watched.disk("notes.txt"), watched.disk("Notes.txt")).unwrap();
    watched
        .until_listed(&["folder /Contracts", "file /Contracts/Lease.txt", "file /Notes.txt"])
        .await;
    assert_eq!(watched.metadata("/notes.txt").await["id"], id);
    fs::rename(watched.disk("Notes.txt"), watched.disk("renamed.txt")).unwrap();
    fs::write(watched.disk("renamed.txt"), "renamed and edited at once").unwrap();
    assert_eq!(watched.until_size("/renamed.txt", 26).await["id"], id);
}

#[tokio::test]
async fn deleted_files_and_folders_are_gone_and_come_back_as_others() {
    let watched = Watched::start().await;
    let id = watched.metadata("/Contracts/Lease.txt").await["id"].clone();
    let (_, cursor) = watched.client.list("").await;
    fs::remove_dir_all(watched.disk("Contracts")).unwrap();
    watched.until_listed(&["file /notes.txt"]).await;
    assert_eq!(short(&watched.client.changes(&cursor).await.0), ["deleted /Contracts"]);
    fs::create_dir_all(watched.disk("Contracts")).unwrap();
    fs::write(watched.disk("Contracts/Lease.txt"), "twelve months").unwrap();
    let after = watched.until_listed(&BEFORE).await;
    assert_ne!(at(&after, "/Contracts/Lease.txt")["id"], id);
}

#[tokio::test]
async fn file_that_is_still_being_written_is_not_taken() {
    use std::io::Write;

    let watched = Watched::start().await;
    let mut slow = fs::File::create(watched.disk("slow.bin")).unwrap();
    for _ in 0..12 {
        slow.write_all(&[b'x'; 1000]).unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(slow);
    let after = watched.until_size("/slow.bin", 12_000).await;
    assert_eq!(watched.versions(&after["id"]).await, 1, "no half-written version");
}

#[tokio::test]
async fn links_dotfiles_and_leftovers_stay_on_disk_alone() {
    let watched = Watched::start().await;
    let outside = watched.root().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.txt"), "secret").unwrap();
    std::os::unix::fs::symlink(&outside, watched.disk("link")).unwrap();
    std::os::unix::fs::symlink(outside.join("secret.txt"), watched.disk("link.txt")).unwrap();
    for name in [".hidden", "a.tmp", "b.swp", "c~", "~$d.docx", "Thumbs.db", "trailing ", "x\\y"] {
        fs::write(watched.disk(name), "leftover").unwrap();
    }
    fs::write(watched.disk("zuletzt <b>😀&amp;.txt"), "x").unwrap();
    watched.until_listed(&[BEFORE[0], BEFORE[1], BEFORE[2], "file /zuletzt <b>😀&amp;.txt"]).await;
}

#[tokio::test]
async fn decomposed_names_are_shown_composed_and_followed() {
    let watched = Watched::start().await;
    fs::write(watched.disk("cafe\u{301}.txt"), "one").unwrap();
    let first = watched.until_size("/caf\u{e9}.txt", 3).await;
    fs::write(watched.disk("cafe\u{301}.txt"), "three").unwrap();
    let second = watched.until_size("/caf\u{e9}.txt", 5).await;
    assert_eq!(first["id"], second["id"]);
    assert_eq!(&watched.sandbox.files().read("/caf\u{e9}.txt").unwrap()[..], b"three");
    fs::remove_file(watched.disk("cafe\u{301}.txt")).unwrap();
    watched.until_listed(&BEFORE).await;
}

#[tokio::test]
async fn second_name_that_differs_by_case_alone_does_not_touch_the_first() {
    let watched = Watched::start().await;
    let before = watched.metadata("/notes.txt").await;
    fs::write(watched.disk("NOTES.txt"), "somebody else's notes").unwrap();
    fs::write(watched.disk("later.txt"), "later").unwrap();
    watched.until_size("/later.txt", 5).await;
    assert_eq!(watched.metadata("/notes.txt").await, before);
    fs::write(watched.disk("notes.txt"), "edited").unwrap();
    assert_eq!(watched.until_size("/notes.txt", 6).await["id"], before["id"]);
}

#[tokio::test]
async fn handle_changes_the_files_on_disk() {
    let watched = Watched::start().await;
    let files = watched.sandbox.files();
    files.write("/new/deep.txt", "deep").unwrap();
    assert_eq!(fs::read_to_string(watched.disk("new/deep.txt")).unwrap(), "deep");
    watched.until_size("/new/deep.txt", 4).await;
    files.move_to("/new", "/newer").unwrap();
    files.delete("/notes.txt").unwrap();
    assert!(!watched.disk("notes.txt").exists());
    let expected = [BEFORE[0], BEFORE[1], "folder /newer", "file /newer/deep.txt"];
    watched.until_listed(&expected).await;
    assert!(files.write("/../escape.txt", "x").is_err());
}

#[tokio::test]
async fn whole_tree_copied_in_at_once_is_taken_whole() {
    let watched = Watched::start().await;
    for folder in 0..20 {
        let folder = watched.disk(&format!("import/{folder:02}/inner"));
        fs::create_dir_all(&folder).unwrap();
        for file in 0..10 {
            fs::write(folder.join(format!("{file}.txt")), format!("file {file}")).unwrap();
        }
    }
    let count = 3 + 1 + 20 * (1 + 1 + 10);
    watched.until(count, |entries| entries.len() == count).await;
    fs::rename(watched.disk("import"), watched.disk("imported")).unwrap();
    watched.until(count, |entries| short(entries).contains(&"folder /imported".to_owned())).await;
}
