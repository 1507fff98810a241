//! Following a log: what is new, what is refused, and what proves it.

use std::path::Path;

use audit::{Alarm, AlarmKind, Disk, Monitor, MonitorError, Published, Seen, Trust};
use tlog::{Checkpoint, Cosigner, Hash, Policy, SignedNote, Signer, verify_consistency};

use super::sample::{Memory, ORIGIN, Rules, key, signer};
use super::serving::Served;

/// One look by a monitor that starts over what it kept.
async fn look(served: &Served, state: &Path, trust: Trust) -> Result<Seen, MonitorError> {
    let log = Published::find(served.url()).await.unwrap().impatient();
    served.asked();
    let mut monitor = Monitor::open(log, Disk::open(state).unwrap(), trust)?;
    monitor.step(&Rules, &|_, _| ()).await
}

async fn alarm(served: &Served, state: &Path) -> Alarm {
    match look(served, state, Trust::new(Some(key()), None)).await {
        Err(MonitorError::Alarm(alarm)) => *alarm,
        other => panic!("no alarm: {other:?}"),
    }
}

/// The checkpoint in a file of the evidence, which the log must have signed.
fn signed(alarm: &Alarm, file: &str) -> Checkpoint {
    let note = std::fs::read_to_string(alarm.evidence.join(file)).unwrap();
    Checkpoint::open(&SignedNote::parse(&note).unwrap(), &key()).unwrap()
}

fn checkpoint_of(log: &mut Memory, checkpoint: &Checkpoint) {
    log.change("checkpoint", |bytes| {
        *bytes = checkpoint.sign(&signer()).to_string().into_bytes();
    });
}

#[tokio::test]
async fn growing_log_is_followed_across_restarts_for_the_price_of_what_is_new() {
    let served = Served::under("", Memory::of(1)).await;
    let state = tempfile::tempdir().unwrap();
    let mut before = 0;
    for size in [1, 200, 200, 256, 257, 600, 5_000, 5_001] {
        served.show(Memory::of(size));
        let seen = look(&served, state.path(), Trust::new(None, None)).await.unwrap();
        assert_eq!((seen.checkpoint.size, seen.new_entries), (size, size - before));
        assert_eq!(seen.is_first, before == 0);
        let asked = served.asked();
        let bundles = asked.iter().filter(|path| path.contains("entries")).count() as u64;
        let touched = if size == before { 0 } else { size.div_ceil(256) - before / 256 };
        assert_eq!(bundles, touched + u64::from(before == 0), "{size}: {asked:?}");
        before = size;
    }
}

#[tokio::test]
async fn two_roots_for_one_size_are_a_fork_that_two_notes_prove() {
    let served = Served::under("", Memory::of(600)).await;
    let state = tempfile::tempdir().unwrap();
    look(&served, state.path(), Trust::new(Some(key()), None)).await.unwrap();
    served.show(Memory::branched(600, 300));
    let alarm = alarm(&served, state.path()).await;
    assert_eq!(alarm.kind, AlarmKind::Fork);
    let (before, now) = (signed(&alarm, "before.checkpoint"), signed(&alarm, "now.checkpoint"));
    assert_eq!((before.size, now.size), (600, 600));
    assert_ne!(before.root, now.root);
}

#[tokio::test]
async fn larger_log_with_another_beginning_is_a_fork_that_notes_and_a_proof_show() {
    let served = Served::under("", Memory::of(600)).await;
    let state = tempfile::tempdir().unwrap();
    look(&served, state.path(), Trust::new(Some(key()), None)).await.unwrap();
    served.show(Memory::branched(900, 300));
    let alarm = alarm(&served, state.path()).await;
    assert_eq!(alarm.kind, AlarmKind::Fork);
    let (before, now) = (signed(&alarm, "before.checkpoint"), signed(&alarm, "now.checkpoint"));

    // What anybody can check from the three files and the key alone.
    let proof = std::fs::read_to_string(alarm.evidence.join("proof")).unwrap();
    let lines: Vec<_> = proof.lines().collect();
    let [old, root, new, new_root, hashes @ ..] = lines.as_slice() else { panic!("{proof}") };
    assert_eq!((*old, *new), ("old 600", "new 900"));
    let root: Hash = root.strip_prefix("root ").unwrap().parse().unwrap();
    assert_eq!(new_root.strip_prefix("root ").unwrap(), now.root.to_string());
    let hashes: Vec<Hash> = hashes.iter().map(|hash| hash.parse().unwrap()).collect();
    verify_consistency(600, &root, 900, &now.root, &hashes).unwrap();
    assert_ne!(root, before.root);

    // The alarm stays, and what was known is not given up for it.
    let again = self::alarm(&served, state.path()).await;
    assert_eq!(again, alarm);
    served.show(Memory::of(900));
    let seen = look(&served, state.path(), Trust::new(None, None)).await.unwrap();
    assert_eq!(seen.new_entries, 300);
}

#[tokio::test]
async fn smaller_log_is_a_rollback() {
    let served = Served::under("", Memory::of(600)).await;
    let state = tempfile::tempdir().unwrap();
    look(&served, state.path(), Trust::new(Some(key()), None)).await.unwrap();
    served.show(Memory::of(599));
    let alarm = alarm(&served, state.path()).await;
    assert_eq!(alarm.kind, AlarmKind::Rollback);
    assert_eq!(signed(&alarm, "before.checkpoint").size, 600);
    assert_eq!(signed(&alarm, "now.checkpoint").size, 599);
}

#[tokio::test]
async fn checkpoint_of_another_key_is_a_bad_signature() {
    let served = Served::under("", Memory::of(600)).await;
    let state = tempfile::tempdir().unwrap();
    look(&served, state.path(), Trust::new(Some(key()), None)).await.unwrap();
    let mut log = Memory::of(700);
    let stranger = Signer::from_seed(ORIGIN.parse().unwrap(), &[9; 32]);
    let checkpoint = Checkpoint::parse(log.note().text()).unwrap();
    log.change("checkpoint", |b| *b = checkpoint.sign(&stranger).to_string().into_bytes());
    served.show(log);
    let alarm = alarm(&served, state.path()).await;
    assert_eq!(alarm.kind, AlarmKind::Signature);
    assert!(alarm.evidence.join("now.checkpoint").is_file());
}

#[tokio::test]
async fn entries_and_tiles_that_do_not_lead_to_the_root_are_told_apart_from_a_fork() {
    let state = tempfile::tempdir().unwrap();
    let served = Served::under("", Memory::of(600)).await;
    look(&served, state.path(), Trust::new(Some(key()), None)).await.unwrap();
    let mut entry = Memory::of(900);
    entry.change("tile/entries/003.p/132", |bytes| bytes[50] ^= 1);
    let mut tile = Memory::of(900);
    tile.change("tile/0/002", |bytes| bytes[8_000] ^= 1);
    let mut root = Memory::of(900);
    let other = Checkpoint { origin: ORIGIN.parse().unwrap(), size: 900, root: Hash([1; 32]) };
    checkpoint_of(&mut root, &other);
    let mut stranger = Memory::of(900);
    stranger.change("tile/entries/003.p/132", |bytes| bytes[2] = 9);
    for (log, says) in [
        (entry, "the entries do not lead"),
        (tile, "the tiles do not lead"),
        (root, "the tiles do not lead"),
        (stranger, "entry 768: it is of no known kind"),
    ] {
        served.show(log);
        let alarm = alarm(&served, state.path()).await;
        assert_eq!(alarm.kind, AlarmKind::Broken);
        assert!(alarm.what.contains(says), "{alarm}");
    }
}

#[tokio::test]
async fn trouble_on_the_way_is_no_alarm() {
    let state = tempfile::tempdir().unwrap();
    let served = Served::under("", Memory::of(600)).await;
    let trust = || Trust::new(Some(key()), None);
    look(&served, state.path(), trust()).await.unwrap();
    let mut missing = Memory::of(900);
    missing.forget("tile/entries/003.p/132");
    let mut cut = Memory::of(900);
    cut.change("tile/0/002", |bytes| bytes.truncate(100));
    let mut page = Memory::of(900);
    page.change("checkpoint", |bytes| *bytes = b"<html>Please sign in</html>".to_vec());
    for log in [missing, cut, page] {
        let reader = Published::find(served.url()).await.unwrap().impatient();
        let disk = Disk::open(state.path()).unwrap();
        let mut monitor = Monitor::open(reader, disk, trust()).unwrap();
        served.show(log);
        let error = monitor.step(&Rules, &|_, _| ()).await.unwrap_err();
        assert!(error.is_passing(), "{error}");
        served.show(Memory::of(600));
    }
    let reader = Published::find(served.url()).await.unwrap().impatient();
    let mut monitor = Monitor::open(reader, Disk::open(state.path()).unwrap(), trust()).unwrap();
    served.fail(1);
    assert!(monitor.step(&Rules, &|_, _| ()).await.unwrap_err().is_passing());
    served.show(Memory::of(900));
    assert_eq!(monitor.step(&Rules, &|_, _| ()).await.unwrap().new_entries, 300);
}

#[tokio::test]
async fn policy_waits_for_its_witnesses() {
    let witness = Cosigner::ed25519("witness.example".parse().unwrap(), &[3; 32]);
    let policy = format!("witness w {}\nquorum w\n", witness.verifier_key());
    let trust = || Trust::new(Some(key()), Some(Policy::parse(policy.as_bytes()).unwrap()));
    let state = tempfile::tempdir().unwrap();
    let mut log = Memory::of(300);
    let served = Served::under("", log.clone()).await;
    let error = look(&served, state.path(), trust()).await.unwrap_err();
    assert!(matches!(error, MonitorError::NotWitnessed { size: 300, .. }), "{error}");
    let cosigned = log.note().with([witness.cosign(&log.note(), 1_700_000_000).unwrap()]).unwrap();
    log.change("checkpoint", |bytes| *bytes = cosigned.to_string().into_bytes());
    served.show(log);
    assert_eq!(look(&served, state.path(), trust()).await.unwrap().checkpoint.size, 300);
}

#[tokio::test]
async fn key_that_the_log_named_first_stays_its_key() {
    let served = Served::under("", Memory::of(300)).await;
    let state = tempfile::tempdir().unwrap();
    look(&served, state.path(), Trust::new(None, None)).await.unwrap();
    let stranger = Signer::from_seed(ORIGIN.parse().unwrap(), &[9; 32]).verifier_key();
    let error = look(&served, state.path(), Trust::new(Some(stranger), None)).await.unwrap_err();
    assert!(matches!(error, MonitorError::OtherLog(_)), "{error}");
}

#[tokio::test]
async fn damaged_state_is_told_and_not_believed() {
    let served = Served::under("", Memory::of(300)).await;
    let state = tempfile::tempdir().unwrap();
    look(&served, state.path(), Trust::new(None, None)).await.unwrap();
    let path = state.path().join("seen");
    let whole = std::fs::read_to_string(&path).unwrap();
    for damaged in ["", "proofbox/monitor/v2\n\n", &whole.replacen("peak ", "peak A", 1)] {
        std::fs::write(&path, damaged).unwrap();
        let error = look(&served, state.path(), Trust::new(None, None)).await.unwrap_err();
        assert!(matches!(error, MonitorError::State(_)), "{error}");
    }
}
