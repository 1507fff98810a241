//! Killed without warning, again and again, at moments that nobody chose: nothing is lost, nothing
//! is recorded twice, and every receipt that was ever handed out still verifies.

use std::collections::BTreeMap;
use std::time::Duration;

use ledger::entry::Opened;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use sandbox::Backing;
use serde_json::Value;
use testkit::{Proofbox, Walk};
use tlog::{Receipt, VerifierKey};

use super::beside::Beside;

/// Enough for dozens of pages, few enough for a debug build.
const FILES: u64 = 3_000;
const KILLS: usize = 12;
/// From before anything answers to long after everything does.
const LIFE_MS_MAX: u64 = 900;

#[tokio::test(flavor = "multi_thread")]
async fn first_scan_survives_kills() {
    let mut random = random();
    let beside = Beside::new(Backing::Generated { seed: 1, files: FILES }).await;
    let first = beside.start();
    let (walk, integration) = beside.linked(&first).await;
    let mut receipts = Receipts::default();
    live_a_little(&mut random).await;
    receipts.collect(&walk).await;
    first.kill().unwrap();
    for _ in 1..KILLS {
        let proofbox = beside.start();
        live_a_little(&mut random).await;
        receipts.collect(&walk.moved_to(proofbox.url())).await;
        proofbox.kill().unwrap();
    }

    let proofbox = beside.start();
    let walk = walk.moved_to(proofbox.url());
    walk.until_up_to_date(&integration, FILES).await.unwrap();
    let assets = walk.assets().await.unwrap();
    let paths = assets.iter().map(|asset| asset["private"]["path"].as_str().unwrap());
    let paths = paths.collect::<std::collections::BTreeSet<_>>();
    assert_eq!((assets.len() as u64, paths.len() as u64), (FILES, FILES));
    // As many events as assets, and no asset without one: exactly one each. Entry 0 is the policy.
    assert_eq!(log_size(&walk).await, FILES + 1);
    receipts.verify_all(&walk).await;
    stop(proofbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_survive_kills() {
    let mut random = random();
    let paths = (0..12).map(|n| format!("/folder {}/file {n}.txt", n % 3)).collect::<Vec<_>>();
    let beside = Beside::with_files(&[]).await;
    let mut written = BTreeMap::<&str, Vec<String>>::new();
    for path in &paths {
        write(&beside, &mut written, path);
    }
    let first = beside.start();
    let (walk, integration) = beside.linked(&first).await;
    walk.until_up_to_date(&integration, paths.len() as u64).await.unwrap();
    let mut receipts = Receipts::default();
    first.kill().unwrap();
    for _ in 0..KILLS {
        let proofbox = beside.start();
        for _ in 0..random.random_range(1..8) {
            write(&beside, &mut written, &paths[random.random_range(0..paths.len())]);
            pause(&mut random, 40).await;
        }
        live_a_little(&mut random).await;
        receipts.collect(&walk.moved_to(proofbox.url())).await;
        proofbox.kill().unwrap();
    }

    let proofbox = beside.start();
    let walk = walk.moved_to(proofbox.url());
    let revisions = written.values().map(Vec::len).sum::<usize>() as u64;
    while log_size(&walk).await < revisions + 1 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    walk.until_up_to_date(&integration, paths.len() as u64).await.unwrap();
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
    stop(proofbox);
}

/// Writes a content that no file ever had.
fn write<'a>(beside: &Beside, written: &mut BTreeMap<&'a str, Vec<String>>, path: &'a str) {
    let versions = written.entry(path).or_default();
    let content = format!("{path}, version {}", versions.len() + 1);
    beside.dropbox.files().write(path, content.clone()).unwrap();
    versions.push(content);
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

async fn live_a_little(random: &mut SmallRng) {
    pause(random, LIFE_MS_MAX).await;
}

/// A kill comes at any moment: this wait is the test, not a wait for something.
async fn pause(random: &mut SmallRng, ms_max: u64) {
    tokio::time::sleep(Duration::from_millis(random.random_range(0..ms_max))).await;
}

async fn log_size(walk: &Walk) -> u64 {
    let checkpoint = walk.text("/log/checkpoint").await.unwrap();
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

fn stop(proofbox: Proofbox) {
    assert!(proofbox.stop().unwrap().success());
}

/// Random moments that can be had again: `PROOFBOX_SEED=… cargo nextest run …`.
fn random() -> SmallRng {
    let seed = std::env::var("PROOFBOX_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| rand::rng().random());
    println!("PROOFBOX_SEED={seed}");
    SmallRng::seed_from_u64(seed)
}
