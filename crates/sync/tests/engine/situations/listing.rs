//! Pages, cursors and how much is listed.

use std::time::Duration;

use sandbox::{Backing, Fault, Options, Pages};
use serde_json::json;
use sync::{State, Verdict};

use crate::direct::{CONTINUE, LIST, LONGPOLL};
use crate::house::{House, options};

fn write_numbered(house: &House, files: u32) {
    for number in 0..files {
        house.files.write(&format!("/d/{number:05}.txt"), format!("{number}")).unwrap();
    }
}

/// Links `/d` and gives the documents that there are when it is first called up to date.
async fn documents_at_first_sight(house: &House) -> u64 {
    let source = house.linked("/d").await;
    house.health(source.id).await.documents
}

#[tokio::test]
async fn t01_page_without_entries_is_not_the_end() {
    let house = House::new().await;
    write_numbered(&house, 20);
    house.admin.set_pages(Pages { entries_max: Some(3), empty_every: Some(2) });
    assert_eq!(documents_at_first_sight(&house).await, 20);
}

#[tokio::test]
async fn t02_pages_of_one_entry_and_pages_longer_than_the_limit_are_read_alike() {
    let house = House::new().await;
    write_numbered(&house, 12);
    house.admin.set_pages(Pages { entries_max: Some(1), empty_every: None });
    assert_eq!(documents_at_first_sight(&house).await, 12);

    let few = sync::SyncOptions { page_entries: Some(2), ..options() };
    let house = House::with(Options::default(), few).await;
    write_numbered(&house, 12);
    let all = house.direct().await.listing("/d").await;
    house.answer_next(LIST, &all);
    assert_eq!(documents_at_first_sight(&house).await, 12);
    assert_eq!(house.admin.count(CONTINUE), 0, "the one page was all");
}

#[tokio::test]
async fn t03_folder_of_10001_files_is_recorded_to_the_last() {
    let house = House::new().await;
    write_numbered(&house, 10_001);
    assert_eq!(documents_at_first_sight(&house).await, 10_001);
    assert_eq!(house.ledger.asset_count(house.tenancy).await.unwrap(), 10_001);
}

#[tokio::test]
async fn t04_reset_in_the_middle_of_a_listing_and_later_repeats_nothing() {
    let house = House::new().await;
    write_numbered(&house, 9);
    house.admin.set_pages(Pages { entries_max: Some(2), empty_every: None });
    house.fail_next(CONTINUE, 409, &json!({ ".tag": "reset" }));
    let source = house.linked("/d").await;
    assert_eq!(house.ledger.asset_count(house.tenancy).await.unwrap(), 9);
    house.files.delete("/d/00000.txt").unwrap();
    house.admin.reset_cursors().unwrap();
    house.files.write("/d/00001.txt", "changed").unwrap();
    let expected = (0..9).map(|number| format!("/d/{number:05}.txt")).collect::<Vec<_>>();
    let history = |path: &str| if path.ends_with("1.txt") { "new publish" } else { "new" };
    let expected = expected.iter().map(|path| (path.as_str(), history(path))).collect::<Vec<_>>();
    house.until_documents(&expected).await;
    house.until_state(source.id, |state| *state == State::UpToDate).await;
    let gone = house.ledger.items_below(source.id, "/d", None, 100).await.unwrap();
    let gone = gone.iter().filter(|item| item.presence == ledger::Presence::Gone);
    assert_eq!(gone.map(|item| item.path.as_str()).collect::<Vec<_>>(), ["/d/00000.txt"]);
}

#[tokio::test]
async fn t05_reset_while_waiting_repeats_nothing() {
    let house = House::new().await;
    write_numbered(&house, 3);
    house.fail_next(LONGPOLL, 409, &json!({ ".tag": "reset" }));
    house.linked("/d").await;
    house.admin.reset_cursors().unwrap();
    house.files.write("/d/new.txt", "new").unwrap();
    let old = ["/d/00000.txt", "/d/00001.txt", "/d/00002.txt"].map(|path| (path, "new"));
    let expected = old.into_iter().chain([("/d/new.txt", "new")]).collect::<Vec<_>>();
    house.until_documents(&expected).await;
}

#[tokio::test]
async fn t14_listing_that_takes_too_long_is_asked_for_in_smaller_pages() {
    let pages = sync::SyncOptions { page_entries: Some(40), ..options() };
    let house = House::with(Options::default(), pages).await;
    write_numbered(&house, 60);
    house.admin.inject(Fault::answer(LIST, 1, 504, "<html>gateway timeout</html>"));
    assert_eq!(documents_at_first_sight(&house).await, 60);
    assert_eq!(house.admin.count(LIST), 2);
    assert!(house.admin.count(CONTINUE) > 2, "the pages are smaller: {:?}", house.calls());
}

#[tokio::test]
async fn t45_small_folder_of_a_huge_account_is_all_that_is_listed() {
    let backing = Backing::Generated { seed: 1, files: 4_400_000 };
    let house = House::with(Options { backing, ..Options::default() }, options()).await;
    for number in 0..10 {
        house.files.write(&format!("/chosen/{number}.txt"), "x").unwrap();
    }
    let source = house.linked("/chosen").await;
    assert_eq!(house.health(source.id).await.documents, 10);
    let listings = house.admin.count(LIST) + house.admin.count(CONTINUE);
    assert!(listings <= 3, "{:?}", house.calls());
}

#[tokio::test]
async fn t46_restart_in_the_middle_of_a_first_scan_goes_on_where_it_was() {
    let mut house = House::new().await;
    write_numbered(&house, 40);
    house.admin.set_pages(Pages { entries_max: Some(2), empty_every: None });
    let source = house.connect().await;
    let rules = house.rules(&[("/d", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    let midway = |state: &State| matches!(state, State::Scanning { recorded: 6.., .. });
    house.until_state(source.id, midway).await;
    house.restart().await;
    let health = house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert_eq!(health.documents, 40);
    assert_eq!(house.admin.count(LIST), 1, "the scan began anew");
    house.restart().await;
    house.files.write("/d/00000.txt", "changed").unwrap();
    let changed = ("/d/00000.txt".to_owned(), "new publish".to_owned());
    let mut events = house.ledger.changes();
    while !house.documents().await.contains(&changed) {
        events.recv().await.unwrap();
    }
}

#[tokio::test]
async fn t47_mass_deletion_publishes_nothing_and_is_over_at_once() {
    let house = House::new().await;
    write_numbered(&house, 6_000);
    house.files.write("/d/kept/a.txt", "kept").unwrap();
    house.files.move_to("/d/kept", "/kept").unwrap();
    let source = house.linked("/d").await;
    let size = house.ledger.checkpoint().await.unwrap();
    house.files.delete("/d").unwrap();
    let missing = |health: &sync::Health| health.missing_folders == ["/d"];
    house.until_health(source.id, missing).await;
    house.until_state(source.id, |state| *state == State::UpToDate).await;
    let items = house.ledger.items_below(source.id, "/d", None, 10_000).await.unwrap();
    assert!(items.iter().all(|item| item.presence == ledger::Presence::Gone));
    assert_eq!((items.len(), house.ledger.checkpoint().await.unwrap()), (6_000, size));
}

#[tokio::test]
async fn t52_tombstones_of_the_time_before_are_no_deletions() {
    let house = House::new().await;
    write_numbered(&house, 2);
    house.files.delete("/d/00000.txt").unwrap();
    let direct = house.direct().await;
    let everything = json!({ "path": "/d", "recursive": true, "include_deleted": true });
    let listing = direct.call(LIST, &everything).await;
    assert!(listing.to_string().contains(r#"".tag":"deleted""#), "{listing}");
    house.answer_next(LIST, &listing);
    let source = house.linked("/d").await;
    house.until_documents(&[("/d/00001.txt", "new")]).await;
    let known = house.ledger.items_below(source.id, "/d", None, 10).await.unwrap();
    assert_eq!(known.len(), 1, "what was never there for us left a trace: {known:?}");
}

/// Killed, not stopped, at moments of its choosing: `t08_…` of the binary's tests.
#[tokio::test]
async fn t08_reader_that_is_dropped_between_page_and_cursor_loses_and_repeats_nothing() {
    let mut house = House::new().await;
    write_numbered(&house, 60);
    house.admin.set_pages(Pages { entries_max: Some(2), empty_every: None });
    let source = house.connect().await;
    let rules = house.rules(&[("/d", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    for delay_ms in 0..12 {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        house.restart().await;
    }
    let health = house.until_state(source.id, |state| *state == State::UpToDate).await;
    let documents = house.ledger.asset_count(house.tenancy).await.unwrap();
    assert_eq!((health.documents, documents), (60, 60));
    let checkpoint = house.ledger.checkpoint().await.unwrap();
    assert_eq!(checkpoint.lines().nth(1), Some("61"), "one entry each, and the policy");
}
