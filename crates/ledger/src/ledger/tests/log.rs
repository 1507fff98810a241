use tlog::{BundleId, Checkpoint, Frontier, NodeId, SignedNote, TileId, decode_bundle, leaf_hash};

use super::Bench;
use super::bench::{ORIGIN, file};
use crate::entry::Policy;

/// Enough for full tiles on level 0 and a partial one on level 1.
const FILES: usize = 600;

async fn filled() -> Bench {
    let bench = Bench::new().await;
    let updates: Vec<_> = (0..FILES)
        .map(|n| file(&format!("id:{n}"), &format!("/{n}"), "r1", &n.to_string()))
        .collect();
    for page in updates.chunks(97) {
        bench.commit(page.to_vec()).await;
    }
    bench
}

async fn head(bench: &Bench) -> Checkpoint {
    let note = SignedNote::parse(&bench.ledger.checkpoint().await.unwrap()).unwrap();
    Checkpoint::open(&note, &bench.ledger.log_key()).unwrap()
}

#[tokio::test]
async fn entries_lead_to_the_signed_root_and_every_tile_follows_from_them() {
    let bench = filled().await;
    let head = head(&bench).await;
    assert_eq!((head.size, head.origin.as_str()), (FILES as u64 + 1, ORIGIN));
    let mut frontier = Frontier::new();
    let mut nodes = std::collections::HashMap::new();
    for bundle in BundleId::all(head.size) {
        let bytes = bench.ledger.entry_bundle(bundle).await.unwrap().unwrap();
        for entry in decode_bundle(bundle, &bytes).unwrap() {
            frontier.push(leaf_hash(entry), &mut |node: NodeId, hash| {
                nodes.insert(node, hash);
            });
        }
    }
    assert_eq!(frontier.root(), head.root);
    for tile in TileId::all(head.size) {
        let bytes = bench.ledger.tile(tile).await.unwrap().unwrap();
        let expected: Vec<u8> = tile.nodes().flat_map(|node| nodes[&node].0).collect();
        assert_eq!(bytes, expected, "{tile:?}");
    }
}

#[tokio::test]
async fn narrower_tiles_of_earlier_sizes_stay_available_and_wider_ones_are_not_there() {
    let bench = filled().await;
    let full = bench.ledger.tile(TileId::new(0, 0, 256).unwrap()).await.unwrap().unwrap();
    let narrow = bench.ledger.tile(TileId::new(0, 0, 98).unwrap()).await.unwrap().unwrap();
    assert_eq!(narrow, full[..98 * 32]);
    for beyond in [TileId::new(0, 2, 90), TileId::new(0, 3, 1), TileId::new(2, 0, 1)] {
        assert_eq!(bench.ledger.tile(beyond.unwrap()).await.unwrap(), None);
    }
    let beyond = BundleId::new(2, 90).unwrap();
    assert_eq!(bench.ledger.entry_bundle(beyond).await.unwrap(), None);
}

#[tokio::test]
async fn entry_0_says_what_the_log_is() {
    let bench = Bench::new().await;
    let bundle = BundleId::new(0, 1).unwrap();
    let bytes = bench.ledger.entry_bundle(bundle).await.unwrap().unwrap();
    let entries = decode_bundle(bundle, &bytes).unwrap();
    let policy = Policy::parse(entries[0]).unwrap();
    assert_eq!(policy.key, bench.ledger.log_key());
    assert_eq!(bench.ledger.origin(), ORIGIN);
}

#[tokio::test]
async fn log_continues_after_a_restart_at_any_place_in_a_tile() {
    let mut bench = Bench::new().await;
    for number in 0..260 {
        let path = format!("/{number}");
        bench.commit(vec![file(&path, &path, "r1", "x")]).await;
        if number % 64 == 0 || number >= 253 {
            bench = bench.reopen().await;
        }
    }
    let head = head(&bench).await;
    assert_eq!(head.size, 261);
}
