//! What a check finds, and what rebuilding mends.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::Bench;
use super::bench::{file, renamed, version};
use crate::fsck::fsck_on;
use crate::store::db::Db;
use crate::store::sqlite::Sqlite;
use crate::{
    AssetChoice, Commit, EventId, Fsck, ItemUpdate, OpenError, PrivateField, Repair, fsck, rebuild,
};

/// One full tile and some more.
const FILES: u64 = 280;

const QUIET: crate::Progress<'static> = &|_, _| ();

/// A directory with histories of every kind, closed.
async fn used() -> Bench {
    let bench = Bench::on_files().await;
    let updates: Vec<_> = (0..FILES)
        .map(|n| file(&format!("id:{n}"), &format!("/Folder/{n}.txt"), "r1", &n.to_string()))
        .collect();
    for page in updates.chunks(75) {
        bench.commit(page.to_vec()).await;
    }
    let filled_in = ItemUpdate {
        versions: vec![version("r2", "two"), version("r3", "three")],
        ..renamed("id:7", "/Folder/seven.txt", "r3", "three")
    };
    let taken_over = ItemUpdate {
        asset: AssetChoice::Replaces { key: "id:9".to_owned() },
        ..file("id:new", "/Folder/9.txt", "r9", "nine")
    };
    let gone = vec!["id:9".to_owned(), "id:11".to_owned()];
    let updates = vec![filled_in, taken_over];
    let commit = Commit { updates, gone, ..Commit::new(bench.source.id) };
    let committed = bench.ledger.commit(commit).await.unwrap();
    for field in [PrivateField::Name, PrivateField::Path] {
        erase(&bench, committed.events[1].event, field).await;
    }
    bench.ledger.close().await;
    bench
}

async fn erase(bench: &Bench, event: EventId, field: PrivateField) {
    assert!(bench.ledger.erase_private_field(bench.tenancy, event, field).await.unwrap());
}

fn database(bench: &Bench) -> Connection {
    Connection::open(bench.directory.path().join("proofbox.db")).unwrap()
}

fn checked(bench: &Bench) -> Fsck {
    fsck(bench.directory.path(), QUIET).unwrap()
}

#[tokio::test]
async fn sound_directory_is_clean_closed_and_beside_a_running_instance() {
    let bench = used().await;
    let report = checked(&bench);
    assert_eq!(report.findings, []);
    let entries = FILES + 4;
    assert_eq!((report.entries, report.checkpoints), (entries, 6));
    assert_eq!(fsck_on(&Db::Sqlite(Sqlite::new(database(&bench)))).unwrap().findings, []);

    let bench = bench.reopen().await;
    let more = bench.commit(vec![file("id:more", "/more", "r1", "more")]).await;
    // With its revision gone, nobody can tell whether the idempotency key is right.
    erase(&bench, more.events[0].event, PrivateField::Revision).await;
    let report = checked(&bench);
    assert_eq!((report.findings, report.entries), (Vec::new(), entries + 1));
    assert_eq!(report.key, Some(bench.ledger.log_key()));
}

#[tokio::test]
async fn empty_log_is_clean_and_a_directory_without_one_is_told() {
    let bench = Bench::on_files().await;
    assert_eq!(checked(&bench).findings, []);
    let nothing = tempfile::tempdir().unwrap();
    let error = fsck(nothing.path(), QUIET).unwrap_err();
    assert!(matches!(error, OpenError::NotFound(_)), "{error}");
    assert_eq!(std::fs::read_dir(nothing.path()).unwrap().count(), 0);
}

/// Damages, where they are found, and whether rebuilding mends them.
const DAMAGES: [(&str, &str, Repair); 18] = [
    ("update log_entry set entry = zeroblob(33) where id = 5", "entry 5 ", Repair::Restore),
    ("delete from log_entry where id = 6", "entry 6", Repair::Restore),
    ("update log_entry set id = 1 << 62 where id = 6", "entry 6", Repair::Restore),
    ("update log_entry set entry = zeroblob(9) where id = 0", "entry 0", Repair::Restore),
    ("delete from log_tile", "tile/0/000", Repair::Rebuild),
    ("update log_tile set hashes = zeroblob(8191)", "tile/0/000", Repair::Rebuild),
    ("update log_tile set root = zeroblob(32)", "tile/0/000", Repair::Rebuild),
    ("update log_head set frontier = zeroblob(9)", "the frontier", Repair::Rebuild),
    ("update log_head set size = 1 << 50", "the head", Repair::Restore),
    ("delete from log_head", "the head", Repair::Rebuild),
    ("update checkpoint set note = 'x' where size = 76", "checkpoint 76", Repair::Restore),
    ("update event set kind = 9 where id = 8", "event 8", Repair::Restore),
    ("update event set declared_at = declared_at + 1 where id = 8", "event 8", Repair::Restore),
    ("delete from event where id = 8", "event 8", Repair::Restore),
    ("update asset set versions = 2 where id = 8", "asset 8", Repair::Restore),
    ("delete from lookup where event = 8", "the lookup of event 8", Repair::Rebuild),
    ("delete from item_key where item = 8", "the index of item 8", Repair::Rebuild),
    ("delete from recorded where event = 8", "idempotency keys", Repair::Restore),
];

#[tokio::test]
async fn damage_is_found_where_it_is_and_rebuilding_mends_what_follows_from_the_rest() {
    let sound = used().await;
    let original = std::fs::read(sound.directory.path().join("proofbox.db")).unwrap();
    for (damage, place, repair) in DAMAGES {
        std::fs::write(sound.directory.path().join("proofbox.db"), &original).unwrap();
        database(&sound).execute(damage, []).unwrap();
        let report = checked(&sound);
        let found = report.findings.iter().find(|finding| finding.place.starts_with(place));
        let found = found.unwrap_or_else(|| panic!("{damage}: {:?}", report.findings));
        assert_eq!(found.repair, repair, "{damage}: {found}");
        if repair == Repair::Rebuild {
            let rebuilt = rebuild(sound.directory.path(), QUIET).unwrap();
            assert_eq!((rebuilt.entries, rebuilt.tiles), (FILES + 4, 1));
            assert_eq!(checked(&sound).findings, [], "{damage}");
        }
    }
}

#[tokio::test]
async fn rebuilt_directory_serves_on() {
    let bench = used().await;
    database(&bench).execute_batch("delete from log_tile; delete from lookup").unwrap();
    let rebuilt = rebuild(bench.directory.path(), QUIET).unwrap();
    assert_eq!((rebuilt.fingerprints, rebuilt.items), (FILES + 3, FILES + 1));
    let bench = bench.reopen().await;
    let committed = bench.commit(vec![file("id:3", "/Folder/3.txt", "r2", "more")]).await;
    assert_eq!(committed.events[0].version, 2, "the item was found");
    assert!(bench.ledger.receipt(committed.events[0].event).await.unwrap().is_some());
    bench.ledger.close().await;
    assert_eq!(checked(&bench).findings, []);
}

#[tokio::test]
async fn entries_that_do_not_lead_to_the_signed_root_are_not_rebuilt_from() {
    let bench = used().await;
    for damage in [
        "update log_entry set entry = zeroblob(33) where id = 5",
        "delete from log_entry where id = 6",
        "delete from log_entry where id > 270",
        "update checkpoint set note = 'x' where size = (select max(size) from checkpoint)",
    ] {
        let db = database(&bench);
        let before = std::fs::read(bench.directory.path().join("proofbox.db")).unwrap();
        db.execute(damage, []).unwrap();
        drop(db);
        let error = rebuild(bench.directory.path(), QUIET).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{damage}: {error}");
        let tiles: u64 = database(&bench)
            .query_row("select count(*) from log_tile", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tiles, 1, "{damage}: nothing was changed");
        std::fs::write(bench.directory.path().join("proofbox.db"), before).unwrap();
    }
}

#[tokio::test]
async fn directory_in_use_is_not_rebuilt() {
    let bench = Bench::on_files().await;
    let error = rebuild(bench.directory.path(), QUIET).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
}

/// A column whose every bit matters, and what its rows are known by.
type Column = (&'static str, &'static str, &'static [&'static str]);

const LOG: &[Column] = &[
    ("log_entry", "id", &["id"]),
    ("log_entry", "entry", &["id"]),
    ("log_entry", "entry", &["id"]),
    ("log_tile", "id", &["id"]),
    ("log_tile", "hashes", &["id"]),
    ("log_tile", "hashes", &["id"]),
    ("log_tile", "root", &["id"]),
    ("log_head", "size", &["id"]),
    ("log_head", "root", &["id"]),
    ("log_head", "frontier", &["id"]),
    ("log_head", "fingerprints", &["id"]),
    ("checkpoint", "size", &["size"]),
    ("checkpoint", "note", &["size"]),
];

const INDEXES: &[Column] = &[
    ("lookup", "level", &["level", "prefix", "event"]),
    ("lookup", "prefix", &["level", "prefix", "event"]),
    ("lookup", "event", &["level", "prefix", "event"]),
    ("item_key", "level", &["level", "tag", "item"]),
    ("item_key", "tag", &["level", "tag", "item"]),
    ("item_key", "item", &["level", "tag", "item"]),
    ("recorded", "item", &["item", "revision_tag"]),
    ("recorded", "revision_tag", &["item", "revision_tag"]),
    ("recorded", "event", &["item", "revision_tag"]),
    ("item", "source", &["id"]),
    ("item", "key", &["id"]),
    ("item", "asset", &["id"]),
];

const HISTORY: &[Column] = &[
    ("event", "id", &["id"]),
    ("event", "uuid", &["id"]),
    ("event", "asset", &["id"]),
    ("event", "version", &["id"]),
    ("event", "kind", &["id"]),
    ("event", "content_hash", &["id"]),
    ("event", "declared_at", &["id"]),
    ("event", "accepted_at", &["id"]),
    ("event", "origin", &["id"]),
    ("event", "salts", &["id"]),
    ("event", "leaf", &["id"]),
    ("event", "revision", &["id"]),
    ("event", "editor", &["id"]),
    ("folder", "path", &["id"]),
    ("asset", "id", &["id"]),
    ("asset", "uuid", &["id"]),
    ("asset", "tenancy", &["id"]),
    ("asset", "item", &["id"]),
    ("asset", "latest_event", &["id"]),
    ("asset", "version", &["id"]),
    ("asset", "versions", &["id"]),
    ("asset", "status", &["id"]),
    ("tenancy", "uuid", &["id"]),
    ("source", "account", &["id"]),
];

/// Flips one bit of one value. `None` where the store itself refuses the new value, or where the
/// value is none.
fn flip(db: &Connection, column: Column, random: &mut ChaCha8Rng) -> Option<String> {
    let (table, name, keys) = column;
    let rows: u64 =
        db.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).unwrap();
    let offset = random.random_range(0..rows);
    let select = format!("select {name}, {} from {table} limit 1 offset {offset}", keys.join(", "));
    let values: Vec<Value> =
        db.query_row(&select, [], |row| (0..=keys.len()).map(|at| row.get(at)).collect()).unwrap();
    let mut values = values.into_iter();
    // A row of an index that moved to the other level is found there just as well.
    let lowest = u32::from(name == "level");
    let flipped = match values.next().unwrap() {
        Value::Integer(number) => Value::Integer(number ^ 1 << random.random_range(lowest..63)),
        Value::Blob(bytes) => Value::Blob(with_flipped_bit(bytes, random)),
        Value::Text(text) => Value::Blob(with_flipped_bit(text.into_bytes(), random)),
        _ => return None,
    };
    let is_text =
        matches!(name, "note" | "key" | "leaf" | "revision" | "editor" | "path" | "account");
    let value = if is_text { "cast(? as text)" } else { "?" };
    let conditions: Vec<_> = keys.iter().map(|key| format!("{key} is ?")).collect();
    let update = format!("update {table} set {name} = {value} where {}", conditions.join(" and "));
    let what = format!("{table}.{name} row {offset}");
    let parameters = std::iter::once(flipped).chain(values);
    db.execute(&update, params_from_iter(parameters)).ok().map(|_| what)
}

fn with_flipped_bit(mut bytes: Vec<u8>, random: &mut ChaCha8Rng) -> Vec<u8> {
    let bit = random.random_range(0..bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// Flips so many bits in these columns, one after another, each in a sound database.
async fn every_flip_is_found(columns: &[Column], flips: u32) {
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let bench = used().await;
    let db = Db::Sqlite(Sqlite::new(database(&bench)));
    let Db::Sqlite(connection) = &db else { panic!("on files") };
    let connection = connection.settled().unwrap();
    let mut flipped = 0;
    while flipped < flips {
        connection.execute_batch("savepoint flip").unwrap();
        let column = columns[random.random_range(0..columns.len())];
        if let Some(what) = flip(connection, column, &mut random) {
            flipped += 1;
            let report = fsck_on(&db).unwrap();
            assert!(!report.is_clean(), "{what} (flip {flipped} of seed {seed})");
        }
        connection.execute_batch("rollback to flip; release flip").unwrap();
    }
}

#[tokio::test]
async fn every_flipped_bit_of_entries_tiles_head_and_checkpoints_is_found() {
    every_flip_is_found(LOG, 4_000).await;
}

#[tokio::test]
async fn every_flipped_bit_of_the_indexes_is_found() {
    every_flip_is_found(INDEXES, 2_500).await;
}

#[tokio::test]
async fn every_flipped_bit_of_the_events_is_found() {
    every_flip_is_found(HISTORY, 1_500).await;
}
