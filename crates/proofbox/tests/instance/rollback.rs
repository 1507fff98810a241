//! An older copy of the data directory is put back. Three places remember what was signed since: a
//! witness, the copy of the log, and the high-water file. For each of them, a start at which this
//! one alone knows better: it serves, says why, and signs nothing.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;
use serde_json::Value;
use testkit::{Proofbox, Walk};

use super::beside::{Beside, binary};
use super::witness::{start_witness, stopped, witnessed, write_policy};

const LEASE: (&str, &str) = ("/Lease.txt", "twelve months");
const HIGH_WATER: &str = "high-water";

#[tokio::test(flavor = "multi_thread")]
async fn witness_knows_of_an_older_copy() {
    let beside = stopped().await;
    let witness = start_witness(&beside, "127.0.0.1:0");
    write_policy(&beside, &witness);
    let case = Case::record(beside, Some(("PROOFBOX_WITNESSES", "policy"))).await;
    // A start submits at once, however short ago the last submission was.
    let proofbox = case.start();
    assert_eq!(witnessed(&case.beside, &proofbox).await.size, 3);
    assert!(proofbox.stop().unwrap().success());

    case.put_older_back();
    case.expect_refusal("the witness witness.example.org/w1").await;
    case.expect_newest_goes_on().await;
    assert!(witness.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_of_the_log_knows_of_an_older_copy() {
    let beside = Beside::with_files(&[LEASE]).await;
    let case = Case::record(beside, Some(("PROOFBOX_LOG_COPY", "copy"))).await;
    let copy = case.beside.path("copy");
    let known = fs::read(copy.join("checkpoint")).unwrap();

    case.put_older_back();
    case.expect_refusal(&format!("the copy of the log in {}", copy.display())).await;
    assert!(fs::read(copy.join("checkpoint")).unwrap() == known, "the copy has gone back, too");
    case.expect_newest_goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn high_water_file_knows_of_an_older_copy() {
    let case = Case::record(Beside::with_files(&[LEASE]).await, None).await;
    case.put_older_back();
    let newest = case.beside.path("newest").join(HIGH_WATER);
    fs::copy(newest, case.beside.data().join(HIGH_WATER)).unwrap();
    case.expect_refusal("the high-water file").await;
    case.expect_newest_goes_on().await;
}

/// An instance that has recorded two documents, and was copied when it had one.
struct Case {
    beside: Beside,
    /// The setting that names the place that remembers.
    setting: Option<(&'static str, &'static str)>,
    walk: Walk,
    integration: String,
    /// What was signed when it was copied.
    older_head: String,
}

impl Case {
    async fn record(beside: Beside, setting: Option<(&'static str, &'static str)>) -> Self {
        let proofbox = start(&beside, setting);
        let (walk, integration) = beside.linked(&proofbox).await;
        walk.until_up_to_date(&integration, 1).await.unwrap();
        let older_head = head(&walk).await;
        assert!(proofbox.stop().unwrap().success());
        copy_files(&beside.data(), &beside.path("older"));

        beside.dropbox.files().write("/Annex.txt", "garage").unwrap();
        let proofbox = start(&beside, setting);
        let walk = walk.moved_to(proofbox.url());
        walk.until_up_to_date(&integration, 2).await.unwrap();
        assert!(proofbox.stop().unwrap().success());
        Self { beside, setting, walk, integration, older_head }
    }

    fn start(&self) -> Proofbox {
        start(&self.beside, self.setting)
    }

    /// Puts the older copy in the place of the newest, and no high-water file with it.
    fn put_older_back(&self) {
        fs::rename(self.beside.data(), self.beside.path("newest")).unwrap();
        fs::rename(self.beside.path("older"), self.beside.data()).unwrap();
        fs::remove_file(self.beside.data().join(HIGH_WATER)).unwrap();
    }

    /// There is something to record, everything can be read, and nothing is signed.
    async fn expect_refusal(&self, place: &str) {
        let proofbox = self.start();
        let health = reqwest::get(format!("{}/healthz", proofbox.url())).await.unwrap();
        assert_eq!(health.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(health.text().await.unwrap().contains("read_only"));
        let walk = self.walk.moved_to(proofbox.url());
        let reason = format!("{place} knows one of 3 entries that was signed before");
        let refused = |health: &Value| {
            health["state"] == "failed" && health["reason"].as_str().unwrap().contains(&reason)
        };
        let refused = walk.until_health(&self.integration, refused).await.unwrap();
        assert_eq!(refused["documents"], 1);
        assert!(reqwest::get(proofbox.url()).await.unwrap().status().is_success());
        assert_eq!(head(&walk).await, self.older_head);
        assert!(proofbox.stop().unwrap().success());

        let said = fs::read_to_string(self.beside.path("said")).unwrap();
        assert!(said.contains(&reason), "{said}");
        assert!(said.contains("Stop Proofbox and restore the newest copy"), "{said}");
        assert_eq!(size_on_disk(&self.beside.data()), 2);
    }

    async fn expect_newest_goes_on(&self) {
        fs::remove_dir_all(self.beside.data()).unwrap();
        fs::rename(self.beside.path("newest"), self.beside.data()).unwrap();
        self.beside.dropbox.files().write("/Keys.txt", "two").unwrap();
        let proofbox = self.start();
        let health = reqwest::get(format!("{}/healthz", proofbox.url())).await.unwrap();
        assert_eq!(health.status(), StatusCode::OK);
        let walk = self.walk.moved_to(proofbox.url());
        walk.until_up_to_date(&self.integration, 3).await.unwrap();
        assert!(proofbox.stop().unwrap().success());
        assert_eq!(size_on_disk(&self.beside.data()), 4);
    }
}

/// The binary with this setting, which names a place beside the data; what it logs goes to `said`.
fn start(beside: &Beside, setting: Option<(&'static str, &'static str)>) -> Proofbox {
    let mut command =
        Proofbox::command(Command::new(binary()), &beside.data(), beside.dropbox_url());
    command.envs(setting.map(|(variable, name)| (variable, beside.path(name))));
    command.stderr(File::create(beside.path("said")).unwrap());
    Proofbox::start_command(&mut command).unwrap()
}

/// Size, root and the signature that began it. Further signatures may come and go.
async fn head(walk: &Walk) -> String {
    let checkpoint = walk.text("/log/checkpoint").await.unwrap();
    checkpoint.lines().take(5).collect::<Vec<_>>().join("\n")
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// How many entries a data directory holds, every one of them checked.
fn size_on_disk(data: &Path) -> u64 {
    let output = Command::new(binary()).args(["log", "fsck", "--json"]).arg(data).output().unwrap();
    let checked: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(checked["verdict"], "clean", "{checked}");
    checked["size"].as_u64().unwrap()
}
