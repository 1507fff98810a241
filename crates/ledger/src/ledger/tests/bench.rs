//! A ledger in a temporary directory with one linked source, and short words for what it is told.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::ledger::{Ledger, Opening, Options};
use crate::writer::Steps;
use crate::{
    AssetChoice, Clock, Commit, Committed, Database, Fingerprint, ItemUpdate, Location, NewSource,
    OpenError, Origin, Remembered, Settled, Source, TenancyId, Unrecorded, Version,
};

pub(super) const ORIGIN: &str = "log.example/test";

/// A ledger to try things on.
pub(super) struct Bench {
    pub(super) directory: TempDir,
    database: Database,
    pub(super) ledger: Ledger,
    pub(super) tenancy: TenancyId,
    pub(super) source: Source,
    clock: Arc<AtomicI64>,
}

impl Bench {
    /// On the database that the tests run on.
    pub(super) async fn new() -> Self {
        Self::on(Database::scratch(), Steps::default()).await
    }

    /// On files, for tests that look at these.
    pub(super) async fn on_files() -> Self {
        Self::on(Database::Embedded, Steps::default()).await
    }

    pub(super) async fn on(database: Database, steps: Steps) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(1_700_000_000_000));
        let at = Location { directory: directory.path().to_owned(), database: database.clone() };
        let ledger = Opening::new(options(&at, &clock), steps).unwrap().open(&[]).unwrap();
        let tenancy = ledger.first_tenancy().await.unwrap().id;
        let source = ledger.connect_source(new_source(tenancy, "dbid:first")).await.unwrap();
        let source = ledger.set_rules(source.id, "all".to_owned(), None).await.unwrap().unwrap();
        Self { directory, database, ledger, tenancy, source, clock }
    }

    /// Closes the ledger and opens it again.
    pub(super) async fn reopen(self) -> Self {
        self.reopen_with(None, &[]).await
    }

    /// The same with other witnesses, and with what others remember.
    pub(super) async fn reopen_with(
        mut self,
        witnesses: Option<tlog::Policy>,
        remembered: &[Remembered],
    ) -> Self {
        self.ledger.close().await;
        let options = Options { witnesses, ..options(&self.location(), &self.clock) };
        self.ledger = Ledger::prepare(options).unwrap().open(remembered).unwrap();
        self
    }

    pub(super) fn location(&self) -> Location {
        Location { directory: self.directory.path().to_owned(), database: self.database.clone() }
    }

    pub(super) fn pass(&self, milliseconds: i64) {
        self.clock.fetch_add(milliseconds, Ordering::SeqCst);
    }

    pub(super) async fn commit(&self, updates: Vec<ItemUpdate>) -> Committed {
        self.ledger.commit(Commit { updates, ..Commit::new(self.source.id) }).await.unwrap()
    }

    /// Notes what can't be recorded, and what of it is settled.
    pub(super) async fn note(&self, unrecorded: Vec<Unrecorded>, settled: Vec<Settled>) {
        let commit = Commit { settled, unrecorded, ..Commit::new(self.source.id) };
        self.ledger.commit(commit).await.unwrap();
    }

    /// The keys of what can't be recorded.
    pub(super) async fn unrecorded(&self) -> Vec<String> {
        let listed = self.ledger.unrecorded(self.source.id, None, 100).await.unwrap();
        listed.into_iter().map(|listed| listed.item.key).collect()
    }
}

/// The files as they are now: what a process that is killed here leaves.
pub(super) fn copy_directory(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

pub(super) fn open(directory: &Path) -> Result<Ledger, OpenError> {
    open_at(&directory.into())
}

pub(super) fn open_at(at: &Location) -> Result<Ledger, OpenError> {
    let clock = Arc::new(AtomicI64::new(1_700_000_100_000));
    Opening::new(options(at, &clock), Steps::default())?.open(&[])
}

fn options(at: &Location, clock: &Arc<AtomicI64>) -> Options {
    let clock = Arc::clone(clock);
    let clock =
        Clock::new(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap());
    let Location { directory, database } = at.clone();
    Options { directory, database, origin: ORIGIN.to_owned(), clock, witnesses: None }
}

pub(super) fn new_source(tenancy: TenancyId, account: &str) -> NewSource {
    NewSource {
        tenancy,
        account: account.to_owned(),
        account_name: "Ada".to_owned(),
        account_email: "ada@example.com".to_owned(),
        credentials: "refresh-token".into(),
        scope: "files.metadata.read".to_owned(),
    }
}

/// An item at a path that can't be recorded.
pub(super) fn unrecorded(key: &str, path: &str, generation: u32) -> Unrecorded {
    Unrecorded {
        key: key.to_owned(),
        path: path.to_owned(),
        path_key: path.to_lowercase(),
        generation,
        reason: "no content".to_owned(),
    }
}

/// An item at a path that publishes its current content.
pub(super) fn file(key: &str, path: &str, revision: &str, content: &str) -> ItemUpdate {
    let version = version(revision, content);
    ItemUpdate { versions: vec![version], ..renamed(key, path, revision, content) }
}

/// An item at a path that publishes nothing.
pub(super) fn renamed(key: &str, path: &str, revision: &str, content: &str) -> ItemUpdate {
    ItemUpdate {
        key: key.to_owned(),
        revision: revision.to_owned(),
        fingerprint: fingerprint(content),
        name: path.rsplit('/').next().unwrap().to_owned(),
        path: path.to_owned(),
        path_key: path.to_lowercase(),
        generation: 1,
        asset: AssetChoice::Own,
        versions: Vec::new(),
    }
}

pub(super) fn version(revision: &str, content: &str) -> Version {
    Version {
        revision: revision.to_owned(),
        fingerprint: fingerprint(content),
        bytes: content.len() as u64,
        declared_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        origin: Origin::Observed,
        editor: Some("dbid:editor".to_owned()),
    }
}

pub(super) fn fingerprint(content: &str) -> Fingerprint {
    let hash: [u8; 32] = Sha256::digest(content).into();
    Fingerprint { content_hash: Sha256::digest(hash).into(), sha256: None }
}
