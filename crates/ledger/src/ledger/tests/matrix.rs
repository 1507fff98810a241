//! Every operation of a commit and its signature × {fails, fails but happened, process killed on
//! either side of it; the last on files alone}, and then the next batch at the same size and at another one. Afterwards
//! the store is clean, what was acknowledged is proved, and no two checkpoints disagree.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tlog::{Checkpoint, Receipt, SignedNote, verify_consistency};

use super::Bench;
use super::bench::{copy_directory, file, open_at};
use crate::entry::Opened;
use crate::writer::{Moment, Operation, Steps};
use crate::{Commit, CommitError, Database, ItemUpdate, Ledger, Location, StoreError, fsck};

/// What goes wrong at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Fails,
    FailsButHappened,
    KilledBefore,
    KilledAfter,
}

const FAULTS: [Fault; 4] =
    [Fault::Fails, Fault::FailsButHappened, Fault::KilledBefore, Fault::KilledAfter];

impl Fault {
    fn moment(self) -> Moment {
        match self {
            Self::Fails | Self::KilledBefore => Moment::Before,
            Self::FailsButHappened | Self::KilledAfter => Moment::After,
        }
    }

    fn is_kill(self) -> bool {
        matches!(self, Self::KilledBefore | Self::KilledAfter)
    }
}

/// A fault that waits for its operation.
#[derive(Default)]
struct Trap {
    armed: Option<(Operation, Fault)>,
    directory: PathBuf,
    /// What a kill left.
    copy: Option<TempDir>,
}

/// Steps that fall into the trap.
fn steps(trap: &Arc<Mutex<Trap>>) -> Steps {
    let trap = Arc::clone(trap);
    Steps::watched(move |operation, moment| {
        let mut trap = trap.lock().unwrap();
        let Some((_, fault)) = trap.armed.filter(|armed| armed.0 == operation) else {
            return Ok(());
        };
        if fault.moment() != moment {
            return Ok(());
        }
        if fault.is_kill() {
            let copy = tempfile::tempdir().unwrap();
            copy_directory(&trap.directory, copy.path());
            trap.copy.get_or_insert(copy);
            return Ok(());
        }
        Err(format!("the disk failed at {operation:?}"))
    })
}

/// What the world has of the log, and nobody can take back.
#[derive(Default)]
struct Seen {
    checkpoints: Vec<Checkpoint>,
    receipts: Vec<Receipt>,
}

impl Seen {
    /// Takes what anybody could download now.
    async fn look(&mut self, ledger: &Ledger) {
        let note = SignedNote::parse(&ledger.checkpoint().await.unwrap()).unwrap();
        self.checkpoints.push(Checkpoint::open(&note, &ledger.log_key()).unwrap());
    }

    async fn acknowledged(&mut self, ledger: &Ledger, commit: Commit) -> u64 {
        let committed = ledger.commit(commit).await.unwrap();
        for event in &committed.events {
            let receipt = ledger.receipt(event.event).await.unwrap().unwrap();
            self.receipts.push(Receipt::parse(&receipt).unwrap());
        }
        self.look(ledger).await;
        committed.events.len() as u64
    }

    /// Every receipt verifies, and every checkpoint continues all the others.
    async fn check(&self, ledger: &Ledger, what: &str) {
        for receipt in &self.receipts {
            let leaf = Opened::parse(receipt.extra.as_deref().unwrap()).unwrap().leaf();
            receipt.verify(&leaf, &ledger.log_key()).unwrap();
        }
        let newest = self.checkpoints.iter().max_by_key(|checkpoint| checkpoint.size).unwrap();
        for Checkpoint { size, root, .. } in &self.checkpoints {
            let proof = ledger.consistency_proof(*size, newest.size).await.unwrap().unwrap();
            verify_consistency(*size, root, newest.size, &newest.root, &proof)
                .unwrap_or_else(|error| panic!("{what}: {size} and {}: {error}", newest.size));
        }
    }
}

fn commit(bench: &Bench, updates: Vec<ItemUpdate>) -> Commit {
    Commit { updates, cursor: Some("next".to_owned()), ..Commit::new(bench.source.id) }
}

#[tokio::test]
async fn whatever_fails_nothing_is_lost_repeated_or_contradicted() {
    let is_copied = matches!(Database::scratch(), Database::Embedded);
    for operation in Operation::ALL {
        for fault in FAULTS.into_iter().filter(|fault| is_copied || !fault.is_kill()) {
            for same_size in [true, false] {
                one_case(operation, fault, same_size).await;
            }
        }
    }
}

async fn one_case(operation: Operation, fault: Fault, same_size: bool) {
    let what = format!("{operation:?} {fault:?}, same size next: {same_size}");
    let trap = Arc::<Mutex<Trap>>::default();
    let bench = Bench::on(Database::scratch(), steps(&trap)).await;
    let mut seen = Seen::default();
    seen.acknowledged(&bench.ledger, commit(&bench, vec![file("id:a", "/a", "r1", "one")])).await;

    {
        let mut trap = trap.lock().unwrap();
        trap.directory = bench.directory.path().to_owned();
        trap.armed = Some((operation, fault));
    }
    let two =
        commit(&bench, vec![file("id:a", "/a", "r2", "two"), file("id:b", "/b", "r1", "three")]);
    let outcome = bench.ledger.commit(two.clone()).await;
    assert_eq!(outcome.is_ok(), fault.is_kill(), "{what}");
    if !fault.is_kill() {
        assert_stopped(&bench, outcome.unwrap_err(), &two).await;
    }
    let copy = trap.lock().unwrap().copy.take();
    bench.ledger.close().await;
    let directory = copy.as_ref().map_or(bench.directory.path(), TempDir::path);

    let at = Location { directory: directory.to_owned(), ..bench.location() };
    let ledger = open_at(&at).unwrap();
    assert_eq!(ledger.read_only(), None, "{what}");
    seen.look(&ledger).await;
    let is_there = ledger.asset_count(bench.tenancy).await.unwrap() == 2;
    let source = ledger.source(bench.tenancy, bench.source.id).await.unwrap().unwrap();
    assert_eq!(source.cursor.as_deref(), Some("next"), "{what}");
    assert_eq!(is_there, happened(operation, fault), "{what}: whole or absent");
    let mut next = two.clone();
    if !same_size {
        next.updates.push(file("id:c", "/c", "r1", "four"));
    }
    let added = seen.acknowledged(&ledger, next).await;
    let expected = if is_there { 0 } else { 2 } + u64::from(!same_size);
    assert_eq!(added, expected, "{what}: nothing twice, nothing missing");
    seen.acknowledged(&ledger, commit(&bench, vec![file("id:d", "/d", "r1", "five")])).await;
    seen.check(&ledger, &what).await;
    ledger.close().await;
    let report = fsck(at, &|_, _| ()).unwrap();
    assert_eq!(report.findings, [], "{what}");
}

/// Whether the commit is durable when this goes wrong.
fn happened(operation: Operation, fault: Fault) -> bool {
    match operation {
        Operation::Begin | Operation::Apply => false,
        Operation::Commit => fault.moment() == Moment::After,
        Operation::Remember | Operation::Sign | Operation::Check => true,
    }
}

/// The writer has stopped, says why, and takes nothing any more.
async fn assert_stopped(bench: &Bench, error: CommitError, commit: &Commit) {
    assert!(error.to_string().contains("the disk failed"), "{error}");
    assert!(bench.ledger.failed().await.contains("the disk failed"));
    let after = bench.ledger.commit(commit.clone()).await.unwrap_err();
    assert!(matches!(after, CommitError::Store(StoreError::Stopped(_))), "{after}");
    let user = bench.ledger.first_administrator().await.unwrap();
    assert!(bench.ledger.create_sign_in_link(user.id).await.is_err());
}
