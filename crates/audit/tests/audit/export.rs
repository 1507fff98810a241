//! Exporting: what is written, in which order, and what is left when it ends anywhere.

use std::path::Path;
use std::sync::{Arc, Mutex};

use audit::{
    Directory, Disk, DiskError, ExportError, Exported, Exporter, Fault, LogFile, LogReader,
    Operation, Published, Trust,
};
use tlog::{Checkpoint, Cosigner, SignedNote};

use super::sample::{Memory, Rules, check_with_key, key, lines};
use super::serving::Served;

async fn export_with(disk: Disk, log: Memory) -> Result<Exported, ExportError> {
    let mut exporter = Exporter::new(log, disk, Trust::new(Some(key()), None));
    exporter.step(&Rules, &|_, _| ()).await
}

async fn export(directory: &Path, log: &Memory) -> Result<Exported, ExportError> {
    export_with(Disk::open(directory)?, log.clone()).await
}

/// The directory's checkpoint, if it has one; and everything under it is in order.
async fn clean(directory: &Path) -> Option<u64> {
    let reader = Directory::new(directory);
    let note = reader.read(LogFile::Checkpoint).await.unwrap()?;
    let report = check_with_key(&reader).await;
    assert_eq!(lines(&report), [] as [String; 0]);
    let note = SignedNote::parse(str::from_utf8(&note).unwrap()).unwrap();
    Some(Checkpoint::open(&note, &key()).unwrap().size)
}

/// The files of a log that are under a directory, and nothing else is.
fn files(directory: &Path) -> Memory {
    fn collect(root: &Path, folder: &Path, log: &mut Memory) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".staging") {
                collect(root, &path, log);
            } else if path.is_file() {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                log.0.insert(LogFile::parse(name).unwrap(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut log = Memory::default();
    collect(directory, directory, &mut log);
    log
}

#[tokio::test]
async fn exported_directory_is_the_log_byte_for_byte() {
    for size in [1, 255, 256, 257, 700, 66_000] {
        let directory = tempfile::tempdir().unwrap();
        let log = Memory::of(size);
        let exported = export(directory.path(), &log).await.unwrap();
        assert_eq!((exported.from, exported.size), (0, size));
        assert!(files(directory.path()).0 == log.0, "{size}");
        assert_eq!(clean(directory.path()).await, Some(size));
    }
}

#[tokio::test]
async fn second_export_writes_what_is_new_and_removes_what_was_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let mut sizes = [3, 3, 200, 300, 300, 520, 521, 1_100].into_iter();
    let mut before = 0;
    for size in sizes.by_ref() {
        let exported = export(directory.path(), &Memory::of(size)).await.unwrap();
        assert_eq!((exported.from, exported.size), (before, size));
        assert_eq!(exported.written == 0, size == before, "{size}: {exported:?}");
        assert_eq!(clean(directory.path()).await, Some(size));
        before = size;
    }
    let log = files(directory.path());
    let has = |path: &str| log.0.contains_key(&LogFile::parse(path).unwrap());
    assert!(!has("tile/0/000.p/3") && !has("tile/entries/001.p/44"), "their full ones exist");
    assert!(has("tile/1/000.p/1") && has("tile/1/000.p/2"), "that level's full one doesn't");
}

#[tokio::test]
async fn one_exporter_keeps_a_copy_current() {
    let directory = tempfile::tempdir().unwrap();
    let served = Served::under("", Memory::of(300)).await;
    let log = Published::find(served.url()).await.unwrap();
    let disk = Disk::open(directory.path()).unwrap();
    let mut exporter = Exporter::new(log, disk, Trust::new(None, None));
    for size in [300, 301, 560, 561, 900] {
        served.show(Memory::of(size));
        let step = exporter.step(&Rules, &|_, _| ()).await.unwrap();
        assert_eq!(step.size, size);
        assert_eq!(clean(directory.path()).await, Some(size));
    }
    served.asked();
    exporter.step(&Rules, &|_, _| ()).await.unwrap();
    assert_eq!(served.asked(), ["checkpoint", "vkey"], "nothing new, so nothing is read");
}

#[tokio::test]
async fn export_that_ended_early_fetches_only_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let log = Memory::of(40_000);
    export(directory.path(), &log).await.unwrap();
    std::fs::remove_file(directory.path().join("checkpoint")).unwrap();
    std::fs::remove_file(directory.path().join("tile/entries/100")).unwrap();
    let served = Served::under("", log).await;
    let reader = Published::find(served.url()).await.unwrap();
    let trust = Trust::new(Some(key()), None);
    let mut exporter = Exporter::new(reader, Disk::open(directory.path()).unwrap(), trust);
    served.asked();
    let step = exporter.step(&Rules, &|_, _| ()).await.unwrap();
    assert_eq!((step.from, step.size, step.written), (0, 40_000, 1));
    let asked = served.asked();
    let bundles: Vec<_> = asked.iter().filter(|path| path.contains("entries")).collect();
    assert_eq!(bundles, ["tile/entries/100"]);
    assert_eq!(clean(directory.path()).await, Some(40_000));
}

#[tokio::test]
async fn cosignatures_that_come_later_are_published_too() {
    let directory = tempfile::tempdir().unwrap();
    let mut log = Memory::of(300);
    export(directory.path(), &log).await.unwrap();
    let witness = Cosigner::ed25519("witness.example".parse().unwrap(), &[3; 32]);
    let cosigned = log.note().with([witness.cosign(&log.note(), 1_700_000_000).unwrap()]).unwrap();
    log.change("checkpoint", |bytes| *bytes = cosigned.to_string().into_bytes());
    export(directory.path(), &log).await.unwrap();
    assert!(files(directory.path()).0 == log.0);
}

#[tokio::test]
async fn what_contradicts_the_directory_is_refused_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    export(directory.path(), &Memory::of(600)).await.unwrap();
    let before = files(directory.path());
    let mut damaged = Memory::of(900);
    damaged.change("tile/entries/003.p/132", |bytes| bytes[50] ^= 1);
    let mut earlier = Memory::of(900);
    earlier.change("tile/entries/002", |bytes| bytes[50] ^= 1);
    let mut unsigned = Memory::of(900);
    unsigned.change("checkpoint", |bytes| *bytes.last_chunk_mut::<9>().unwrap() = *b"AAAAAAA=\n");
    for (log, says) in [
        (Memory::of(500), "rolled back"),
        (Memory::branched(600, 400), "another history"),
        (Memory::branched(900, 400), "another history"),
        (damaged, "do not lead to its checkpoint"),
        (earlier, "entry 513 is not the one that was there before"),
        (unsigned, "not to be trusted"),
    ] {
        let error = export(directory.path(), &log).await.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert!(files(directory.path()).0 == before.0, "{says}");
    }
    assert_eq!(clean(directory.path()).await, Some(600));
}

#[tokio::test]
async fn file_that_is_there_with_other_bytes_is_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    export(directory.path(), &Memory::of(600)).await.unwrap();
    let path = directory.path().join("tile/0/003");
    std::fs::write(&path, "mine").unwrap();
    let error = export(directory.path(), &Memory::of(1_100)).await.unwrap_err();
    assert!(matches!(&error, ExportError::Disk(DiskError::Differs(at)) if *at == path), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    assert_eq!(clean(directory.path()).await, Some(600), "what was published stays");
}

#[tokio::test]
async fn directory_has_one_writer() {
    let directory = tempfile::tempdir().unwrap();
    let _disk = Disk::open(directory.path()).unwrap();
    let error = Disk::open(directory.path()).unwrap_err();
    assert!(matches!(error, DiskError::InUse(_)), "{error}");
}

/// How a step goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Failure {
    Fails,
    FailsButApplied,
    /// The process is gone: this step was done, and no other is.
    KilledAfter,
}

/// Makes the step of that number fail; says how many steps there were.
fn failing(directory: &Path, at: usize, failure: Failure) -> (Disk, Arc<Mutex<usize>>) {
    let steps = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&steps);
    let watch = move |_: &Operation| {
        let mut step = counted.lock().unwrap();
        *step += 1;
        match failure {
            Failure::Fails if *step - 1 == at => Fault::Fails,
            Failure::FailsButApplied | Failure::KilledAfter if *step - 1 == at => Fault::FailsDone,
            Failure::KilledAfter if *step - 1 > at => Fault::Fails,
            _ => Fault::None,
        }
    };
    (Disk::watched(directory, watch).unwrap(), steps)
}

/// A directory for which "brought to the disk" costs nothing, where the system has one: hundreds
/// of exports wait for the disk otherwise, and no power fails here.
fn in_memory() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.unwrap()
}

/// Every step of an export fails in every way; then the log is exported again, at the same size or
/// at a larger one. Whatever is seen in between is whole.
#[tokio::test]
async fn failure_at_any_step_leaves_a_whole_log_and_the_next_export_completes_it() {
    let (first, second, third) = (Memory::of(250), Memory::of(530), Memory::of(800));
    let mut at = 0;
    let mut was_last = false;
    while !was_last {
        for failure in [Failure::Fails, Failure::FailsButApplied, Failure::KilledAfter] {
            for (next, size) in [(&second, 530), (&third, 800)] {
                let directory = in_memory();
                first.write_to(directory.path());
                let (disk, steps) = failing(directory.path(), at, failure);
                let ended = export_with(disk, second.clone()).await;
                was_last = *steps.lock().unwrap() <= at;
                assert_eq!(ended.is_ok(), was_last, "step {at}, {failure:?}");
                let seen = clean(directory.path()).await.unwrap();
                assert!([250, 530].contains(&seen), "step {at}, {failure:?}: {seen}");

                export(directory.path(), next).await.unwrap();
                assert_eq!(clean(directory.path()).await, Some(size), "step {at}, {failure:?}");
                let replaced = directory.path().join("tile/0/000.p/250");
                assert!(!replaced.exists(), "step {at}, {failure:?}: nothing is left over");
            }
        }
        at += 1;
    }
    assert!(at > 20, "an export has many steps, not {at}");
}
