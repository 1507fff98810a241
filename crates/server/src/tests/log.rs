//! The log as a monitor reads it.

use http::StatusCode;
use tlog::{BundleId, Checkpoint, SignedNote, TileId, VerifierKey};

use super::house::{House, assert_nothing_private};

#[tokio::test]
async fn checkpoint_tile_and_entries_of_the_log_fit_together() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    house.document(&source, "id:lease").await;

    let vkey = house.get("/log/vkey").send().await;
    let key = vkey.text().trim().parse::<VerifierKey>().unwrap();
    let note = house.get("/log/checkpoint").send().await;
    assert_eq!(note.header("cache-control"), "no-cache");
    let note = SignedNote::parse(note.text()).unwrap();
    let checkpoint = Checkpoint::open(&note, &key).unwrap();
    assert_eq!(checkpoint.size, 4);

    let tile = house.get("/log/tile/0/000.p/4").send().await;
    assert_eq!(tile.status, StatusCode::OK);
    assert!(tile.header("cache-control").contains("immutable"));
    let hashes = tlog::Tile::new(TileId::parse("tile/0/000.p/4").unwrap(), &tile.bytes)
        .map(|tile| tile.hashes().collect::<Vec<_>>());
    let entries = house.get("/log/tile/entries/000.p/4").send().await;
    let bundle = BundleId::parse("tile/entries/000.p/4").unwrap();
    let entries = tlog::decode_bundle(bundle, &entries.bytes).unwrap();
    let leaves: Vec<_> = entries.iter().map(|entry| tlog::leaf_hash(entry)).collect();
    assert_eq!(hashes.unwrap(), leaves);
    assert!(entries.iter().skip(1).all(|entry| entry.len() == 33));
    assert_nothing_private(&String::from_utf8_lossy(entries[0]));
}

#[tokio::test]
async fn tiles_that_are_not_there_are_not_found() {
    let house = House::open();
    for path in ["0/001", "0/000", "0/000.p/200", "9/000", "0/0", "entries/001", "../../x", "x"] {
        let reply = house.get(&format!("/log/tile/{path}")).send().await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(reply.code(), "not_found", "{path}");
    }
}

#[tokio::test]
async fn health_is_a_readable_signed_log() {
    let house = House::open();
    let reply = house.get("/healthz").send().await;
    assert_eq!((reply.status, reply.text()), (StatusCode::OK, "ok\n"));
}
