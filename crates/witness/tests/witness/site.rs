//! A ledger that can publish, with a policy and a feeder.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use ledger::{
    AssetChoice, Clock, Commit, CommitError, Database, Fingerprint, ItemUpdate, Ledger, NewSource,
    Options, Origin, SourceId, Version,
};
use tempfile::TempDir;
use tlog::{Checkpoint, Policy, SignedNote, VerifierKey};
use tokio::time::{Instant, sleep};
use witness::{Feeder, Pace};

use super::house::House;

/// Longer than anything takes here on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(5);

/// What every ledger here is called.
pub(crate) const LOG: &str = "proofs.example.org";

/// Quick, and without a second submission of the same checkpoint.
pub(crate) const PACE: Pace = Pace {
    submission_interval: Duration::from_millis(20),
    idle_interval: Duration::from_hours(1),
    backoff_first: Duration::from_millis(10),
    backoff_max: Duration::from_millis(50),
    timeout: Duration::from_millis(500),
};

pub(crate) struct Site {
    pub(crate) directory: TempDir,
    pub(crate) ledger: Ledger,
    source: SourceId,
}

pub(crate) fn options(directory: &Path, policy: Option<Policy>) -> Options {
    Options {
        directory: directory.to_owned(),
        database: Database::Embedded,
        origin: LOG.to_owned(),
        clock: Clock::system(),
        witnesses: policy,
    }
}

/// A policy that asks all of these witnesses.
pub(crate) fn policy(witnesses: &[(VerifierKey, &str)]) -> Policy {
    let names: Vec<_> = (0..witnesses.len()).map(|at| format!("w{at}")).collect();
    let lines = names.iter().zip(witnesses);
    let mut lines: Vec<_> =
        lines.map(|(name, (key, url))| format!("witness {name} {key} {url}")).collect();
    lines.push(format!("group every all {}\nquorum every\n", names.join(" ")));
    let text = lines.join("\n");
    Policy::parse(text.as_bytes()).unwrap()
}

/// A policy that asks for the witness's signatures, with every key that it has.
pub(crate) fn policy_of(house: &House) -> Policy {
    let keys = house.witness.keys();
    policy(&keys.into_iter().map(|key| (key, house.url.as_str())).collect::<Vec<_>>())
}

/// What a witness is told to know this log.
pub(crate) fn knowing(key: &VerifierKey) -> Policy {
    Policy::parse(format!("log {key}\nquorum none\n").as_bytes()).unwrap()
}

impl Site {
    /// A new ledger without witnesses, to learn its key.
    pub(crate) async fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap(), None).await
    }

    pub(crate) async fn over(directory: TempDir, policy: Option<Policy>) -> Self {
        let ledger = Ledger::open(options(directory.path(), policy)).unwrap();
        Self::with(directory, ledger).await
    }

    pub(crate) async fn with(directory: TempDir, ledger: Ledger) -> Self {
        let tenancy = ledger.first_tenancy().await.unwrap().id;
        let account = NewSource {
            tenancy,
            account: "account".into(),
            account_name: "Somebody".into(),
            account_email: "somebody@example.org".into(),
            credentials: "secret".to_owned().into(),
            scope: String::new(),
        };
        let source = ledger.connect_source(account).await.unwrap().id;
        Self { directory, ledger, source }
    }

    /// The same ledger with a policy.
    pub(crate) async fn witnessed_by(self, policy: Policy) -> Self {
        self.ledger.close().await;
        let Self { directory, ledger, .. } = self;
        drop(ledger);
        Self::over(directory, Some(policy)).await
    }

    /// A copy of the directory as it is now, as a backup would hold it, without the high-water
    /// file. The ledger is closed and opened again meanwhile.
    pub(crate) async fn copied(self) -> (Self, TempDir) {
        let policy = self.ledger.witness_policy().map(|policy| (*policy).clone());
        self.ledger.close().await;
        let copy = tempfile::tempdir().unwrap();
        for name in ["proofbox.db", "log.key", "secrets.key"] {
            std::fs::copy(self.directory.path().join(name), copy.path().join(name)).unwrap();
        }
        let Self { directory, ledger, .. } = self;
        drop(ledger);
        (Self::over(directory, policy).await, copy)
    }

    pub(crate) fn feed(&self, pace: Pace) -> Feeder {
        Feeder::start(&self.ledger, pace).unwrap()
    }

    pub(crate) async fn publish(&self, name: &str) {
        self.try_publish(name).await.unwrap();
    }

    pub(crate) async fn try_publish(&self, name: &str) -> Result<(), CommitError> {
        let content_hash = super::log::seed(name);
        let fingerprint = Fingerprint { content_hash, sha256: None };
        let version = Version {
            revision: "r1".into(),
            fingerprint,
            bytes: 0,
            declared_at: Timestamp::UNIX_EPOCH,
            origin: Origin::Observed,
            editor: None,
        };
        let update = ItemUpdate {
            key: name.into(),
            revision: "r1".into(),
            fingerprint,
            name: name.into(),
            path: format!("/{name}"),
            path_key: format!("/{name}"),
            generation: 1,
            asset: AssetChoice::Own,
            versions: vec![version],
        };
        let commit = Commit { updates: vec![update], ..Commit::new(self.source) };
        self.ledger.commit(commit).await.map(drop)
    }

    pub(crate) async fn head(&self) -> Checkpoint {
        let note = SignedNote::parse(&self.ledger.checkpoint().await.unwrap()).unwrap();
        Checkpoint::open(&note, &self.ledger.log_key()).unwrap()
    }

    /// Waits until the newest checkpoint has its quorum.
    pub(crate) async fn until_witnessed(&self) {
        let size = self.head().await.size;
        until("it is witnessed", async || self.ledger.witnessed_size().await.unwrap() >= size)
            .await;
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < end, "never came: {what}");
        sleep(POLL).await;
    }
}
