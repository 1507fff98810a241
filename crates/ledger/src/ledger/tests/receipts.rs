use tlog::Receipt;

use super::Bench;
use super::bench::{file, fingerprint, version};
use crate::entry::{Field, Opened};
use crate::store::db::params;
use crate::{ItemUpdate, PrivateField};

#[tokio::test]
async fn receipt_of_every_event_verifies_and_says_what_happened() {
    let bench = Bench::new().await;
    for page in 0..3 {
        let updates = (0..120).map(|n| ItemUpdate {
            versions: vec![version(&format!("r{page}"), &format!("{n} {page}"))],
            ..file(&format!("id:{n}"), &format!("/{n}"), "r", "x")
        });
        bench.commit(updates.collect()).await;
    }
    let key = bench.ledger.log_key();
    let query = crate::AssetQuery::default();
    let page = bench.ledger.assets(bench.tenancy, query).await.unwrap();
    for (asset, _) in page.assets {
        let events = bench.ledger.events(asset.id, None, 10).await.unwrap().unwrap();
        assert_eq!(events.len(), 3);
        let mut previous = None;
        for event in events.iter().rev() {
            let text = bench.ledger.receipt(event.id).await.unwrap().unwrap();
            let receipt = Receipt::parse(&text).unwrap();
            let opened = Opened::parse(receipt.extra.as_deref().unwrap()).unwrap();
            let checkpoint = receipt.verify(&opened.leaf(), &key).unwrap();
            assert_eq!((receipt.index, checkpoint.size), (event.log_index, 361));

            let statement = opened.statement().unwrap();
            assert_eq!((statement.asset, statement.event), (asset.id, event.id));
            assert_eq!(statement.fingerprint, event.fingerprint);
            assert_eq!((statement.kind, statement.version), (event.kind, event.version));
            assert_eq!(statement.accepted_at, event.accepted_at);
            assert_eq!(statement.publisher, bench.tenancy);
            let link = statement.previous.map(|previous| (previous.index, previous.leaf));
            assert_eq!(link, previous, "each event points to the one before");
            previous = Some((event.log_index, opened.leaf()));
        }
    }
}

#[tokio::test]
async fn receipt_shows_no_private_field() {
    let bench = Bench::new().await;
    let committed = bench.commit(vec![file("id:a", "/Secret/Plan.txt", "r1", "one")]).await;
    let text = bench.ledger.receipt(committed.events[0].event).await.unwrap().unwrap();
    let receipt = Receipt::parse(&text).unwrap();
    let opened = Opened::parse(receipt.extra.as_deref().unwrap()).unwrap();
    for (field, _) in opened.iter() {
        assert_eq!(opened.opened_value(field).is_some(), field.is_public(), "{field}");
    }
    assert_eq!(opened.opened_value(Field::Sha256), Some(None), "opened as absent");
    assert_eq!(
        opened.value(Field::ContentHash).unwrap(),
        hex::encode(fingerprint("one").content_hash)
    );
}

#[tokio::test]
async fn owner_opens_private_fields_one_at_a_time_and_nobody_else_does() {
    let bench = Bench::new().await;
    let committed = bench.commit(vec![file("id:a", "/Secret/Plan.txt", "r1", "one")]).await;
    let (ledger, event) = (&bench.ledger, committed.events[0].event);
    let private = ledger.owned_event(bench.tenancy, event).await.unwrap().unwrap().private;
    let all = [
        (PrivateField::Name, private.name),
        (PrivateField::Path, private.path),
        (PrivateField::Revision, private.revision),
        (PrivateField::Editor, private.editor),
    ];
    let public = ledger.receipt(event).await.unwrap();
    assert_eq!(ledger.owner_receipt(bench.tenancy, event, Vec::new()).await.unwrap(), public);
    for (chosen, value) in &all {
        let text = ledger.owner_receipt(bench.tenancy, event, vec![*chosen]).await.unwrap();
        let receipt = Receipt::parse(&text.unwrap()).unwrap();
        let opened = Opened::parse(receipt.extra.as_deref().unwrap()).unwrap();
        receipt.verify(&opened.leaf(), &ledger.log_key()).unwrap();
        assert_eq!(opened.opened_value(Field::from(*chosen)), Some(value.as_deref()));
        for (other, _) in all.iter().filter(|(other, _)| other != chosen) {
            assert_eq!(
                opened.opened_value(Field::from(*other)),
                None,
                "{chosen:?} opens {other:?}"
            );
        }
    }
    let stranger = ledger.create_tenancy("Strangers".to_owned()).await.unwrap().tenancy;
    let fields = vec![PrivateField::Name];
    assert_eq!(ledger.owner_receipt(stranger, event, fields).await.unwrap(), None);
}

#[tokio::test]
async fn erased_field_is_gone_and_every_other_opening_stands() {
    let bench = Bench::new().await;
    let update = file("id:a", "/Private folder/Personal name.txt", "rev-1", "one");
    let committed = bench.commit(vec![update]).await;
    let (ledger, event) = (&bench.ledger, committed.events[0].event);
    let before = ledger.receipt(event).await.unwrap().unwrap();
    let owned = async || ledger.owned_event(bench.tenancy, event).await.unwrap().unwrap();
    let mut left = owned().await.private;
    assert_eq!(owned().await.erased, []);
    for field in [PrivateField::Path, PrivateField::Editor, PrivateField::Name] {
        assert!(ledger.erase_private_field(bench.tenancy, event, field).await.unwrap());
        match field {
            PrivateField::Path => left.path = None,
            PrivateField::Editor => left.editor = None,
            PrivateField::Name => left.name = None,
            PrivateField::Revision => left.revision = None,
        }
        assert_eq!(owned().await.private, left, "{field:?}");
        let after = ledger.receipt(event).await.unwrap().unwrap();
        assert_eq!(before, after, "the receipt proves what it proved, {field:?}");
    }
    assert_eq!(left.revision.as_deref(), Some("rev-1"));
    let all = [PrivateField::Name, PrivateField::Path, PrivateField::Editor];
    assert_eq!(owned().await.erased, all);
    assert!(ledger.erase_private_field(bench.tenancy, event, PrivateField::Path).await.unwrap());
    assert_eq!(ledger.receipt(event).await.unwrap().unwrap(), before, "erasing twice is as once");
}

#[tokio::test]
async fn salt_of_an_erased_field_is_in_no_file() {
    let bench = Bench::on_files().await;
    let committed = bench.commit(vec![file("id:a", "/p.txt", "r1", "one")]).await;
    let event = committed.events[0].event;
    let seed: Vec<u8> = bench
        .ledger
        .read(|db| db.query_row("select salts from event limit 1", params![], |row| row.get(0)))
        .await
        .unwrap();
    let holds = |needle: &[u8]| {
        std::fs::read_dir(bench.directory.path()).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(needle.len()).any(|window| window == needle)
        })
    };
    assert!(holds(&seed));
    let field = PrivateField::Editor;
    bench.ledger.erase_private_field(bench.tenancy, event, field).await.unwrap();
    assert!(!holds(&seed), "the seed would bring the salt back");
    assert!(!holds(b"dbid:editor"));
}
