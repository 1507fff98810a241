//! The readers: the same log from a directory and from a server, and what each refuses.

use std::io::Write;

use audit::{Directory, LogFile, LogReader, Published, ReadError};
use flate2::{Compression, write::GzEncoder};

use super::sample::{Memory, check_with_key, lines};
use super::serving::Served;

fn file(path: &str) -> LogFile {
    LogFile::parse(path).unwrap()
}

#[test]
fn paths_of_a_log_are_read_and_written_alike() {
    for path in ["checkpoint", "vkey", "tile/0/000", "tile/1/x001/234.p/7", "tile/entries/000.p/1"]
    {
        assert_eq!(file(path).path(), path);
    }
    for path in ["", "Checkpoint", "tile/0/0", "tile/9/000", "../checkpoint", "tile/entries"] {
        assert_eq!(LogFile::parse(path), None, "{path}");
    }
}

#[tokio::test]
async fn directory_and_server_give_the_same_log() {
    let log = Memory::of(70_000);
    let directory = tempfile::tempdir().unwrap();
    log.write_to(directory.path());
    let served = Served::under("/log", log.clone()).await;
    let by_path = Published::find(directory.path().to_str().unwrap()).await.unwrap();
    let by_url = Published::find(served.url()).await.unwrap();
    let by_folder = Published::find(&format!("{}log", served.url())).await.unwrap();
    for reader in [&by_path, &by_url, &by_folder] {
        for (file, bytes) in log.0.iter().step_by(50) {
            assert_eq!(reader.read(*file).await.unwrap().as_ref(), Some(bytes), "{file}");
        }
        assert_eq!(reader.read(file("tile/0/999")).await.unwrap(), None);
        let report = check_with_key(reader).await;
        assert_eq!(lines(&report), [] as [String; 0]);
        assert_eq!(report.entries, 70_000);
    }
    assert!(by_url.name().ends_with("/log/"), "{}", by_url.name());
}

#[tokio::test]
async fn partial_file_that_is_gone_is_read_from_the_full_one() {
    let (small, mut large) = (Memory::of(300), Memory::of(600));
    large.0.insert(LogFile::Checkpoint, small.0[&LogFile::Checkpoint].clone());
    assert!(!large.0.contains_key(&file("tile/0/001.p/44")));
    assert!(large.0.contains_key(&file("tile/entries/001")));
    large.0.insert(file("tile/1/000.p/1"), small.0[&file("tile/1/000.p/1")].clone());
    let served = Served::under("", large).await;
    let reader = Published::find(served.url()).await.unwrap();
    let report = check_with_key(&reader).await;
    assert_eq!(lines(&report), [] as [String; 0]);
    assert_eq!(report.entries, 300);
}

#[tokio::test]
async fn compressed_bundle_is_read_and_a_bomb_is_not() {
    let compress = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let mut log = Memory::of(300);
    log.change("tile/entries/000", |bytes| *bytes = compress(bytes));
    assert_eq!(lines(&check_with_key(&log).await), [] as [String; 0]);
    log.change("tile/entries/001.p/44", |bytes| *bytes = compress(&vec![0; 100_000_000]));
    let report = check_with_key(&log).await;
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].file, file("tile/entries/001.p/44"));
}

#[tokio::test]
async fn hiccups_are_waited_out_and_outages_told() {
    let served = Served::under("", Memory::of(3)).await;
    let reader = Published::find(served.url()).await.unwrap();
    served.fail(2);
    assert!(reader.read(LogFile::Checkpoint).await.unwrap().is_some());
    served.fail(u32::MAX);
    let error = reader.read(LogFile::Checkpoint).await.unwrap_err();
    assert!(matches!(error, ReadError::Status { status: 503, .. }), "{error}");
    assert!(!error.is_damage());
    let nobody = Published::find("http://127.0.0.1:9/").await.unwrap();
    let error = nobody.read(LogFile::Checkpoint).await.unwrap_err();
    assert!(matches!(error, ReadError::Network { .. }), "{error}");
    assert!(error.to_string().contains("http://127.0.0.1:9/checkpoint"), "{error}");
}

#[tokio::test]
async fn answer_longer_than_the_file_can_be_is_not_read_to_its_end() {
    let mut log = Memory::of(3);
    log.change("tile/0/000.p/3", |bytes| bytes.resize(50_000_000, 0));
    let directory = tempfile::tempdir().unwrap();
    log.write_to(directory.path());
    let served = Served::under("", log).await;
    let by_url = Published::find(served.url()).await.unwrap();
    for reader in [Published::Directory(Directory::new(directory.path())), by_url] {
        let error = reader.read(file("tile/0/000.p/3")).await.unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { bytes_max: 96, .. }), "{error}");
    }
}

#[tokio::test]
async fn what_is_neither_directory_nor_address_is_refused() {
    for (target, says) in [
        ("nowhere", "neither a directory nor an address"),
        ("ftp://log.example", "neither a directory nor an address"),
        ("http://", "leave out"),
        ("https://me:secret@log.example", "leave out"),
        ("https://log.example/?a=b", "leave out"),
    ] {
        let error = Published::find(target).await.unwrap_err().to_string();
        assert!(error.contains(says), "{target}: {error}");
    }
}
