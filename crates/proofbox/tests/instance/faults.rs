//! Every call that a commit and its signing make to the file system fails once, is refused for
//! want of space once, and is the last one once. Whatever it was: the event is acknowledged, or the
//! server stops and says what to do; the next start completes it; nothing is there twice, and
//! nothing that was handed out has become untrue.
//!
//! The disk of the whole machine and kills at moments that nobody chose are in `disk` and `crash`.

mod handed;
mod strace;

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use sandbox::Backing;
use serde_json::{Value, json};
use testkit::{Proofbox, Walk};

use super::beside::Beside;
use handed::{Handed, assert_clean};
use strace::{Call, FOLDING, Fault, Strace, WRITER, calls};

const FILES: [(&str, &str); 3] = [("/Lease.txt", "1"), ("/Folder/a.txt", "a"), ("/b.txt", "b")];
const SAVED: &str = "/Lease.txt";
const FURTHER: [&str; 2] = ["/Folder/further.txt", "/further still.txt"];
/// Entry 0 is the policy; after it one for each file, the save, and the further files.
const LOG_SIZE: u64 = 1 + 3 + 1 + 2;
/// So many that the write-ahead log is folded before all are recorded.
const MANY_FILES: u64 = 40_000;
/// Longer than stopping takes on a busy machine.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// The system's own number of the signal.
const SIGKILL: i32 = 9;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commit_survives_an_error_of_any_call() {
    attack(Fault::Error("EIO"), |_| true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commit_survives_a_disk_that_is_full_at_any_call() {
    attack(Fault::Error("ENOSPC"), Call::may_take_room).await;
}

/// Before a call that changes nothing, all is as it is before the next one that does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commit_survives_a_kill_before_any_change() {
    attack(Fault::Kill, Call::changes_files).await;
}

/// In the middle of work the write-ahead log is folded into the database. A flush that fails there
/// is as good a reason to stop as any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn database_that_cannot_be_flushed_while_it_grows_stops_the_server() {
    let beside = Beside::new(Backing::Generated { seed: 5, files: MANY_FILES }).await;
    let proofbox = beside.start_with_log();
    let walk = beside.administrator(&proofbox).await;
    let integration = walk.connect().await.unwrap();
    let database = beside.data().join("proofbox.db");
    let strace = Strace::inject_flush((proofbox.id(), FOLDING), beside.path("calls"), &database);
    walk.link_all(&integration).await.unwrap();

    must_stop(proofbox, strace, &beside);
    let proofbox = beside.start();
    let walk = walk.moved_to(proofbox.url());
    walk.until_up_to_date(&integration, MANY_FILES).await.unwrap();
    assert!(proofbox.stop().unwrap().success());
    assert_clean(&beside.data()).await;
}

/// Disconnecting promises that the tokens are gone. If they could not be overwritten in every
/// file, that must not be said.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tokens_that_cannot_be_overwritten_are_not_called_gone() {
    let beside = Beside::with_files(&FILES).await;
    let proofbox = beside.start_with_log();
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, FILES.len() as u64).await.unwrap();
    let database = beside.data().join("proofbox.db");
    let strace = Strace::inject_flush((proofbox.id(), WRITER), beside.path("calls"), &database);
    let path = format!("/api/integrations/{integration}/disconnect");
    let answer = walk.post(&path, &json!({})).await;

    assert!(answer.is_err(), "{answer:?}");
    must_stop(proofbox, strace, &beside);
    assert_clean(&beside.data()).await;
}

fn must_stop(proofbox: Proofbox, strace: Strace, beside: &Beside) {
    let ended = proofbox.end_within(STOP_TIMEOUT);
    let said = std::fs::read_to_string(beside.path("said")).unwrap();
    let ended = ended.unwrap_or_else(|_| panic!("it goes on after a failed flush: {said}"));
    check_end(ended, Fault::Error("EIO"), false, &said);
    assert!(strace.report().contains("INJECTED"));
}

/// An instance that has read its Dropbox and was stopped, and what it had handed out by then.
struct Prepared {
    beside: Beside,
    walk: Walk,
    integration: String,
    asset: String,
    handed: Handed,
}

/// Begins at the same place for each call and lets the fault happen there.
async fn attack(fault: Fault, concerns: fn(&Call) -> bool) {
    let prepared = Arc::new(Prepared::new().await);
    let calls = prepared.calls().await;
    let calls = calls.into_iter().filter(concerns).collect::<Vec<_>>();
    assert!(calls.iter().any(|call| call.name == "fdatasync" && call.file == "high-water"));
    let mut failures = Vec::new();
    for call in calls {
        let what = format!("{fault} at {call}");
        let prepared = Arc::clone(&prepared);
        let outcome = tokio::spawn(async move { prepared.attempt(&call, fault).await }).await;
        println!("{what}: {}", outcome.as_ref().map_or("failed".to_owned(), ToString::to_string));
        failures.extend(outcome.is_err().then_some(what));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

impl Prepared {
    async fn new() -> Self {
        let beside = Beside::with_files(&FILES).await;
        let proofbox = beside.start();
        let (walk, integration) = beside.linked(&proofbox).await;
        walk.until_up_to_date(&integration, FILES.len() as u64).await.unwrap();
        let mut handed = Handed::default();
        for asset in visible(&walk, FILES.len()).await {
            handed.collect(&walk, last_event(&asset)).await.unwrap();
        }
        let asset = walk.asset_at(SAVED).await.unwrap()["identity"].as_str().unwrap().to_owned();
        assert!(proofbox.stop().unwrap().success());
        Self { beside, walk, integration, asset, handed }
    }

    /// What the commit and the stop after it ask of the file system when nothing happens.
    async fn calls(&self) -> Vec<Call> {
        let beside = self.beside.copy().await;
        let (proofbox, walk) = self.start(&beside).await;
        let strace = Strace::list(proofbox.id(), beside.path("calls"));
        save(&beside);
        self.saved(&walk).await.unwrap();
        assert!(proofbox.stop().unwrap().success());
        let report = strace.report();
        calls(&report, &beside.data())
    }

    async fn attempt(&self, call: &Call, fault: Fault) -> ExitStatus {
        let beside = self.beside.copy().await;
        let mut handed = self.handed.clone();
        let ended = self.save_under(fault, call, &beside, &mut handed).await;
        self.complete(&beside, handed).await;
        assert_clean(&beside.data()).await;
        ended
    }

    /// Starts over a copy and waits until all is quiet: from here on only a save makes a commit.
    async fn start(&self, beside: &Beside) -> (Proofbox, Walk) {
        let proofbox = beside.start_with_log();
        let walk = self.walk.moved_to(proofbox.url());
        walk.until_up_to_date(&self.integration, FILES.len() as u64).await.unwrap();
        (proofbox, walk)
    }

    /// Saves a file while the fault waits for its call, and stops if nothing else did that.
    async fn save_under(
        &self,
        fault: Fault,
        call: &Call,
        beside: &Beside,
        handed: &mut Handed,
    ) -> ExitStatus {
        let (proofbox, walk) = self.start(beside).await;
        let strace = Strace::inject(proofbox.id(), beside.path("calls"), call, fault);
        save(beside);
        let is_saved = match self.saved(&walk).await {
            Ok(event) => handed.collect(&walk, &event).await.is_ok(),
            Err(_) => false,
        };
        if is_saved {
            proofbox.interrupt().unwrap();
        }
        let ended = proofbox.end_within(STOP_TIMEOUT).expect("it neither acknowledges nor stops");
        let said = std::fs::read_to_string(beside.path("said")).unwrap();
        check_end(ended, fault, is_saved, &said);
        let report = strace.report();
        assert!(report.contains("INJECTED") || report.contains("killed by SIGKILL"), "{report}");
        ended
    }

    /// Starts again: the save is completed, and more goes on top.
    async fn complete(&self, beside: &Beside, mut handed: Handed) {
        let proofbox = beside.start();
        let walk = self.walk.moved_to(proofbox.url());
        let event = self.saved(&walk).await.unwrap();
        handed.collect(&walk, &event).await.unwrap();
        for path in FURTHER {
            beside.dropbox.files().write(path, format!("{path} came later")).unwrap();
        }
        for asset in visible(&walk, FILES.len() + FURTHER.len()).await {
            let identity = asset["identity"].as_str().unwrap();
            let versions = walk.events(identity).await.unwrap().len();
            assert_eq!(versions, if identity == self.asset { 2 } else { 1 }, "{asset}");
            handed.collect(&walk, last_event(&asset)).await.unwrap();
        }
        handed.verify_all(&walk, LOG_SIZE).await;
        assert!(proofbox.stop().unwrap().success());
    }

    /// Waits until the save can be seen, which it can be once it is signed; returns its event.
    async fn saved(&self, walk: &Walk) -> anyhow::Result<String> {
        let path = format!("/archivist/v2/{}/events", self.asset);
        let is_there = |page: &Value| page["events"].as_array().is_some_and(|all| all.len() == 2);
        let page = walk.until(&path, is_there).await?;
        Ok(page["events"][0]["identity"].as_str().unwrap().to_owned())
    }
}

fn save(beside: &Beside) {
    beside.dropbox.files().write(SAVED, "a second version").unwrap();
}

/// Waits until there are so many assets to see, and returns them.
async fn visible(walk: &Walk, count: usize) -> Vec<Value> {
    let all = |page: &Value| page["assets"].as_array().is_some_and(|all| all.len() == count);
    walk.until("/archivist/v2/assets?page_size=100", all).await.unwrap();
    walk.assets().await.unwrap()
}

fn last_event(asset: &Value) -> &str {
    asset["last_event"]["identity"].as_str().unwrap()
}

/// Killed when it was to be killed; otherwise it may stop as asked once the save can be seen, and
/// must say what to do if it stops by itself.
fn check_end(ended: ExitStatus, fault: Fault, is_saved: bool, said: &str) {
    if fault == Fault::Kill {
        assert_eq!(ended.signal(), Some(SIGKILL), "{said}");
    } else if !is_saved || !ended.success() {
        assert_eq!(ended.code(), Some(1), "{said}");
        assert!(said.contains("recording stopped"), "{said}");
        assert!(said.contains("start Proofbox again"), "{said}");
    }
}
