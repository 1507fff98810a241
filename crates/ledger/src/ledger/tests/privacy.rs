use tlog::{BundleId, TileId};

use super::Bench;
use super::bench::{file, fingerprint};
use crate::{AssetQuery, PrivateField, PrivateFields, TenancyId};

#[tokio::test]
async fn log_bytes_hold_nothing_that_leads_to_a_document() {
    let bench = Bench::new().await;
    let updates = (0..300).map(|n| {
        file(&format!("id:{n}"), &format!("/Folder/Contract {n}.pdf"), "rev:1", "content")
    });
    let committed = bench.commit(updates.collect()).await;
    let mut public = bench.ledger.checkpoint().await.unwrap().into_bytes();
    for bundle in BundleId::all(301) {
        public.extend(bench.ledger.entry_bundle(bundle).await.unwrap().unwrap());
    }
    for tile in TileId::all(301) {
        public.extend(bench.ledger.tile(tile).await.unwrap().unwrap());
    }
    let holds = |needle: &[u8]| public.windows(needle.len()).any(|window| window == needle);
    // Each is too long, or has a character that base64 has not, to come up by chance.
    for secret in ["Folder", "Contract", ".pdf", "id:7", "rev:1", "dbid:", "ada@"] {
        assert!(!holds(secret.as_bytes()), "{secret}");
    }
    let hash = fingerprint("content").content_hash;
    assert!(!holds(&hash) && !holds(hex::encode(hash).as_bytes()));
    for event in committed.events {
        assert!(!holds(event.asset.as_bytes()) && !holds(event.asset.to_string().as_bytes()));
        assert!(!holds(event.event.as_bytes()) && !holds(event.event.to_string().as_bytes()));
    }
}

#[tokio::test]
async fn equal_contents_make_unequal_entries() {
    let bench = Bench::new().await;
    let updates = vec![file("id:1", "/a", "r1", "same"), file("id:2", "/a", "r1", "same")];
    bench.commit(updates).await;
    let bundle = BundleId::new(0, 3).unwrap();
    let bytes = bench.ledger.entry_bundle(bundle).await.unwrap().unwrap();
    let entries = tlog::decode_bundle(bundle, &bytes).unwrap();
    assert_ne!(entries[1], entries[2]);
}

#[tokio::test]
async fn another_tenancy_sees_nothing_of_it() {
    let bench = Bench::new().await;
    let committed = bench.commit(vec![file("id:a", "/a.txt", "r1", "one")]).await;
    let (asset, event) = (committed.events[0].asset, committed.events[0].event);
    let ledger = &bench.ledger;
    let other = ledger.create_tenancy("Other".to_owned()).await.unwrap().tenancy;
    for stranger in [other, TenancyId::from_bytes([9; 16])] {
        assert_eq!(ledger.asset(stranger, asset).await.unwrap(), None);
        assert_eq!(ledger.asset_count(stranger).await.unwrap(), 0);
        let page = ledger.assets(stranger, AssetQuery::default()).await.unwrap();
        assert_eq!(page.assets, []);
        assert_eq!(ledger.owned_event(stranger, event).await.unwrap(), None);
        let field = PrivateField::Name;
        assert!(!ledger.erase_private_field(stranger, event, field).await.unwrap());
        assert_eq!(ledger.source(stranger, bench.source.id).await.unwrap(), None);
        assert_eq!(ledger.sources(stranger).await.unwrap(), []);
    }
    let own = ledger.owned_event(bench.tenancy, event).await.unwrap().unwrap();
    assert_ne!(own.private, PrivateFields::default());
    let (public, publisher) = ledger.public_asset(asset).await.unwrap().unwrap();
    assert_eq!((public.id, publisher.tenancy), (asset, bench.tenancy));
}

#[tokio::test]
async fn event_is_found_under_its_own_asset_alone() {
    let bench = Bench::new().await;
    let updates = vec![file("id:1", "/a", "r1", "x"), file("id:2", "/b", "r1", "y")];
    let committed = bench.commit(updates).await;
    let found = bench.ledger.event(committed.events[0].asset, committed.events[1].event).await;
    assert_eq!(found.unwrap(), None);
}
