//! Limits, failures and waits: how often Dropbox is called, and how soon again.

use std::time::Duration;

use jiff::Timestamp;
use ledger::Source;
use sandbox::{Fault, Options, Person};
use serde_json::json;
use sync::{State, SyncOptions, Verdict};

use crate::direct::{CONTINUE, LIST, LONGPOLL, TOKEN};
use crate::house::{House, options};

const HTML: &str = "<html><body>Something went wrong</body></html>";

/// The next reading is refused, and the account is to be left alone for 300 s.
fn too_many_requests() -> Fault {
    let body = r#"{"error_summary":"too_many_requests/..","error":{"reason":{".tag":"too_many_requests"},"retry_after":300}}"#;
    let busy = Fault::answer(CONTINUE, 1, 429, body).with_header("retry-after", "300");
    busy.with_header("content-type", "application/json")
}

async fn house_with_a_document() -> (House, Source) {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    house.admin.clear_requests();
    (house, source)
}

#[tokio::test]
async fn t09_storm_of_changes_is_one_reading_and_one_more() {
    let (house, _) = house_with_a_document().await;
    house.hold_the_next_reading();
    for number in 0..1_000 {
        house.files.write("/d/a.txt", format!("version {number}")).unwrap();
    }
    house.files.write("/d/b.txt", "last").unwrap();
    let documents = || async { house.documents().await.len() };
    let mut events = house.ledger.changes();
    while documents().await < 2 {
        events.recv().await.unwrap();
    }
    assert!(house.admin.count(CONTINUE) <= 3, "{:?}", house.calls());
}

/// The 107 bytes that Dropbox was seen to send, with the wait in the header alone.
#[tokio::test]
async fn t10_wait_is_read_from_the_header_where_the_body_has_none() {
    let (house, source) = house_with_a_document().await;
    let body = r#"{"error_summary": "too_many_write_operations/", "error": {"reason": {".tag": "too_many_write_operations"}}}"#;
    let busy =
        Fault::answer(CONTINUE, 1, 429, body).with_header("content-type", "application/json");
    house.admin.inject(busy.with_header("retry-after", "1"));
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_state(source.id, |state| matches!(state, State::Waiting { .. })).await;
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
}

#[tokio::test]
async fn t11_wait_of_300_s_stops_the_whole_account_and_no_other() {
    let bob = Person::new("Bob", "Other", "bob@example.org");
    let two = Options { further_accounts: vec![bob], ..Options::default() };
    let house = House::with(two, options()).await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    let theirs = house.sandbox.files_of("bob@example.org").unwrap();
    theirs.create_folder("/b").unwrap();
    let consent = house.consent_of("bob@example.org").await;
    let other = house.use_code(&consent).await.unwrap();
    let folder = house.sync.folders(house.tenancy, other.id, None).await.unwrap().remove(0);
    let rule = sync::Rule { folder: folder.id, path: folder.path, verdict: Verdict::Include };
    let rules = sync::Rules::new(vec![rule]).unwrap();
    house.sync.link(house.tenancy, other.id, rules).await.unwrap();
    house.until_state(other.id, |state| *state == State::UpToDate).await;

    house.admin.clear_requests();
    house.admin.inject(too_many_requests());
    house.files.write("/d/a.txt", "two").unwrap();
    let long = |state: &State| match state {
        State::Waiting { until, .. } => until.duration_since(Timestamp::now()).as_secs() > 290,
        _ => false,
    };
    house.until_state(source.id, long).await;
    assert!(house.sync.folders(house.tenancy, source.id, None).await.is_err());
    assert_eq!(house.calls().values().sum::<u64>(), 1, "{:?}", house.calls());
    theirs.write("/b/c.txt", "theirs").unwrap();
    house.until_documents(&[("/b/c.txt", "new"), ("/d/a.txt", "new")]).await;
    house.until_state(source.id, long).await;
}

#[tokio::test]
async fn t11_wait_holds_for_every_tenancy_that_links_the_account() {
    let (mut house, source) = house_with_a_document().await;
    let mine = house.tenancy;
    house.tenancy = house.ledger.create_tenancy("Others".to_owned()).await.unwrap().tenancy;
    let other = house.linked("/d").await;
    house.until_documents(&[("/d/a.txt", "new")]).await;

    house.admin.clear_requests();
    house.admin.inject(too_many_requests());
    house.files.write("/d/a.txt", "two").unwrap();
    let waits = |state: &State| matches!(state, State::Waiting { .. });
    house.until_state(other.id, waits).await;
    house.tenancy = mine;
    house.until_state(source.id, waits).await;
    assert_eq!(house.calls().values().sum::<u64>(), 1, "{:?}", house.calls());
}

#[tokio::test]
async fn t12_refusal_in_plain_text_is_a_request_to_wait() {
    let (house, source) = house_with_a_document().await;
    let busy = Fault::answer(CONTINUE, 1, 429, "too_many_requests");
    house.admin.inject(busy.with_header("retry-after", "1"));
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_state(source.id, |state| matches!(state, State::Waiting { .. })).await;
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
}

#[tokio::test]
async fn t13_html_instead_of_an_answer_is_tried_again_when_listing_and_when_renewing_a_token() {
    let (house, _) = house_with_a_document().await;
    for status in [500, 502, 503] {
        house.admin.inject(Fault::answer(CONTINUE, 1, status, HTML));
        house.admin.inject(Fault::answer(TOKEN, 1, status, HTML));
    }
    house.admin.expire_access_tokens().unwrap();
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
    assert_eq!(house.admin.count(TOKEN), 4, "{:?}", house.calls());

    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    for status in [500, 502, 503] {
        house.admin.inject(Fault::answer(LIST, 1, status, HTML));
    }
    house.linked("/d").await;
    house.until_documents(&[("/d/a.txt", "new")]).await;
}

#[tokio::test]
async fn t40_wait_that_breaks_off_or_asks_for_less_is_heeded_and_the_sweep_sees_everything() {
    let sweeping = SyncOptions { sweep_interval: Duration::from_millis(300), ..options() };
    let house = House::with(Options::default(), sweeping).await;
    house.files.write("/d/a.txt", "one").unwrap();
    // A proxy cuts the first wait; the next answer wants us gone for longer than this test takes.
    house.admin.inject(Fault::answer(LONGPOLL, 1, 504, HTML));
    house.answer_next(LONGPOLL, &json!({ "changes": false, "backoff": 600 }));
    house.linked("/d").await;
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
    assert!(house.admin.count(LONGPOLL) <= 3, "{:?}", house.admin.request_counts());
}

#[tokio::test]
async fn t41_reports_of_changes_that_turn_out_empty_do_not_spin() {
    let slow = SyncOptions { backoff_first: Duration::from_mins(1), ..options() };
    let house = House::with(Options::default(), slow).await;
    house.files.write("/d/a.txt", "one").unwrap();
    for _ in 0..500 {
        house.answer_next(LONGPOLL, &json!({ "changes": true }));
    }
    house.linked("/d").await;
    let mut watch = house.sync.watch();
    while house.admin.count(LONGPOLL) < 4 {
        watch.recv().await.unwrap();
    }
    assert!(house.admin.count(LONGPOLL) <= 6, "{:?}", house.admin.request_counts());
}

/// The sandbox refuses a wait with a token, as Dropbox does.
#[tokio::test]
async fn t42_wait_carries_no_token() {
    let (house, _) = house_with_a_document().await;
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
    let waits = house.admin.requests().into_iter().filter(|request| request.route == LONGPOLL);
    assert!(waits.map(|request| request.status).all(|status| status == 200));
    let direct = house.direct().await;
    let (status, body) = direct.attempt(LONGPOLL, &json!({ "cursor": "any" })).await;
    assert_eq!(status, 400, "{body}");
}
