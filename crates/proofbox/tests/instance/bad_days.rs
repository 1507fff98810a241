//! Bad days at Dropbox in the middle of a first scan. Whatever happens, each file is recorded once,
//! each change once, and the integration ends up to date.

use sandbox::{Backing, Fault, Pages};
use serde_json::{Value, json};
use testkit::Walk;

use super::beside::Beside;

const FILES: u64 = 500;
/// Small pages: the bad day falls between two of them.
const PAGES: Pages = Pages { entries_max: Some(40), empty_every: Some(5) };

/// Scans while the Dropbox misbehaves in this way.
async fn scan(misbehave: impl FnOnce(&Beside)) {
    let beside = Beside::new(Backing::Generated { seed: 3, files: FILES }).await;
    beside.dropbox.admin().set_pages(PAGES);
    let proofbox = beside.start();
    let walk = beside.administrator(&proofbox).await;
    let integration = walk.connect().await.unwrap();
    misbehave(&beside);
    walk.link_all(&integration).await.unwrap();
    walk.until_up_to_date(&integration, FILES).await.unwrap();
    assert_eq!(log_size(&walk).await, FILES + 1);
    assert!(proofbox.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn token_that_expires_between_two_pages_is_renewed() {
    scan(|beside| {
        let body = json!({"error_summary": "expired_access_token/.", "error": {".tag": "expired_access_token"}});
        let expired = Fault::answer("files/list_folder/continue", 1, 401, &body.to_string());
        beside.dropbox.admin().inject(expired.with_header("content-type", "application/json"));
        beside.dropbox.admin().expire_access_tokens().unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dropbox_that_asks_for_patience_gets_it() {
    scan(|beside| {
        let body = json!({"error_summary": "too_many_requests/.", "error": {"reason": {".tag": "too_many_requests"}, "retry_after": 1}});
        let slow_down = Fault::answer("files/list_folder/continue", 1, 429, &body.to_string());
        beside.dropbox.admin().inject(slow_down.with_header("retry-after", "1"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dropbox_that_is_down_for_a_moment_is_asked_again() {
    scan(|beside| {
        beside.dropbox.admin().inject(Fault::answer("files/list_folder/continue", 2, 503, "down"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn file_that_changes_while_it_is_listed_has_all_its_versions() {
    let beside = Beside::new(Backing::Generated { seed: 4, files: FILES }).await;
    beside.dropbox.files().write("/Changing.txt", "version 1").unwrap();
    beside.dropbox.admin().set_pages(PAGES);
    beside.dropbox.admin().inject(Fault::delay("files/list_folder/continue", 8, 30));
    let proofbox = beside.start();
    let (walk, integration) = beside.linked(&proofbox).await;
    let seen = |health: &Value| health["documents"].as_u64() > Some(0);
    walk.until_health(&integration, seen).await.unwrap();
    for version in 2..=4 {
        beside.dropbox.files().write("/Changing.txt", format!("version {version}")).unwrap();
    }

    walk.until_up_to_date(&integration, FILES + 1).await.unwrap();
    let newest = dropbox::digest(b"version 4".as_slice()).unwrap().content_hash.to_string();
    let asset = walk.asset_at("/Changing.txt").await.unwrap();
    let path = format!("/archivist/v2/{}/events", asset["identity"].as_str().unwrap());
    let current = |page: &Value| page["events"][0]["document"]["content_hash"] == newest.as_str();
    let page = walk.until(&path, current).await.unwrap();
    // What was already past when the file was first seen may be one version; nothing after it is
    // missed, and nothing is there twice.
    let versions = page["events"].as_array().unwrap().len() as u64;
    assert!((1..=4).contains(&versions), "{page}");
    assert_eq!(log_size(&walk).await, FILES + versions + 1);
}

async fn log_size(walk: &Walk) -> u64 {
    let checkpoint = walk.text("/log/checkpoint").await.unwrap();
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}
