//! A real ledger beside the one in memory. It gets the same commits, and in the end both must say
//! the same, and what is on disk must be clean.

use std::collections::HashMap;
use std::sync::{LazyLock, mpsc};

use jiff::Timestamp;
use ledger::{
    AssetId, Clock, Commit, Content, ContentOutcome, ContentRead, Database, Item, Ledger,
    NewSource, Options, SourceId, SourceSettings, SourceStatus, TenancyId,
};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::books::Rows;
use crate::reader::progress::Progress;
use crate::rules::placed::Placed;

/// Where flushes cost nothing, if there is such a place: crashes of the machine aren't tried here.
const MEMORY_DISK: &str = "/dev/shm";

pub(super) struct Double {
    ledger: Ledger,
    tenancy: TenancyId,
    source: SourceId,
    directory: TempDir,
}

impl Double {
    pub(super) fn new(placed: &Placed, settings: SourceSettings) -> Self {
        let directory = TempDir::new_in(MEMORY_DISK).or_else(|_| TempDir::new()).unwrap();
        let data = directory.path().join("data");
        let clock = Clock::new(|| Timestamp::from_second(1_767_225_600).unwrap());
        let origin = "simulated.test/log".to_owned();
        let database = Database::Embedded;
        let options = Options { directory: data, database, origin, clock, witnesses: None };
        let ledger = Ledger::open(options).unwrap();
        let opened = ledger.clone();
        let (tenancy, source) = wait(async move {
            let tenancy = opened.first_tenancy().await.unwrap().id;
            (tenancy, opened.connect_source(account(tenancy)).await.unwrap().id)
        });
        let double = Self { ledger, tenancy, source, directory };
        double.store_rules(placed, None);
        let (ledger, source) = (double.ledger.clone(), double.source);
        let told = String::new();
        wait(async move { ledger.configure_source(source, settings, told).await }).unwrap();
        double
    }

    /// Versions that waited have other numbers here, so they come by their revisions.
    pub(super) fn commit(&self, commit: Commit, read: Vec<(String, ContentOutcome)>) {
        let (ledger, source) = (self.ledger.clone(), self.source);
        let contents = read.into_iter().map(|(revision, outcome)| self.content(&revision, outcome));
        let commit = Commit { source, contents: contents.collect(), ..commit };
        wait(async move { ledger.commit(commit).await.map(drop) }).unwrap();
    }

    fn content(&self, revision: &str, outcome: ContentOutcome) -> ContentRead {
        let (ledger, source) = (self.ledger.clone(), self.source);
        let waiting = wait(async move { ledger.awaited(source, u64::MAX, 10_000).await }).unwrap();
        let version = waiting.iter().find(|version| version.revision == revision);
        let version = version.unwrap_or_else(|| panic!("{revision} doesn't wait")).id;
        ContentRead { version, outcome }
    }

    pub(super) fn set_rules(&self, placed: &Placed, progress: &Progress) {
        self.store_rules(placed, Some(progress));
    }

    fn store_rules(&self, placed: &Placed, progress: Option<&Progress>) {
        let (ledger, source) = (self.ledger.clone(), self.source);
        let (rules, cursor) = (placed.to_text(), progress.map(Progress::to_text));
        let stored = async move { ledger.set_rules(source, rules, cursor).await };
        assert!(wait(stored).unwrap().is_some());
    }

    pub(super) fn disconnect(&self) {
        let (ledger, source) = (self.ledger.clone(), self.source);
        let by = ledger::DisconnectedBy::Provider;
        wait(async move { ledger.disconnect_source(source, by).await }).unwrap();
    }

    pub(super) fn reconnect(&self) {
        let (ledger, tenancy) = (self.ledger.clone(), self.tenancy);
        let source = wait(async move { ledger.connect_source(account(tenancy)).await });
        let source = source.unwrap();
        assert_eq!((source.id, source.status), (self.source, SourceStatus::Linked));
    }

    /// Both ledgers must know the same items, and have the same history on the same assets.
    pub(super) fn check(&self, seed: u64, rows: &Rows) {
        let mut assets = HashMap::new();
        for expected in rows.matching(|_| true) {
            let item = self.item(&expected.key);
            let asset = item.asset;
            assert_eq!(Item { asset: expected.asset, ..item }, expected, "seed {seed}");
            assert_eq!(asset.is_some(), expected.asset.is_some(), "seed {seed}: {expected:?}");
            let (Some(asset), Some(expected)) = (asset, expected.asset) else { continue };
            assert_eq!(assets.insert(expected, asset), None, "seed {seed}: a shared asset");
            let of_it = rows.events.iter().filter(|event| event.asset == expected);
            let history: Vec<_> = of_it
                .map(|event| Content { content_hash: Some(event.content), sha256: event.sha256 })
                .collect();
            assert_eq!(self.history(asset), history, "seed {seed}: {asset}");
        }
    }

    /// Closes the ledger and has all of it checked. One entry is the policy.
    pub(super) fn check_log(&self, seed: u64, events: usize) {
        let ledger = self.ledger.clone();
        wait(async move { ledger.close().await });
        let report = ledger::fsck(self.directory.path().join("data"), &|_, _| ()).unwrap();
        assert_eq!(report.findings, [], "seed {seed}");
        assert_eq!(report.entries, events as u64 + 1, "seed {seed}");
    }

    fn item(&self, key: &str) -> Item {
        let (ledger, source, keys) = (self.ledger.clone(), self.source, [key.to_owned()]);
        let found = wait(async move { ledger.items_by_key(source, &keys).await });
        found.unwrap().remove(0)
    }

    /// The contents of a document, oldest first.
    fn history(&self, asset: AssetId) -> Vec<Content> {
        let ledger = self.ledger.clone();
        let events = async move { ledger.events(asset, None, 10_000).await };
        let events = wait(events).unwrap().unwrap();
        events.iter().rev().map(|event| event.fingerprint).collect()
    }
}

/// Waits in real time, in which the simulated world stands still.
fn wait<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    static REAL: LazyLock<Runtime> =
        LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).build().unwrap());
    let (done, outcome) = mpsc::channel();
    REAL.spawn(async move { drop(done.send(work.await)) });
    outcome.recv().unwrap()
}

fn account(tenancy: TenancyId) -> NewSource {
    NewSource {
        tenancy,
        account: "dbid:simulated".to_owned(),
        account_name: "Ada Example".to_owned(),
        account_email: "ada@example.org".to_owned(),
        credentials: SecretString::from("a token"),
        scope: String::new(),
    }
}
