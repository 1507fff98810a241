//! `proofbox log` on logs in directories, made here from the published formats.

use std::path::Path;

use insta::assert_snapshot;
use ledger::entry::Policy;
use tlog::{
    BundleId, Checkpoint, Hash, RightEdge, Signer, TILE_WIDTH, TileId, encode_bundle, leaf_hash,
};

use super::run::{Place, Ran};

const ORIGIN: &str = "log.example";

fn signer(seed: u8) -> Signer {
    Signer::from_seed(ORIGIN.parse().unwrap(), &[seed; 32])
}

fn key() -> String {
    signer(7).verifier_key().to_string()
}

/// Writes a log of so many entries into `log/`; from entry `branch` on it is another one.
fn write_log(place: &Place, size: u64, branch: u64) {
    let _ = std::fs::remove_dir_all(place.path("log"));
    let bytes = |hashes: &[Hash]| hashes.iter().flat_map(|hash| hash.0).collect::<Vec<_>>();
    let write_tile = |tile: TileId, hashes: &[Hash]| {
        place.write(&format!("log/{}", tile.path()), bytes(hashes));
    };
    let entries: Vec<_> = (0..size).map(|index| entry(index, index >= branch)).collect();
    let mut edge = RightEdge::new();
    for entry in &entries {
        edge.push(leaf_hash(entry)).iter().for_each(|tile| write_tile(tile.id, &tile.hashes));
    }
    edge.partial_tiles().for_each(|(tile, hashes)| write_tile(tile, hashes));
    for (index, entries) in (0..).zip(entries.chunks(TILE_WIDTH.into())) {
        let bundle = BundleId::at(index, size).unwrap().path();
        place.write(&format!("log/{bundle}"), encode_bundle(entries).unwrap());
    }
    let origin = ORIGIN.parse().unwrap();
    let checkpoint = Checkpoint { origin, size, root: edge.root() }.sign(&signer(7));
    place.write("log/checkpoint", checkpoint.to_string());
    place.write("log/vkey", format!("{}\n", key()));
}

fn entry(index: u64, is_other: bool) -> Vec<u8> {
    if index == 0 {
        return Policy { key: signer(7).verifier_key(), second_key: None }.entry();
    }
    let content = if is_other { !index } else { index };
    [&[1], leaf_hash(&content.to_be_bytes()).0.as_slice()].concat()
}

fn log_of(size: u64) -> Place {
    let place = Place::new();
    write_log(&place, size, u64::MAX);
    place
}

fn with_key(place: &Place, words: &str) -> Ran {
    let key = key();
    place.command(words.split(' ').chain(["--key", &key])).output().unwrap().into()
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn whole_log_is_said_to_be_whole() {
    let place = log_of(600);
    assert_snapshot!("whole_with_key", with_key(&place, "log fsck log"));
    assert_snapshot!("whole_by_its_own_word", place.run("log fsck log"));
    assert_snapshot!("whole_as_json", with_key(&place, "log fsck log --json"));
}

#[test]
fn damaged_log_is_said_to_be_damaged_and_where() {
    let place = log_of(600);
    flip(&place.path("log/tile/entries/001"), 40);
    std::fs::remove_file(place.path("log/tile/0/000")).unwrap();
    place.write("log/tile/1/000.p/2", "short");
    assert_snapshot!("damaged", with_key(&place, "log fsck log"));
    assert_snapshot!("damaged_as_json", with_key(&place, "log fsck log --json"));
}

#[test]
fn log_of_another_key_is_not_checked_further() {
    let place = log_of(600);
    let other = signer(8).verifier_key().to_string();
    let ran: Ran = place.command(["log", "fsck", "log", "--key", &other]).output().unwrap().into();
    assert_snapshot!(ran);
}

#[test]
fn target_that_is_no_log_is_explained() {
    let place = Place::new();
    assert_snapshot!("nowhere", place.run("log fsck nowhere"));
    place.write("empty/readme", "");
    assert_snapshot!("empty", place.run("log fsck empty"));
    assert_snapshot!("no_address", place.run("log fsck https://"));
    assert_snapshot!("no_target", place.run("log fsck"));
    assert_snapshot!("bad_key", place.run("log fsck empty --key nonsense"));
    assert_snapshot!("no_policy", place.run("log fsck empty --policy nowhere"));
    assert_snapshot!("no_data", place.run("log export copy --data empty"));
}

#[test]
fn mirror_is_written_kept_up_and_whole() {
    let place = log_of(200);
    assert_snapshot!("mirror_first", with_key(&place, "log export copy --from log"));
    assert_snapshot!("mirror_again", with_key(&place, "log export copy --from log --json"));
    write_log(&place, 600, u64::MAX);
    assert_snapshot!("mirror_more", with_key(&place, "log export copy --from log"));
    assert_eq!(with_key(&place, "log fsck copy").code, Some(0));
    assert!(!place.path("copy/tile/entries/000.p").exists());

    write_log(&place, 700, 300);
    assert_snapshot!("mirror_fork", with_key(&place, "log export copy --from log"));
    write_log(&place, 500, u64::MAX);
    assert_snapshot!("mirror_rollback", with_key(&place, "log export copy --from log"));
    assert_eq!(with_key(&place, "log fsck copy").code, Some(0));
}

#[test]
fn monitor_tells_each_new_checkpoint_and_ends_at_a_contradiction() {
    let place = log_of(300);
    assert_snapshot!("monitor_first", with_key(&place, "log monitor log --once --state seen"));
    write_log(&place, 600, u64::MAX);
    assert_snapshot!("monitor_more", place.run("log monitor log --once --state seen --json"));

    write_log(&place, 900, 500);
    let ran = place.run("log monitor log --once --state seen");
    assert_snapshot!("monitor_fork", ran);
    let evidence = ran.out.split("evidence is in ").nth(1).unwrap().trim_end_matches(".\n");
    for file in ["before.checkpoint", "now.checkpoint", "proof"] {
        assert!(place.path(evidence).join(file).is_file(), "{file}");
    }
    write_log(&place, 599, u64::MAX);
    assert_snapshot!("monitor_rollback", place.run("log monitor log --once --state seen --json"));
    std::fs::remove_file(place.path("log/checkpoint")).unwrap();
    assert_snapshot!("monitor_trouble", place.run("log monitor log --once --state seen"));
}

#[test]
fn hammer_verifies_and_finds_what_is_wrong() {
    let place = log_of(600);
    let ran = with_key(&place, "log hammer log --seconds 1 --readers 2 --json");
    assert_eq!(ran.code, Some(0), "{ran}");
    let said: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(said["proofs"].as_u64() > Some(0), "{said}");
    assert_eq!((&said["failures"], &said["errors"]), (&0.into(), &0.into()));
    flip(&place.path("log/tile/entries/000"), 400);
    let ran = with_key(&place, "log hammer log --seconds 1 --readers 2");
    assert_eq!(ran.code, Some(40), "{ran}");
    assert!(ran.out.contains("PROOFS FAILED"), "{ran}");
}
