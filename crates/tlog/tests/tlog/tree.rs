//! Roots, frontiers and proofs against RFC 6962: its vectors and its recursive definition.

use std::convert::Infallible;

use proptest::prelude::*;
use tlog::{
    EMPTY_ROOT, Frontier, Hash, MalformedFrontier, NodeId, ProofError, ProveError, TREE_SIZE_MAX,
    leaf_hash, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};

use crate::reference::{self, Log};

/// The leaves of the Certificate Transparency vectors.
const CT_LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

const CT_ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hash(hex: &str) -> Hash {
    Hash::try_from(hex::decode(hex).unwrap().as_slice()).unwrap()
}

fn ct_log() -> Log {
    let mut log = Log::of(0);
    for leaf in CT_LEAVES {
        log.push(leaf_hash(&hex::decode(leaf).unwrap()));
    }
    log
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), EMPTY_ROOT);
    for (leaf, root) in CT_LEAVES.iter().zip(CT_ROOTS) {
        frontier.push(leaf_hash(&hex::decode(leaf).unwrap()), &mut |_, _| ());
        assert_eq!(frontier.root(), hash(root));
    }
}

#[test]
fn proofs_are_those_of_certificate_transparency() {
    let log = ct_log();
    let inclusion = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(prove_inclusion(5, 8, log.read()).unwrap(), inclusion.map(hash));
    let consistency = [
        "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e",
    ];
    assert_eq!(prove_consistency(3, 7, log.read()).unwrap(), consistency.map(hash));
}

#[test]
fn roots_of_large_logs_are_those_of_the_vectors() {
    let mut log = Log::of(0);
    for (size, root) in [
        (1, "dziFphNIniTOLPdhmdakI/BC5LvxLX7s7pEu8nbGVwE="),
        (8, "tpcyzlyRQWLKmsz69OldP5h01ogFQ3CIqv8YSk25Z3M="),
        (256, "2mWW2VNp9f7zIquOTg2jsLUCNqqcijsdJG90Ecni4y4="),
        (257, "XB/f6DU1gCLyOS3keNvgU/wTDP4dOggoeakM9r8Uv34="),
        (70_000, "o5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa98Ao="),
    ] {
        for index in log.frontier.size()..size {
            log.push(leaf_hash(reference::entry(index).as_bytes()));
        }
        assert_eq!(log.frontier.root().to_string(), root, "size {size}");
    }
}

#[test]
fn frontier_has_the_root_of_the_recursive_definition_and_survives_storage() {
    let mut log = Log::of(0);
    for size in 0..=300_u64 {
        let frontier = &log.frontier;
        assert_eq!(frontier.size(), size);
        assert_eq!(frontier.root(), reference::root(&log.leaves), "size {size}");
        let stored = Frontier::from_bytes(size, &frontier.to_bytes()).unwrap();
        assert_eq!(stored, *frontier);
        assert_eq!(stored.root(), frontier.root());
        log.push(leaf_hash(reference::entry(size).as_bytes()));
    }
}

#[test]
fn stored_frontier_goes_on_like_the_one_that_never_stopped() {
    let mut without_stop = Log::of(1000).frontier;
    let stored = Log::of(777).frontier.to_bytes();
    let mut resumed = Frontier::from_bytes(777, &stored).unwrap();
    for index in 777..1000 {
        resumed.push(leaf_hash(reference::entry(index).as_bytes()), &mut |_, _| ());
    }
    assert_eq!(resumed, without_stop);
    resumed.push(EMPTY_ROOT, &mut |_, _| ());
    without_stop.push(EMPTY_ROOT, &mut |_, _| ());
    assert_eq!(resumed.root(), without_stop.root());
}

#[test]
fn every_reported_node_is_the_root_of_its_leaves_and_none_is_missing() {
    let log = Log::of(300);
    for level in 0..9_u8 {
        for index in 0..300_usize >> level {
            let leaves = &log.leaves[index << level..(index + 1) << level];
            let id = NodeId { level, index: index as u64 };
            assert_eq!(log.node(id), reference::root(leaves), "{id:?}");
        }
    }
}

#[test]
fn frontier_of_the_wrong_length_or_size_is_refused() {
    let bytes = Log::of(7).frontier.to_bytes();
    let refused = |size, bytes: &[u8]| Frontier::from_bytes(size, bytes).unwrap_err();
    let wrong_length = MalformedFrontier::WrongLength { size: 7, expected: 96, found: 95 };
    assert_eq!(refused(7, &bytes[..95]), wrong_length);
    assert!(matches!(refused(8, &bytes), MalformedFrontier::WrongLength { .. }));
    assert!(matches!(refused(0, &bytes), MalformedFrontier::WrongLength { .. }));
    assert!(matches!(refused(1 << 63, &bytes[..32]), MalformedFrontier::TooLarge { .. }));
}

#[test]
fn largest_frontier_still_works() {
    let peaks = EMPTY_ROOT.0.repeat(63);
    let mut frontier = Frontier::from_bytes(TREE_SIZE_MAX, &peaks).unwrap();
    let before = frontier.root();
    frontier.push(EMPTY_ROOT, &mut |_, _| ());
    assert_ne!(frontier.root(), before);
}

#[test]
fn every_inclusion_proof_is_that_of_the_definition_and_holds() {
    let log = Log::of(70);
    for size in 1..=70 {
        for index in 0..size {
            let proof = prove_inclusion(index as u64, size as u64, log.read()).unwrap();
            assert_eq!(proof, reference::inclusion(index, &log.leaves[..size]));
            let root = log.root(size);
            verify_inclusion(&log.leaves[index], index as u64, size as u64, &proof, &root).unwrap();
        }
    }
}

#[test]
fn every_consistency_proof_is_that_of_the_definition_and_holds() {
    let log = Log::of(70);
    for new in 1..=70 {
        for old in 1..=new {
            let proof = prove_consistency(old as u64, new as u64, log.read()).unwrap();
            assert_eq!(proof, reference::consistency(old, &log.leaves[..new]));
            let (old_root, new_root) = (log.root(old), log.root(new));
            verify_consistency(old as u64, &old_root, new as u64, &new_root, &proof).unwrap();
        }
    }
}

#[test]
fn inclusion_proofs_hold_for_no_other_leaf_index_or_size() {
    let log = Log::of(33);
    let root = log.root(33);
    for index in 0..33 {
        let proof = prove_inclusion(index, 33, log.read()).unwrap();
        let holds = |index: u64, size| {
            (0..33)
                .any(|leaf| verify_inclusion(&log.leaves[leaf], index, size, &proof, &root).is_ok())
        };
        for other in (0..40).filter(|&other| other != index) {
            assert!(!holds(other, 33), "proof of {index} holds for {other}");
        }
        let leaf = &log.leaves[usize::try_from(index).unwrap()];
        let wrong_leaf = leaf_hash(leaf.as_ref());
        let refused = verify_inclusion(&wrong_leaf, index, 33, &proof, &root);
        assert_eq!(refused, Err(ProofError::WrongRoot));
    }
}

#[test]
fn what_is_not_in_the_tree_has_no_proof() {
    let log = Log::of(8);
    let root = log.root(8);
    for (index, size) in [(8, 8), (0, 0), (9, 8), (u64::MAX, 8), (0, 1 << 63), (5, u64::MAX)] {
        let expected = ProveError::OutOfTree { asked: index, size };
        assert_eq!(prove_inclusion(index, size, log.read()), Err(expected));
        let refused = verify_inclusion(&root, index, size, &[], &root);
        assert_eq!(refused, Err(ProofError::OutOfTree { asked: index, size }));
    }
    for (old, new) in [(9, 8), (u64::MAX, 0), (1, u64::MAX), (u64::MAX, u64::MAX)] {
        let expected = ProveError::OutOfTree { asked: old, size: new };
        assert_eq!(prove_consistency(old, new, log.read()), Err(expected));
        let refused = verify_consistency(old, &root, new, &root, &[]);
        assert_eq!(refused, Err(ProofError::OutOfTree { asked: old, size: new }));
    }
}

#[test]
fn same_and_empty_trees_need_an_empty_proof_and_the_right_root() {
    let log = Log::of(8);
    let (root, other) = (log.root(8), log.root(7));
    assert_eq!(prove_consistency(8, 8, log.read()), Ok(Vec::new()));
    assert_eq!(prove_consistency(0, 8, log.read()), Ok(Vec::new()));
    assert_eq!(verify_consistency(8, &root, 8, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 8, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 0, &EMPTY_ROOT, &[]), Ok(()));

    let too_long = Err(ProofError::WrongLength { expected: 0, found: 1 });
    assert_eq!(verify_consistency(8, &root, 8, &root, &[root]), too_long);
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 8, &root, &[root]), too_long);
    assert_eq!(verify_consistency(8, &root, 8, &other, &[]), Err(ProofError::WrongRoot));
    assert_eq!(verify_consistency(0, &root, 8, &root, &[]), Err(ProofError::WrongOldRoot));
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 0, &root, &[]), Err(ProofError::WrongRoot));
}

#[test]
fn forked_histories_have_no_consistency_proof() {
    let honest = Log::of(20);
    let mut forked = Log::of(9);
    for index in 9..20 {
        forked.push(leaf_hash(format!("forged {index}").as_bytes()));
    }
    let old = honest.root(12);
    let proof = prove_consistency(12, 20, forked.read()).unwrap();
    let refused = verify_consistency(12, &old, 20, &forked.root(20), &proof);
    assert_eq!(refused, Err(ProofError::WrongOldRoot));
    let proof = prove_consistency(12, 20, honest.read()).unwrap();
    let refused = verify_consistency(12, &old, 20, &forked.root(20), &proof);
    assert_eq!(refused, Err(ProofError::WrongRoot));
}

#[test]
fn node_that_cannot_be_read_is_told_from_one_that_does_not_exist() {
    let unreadable = |_| Err("disk on fire");
    assert_eq!(prove_inclusion(3, 7, unreadable), Err(ProveError::Read("disk on fire")));
    assert_eq!(prove_consistency(3, 7, unreadable), Err(ProveError::Read("disk on fire")));
}

#[test]
fn proofs_ask_only_for_complete_nodes_and_few_of_them() {
    for size in [1, 2, 3, 1000, 70_000, (1 << 40) + 12_345, TREE_SIZE_MAX] {
        for place in [0, 1, size / 3, size / 2, size - 1] {
            let mut reads = 0;
            let mut read = |id: NodeId| {
                assert!(id.is_complete_in(size), "{id:?} in {size}");
                reads += 1;
                Ok::<_, Infallible>(EMPTY_ROOT)
            };
            if place < size {
                let proof = prove_inclusion(place, size, &mut read).unwrap();
                assert!(proof.len() <= tlog::PROOF_HASHES_MAX);
            }
            let proof = prove_consistency(place, size, &mut read).unwrap();
            assert!(proof.len() <= tlog::PROOF_HASHES_MAX);
            assert!(reads <= 4 * u64::BITS, "{reads} reads at {place} of {size}");
        }
    }
}

/// A proof as a forger might hand it in.
#[derive(Clone, Debug)]
enum Mutation {
    FlipBit(usize, usize),
    Remove(usize),
    Repeat(usize),
    Swap(usize, usize),
    Append([u8; 32]),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<usize>(), 0..256_usize).prop_map(|(at, bit)| Mutation::FlipBit(at, bit)),
        any::<usize>().prop_map(Mutation::Remove),
        any::<usize>().prop_map(Mutation::Repeat),
        any::<(usize, usize)>().prop_map(|(a, b)| Mutation::Swap(a, b)),
        any::<[u8; 32]>().prop_map(Mutation::Append),
    ]
}

fn mutated(proof: &[Hash], mutation: &Mutation) -> Vec<Hash> {
    let mut proof = proof.to_vec();
    let length = proof.len();
    match *mutation {
        Mutation::Append(bytes) => proof.push(Hash(bytes)),
        _ if length == 0 => (),
        Mutation::FlipBit(at, bit) => proof[at % length].0[bit / 8] ^= 1 << (bit % 8),
        Mutation::Remove(at) => drop(proof.remove(at % length)),
        Mutation::Repeat(at) => proof.insert(at % length, proof[at % length]),
        Mutation::Swap(a, b) => proof.swap(a % length, b % length),
    }
    proof
}

proptest! {
    #[test]
    fn changed_inclusion_proofs_are_refused(
        size in 1..200_u64,
        at in any::<u64>(),
        mutation in mutation(),
    ) {
        let log = Log::of(size);
        let index = at % size;
        let proof = prove_inclusion(index, size, log.read()).unwrap();
        let forged = mutated(&proof, &mutation);
        let leaf = log.leaves[usize::try_from(index).unwrap()];
        let verdict = verify_inclusion(&leaf, index, size, &forged, &log.frontier.root());
        prop_assert_eq!(verdict.is_ok(), forged == proof);
    }

    #[test]
    fn changed_consistency_proofs_are_refused(
        new in 1..200_u64,
        at in any::<u64>(),
        mutation in mutation(),
    ) {
        let log = Log::of(new);
        let old = 1 + at % new;
        let proof = prove_consistency(old, new, log.read()).unwrap();
        let forged = mutated(&proof, &mutation);
        let old_root = log.root(usize::try_from(old).unwrap());
        let verdict = verify_consistency(old, &old_root, new, &log.frontier.root(), &forged);
        prop_assert_eq!(verdict.is_ok(), forged == proof);
    }

    #[test]
    fn verifying_nonsense_is_an_error_and_no_panic(
        index in prop_oneof![any::<u64>(), 0..40_u64],
        size in prop_oneof![any::<u64>(), 0..40_u64],
        proof in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..66),
    ) {
        let root = Hash([1; 32]);
        prop_assert!(verify_inclusion(&EMPTY_ROOT, index, size, &proof, &root).is_err());
        prop_assert!(verify_consistency(index, &root, size, &EMPTY_ROOT, &proof).is_err());
    }
}
