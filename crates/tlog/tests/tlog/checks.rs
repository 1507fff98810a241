//! What a check says about a log with one hash changed: the right places, and nothing else.

use proptest::prelude::*;
use tlog::{Disagreement, Hash, LogCheck, TILE_WIDTH, TileId, compare_tile};

use crate::reference::Log;

/// Full tiles on level 0 and 1, partial ones on 0 to 2.
const SIZE: u64 = 65_800;
const WIDTH: usize = TILE_WIDTH as usize;

/// A log's stored tiles, to be damaged.
struct Stored {
    leaves: Vec<Hash>,
    tiles: Vec<(TileId, Vec<Hash>)>,
    root: Hash,
}

impl Stored {
    fn of(log: &Log) -> Self {
        let size = log.leaves.len() as u64;
        let hashes = |tile: TileId| tile.nodes().map(|node| log.node(node)).collect();
        Self {
            leaves: log.leaves.clone(),
            tiles: TileId::all(size).map(|tile| (tile, hashes(tile))).collect(),
            root: log.frontier.root(),
        }
    }

    fn tile(&self, id: TileId) -> &[Hash] {
        &self.tiles.iter().find(|(tile, _)| *tile == id).unwrap().1
    }

    fn check(&self) -> (LogCheck, Vec<Disagreement>) {
        let (mut check, mut found) = (LogCheck::new(), Vec::new());
        let level_0 = self.tiles.iter().filter(|(tile, _)| tile.level() == 0);
        for (leaves, (_, stored)) in self.leaves.chunks(WIDTH).zip(level_0) {
            for full in check.take(leaves, Some(stored), &mut found) {
                found.extend(compare_tile(full.id, &full.hashes, self.tile(full.id)));
            }
        }
        for (tile, hashes) in check.partial_tiles() {
            found.extend(compare_tile(tile, hashes, self.tile(tile)));
        }
        found.extend(check.finish(&self.root).err());
        (check, found)
    }
}

fn changed(hash: Hash) -> Hash {
    let mut bytes = hash.0;
    bytes[7] ^= 0x10;
    Hash(bytes)
}

fn log() -> &'static Log {
    static LOG: std::sync::OnceLock<Log> = std::sync::OnceLock::new();
    LOG.get_or_init(|| Log::of(SIZE))
}

#[test]
fn sound_log_has_no_disagreement() {
    let stored = Stored::of(log());
    let (check, found) = stored.check();
    assert_eq!((found, check.size()), (Vec::new(), SIZE));
    assert!(check.entries_lead_to(&stored.root));
}

#[test]
fn changed_entry_is_named_once_and_no_longer_leads_to_the_root() {
    let mut stored = Stored::of(log());
    stored.leaves[300] = changed(stored.leaves[300]);
    let (check, found) = stored.check();
    let tile = TileId::new(0, 1, TILE_WIDTH).unwrap();
    assert_eq!(found, [Disagreement::Entry { index: 300, tile }]);
    assert!(!check.entries_lead_to(&stored.root));
}

#[test]
fn changed_hash_of_a_tile_is_found_on_both_sides_of_it() {
    let mut stored = Stored::of(log());
    let tile = TileId::new(0, 1, TILE_WIDTH).unwrap();
    let position = stored.tiles.iter().position(|(id, _)| *id == tile).unwrap();
    stored.tiles[position].1[44] = changed(stored.tiles[position].1[44]);
    let (check, found) = stored.check();
    let above = TileId::new(1, 0, TILE_WIDTH).unwrap();
    let disagreements = [
        Disagreement::Entry { index: 300, tile },
        Disagreement::Tile { below: tile, above, position: 1 },
    ];
    assert_eq!(found[..2], disagreements);
    assert!(matches!(found[2..], [.., Disagreement::Root { size: SIZE, .. }]), "{found:?}");
    assert!(check.entries_lead_to(&stored.root), "the entries are right");
}

#[test]
fn other_root_is_said_to_be_another_one() {
    let mut stored = Stored::of(log());
    let right = stored.root;
    stored.root = changed(right);
    let (check, found) = stored.check();
    assert_eq!(found, [Disagreement::Root { size: SIZE, found: right }]);
    assert!(!check.entries_lead_to(&stored.root));
}

#[test]
fn tile_that_cannot_be_had_does_not_stop_the_check() {
    let log = Log::of(600);
    let (mut check, mut found) = (LogCheck::new(), Vec::new());
    for leaves in log.leaves.chunks(WIDTH) {
        assert_eq!(check.take(leaves, None, &mut found), []);
    }
    assert_eq!((found, check.finish(&log.frontier.root())), (Vec::new(), Ok(())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_changed_hash_is_found(size in 1u64..1_500, place: prop::sample::Index, inside: prop::sample::Index) {
        let mut stored = Stored::of(&Log::of(size));
        let places = stored.tiles.len() + 1;
        match place.index(places).checked_sub(1) {
            None => {
                let leaf = inside.get_mut(&mut stored.leaves);
                *leaf = changed(*leaf);
            }
            Some(tile) => {
                let hash = inside.get_mut(&mut stored.tiles[tile].1);
                *hash = changed(*hash);
            }
        }
        prop_assert!(!stored.check().1.is_empty());
    }
}
