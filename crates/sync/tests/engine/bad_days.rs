//! Faults, expired tokens, reset cursors, restarts: nothing is lost, nothing comes twice.

use sandbox::{Fault, Pages};
use sync::{State, Verdict};

use crate::house::House;

const CONTINUE: &str = "files/list_folder/continue";
const MISSING_SCOPE: &str = r#"{"error_summary":"missing_scope/..","error":
    {".tag":"missing_scope","required_scope":"files.metadata.read"}}"#;
const BUSY: &str = r#"{"error_summary":"too_many_requests/..","error":
    {"reason":{".tag":"too_many_requests"}}}"#;

/// An account with files, delivered in pages of two.
async fn house_with_pages(files: u32) -> House {
    let house = House::new().await;
    for number in 0..files {
        house.files.write(&format!("/d/{number:02}.txt"), format!("{number}")).unwrap();
    }
    house.admin.set_pages(Pages { entries_max: Some(2), empty_every: None });
    house
}

#[tokio::test]
async fn token_that_expires_in_the_middle_of_a_listing_is_renewed() {
    let house = house_with_pages(9).await;
    let source = house.connect().await;
    house.admin.inject(Fault::delay(CONTINUE, 1, 100));
    let rules = house.rules(&[("/d", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house.until_state(source.id, |state| matches!(state, State::Scanning { seen: 1.., .. })).await;
    house.admin.expire_access_tokens().unwrap();
    let health = house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert_eq!(health.documents, 9);
}

#[tokio::test]
async fn dropbox_in_trouble_is_tried_again_and_shown() {
    let house = house_with_pages(9).await;
    let source = house.connect().await;
    for status in [500, 502, 503] {
        house.admin.inject(Fault::answer(CONTINUE, 1, status, "<html>oops</html>"));
    }
    let rules = house.rules(&[("/d", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house.until_state(source.id, |state| matches!(state, State::Failed { .. })).await;
    let health = house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert_eq!(health.documents, 9);
    assert_eq!(house.ledger.asset_count(house.tenancy).await.unwrap(), 9);
}

#[tokio::test]
async fn request_to_wait_is_honoured_for_the_whole_account_and_shown() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    house.admin.clear_requests();
    let busy =
        Fault::answer(CONTINUE, 1, 429, BUSY).with_header("content-type", "application/json");
    house.admin.inject(busy.with_header("retry-after", "1"));
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_state(source.id, |state| matches!(state, State::Waiting { .. })).await;
    let calls: u64 = house.calls().values().sum();
    assert_eq!(calls, 1, "{:?}", house.calls());
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
}

#[tokio::test]
async fn reset_cursor_means_listing_afresh_and_not_one_new_event() {
    let house = house_with_pages(9).await;
    let source = house.linked("/d").await;
    house.admin.reset_cursors().unwrap();
    house.files.delete("/d/00.txt").unwrap();
    house.files.write("/d/01.txt", "changed").unwrap();
    house.files.write("/d/new.txt", "new").unwrap();
    let publish = |number: u32| if number == 1 { "new publish" } else { "new" };
    let expected = (0..9).map(|number| (format!("/d/{number:02}.txt"), publish(number)));
    let mut expected: Vec<_> = expected.collect();
    expected.push(("/d/new.txt".to_owned(), "new"));
    let expected: Vec<_> =
        expected.iter().map(|(path, history)| (path.as_str(), *history)).collect();
    house.until_documents(&expected).await;
    house.until_state(source.id, |state| *state == State::UpToDate).await;
}

#[tokio::test]
async fn restart_in_the_middle_of_a_scan_goes_on_where_it_was() {
    let mut house = house_with_pages(40).await;
    let source = house.connect().await;
    let rules = house.rules(&[("/d", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    let midway = |state: &State| matches!(state, State::Scanning { recorded: 6.., .. });
    house.until_state(source.id, midway).await;
    house.restart().await;
    let health = house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert_eq!(health.documents, 40);
    assert_eq!(house.admin.count("files/list_folder"), 1, "the scan began anew");
    house.restart().await;
    house.files.write("/d/00.txt", "changed").unwrap();
    let mut events = house.ledger.changes();
    while !house.documents().await.contains(&("/d/00.txt".to_owned(), "new publish".to_owned())) {
        events.recv().await.unwrap();
    }
}

#[tokio::test]
async fn files_that_change_while_they_are_listed_end_up_right() {
    let house = house_with_pages(9).await;
    let source = house.connect().await;
    house.admin.inject(Fault::delay(CONTINUE, 1, 150));
    let rules = house.rules(&[("/d", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house
        .until_state(source.id, |state| matches!(state, State::Scanning { recorded: 1.., .. }))
        .await;
    house.files.write("/d/00.txt", "changed").unwrap();
    house.files.move_to("/d/08.txt", "/d/000.txt").unwrap();
    house.files.delete("/d/07.txt").unwrap();
    house.until_state(source.id, |state| *state == State::UpToDate).await;
    let documents = house.documents().await;
    let at = |path: &str| documents.iter().filter(|(shown, _)| shown == path).count();
    assert_eq!((at("/d/00.txt"), at("/d/000.txt"), at("/d/08.txt")), (1, 1, 0), "{documents:?}");
}

#[tokio::test]
async fn permission_that_is_missing_is_named() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    let fault = Fault::answer(CONTINUE, 1, 401, MISSING_SCOPE);
    house.admin.inject(fault.with_header("content-type", "application/json"));
    house.files.write("/d/a.txt", "two").unwrap();
    let named = |state: &State| match state {
        State::Failed { reason, .. } => reason.contains("files.metadata.read"),
        _ => false,
    };
    house.until_state(source.id, named).await;
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
}
