//! Killed without warning, again and again, at moments that nobody chose: nothing is lost, nothing
//! is recorded twice, every receipt that was ever handed out still verifies, and the log is clean.
//!
//! `PROOFBOX_KILLS=…` kills each test's instance so often; `PROOFBOX_SEED=…` replays the moments.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ledger::entry::Opened;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use sandbox::{Backing, Files, Pages};
use serde_json::Value;
use testkit::{Proofbox, Walk};
use tlog::{Receipt, VerifierKey};

use super::beside::{Beside, binary};

const KILLS_USUAL: u64 = 50;
/// So many that the scan outlasts most of the kills.
const FILES_PER_KILL: u64 = 120;
const PAGE_ENTRIES: usize = 10;
/// How long an instance lives that answers.
const LIFE_MS_MAX: u64 = 400;
/// How long one lives that is killed before it may have answered.
const BIRTH_MS_MAX: u64 = 120;
const EDIT_MS_MAX: u64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn t08_first_scan_survives_kills() {
    let mut random = random();
    let files = kills() * FILES_PER_KILL;
    let beside = Beside::new(Backing::Generated { seed: 1, files }).await;
    let pages = Pages { entries_max: Some(PAGE_ENTRIES), empty_every: Some(7) };
    beside.dropbox.admin().set_pages(pages);
    let first = beside.start();
    let (walk, integration) = beside.linked(&first).await;
    let mut receipts = Receipts::default();
    first.kill().unwrap();
    for _ in 1..kills() {
        live_and_die(&beside, &walk, &mut random, &mut receipts).await;
    }

    beside.dropbox.admin().clear_faults();
    let proofbox = beside.start();
    let walk = walk.moved_to(proofbox.url());
    walk.until_up_to_date(&integration, files).await.unwrap();
    let assets = walk.assets().await.unwrap();
    let paths = assets.iter().map(|asset| asset["private"]["path"].as_str().unwrap());
    let paths = paths.collect::<BTreeSet<_>>();
    assert_eq!((assets.len() as u64, paths.len() as u64), (files, files));
    // As many events as assets, and no asset without one: exactly one each. Entry 0 is the policy.
    assert_eq!(log_size(&walk).await, files + 1);
    receipts.verify_all(&walk).await;
    end(proofbox, &beside);
}

#[tokio::test(flavor = "multi_thread")]
async fn t08_stream_of_edits_survives_kills() {
    let mut random = random();
    let beside = Beside::with_files(&[]).await;
    let mut author = Author::new(beside.dropbox.files(), random.random());
    let documents = author.written.len() as u64;
    let first = beside.start();
    let (walk, integration) = beside.linked(&first).await;
    walk.until_up_to_date(&integration, documents).await.unwrap();
    first.kill().unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let work = Arc::clone(&done);
    let writing = tokio::spawn(async move {
        while !work.load(Ordering::Relaxed) {
            author.write_something();
            pause(&mut author.random, EDIT_MS_MAX).await;
        }
        author.written
    });
    let mut receipts = Receipts::default();
    for _ in 1..kills() {
        live_and_die(&beside, &walk, &mut random, &mut receipts).await;
    }
    done.store(true, Ordering::Relaxed);
    let written = writing.await.unwrap();

    let proofbox = beside.start();
    let walk = walk.moved_to(proofbox.url());
    let revisions = written.values().map(Vec::len).sum::<usize>() as u64;
    println!("{revisions} revisions of {documents} files");
    while log_size(&walk).await < revisions + 1 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    walk.until_up_to_date(&integration, documents).await.unwrap();
    for (path, contents) in &written {
        let asset = walk.asset_at(path).await.unwrap();
        let mut events = walk.events(asset["identity"].as_str().unwrap()).await.unwrap();
        events.reverse();
        let recorded = events.iter().map(|event| event["document"]["content_hash"].clone());
        let expected = contents.iter().map(|content| Value::from(content_hash(content)));
        assert_eq!(recorded.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{path}");
    }
    assert_eq!(log_size(&walk).await, revisions + 1);
    receipts.verify_all(&walk).await;
    end(proofbox, &beside);
}

/// One life: it may end before the instance answers, or at any moment after.
async fn live_and_die(
    beside: &Beside,
    walk: &Walk,
    random: &mut SmallRng,
    receipts: &mut Receipts,
) {
    if random.random_bool(0.25) {
        let mut command =
            Proofbox::command(Command::new(binary()), &beside.data(), beside.dropbox_url());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        pause(random, BIRTH_MS_MAX).await;
        child.kill().unwrap();
        child.wait().unwrap();
        return;
    }
    let proofbox = beside.start();
    pause(random, LIFE_MS_MAX).await;
    if random.random_bool(0.2) {
        receipts.collect(&walk.moved_to(proofbox.url())).await;
    }
    proofbox.kill().unwrap();
}

/// Somebody who never stops writing, and remembers all of it.
struct Author {
    files: Files,
    written: BTreeMap<String, Vec<String>>,
    random: SmallRng,
}

impl Author {
    fn new(files: Files, seed: u64) -> Self {
        let paths = (0..12).map(|n| format!("/folder {}/file {n}.txt", n % 3));
        let written = paths.map(|path| (path, Vec::new())).collect();
        let mut author = Self { files, written, random: SmallRng::seed_from_u64(seed) };
        (0..12).for_each(|at| author.write(at));
        author
    }

    fn write_something(&mut self) {
        let at = self.random.random_range(0..self.written.len());
        self.write(at);
    }

    /// Writes a content that no file ever had.
    fn write(&mut self, at: usize) {
        let (path, versions) = self.written.iter_mut().nth(at).unwrap();
        let content = format!("{path}, version {}", versions.len() + 1);
        self.files.write(path, content.clone()).unwrap();
        versions.push(content);
    }
}

fn content_hash(content: &str) -> String {
    dropbox::digest(content.as_bytes()).unwrap().content_hash.to_string()
}

/// Receipts as they were handed out, and the event of each.
#[derive(Default)]
struct Receipts(Vec<(String, String)>);

impl Receipts {
    /// Keeps the receipt of the newest event, if the instance is up to giving one.
    async fn collect(&mut self, walk: &Walk) {
        let Ok(page) = walk.get("/archivist/v2/assets?page_size=1").await else { return };
        let Some(event) = page["assets"][0]["last_event"]["identity"].as_str() else { return };
        let Ok(receipt) = walk.receipt(event).await else { return };
        self.0.push((event.to_owned(), receipt));
    }

    /// Each must verify under the log's key, and its event must still be where it says.
    async fn verify_all(&self, walk: &Walk) {
        println!("{} receipts were handed out between the kills", self.0.len());
        let key: VerifierKey = walk.log_key().await.unwrap().parse().unwrap();
        for (event, text) in &self.0 {
            let receipt = Receipt::parse(text).unwrap();
            let opened = Opened::parse(receipt.extra.as_deref().unwrap()).unwrap();
            receipt.verify(&opened.leaf(), &key).unwrap();
            let now = walk.get(&format!("/archivist/v2/{event}")).await.unwrap();
            assert_eq!(now["log"]["index"], receipt.index, "{event}");
        }
    }
}

/// A kill comes at any moment: this wait is the test, not a wait for something.
async fn pause(random: &mut SmallRng, ms_max: u64) {
    tokio::time::sleep(Duration::from_millis(random.random_range(0..ms_max))).await;
}

async fn log_size(walk: &Walk) -> u64 {
    let checkpoint = walk.text("/log/checkpoint").await.unwrap();
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

/// Stops it in peace, and has the command check all that it left.
fn end(proofbox: Proofbox, beside: &Beside) {
    assert!(proofbox.stop().unwrap().success());
    let mut fsck = Command::new(binary());
    let checked = fsck.args(["log", "fsck"]).arg(beside.data()).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
}

fn kills() -> u64 {
    std::env::var("PROOFBOX_KILLS").map_or(KILLS_USUAL, |kills| kills.parse().unwrap())
}

/// Random moments that can be had again.
fn random() -> SmallRng {
    let seed = std::env::var("PROOFBOX_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| rand::rng().random());
    println!("PROOFBOX_SEED={seed}");
    SmallRng::seed_from_u64(seed)
}
