//! The vectors as a whole: each file in their directories is one that a log of their size has, and
//! what the reference writes about them holds. What each of them proves is tested where it belongs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tlog::{BundleId, Checkpoint, EMPTY_ROOT, SignedNote, TileId, VerifierKey};

use crate::{
    cosignatures::TIME_S,
    notes::{LOG_KEY, WITNESS_KEY, seed},
    reference::Log,
};

/// The logs, their sizes, and the entries whose receipts are there.
const LOGS: [(&str, u64, [u64; 5]); 2] =
    [("log8", 8, [0, 1, 4, 5, 7]), ("log257", 257, [0, 1, 5, 128, 256])];
/// SHA-256 of each tile and bundle of the larger log.
const HASHES: [(&str, &str, &str); 5] = [
    ("tile/0/000", "b0f6ca2f", "605e"),
    ("tile/0/001.p/1", "e471cb60", "b41d"),
    ("tile/1/000.p/1", "f01c757b", "794a"),
    ("tile/entries/000", "c378282c", "2ff1"),
    ("tile/entries/001.p/1", "5fe717d4", "ca7f"),
];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn text(log: &str, path: &str) -> String {
    fs::read_to_string(directory().join(log).join(path)).unwrap()
}

/// The paths of all files below a directory, from there.
fn files(below: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![below.to_owned()];
    while let Some(directory) = waiting.pop() {
        for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.strip_prefix(below).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

#[test]
fn there_is_no_vector_that_nothing_looks_at() {
    let mut expected: BTreeSet<_> = ["README.md", "receipt.cbor", "receipt.jwk"]
        .into_iter()
        .chain(["log8/checkpoint.mldsa", "log8/vkeys.mldsa.txt"])
        .map(str::to_owned)
        .collect();
    for (log, size, receipts) in LOGS {
        let texts =
            ["checkpoint", "vkeys.txt", "cons.json", "add-checkpoint.txt"].map(str::to_owned);
        let receipts = receipts.map(|index| format!("proofs/{index}.tlog-proof"));
        let tiles =
            TileId::all(size).map(TileId::path).chain(BundleId::all(size).map(BundleId::path));
        let paths = texts.into_iter().chain(receipts).chain(tiles);
        expected.extend(paths.map(|path| format!("{log}/{path}")));
    }
    assert_eq!(files(&directory()), expected);
}

#[test]
fn checkpoints_are_the_heads_of_their_logs_signed_by_the_keys_beside_them() {
    for (name, size, _) in LOGS {
        let keys: Vec<(String, VerifierKey)> = text(name, "vkeys.txt")
            .lines()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(of, key)| (of.to_owned(), key.parse().unwrap()))
            .collect();
        let [(log_name, log), (witness_name, witness)] = keys.as_slice() else { panic!("{name}") };
        assert_eq!((log_name.as_str(), witness_name.as_str()), ("log", "witness"));
        assert_eq!(
            (log.to_string().as_str(), witness.to_string().as_str()),
            (LOG_KEY, WITNESS_KEY)
        );

        let note = SignedNote::parse(&text(name, "checkpoint")).unwrap();
        let head = Checkpoint::open(&note, log).unwrap();
        assert_eq!((head.size, head.root), (size, Log::of(size).frontier.root()));
        let keys = [log.clone(), witness.clone()];
        let times: Vec<_> = note.verify(&keys).unwrap().iter().map(|known| known.time_s).collect();
        assert_eq!(times, [None, Some(TIME_S)]);
    }
}

#[test]
fn seeds_and_hashes_are_those_of_the_reference() {
    let [log, witness] = ["log key seed", "witness key seed"].map(|of| hex::encode(seed(of)));
    assert_eq!(log, "0e6832a32ccef89d941ff20e5e8ae58f5cd9360f44998aed4d9551d73489c426");
    assert_eq!(witness, "131dd208bc1373f9863f04019131ac3c6c70193d48a78359c2366114c30e14fd");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hex::encode(EMPTY_ROOT), empty);
    for (path, begin, end) in HASHES {
        let bytes = fs::read(directory().join("log257").join(path)).unwrap();
        let hash = hex::encode(Sha256::digest(bytes));
        assert!(hash.starts_with(begin) && hash.ends_with(end), "{path} has {hash}");
    }
}
