//! The log as a monitor reads it: formats, conditions, parts, compression, and other sites' pages.

use std::io::Read;

use http::{Method, StatusCode};
use tlog::{BundleId, Checkpoint, SignedNote, TileId, VerifierKey};

use super::{
    ask::Ask,
    house::{House, assert_nothing_private},
};

/// The bundle of a log that has nothing but its policy.
const TINY_BUNDLE: &str = "/log/tile/entries/000.p/1";

#[tokio::test]
async fn checkpoint_tile_and_entries_of_the_log_fit_together() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    house.document(&source, "id:lease").await;

    let vkey = house.get("/log/vkey").send().await;
    let key = vkey.text().lines().next().unwrap().parse::<VerifierKey>().unwrap();
    let note = house.get("/log/checkpoint").send().await;
    assert_eq!(note.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(note.header("cache-control"), "public, max-age=2");
    let note = SignedNote::parse(note.text()).unwrap();
    let checkpoint = Checkpoint::open(&note, &key).unwrap();
    assert_eq!(checkpoint.size, 4);

    let tile = house.get("/log/tile/0/000.p/4").send().await;
    assert_eq!(tile.status, StatusCode::OK);
    assert_eq!(tile.header("content-type"), "application/octet-stream");
    assert_eq!(tile.header("cache-control"), "public, max-age=31536000, immutable");
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
async fn keys_are_those_that_entry_0_names_and_each_has_signed_the_checkpoint() {
    let house = House::open();
    let published = house.get("/log/vkey").send().await;
    let keys: Vec<VerifierKey> =
        published.text().lines().map(|line| line.parse().unwrap()).collect();
    let bundle = BundleId::parse("tile/entries/000.p/1").unwrap();
    let entries = house.get(TINY_BUNDLE).send().await;
    let entries = tlog::decode_bundle(bundle, &entries.bytes).unwrap();
    let policy = ledger::entry::Policy::parse(entries[0]).unwrap();
    assert_eq!(keys, [policy.key, policy.second_key.unwrap()]);
    let page = house.get("/log").send().await;
    assert!(page.text().contains(r#"<a href="/log/vkey">both keys</a>"#));
    assert!(!page.text().contains("/log/witnessed-checkpoint"), "there is none to link to");

    let note = house.get("/log/checkpoint").send().await;
    let note = SignedNote::parse(note.text()).unwrap();
    for key in keys {
        assert_eq!(note.verify(std::slice::from_ref(&key)).unwrap().len(), 1, "{key}");
    }
}

#[tokio::test]
async fn checkpoint_without_witnesses_is_not_found_in_plain_words() {
    let house = House::open();
    let ask = house.get("/log/witnessed-checkpoint").header("accept", "text/html");
    let reply = ask.header("origin", "https://verifier.example").send().await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(reply.header("cache-control"), "public, max-age=2");
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert!(reply.text().contains("/log/checkpoint"), "{}", reply.text());
}

#[tokio::test]
async fn tiles_that_are_not_there_are_not_found_for_the_moment_and_said_in_plain_text() {
    let house = House::open();
    for path in ["0/001", "0/000", "0/000.p/200", "9/000", "0/0", "entries/001", "../../x", "x"] {
        let ask = house.get(&format!("/log/tile/{path}")).header("range", "bytes=0-3");
        let reply = ask.header("accept", "text/html").send().await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8", "{path}");
        assert_eq!(reply.header("cache-control"), "public, max-age=2", "{path}");
        assert!(reply.text().starts_with("The log has no such tile. "), "{path}");
    }
}

#[tokio::test]
async fn who_has_the_bytes_already_is_told_so_until_the_log_grows() {
    let house = House::open();
    for path in ["/log/checkpoint", "/log/vkey", "/log/tile/0/000.p/1", TINY_BUNDLE] {
        let first = house.get(path).send().await;
        let tag = first.header("etag");
        assert!(tag.starts_with('"') && tag.len() == 34, "not a strong tag: {tag}");
        for known in [tag, &format!("W/{tag}"), &format!("\"other\", {tag}"), "*"] {
            let again = house.get(path).header("if-none-match", known).send().await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path} {known}");
            assert!(again.bytes.is_empty());
            for name in ["etag", "cache-control", "access-control-allow-origin"] {
                assert_eq!(again.header(name), first.header(name), "{path}: {name}");
            }
        }
        let other = house.get(path).header("if-none-match", "\"other\"").send().await;
        assert_eq!((other.status, other.bytes), (StatusCode::OK, first.bytes));
    }
    let before = house.get("/log/checkpoint").send().await;
    let source = house.source(house.tenancy().await).await;
    house.document(&source, "id:lease").await;
    let ask = house.get("/log/checkpoint").header("if-none-match", before.header("etag"));
    let after = ask.send().await;
    assert_eq!(after.status, StatusCode::OK);
    assert_ne!(after.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn a_part_is_served_as_a_part() {
    let house = House::open();
    let whole = house.get(TINY_BUNDLE).send().await;
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let length = whole.bytes.len();
    for (range, part) in [("bytes=2-5", 2..6), ("bytes=-4", length - 4..length)] {
        let ask = house.get(TINY_BUNDLE).header("range", range);
        let reply = ask.header("accept-encoding", "gzip").send().await;
        assert_eq!(reply.status, StatusCode::PARTIAL_CONTENT, "{range}");
        let place = format!("bytes {}-{}/{length}", part.start, part.end - 1);
        assert_eq!(reply.header("content-range"), place);
        assert_eq!(reply.header("content-encoding"), "");
        assert_eq!(reply.header("etag"), whole.header("etag"));
        assert_eq!(reply.bytes, &whole.bytes[part]);
    }
    for ignored in ["bytes=0-1,4-5", "bytes=5-2", "lines=1-2"] {
        let reply = house.get(TINY_BUNDLE).header("range", ignored).send().await;
        assert_eq!((reply.status, &reply.bytes), (StatusCode::OK, &whole.bytes), "{ignored}");
    }
}

#[tokio::test]
async fn a_part_behind_the_end_is_refused_with_the_length() {
    let house = House::open();
    let length = house.get(TINY_BUNDLE).send().await.bytes.len();
    let reply = house.get(TINY_BUNDLE).header("range", "bytes=100000-").send().await;
    assert_eq!(reply.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(reply.header("content-range"), format!("bytes */{length}"));
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
}

#[tokio::test]
async fn a_part_is_of_the_version_that_the_reader_began_with_or_it_is_the_whole() {
    let house = House::open();
    let whole = house.get("/log/checkpoint").send().await;
    let tag = whole.header("etag");
    let part = async |condition: &str| {
        let ask = house.get("/log/checkpoint").header("range", "bytes=0-3");
        ask.header("if-range", condition).send().await.status
    };
    assert_eq!(part(tag).await, StatusCode::PARTIAL_CONTENT);
    for other in ["\"other\"", &format!("W/{tag}"), "Tue, 12 May 2026 14:03:07 GMT", "nonsense"] {
        assert_eq!(part(other).await, StatusCode::OK, "{other}");
    }
}

#[tokio::test]
async fn head_says_what_get_would_send_and_sends_nothing() {
    let house = House::open();
    for path in ["/log/checkpoint", "/log/vkey", "/log/tile/0/000.p/1", TINY_BUNDLE] {
        let get = house.get(path).send().await;
        let head = house.ask(Method::HEAD, path).header("range", "bytes=0-3").send().await;
        assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0), "{path}");
        assert_eq!(head.header("content-length"), get.bytes.len().to_string(), "{path}");
        for name in ["etag", "content-type", "cache-control", "accept-ranges"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn full_bundles_are_compressed_for_who_takes_it_and_tiles_never() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    for number in 0..86 {
        house.document(&source, &format!("id:{number}")).await;
    }
    let bundle = house.get("/log/tile/entries/000").send().await;
    assert_eq!(bundle.header("content-encoding"), "");
    let ask = || house.get("/log/tile/entries/000").header("accept-encoding", "gzip");
    let packed = ask().send().await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.bytes.len() < bundle.bytes.len());
    assert_eq!(unpacked(&packed.bytes), bundle.bytes);
    assert_eq!(packed.header("etag"), format!("W/{}", bundle.header("etag")));
    assert_eq!(packed.header("accept-ranges"), "", "a part would be of other bytes");
    let again = ask().header("if-none-match", packed.header("etag")).send().await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let part = ask().header("range", "bytes=0-3").send().await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    for reply in [&bundle, &packed, &again, &part] {
        assert_eq!(reply.header("vary"), "accept-encoding", "{}", reply.status);
    }
    for path in ["/log/tile/0/000", "/log/tile/0/001.p/2", "/log/tile/entries/001.p/2"] {
        let tile = house.get(path).header("accept-encoding", "gzip").send().await;
        assert_eq!((tile.status, tile.header("content-encoding")), (StatusCode::OK, ""), "{path}");
    }
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut whole).unwrap();
    whole
}

#[tokio::test]
async fn pages_of_any_site_may_read_the_log_and_nothing_else() {
    let house = House::open();
    let foreign = |ask: Ask| ask.header("origin", "https://verifier.example");
    for path in ["/log/checkpoint", "/log/vkey", "/log/tile/0/000.p/1", "/log/tile/0/999"] {
        let reply = foreign(house.get(path)).send().await;
        assert_eq!(reply.header("access-control-allow-origin"), "*", "{path}");
        assert!(reply.header("access-control-expose-headers").contains("etag"), "{path}");
        assert_eq!(reply.header("access-control-allow-credentials"), "", "{path}");
        let ask = foreign(house.ask(Method::OPTIONS, path));
        let ask = ask.header("access-control-request-method", "GET");
        let asked =
            ask.header("access-control-request-headers", "range,if-none-match").send().await;
        assert_eq!(asked.status, StatusCode::OK, "{path}");
        assert!(asked.header("access-control-allow-methods").contains("GET"), "{path}");
        assert!(asked.header("access-control-allow-headers").contains("range"), "{path}");
    }
    let resource = house.get("/log/checkpoint").send().await;
    assert_eq!(resource.header("cross-origin-resource-policy"), "cross-origin");
    for path in ["/healthz", "/api/lookup", "/archivist/v2/assets", "/", "/sign-in"] {
        let reply = foreign(house.get(path)).send().await;
        assert_eq!(reply.header("access-control-allow-origin"), "", "{path}");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin", "{path}");
    }
}

#[tokio::test]
async fn health_is_a_readable_signed_log() {
    let house = House::open();
    let reply = house.get("/healthz").send().await;
    assert_eq!((reply.status, reply.text()), (StatusCode::OK, "ok\n"));
}
