//! What owners and Dropbox tell a running integration.

use dropbox::{App, Client, Hosts};
use hmac::{Hmac, KeyInit, Mac};
use ledger::{Beginning, Fingerprints, OnDeletion, SourceSettings, StepKind};
use sandbox::Fault;
use sha2::Sha256;
use sync::{NotificationError, SourceError, State};

use crate::house::{APP, House};

const SECRET: &str = "h7g6f5e4d3c2b1a";
/// Longer than anything here takes.
const NEVER_MS: u64 = 60_000;

fn settings(on_deletion: OnDeletion) -> SourceSettings {
    SourceSettings { on_deletion, ..SourceSettings::default() }
}

fn client(house: &House) -> Client {
    let app = App { key: APP.to_owned(), secret: Some(SECRET.into()) };
    Client::new(Hosts::single(house.sandbox.url().clone()), app).unwrap()
}

fn signature(body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    hex::encode(mac.chain_update(body).finalize().into_bytes())
}

fn deaf(house: &House) {
    house.admin.inject(Fault::delay("files/list_folder/longpoll", 1_000, NEVER_MS));
}

#[tokio::test]
async fn paused_integration_reads_nothing_and_then_fills_in_what_it_missed() {
    let mut house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    house.sync.pause(house.tenancy, source.id).await.unwrap();
    house.until_state(source.id, |state| matches!(state, State::Paused { .. })).await;
    house.files.write("/d/a.txt", "two").unwrap();
    house.files.write("/d/a.txt", "three").unwrap();
    let asked = house.sync.sync_now(house.tenancy, source.id).await;
    assert!(matches!(asked, Err(SourceError::Paused)), "{asked:?}");
    house.restart().await;
    house.until_state(source.id, |state| matches!(state, State::Paused { .. })).await;
    house.until_documents(&[("/d/a.txt", "new")]).await;
    house.sync.resume(house.tenancy, source.id).await.unwrap();
    house.until_documents(&[("/d/a.txt", "new filled publish")]).await;
}

#[tokio::test]
async fn asking_for_a_look_reads_what_nobody_reported() {
    let house = House::new().await;
    deaf(&house);
    let source = house.linked("/d").await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.sync.sync_now(house.tenancy, source.id).await.unwrap();
    house.until_documents(&[("/d/a.txt", "new")]).await;
}

#[tokio::test]
async fn notification_wakes_the_account_that_it_names_and_nobody_else() {
    let mut house = House::new().await;
    house.restart_with(Some(client(&house))).await;
    deaf(&house);
    let source = house.linked("/d").await;
    house.files.write("/d/a.txt", "one").unwrap();
    let other = r#"{"list_folder":{"accounts":["dbid:unknown"]},"delta":{"users":[1]}}"#;
    assert_eq!(house.sync.notify(&signature(other), other.as_bytes()), Ok(0));
    let ours = format!(r#"{{"list_folder":{{"accounts":["{}"]}}}}"#, source.account);
    let forged = house.sync.notify(&signature(other), ours.as_bytes());
    assert_eq!(forged, Err(NotificationError::BadSignature));
    for _ in 0..1_000 {
        assert_eq!(house.sync.notify(&signature(&ours), ours.as_bytes()), Ok(1));
    }
    house.until_documents(&[("/d/a.txt", "new")]).await;
}

#[tokio::test]
async fn deletion_withdraws_the_document_if_its_owner_wants_so() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/b.txt", "other").unwrap();
    house.files.write("/d/s/c.txt", "third").unwrap();
    let source = house.linked("/d").await;
    let withdraw = settings(OnDeletion::Withdraw);
    house.sync.configure(house.tenancy, source.id, withdraw).await.unwrap();
    house.files.delete("/d/a.txt").unwrap();
    // Moved out of what is linked: not deleted.
    house.files.move_to("/d/b.txt", "/b.txt").unwrap();
    house.files.delete("/d/s").unwrap();
    let (b, c) = (("/d/b.txt", "new"), ("/d/s/c.txt", "new withdraw"));
    house.until_documents(&[("/d/a.txt", "new withdraw"), b, c]).await;
    house.files.move_to("/b.txt", "/d/b.txt").unwrap();
    house.files.write("/d/b.txt", "more").unwrap();
    let b = ("/d/b.txt", "new publish");
    house.until_documents(&[("/d/a.txt", "new withdraw"), b, c]).await;
    house.assert_clean().await;
}

#[tokio::test]
async fn deletion_only_pauses_the_trail_unless_its_owner_wants_more() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.linked("/d").await;
    house.files.delete("/d/a.txt").unwrap();
    house.files.write("/d/b.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new"), ("/d/b.txt", "new")]).await;
}

#[tokio::test]
async fn every_step_is_remembered() {
    use StepKind::{
        CaughtUp, Configured, Connected, Disconnected, Linked, Paused, Recorded, Resumed,
    };

    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    let settings = SourceSettings {
        on_deletion: OnDeletion::Withdraw,
        fingerprints: Fingerprints::Metadata,
        history: Beginning::Now,
    };
    house.sync.configure(house.tenancy, source.id, settings).await.unwrap();
    house.sync.pause(house.tenancy, source.id).await.unwrap();
    house.sync.resume(house.tenancy, source.id).await.unwrap();
    house.sync.disconnect(house.tenancy, source.id).await.unwrap();
    let steps = house.ledger.activity(source.id, None, 100).await.unwrap();
    let mut kinds: Vec<_> = steps.iter().rev().map(|activity| activity.step.kind).collect();
    kinds.dedup();
    let expected =
        [Connected, Linked, Recorded, CaughtUp, Configured, Paused, Resumed, Disconnected];
    assert_eq!(kinds, expected);
    assert!(steps.iter().any(|activity| activity.step.detail == "Linked: /d."));
    assert_eq!(steps.iter().map(|activity| activity.step.events).sum::<u64>(), 1);
}

#[tokio::test]
async fn history_may_begin_with_the_oldest_version_that_is_kept() {
    let house = House::new().await;
    for content in ["one", "two", "two", "three"] {
        house.files.write("/d/a.txt", content).unwrap();
    }
    let source = house.connect().await;
    let kept = SourceSettings { history: Beginning::Kept, ..SourceSettings::default() };
    house.sync.configure(house.tenancy, source.id, kept).await.unwrap();
    let rules = house.rules(&[("/d", sync::Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house.until_documents(&[("/d/a.txt", "new filled publish")]).await;
    house.files.write("/d/a.txt", "four").unwrap();
    house.until_documents(&[("/d/a.txt", "new filled publish publish")]).await;
}
