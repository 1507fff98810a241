//! Tokens, permissions, and links that end.

use ledger::{DisconnectedBy, Source};
use reqwest::header::COOKIE;
use sandbox::{Fault, Options, Person};
use serde_json::json;
use sync::State;

use crate::direct::{CONTINUE, REVISIONS, TOKEN};
use crate::house::{APP, House, options};

async fn house_with_documents(files: u32) -> (House, Source) {
    let bob = Person::new("Bob", "Other", "bob@example.org");
    let two = Options { further_accounts: vec![bob], ..Options::default() };
    let house = House::with(two, options()).await;
    for number in 0..files {
        house.files.write(&format!("/d/{number}.txt"), "one").unwrap();
    }
    let source = house.linked("/d").await;
    house.admin.clear_requests();
    (house, source)
}

#[tokio::test]
async fn t22_token_that_expires_under_parallel_calls_is_renewed_once() {
    let (house, _) = house_with_documents(12).await;
    for number in 0..12 {
        house.files.write(&format!("/d/{number}.txt"), "two").unwrap();
    }
    let expired = json!({ ".tag": "expired_access_token" });
    for _ in 0..4 {
        house.fail_next(REVISIONS, 401, &expired);
    }
    let paths: Vec<_> = (0..12).map(|number| format!("/d/{number}.txt")).collect();
    let mut expected: Vec<_> = paths.iter().map(|path| (path.as_str(), "new publish")).collect();
    expected.sort_unstable();
    house.until_documents(&expected).await;
    assert_eq!(house.admin.count(TOKEN), 1, "{:?}", house.calls());
}

#[tokio::test]
async fn t23_link_that_ended_at_dropbox_is_shown_and_taken_up_again_by_the_same_account_only() {
    let (house, source) = house_with_documents(1).await;
    house.admin.disconnect(APP).unwrap();
    house.files.write("/d/0.txt", "two").unwrap();
    let ended =
        |state: &State| matches!(state, State::Disconnected { by: DisconnectedBy::Provider, .. });
    house.until_state(source.id, ended).await;
    let calls: u64 = house.calls().values().sum();
    assert!(calls <= 4, "a storm of calls: {:?}", house.calls());
    house.files.write("/d/0.txt", "three").unwrap();

    let other = house.use_code(&house.consent_of("bob@example.org").await).await.unwrap();
    assert_ne!(other.id, source.id, "another account took over the link");
    assert!(ended(&house.health(source.id).await.state));
    let again = house.connect().await;
    assert_eq!(again.id, source.id);
    house.until_documents(&[("/d/0.txt", "new filled publish")]).await;
}

/// As it was seen on the content host: the real error is JSON inside a text.
#[tokio::test]
async fn t24_refused_token_in_disguise_is_renewed_once() {
    let (house, _) = house_with_documents(1).await;
    let real = json!({ "error_summary": "expired_access_token/.", "error": { ".tag": "expired_access_token" } });
    let body = json!({
        "error_summary": "other/...",
        "error": { ".tag": "other" },
        "user_message": { "locale": "en", "text": real.to_string() },
    });
    let disguised = Fault::answer(CONTINUE, 1, 401, &body.to_string());
    house.admin.inject(disguised.with_header("content-type", "application/json"));
    house.files.write("/d/0.txt", "two").unwrap();
    house.until_documents(&[("/d/0.txt", "new publish")]).await;
    assert_eq!(house.admin.count(TOKEN), 1, "{:?}", house.calls());
}

#[tokio::test]
async fn t25_permission_that_was_taken_away_is_asked_for_by_its_name() {
    let (house, source) = house_with_documents(1).await;
    let missing = json!({ ".tag": "missing_scope", "required_scope": "files.metadata.read" });
    house.fail_next(CONTINUE, 401, &missing);
    house.files.write("/d/0.txt", "two").unwrap();
    let named = |state: &State| match state {
        State::Failed { reason, .. } => reason.contains("files.metadata.read"),
        _ => false,
    };
    house.until_state(source.id, named).await;
    house.until_documents(&[("/d/0.txt", "new publish")]).await;
}

/// Dropbox shows a page and never sends anybody back, so nothing here can react to it: the guide
/// has its words, and says what to do.
#[tokio::test]
async fn t26_app_at_its_user_limit_stores_nothing_and_is_in_the_guide() {
    const GUIDE: &str = include_str!("../../../../../docs/dropbox-app.md");
    let house = House::new().await;
    house.admin.freeze(APP);
    let (browser, cookie) = house.signed_in("ada@example.org").await;
    let (authorization, _) = house.authorization();
    let page = browser.get(authorization.url).header(COOKIE, cookie).send().await.unwrap();
    assert!(!page.status().is_redirection());
    let words = "This app has reached its user limit";
    assert!(page.text().await.unwrap().contains(words));
    assert!(GUIDE.contains(words));
    assert!(house.ledger.sources(house.tenancy).await.unwrap().is_empty());
}
