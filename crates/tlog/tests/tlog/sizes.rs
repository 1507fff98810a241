//! The tree, its frontier, its tiles and its proofs say the same as the definition: at every size
//! to 600 with every index and every earlier size, and at random places in trees of up to 2^40
//! entries, whose nodes are computed when they are asked for and stored nowhere.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;

use proptest::prelude::*;
use tlog::{
    Frontier, Hash, NodeId, Tile, TileId, leaf_hash, node_hash, prove_consistency, prove_inclusion,
    verify_consistency, verify_inclusion,
};

use crate::reference::{self, Log};

/// The largest tree that everything is tried in: two full tiles and a part of a third.
const SIZE_MAX: u64 = 600;
/// The largest tree of computed nodes.
const COMPUTED_SIZE_MAX: u64 = 1 << 40;

/// A tree whose complete nodes come from somewhere.
trait Nodes {
    fn node(&self, id: NodeId) -> Hash;

    /// MTH of RFC 6962, section 2.1, over the leaves from `begin` to `end`, split as it says; a
    /// complete subtree is taken as it is.
    fn root(&self, begin: u64, end: u64) -> Hash {
        let size = end - begin;
        if size == 0 {
            return tlog::EMPTY_ROOT;
        }
        if size.is_power_of_two() && begin.is_multiple_of(size) {
            let level = u8::try_from(size.ilog2()).unwrap();
            return self.node(NodeId { level, index: begin >> level });
        }
        let middle = begin + split(size);
        node_hash(&self.root(begin, middle), &self.root(middle, end))
    }

    /// PATH of section 2.1.1, from the leaf upwards.
    fn inclusion(&self, index: u64, begin: u64, end: u64) -> Vec<Hash> {
        if end - begin == 1 {
            return Vec::new();
        }
        let middle = begin + split(end - begin);
        let (mut proof, other) = if index < middle {
            (self.inclusion(index, begin, middle), self.root(middle, end))
        } else {
            (self.inclusion(index, middle, end), self.root(begin, middle))
        };
        proof.push(other);
        proof
    }

    /// SUBPROOF of section 2.1.2.
    fn consistency(&self, old: u64, begin: u64, end: u64, is_whole: bool) -> Vec<Hash> {
        if old == end {
            return if is_whole { Vec::new() } else { vec![self.root(begin, end)] };
        }
        let middle = begin + split(end - begin);
        let (mut proof, other) = if old <= middle {
            (self.consistency(old, begin, middle, is_whole), self.root(middle, end))
        } else {
            (self.consistency(old, middle, end, false), self.root(begin, middle))
        };
        proof.push(other);
        proof
    }
}

/// The largest power of two below a size.
fn split(size: u64) -> u64 {
    size.next_power_of_two() / 2
}

/// Hashed from the leaves, as the definition has it.
struct Leaves {
    leaves: Vec<Hash>,
    /// What was hashed already, by where it begins and ends.
    known: RefCell<HashMap<(u64, u64), Hash>>,
}

impl Nodes for Leaves {
    fn node(&self, NodeId { level, index }: NodeId) -> Hash {
        self.root(index << level, (index + 1) << level)
    }

    fn root(&self, begin: u64, end: u64) -> Hash {
        if let Some(hash) = self.known.borrow().get(&(begin, end)) {
            return *hash;
        }
        let [from, to] = [begin, end].map(|place| usize::try_from(place).unwrap());
        let hash = reference::root(&self.leaves[from..to]);
        self.known.borrow_mut().insert((begin, end), hash);
        hash
    }
}

/// All leaves are alike, but for a few: a subtree without any of those has the hash that all such
/// subtrees of its height have.
struct Sparse {
    alike: [Hash; 41],
    others: Vec<u64>,
}

impl Sparse {
    /// The leaves at these places and beside every subtree on the way up from them are others, so
    /// that no hash in a proof about them is the hash of something else.
    fn around(places: &[u64], size: u64) -> Self {
        let mut alike = [leaf_hash(b"alike"); 41];
        for level in 1..alike.len() {
            alike[level] = node_hash(&alike[level - 1], &alike[level - 1]);
        }
        let beside = |place: u64| (0..40).map(move |level| place ^ (1 << level));
        let others = places.iter().flat_map(|&place| beside(place).chain([place]));
        let mut others: Vec<_> = others.filter(|&other| other < size).collect();
        others.sort_unstable();
        others.dedup();
        Self { alike, others }
    }
}

impl Nodes for Sparse {
    fn node(&self, NodeId { level, index }: NodeId) -> Hash {
        let begin = self.others.partition_point(|&other| other >> level < index);
        if self.others.get(begin).is_none_or(|&other| other >> level != index) {
            return self.alike[usize::from(level)];
        }
        if level == 0 {
            return leaf_hash(format!("other {index}").as_bytes());
        }
        let child = |index| self.node(NodeId { level: level - 1, index });
        node_hash(&child(index * 2), &child(index * 2 + 1))
    }
}

/// The nodes of a tree of one size, each read out of the tile that holds it at that size.
struct Tiles<'n, N> {
    nodes: &'n N,
    size: u64,
    stored: RefCell<HashMap<TileId, Vec<u8>>>,
    read: RefCell<HashMap<NodeId, Hash>>,
}

impl<'n, N: Nodes> Tiles<'n, N> {
    fn of(nodes: &'n N, size: u64) -> Self {
        Self { nodes, size, stored: RefCell::default(), read: RefCell::default() }
    }

    fn read(&self) -> impl Fn(NodeId) -> Result<Hash, Infallible> {
        |id| Ok(self.node(id))
    }

    /// The peaks, which are what a frontier keeps, largest first.
    fn frontier(&self) -> Frontier {
        let levels = (0..64_u8).rev().filter(|level| self.size >> level & 1 == 1);
        let peak = |level: u8| self.node(NodeId { level, index: (self.size >> level) - 1 });
        let peaks = levels.flat_map(|level| peak(level).0).collect::<Vec<_>>();
        Frontier::from_bytes(self.size, &peaks).unwrap()
    }
}

impl<N: Nodes> Nodes for Tiles<'_, N> {
    fn node(&self, node: NodeId) -> Hash {
        if let Some(hash) = self.read.borrow().get(&node) {
            return *hash;
        }
        let id = TileId::holding(node, self.size).unwrap();
        let mut stored = self.stored.borrow_mut();
        let bytes = stored
            .entry(id)
            .or_insert_with(|| id.nodes().flat_map(|node| self.nodes.node(node).0).collect());
        let hash = Tile::new(id, bytes).unwrap().node(node).unwrap();
        self.read.borrow_mut().insert(node, hash);
        hash
    }
}

/// Everything to 600.
fn leaves() -> Leaves {
    Leaves { leaves: Log::of(SIZE_MAX).leaves, known: RefCell::default() }
}

#[test]
fn tree_frontier_and_tiles_have_the_root_of_the_definition() {
    let definition = leaves();
    let mut frontier = Frontier::new();
    for size in 0..=SIZE_MAX {
        let root = definition.root(0, size);
        let tiles = Tiles::of(&definition, size);
        assert_eq!(frontier.root(), root, "{size}");
        assert_eq!(tiles.root(0, size), root, "{size}");
        assert_eq!(tiles.frontier(), frontier, "{size}");
        if let Some(leaf) = definition.leaves.get(usize::try_from(size).unwrap()) {
            frontier.push(*leaf, &mut |id, hash| assert_eq!(hash, definition.node(id), "{id:?}"));
        }
    }
}

#[test]
fn every_inclusion_proof_from_tiles_is_that_of_the_definition_and_holds() {
    let definition = leaves();
    for size in 1..=SIZE_MAX {
        let (tiles, root) = (Tiles::of(&definition, size), definition.root(0, size));
        for (index, leaf) in (0..size).zip(&definition.leaves) {
            let proof = prove_inclusion(index, size, tiles.read()).unwrap();
            assert_eq!(proof, definition.inclusion(index, 0, size), "{index} of {size}");
            verify_inclusion(leaf, index, size, &proof, &root).unwrap();
        }
    }
}

#[test]
fn every_consistency_proof_from_tiles_is_that_of_the_definition_and_holds() {
    let definition = leaves();
    let roots: Vec<_> = (0..=SIZE_MAX).map(|size| definition.root(0, size)).collect();
    for (new, root) in (0..).zip(&roots) {
        let tiles = Tiles::of(&definition, new);
        for (old, old_root) in (0..=new).zip(&roots) {
            let proof = prove_consistency(old, new, tiles.read()).unwrap();
            if old > 0 {
                let expected = definition.consistency(old, 0, new, true);
                assert_eq!(proof, expected, "{old} to {new}");
            }
            verify_consistency(old, old_root, new, root, &proof).unwrap();
        }
    }
}

/// Sizes of every magnitude, and those next to where tiles and subtrees end.
fn computed_size() -> impl Strategy<Value = u64> {
    let any_magnitude =
        (0..40_u32, any::<u64>()).prop_map(|(bits, random)| (1 << bits) + random % (1 << bits));
    let edge =
        (1..=40_u32, -2..=2_i64).prop_map(|(bits, by)| (1_u64 << bits).saturating_add_signed(by));
    prop_oneof![any_magnitude, edge].prop_map(|size| size.clamp(1, COMPUTED_SIZE_MAX))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn tiles_of_a_huge_tree_prove_what_is_in_it(size in computed_size(), at in any::<u64>()) {
        let index = at % size;
        let nodes = Sparse::around(&[index, size - 1], size);
        let tiles = Tiles::of(&nodes, size);
        let root = nodes.root(0, size);
        let frontier = tiles.frontier();
        prop_assert_eq!(frontier.root(), root);

        let proof = prove_inclusion(index, size, tiles.read()).unwrap();
        prop_assert_eq!(&proof, &nodes.inclusion(index, 0, size));
        let leaf = nodes.node(NodeId::leaf(index));
        verify_inclusion(&leaf, index, size, &proof, &root).unwrap();
        for other in [index ^ 1, index + 1, size - 1 - index].into_iter().filter(|&other| other != index) {
            prop_assert!(verify_inclusion(&leaf, other, size, &proof, &root).is_err());
        }

        let theirs = |hash: &Hash| tlog_tiles::Hash(hash.0);
        let their_proof = proof.iter().map(theirs).collect();
        tlog_tiles::check_record(&their_proof, size, theirs(&root), index, theirs(&leaf)).unwrap();
    }

    #[test]
    fn tiles_of_a_huge_tree_prove_that_it_grew(size in computed_size(), at in any::<u64>()) {
        let old = 1 + at % size;
        let nodes = Sparse::around(&[old - 1, size - 1], size);
        let tiles = Tiles::of(&nodes, size);
        let (old_root, root) = (nodes.root(0, old), nodes.root(0, size));
        let proof = prove_consistency(old, size, tiles.read()).unwrap();
        prop_assert_eq!(&proof, &nodes.consistency(old, 0, size, true));
        verify_consistency(old, &old_root, size, &root, &proof).unwrap();
        if old < size {
            prop_assert!(verify_consistency(old, &root, size, &old_root, &proof).is_err());
        }

        let theirs = |hash: &Hash| tlog_tiles::Hash(hash.0);
        let their_proof = proof.iter().map(theirs).collect();
        tlog_tiles::check_tree(&their_proof, size, theirs(&root), old, theirs(&old_root)).unwrap();
    }

    #[test]
    fn frontier_of_a_huge_tree_grows_as_the_tree_does(size in computed_size(), more in 1..300_u64) {
        let grown = size + more;
        prop_assume!(grown <= COMPUTED_SIZE_MAX);
        let nodes = Sparse::around(&[size - 1, size, grown - 1], grown);
        let mut frontier = Tiles::of(&nodes, size).frontier();
        for index in size..grown {
            frontier.push(nodes.node(NodeId::leaf(index)), &mut |id, hash| {
                assert_eq!(hash, nodes.node(id), "{id:?}");
            });
        }
        prop_assert_eq!(&frontier, &Tiles::of(&nodes, grown).frontier());
        prop_assert_eq!(frontier.root(), nodes.root(0, grown));
    }
}
