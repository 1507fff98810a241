//! Held against other people's implementations: of notes and tiles (`signed_note`, `tlog_tiles`)
//! and of proofs (`sigstore_merkle`). Where they and we differ, we may only be the stricter.

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use signed_note::{Note, Signer as _, StandardSigner, StandardVerifier, Verifier, VerifierList};
use tlog::{
    Checkpoint, Hash, KeyName, NodeId, Receipt, SignedNote, Signer, TileId, VerifierKey,
    prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};
use tlog_tiles::{HashReader, TileHashReader, TileReader};

use crate::{
    notes::{CHECKPOINT, LOG_KEY, key},
    reference::Log,
};

const RECEIPT: &str = include_str!("../vectors/log257/proofs/5.tlog-proof");

/// The largest tree that all pairs of places or sizes are tried in.
const SIZE_MAX: u64 = 70;

fn theirs(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}

fn all_theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(theirs).collect()
}

/// Our stored nodes, under the numbers by which they know them.
struct Nodes<'l>(&'l Log);

impl HashReader for Nodes<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        let node = |&stored: &u64| {
            let (level, index) = tlog_tiles::split_stored_hash_index(stored);
            theirs(&self.0.node(NodeId { level, index }))
        };
        Ok(indexes.iter().map(node).collect())
    }
}

/// Our tiles, asked for by their paths.
struct Tiles<'l>(&'l Log);

impl TileReader for Tiles<'_> {
    fn height(&self) -> u8 {
        tlog::TILE_HEIGHT
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let tile = |tile: &tlog_tiles::Tile| {
            let id = TileId::parse(&our_path(tile)).unwrap();
            id.nodes().flat_map(|node| self.0.node(node).0).collect()
        };
        Ok(tiles.iter().map(tile).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

/// Their paths still name the tile's height, as Go's do.
fn our_path(tile: &tlog_tiles::Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

/// Whether their code takes the note as signed by the key.
fn they_verify(note: &str, key: &str) -> bool {
    let Ok(note) = Note::from_bytes(note.as_bytes()) else { return false };
    let verifier: Box<dyn Verifier> = Box::new(StandardVerifier::new(key).unwrap());
    note.verify(&VerifierList::new(vec![verifier])).is_ok()
}

fn we_verify(note: &str, key: &VerifierKey) -> bool {
    SignedNote::parse(note).is_ok_and(|note| note.verify(std::slice::from_ref(key)).is_ok())
}

#[test]
fn roots_and_proofs_are_theirs() {
    for size in 1..=SIZE_MAX {
        let log = Log::of(size);
        let root = log.frontier.root();
        assert_eq!(tlog_tiles::tree_hash(size, &Nodes(&log)).unwrap(), theirs(&root));
        for index in 0..size {
            let proof = prove_inclusion(index, size, log.read()).unwrap();
            let expected = tlog_tiles::prove_record(size, index, &Nodes(&log)).unwrap();
            assert_eq!(all_theirs(&proof), expected);
        }
        for old in 1..=size {
            let proof = prove_consistency(old, size, log.read()).unwrap();
            let expected = tlog_tiles::prove_tree(size, old, &Nodes(&log)).unwrap();
            assert_eq!(all_theirs(&proof), expected);
        }
    }
}

#[test]
fn their_reader_authenticates_our_tiles() {
    let size = 70_000;
    let log = Log::of(size);
    let root = theirs(&log.frontier.root());
    let tiles = Tiles(&log);
    let reader = TileHashReader::new(size, root, &tiles);
    for index in [0, 255, 256, 65_535, 65_536, 69_999] {
        let proof = tlog_tiles::prove_record(size, index, &reader).unwrap();
        assert_eq!(proof, all_theirs(&prove_inclusion(index, size, log.read()).unwrap()));
    }
    for old in [1, 256, 257, 65_536, 69_999] {
        let proof = tlog_tiles::prove_tree(size, old, &reader).unwrap();
        assert_eq!(proof, all_theirs(&prove_consistency(old, size, log.read()).unwrap()));
    }
}

#[test]
fn tiles_that_a_growing_log_writes_are_theirs() {
    for (old, new) in [(0, 1), (0, 256), (1, 257), (255, 256), (256, 70_000), (69_999, 70_000)] {
        let grown: Vec<_> = TileId::grown(old, new).map(TileId::path).collect();
        let mut expected: Vec<_> =
            tlog_tiles::Tile::new_tiles(8, old, new).iter().map(our_path).collect();
        let mut grown = grown;
        grown.sort();
        expected.sort();
        assert_eq!(grown, expected, "{old} to {new}");
    }
}

#[test]
fn signatures_go_both_ways() {
    let seed = [7; 32];
    for text in ["text\n", "\n", "two\n\nparts\n", "Grüße — wie eine Unterschrift\n"] {
        let ours = Signer::from_seed("example.com/log".parse().unwrap(), &seed);
        let key = ours.verifier_key();
        let note = SignedNote::sign(text, &[&ours]).unwrap().to_string();
        assert!(they_verify(&note, &key.to_string()), "{text:?}");

        let secret = STANDARD.encode([[1].as_slice(), &seed].concat());
        let secret = format!("PRIVATE+KEY+example.com/log+{}+{secret}", key.id());
        let signer = StandardSigner::new(&secret).unwrap();
        assert_eq!(format!("{:08x}", signer.key_id()), key.id().to_string());
        let mut theirs = Note::new(text.as_bytes(), &[]).unwrap();
        theirs.add_sigs(&[&signer]).unwrap();
        assert_eq!(String::from_utf8(theirs.to_bytes()).unwrap(), note);
    }
}

#[test]
fn sigstore_takes_our_proofs() {
    let into = |hash: &Hash| hash.as_ref().try_into().unwrap();
    for size in 1..=SIZE_MAX {
        let log = Log::of(size);
        let root = into(&log.frontier.root());
        for (index, leaf) in (0..).zip(&log.leaves) {
            let proof: Vec<_> =
                prove_inclusion(index, size, log.read()).unwrap().iter().map(into).collect();
            sigstore_merkle::verify_inclusion_proof(&into(leaf), index, size, &proof, &root)
                .unwrap();
        }
        for (old, before) in (1..=size).map(|old| (old, Log::of(old))) {
            let proof: Vec<_> =
                prove_consistency(old, size, log.read()).unwrap().iter().map(into).collect();
            let old_root = into(&before.frontier.root());
            sigstore_merkle::verify_consistency_proof(old, size, &proof, &old_root, &root).unwrap();
        }
    }
}

/// A proof in which something is wrong, or nothing.
fn distort(proof: &[Hash], (how, at): (u8, usize)) -> Vec<Hash> {
    let mut proof = proof.to_vec();
    let length = proof.len();
    match how {
        0 if length > 0 => proof[at % length].0[at % 32] ^= 1,
        1 if length > 0 => drop(proof.remove(at % length)),
        2 => proof.insert(at % (length + 1), tlog::EMPTY_ROOT),
        3 if length > 1 => proof.swap(0, length - 1),
        _ => {}
    }
    proof
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn three_verifiers_agree_on_inclusion(
        size in 1..600_u64,
        at in any::<u64>(),
        claimed in prop::option::of((0..600_u64, 0..600_u64)),
        distortion: (u8, usize),
    ) {
        let log = Log::of(size);
        let (index, root) = (at % size, log.frontier.root());
        let leaf = log.leaves[usize::try_from(index).unwrap()];
        let proof = prove_inclusion(index, size, log.read()).unwrap();
        let proof = distort(&proof, (distortion.0 % 8, distortion.1));
        let (index, size) = claimed.unwrap_or((index, size));

        let ours = verify_inclusion(&leaf, index, size, &proof, &root).is_ok();
        let (their_root, their_leaf) = (theirs(&root), theirs(&leaf));
        let go = tlog_tiles::check_record(&all_theirs(&proof), size, their_root, index, their_leaf);
        let into = |hash: &Hash| hash.as_ref().try_into().unwrap();
        let hashes: Vec<_> = proof.iter().map(into).collect();
        let sigstore = sigstore_merkle::verify_inclusion_proof(
            &into(&leaf), index, size, &hashes, &into(&root),
        );
        prop_assert_eq!((go.is_ok(), sigstore.is_ok()), (ours, ours));
    }

    #[test]
    fn three_verifiers_agree_on_consistency(
        size in 1..600_u64,
        at in any::<u64>(),
        claimed in prop::option::of((1..600_u64, 1..600_u64)),
        distortion: (u8, usize),
    ) {
        let log = Log::of(size);
        let (old, root) = (1 + at % size, log.frontier.root());
        let old_root = log.root(usize::try_from(old).unwrap());
        let proof = prove_consistency(old, size, log.read()).unwrap();
        let proof = distort(&proof, (distortion.0 % 8, distortion.1));
        let (old, size) = claimed.unwrap_or((old, size));

        let ours = verify_consistency(old, &old_root, size, &root, &proof).is_ok();
        let (their_root, their_old) = (theirs(&root), theirs(&old_root));
        let go = tlog_tiles::check_tree(&all_theirs(&proof), size, their_root, old, their_old);
        let into = |hash: &Hash| hash.as_ref().try_into().unwrap();
        let hashes: Vec<_> = proof.iter().map(into).collect();
        let sigstore = sigstore_merkle::verify_consistency_proof(
            old, size, &hashes, &into(&old_root), &into(&root),
        );
        prop_assert_eq!((go.is_ok(), sigstore.is_ok()), (ours, ours));
    }

    #[test]
    fn note_that_we_take_is_taken_by_them(
        at in any::<prop::sample::Index>(),
        cut in 0..4_usize,
        junk in "[\\PC\n \\+—]{0,3}",
    ) {
        let mut characters: Vec<char> = CHECKPOINT.chars().collect();
        let begin = at.index(characters.len());
        let end = (begin + cut).min(characters.len());
        characters.splice(begin..end, junk.chars());
        let note: String = characters.into_iter().collect();
        let key = key(LOG_KEY);
        if we_verify(&note, &key) {
            prop_assert!(they_verify(&note, LOG_KEY));
        }
        if let Ok(read) = SignedNote::parse(&note)
            && let Ok(ours) = Checkpoint::parse(read.text())
        {
            let theirs = tlog_tiles::Checkpoint::from_bytes(read.text().as_bytes()).unwrap();
            prop_assert_eq!((theirs.origin(), theirs.size()), (ours.origin.as_str(), ours.size));
            prop_assert_eq!(theirs.hash().0, ours.root.0);
        }
    }

    #[test]
    fn key_that_we_take_is_taken_by_them(
        at in any::<prop::sample::Index>(),
        to in any::<char>(),
        seed in any::<[u8; 32]>(),
        name in "[a-zäß/.]{1,20}",
    ) {
        let name: KeyName = name.parse().unwrap();
        let key = Signer::from_seed(name, &seed).verifier_key().to_string();
        prop_assert!(StandardVerifier::new(&key).is_ok());
        let mut characters: Vec<char> = key.chars().collect();
        let at = at.index(characters.len());
        characters[at] = to;
        let changed: String = characters.into_iter().collect();
        if changed.parse::<VerifierKey>().is_ok() {
            prop_assert!(StandardVerifier::new(&changed).is_ok());
        }
    }

    #[test]
    fn paths_are_theirs(level in 0..4_u8, index in 0..1_u64 << 30, width in 1..=256_u16) {
        let ours = TileId::new(level, index, width).unwrap();
        let theirs = tlog_tiles::Tile::new(8, level, index, width.into(), false);
        prop_assert_eq!(our_path(&theirs), ours.path());
        let path = ours.path().replacen("tile/", "tile/8/", 1);
        prop_assert_eq!(tlog_tiles::Tile::from_path(&path).unwrap(), theirs);
    }
}

#[test]
fn vectors_are_taken_by_all() {
    let receipt = Receipt::parse(RECEIPT).unwrap();
    assert!(they_verify(&receipt.checkpoint.to_string(), LOG_KEY));
    assert!(they_verify(CHECKPOINT, LOG_KEY) && we_verify(CHECKPOINT, &key(LOG_KEY)));
    let larger = CHECKPOINT.replace("\n8\n", "\n9\n");
    assert!(!they_verify(&larger, LOG_KEY) && !we_verify(&larger, &key(LOG_KEY)));
}
