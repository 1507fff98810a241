//! Connecting, disconnecting on either side, and connecting again.

use ledger::DisconnectedBy;
use sandbox::Fault;
use sync::{ConnectError, Ended, Revocation, SourceError, State};

use crate::house::{APP, House};

#[tokio::test]
async fn connected_account_is_shown_by_name_and_address() {
    let house = House::new().await;
    let source = house.connect().await;
    assert_eq!(source.account_name, "Ada Example");
    assert_eq!(source.account_email, "ada@example.org");
    assert_eq!(house.health(source.id).await.state, State::ChoosingFolders);
}

#[tokio::test]
async fn wrong_or_used_code_is_refused_and_stores_nothing() {
    let house = House::new().await;
    let mut consent = house.consent().await;
    house.use_code(&consent).await.unwrap();
    let used = house.use_code(&consent).await;
    assert!(matches!(used, Err(ConnectError::CodeRejected(_))), "{used:?}");
    consent.code = "nonsense".to_owned();
    let wrong = house.use_code(&consent).await;
    assert!(matches!(wrong, Err(ConnectError::CodeRejected(_))), "{wrong:?}");
    assert_eq!(house.ledger.sources(house.tenancy).await.unwrap().len(), 1);
}

#[tokio::test]
async fn dropbox_in_trouble_while_connecting_says_to_try_again() {
    let house = House::new().await;
    let consent = house.consent().await;
    house.admin.inject(Fault::answer("oauth2/token", 1, 503, "<html>busy</html>"));
    let refused = house.use_code(&consent).await;
    assert!(matches!(refused, Err(ConnectError::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn disconnecting_revokes_there_deletes_here_and_changes_nothing_published() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    let ended = house.sync.disconnect(house.tenancy, source.id).await.unwrap();
    assert_eq!(ended.revocation, Revocation::Revoked);
    assert_eq!(ended.source.unwrap().id, source.id);
    assert!(house.ledger.credentials(source.id).await.unwrap().is_none());
    let state = house.health(source.id).await.state;
    assert!(matches!(state, State::Disconnected { by: DisconnectedBy::Owner, .. }), "{state:?}");
    house.files.write("/d/a.txt", "two").unwrap();
    assert_eq!(house.documents().await, [("/d/a.txt".to_owned(), "new".to_owned())]);
}

#[tokio::test]
async fn credentials_go_even_if_dropbox_does_not_answer() {
    let house = House::new().await;
    let source = house.linked("/d").await;
    house.admin.inject(Fault::answer("auth/token/revoke", 5, 500, "no"));
    let ended = house.sync.disconnect(house.tenancy, source.id).await.unwrap();
    assert_eq!(ended.revocation, Revocation::Unconfirmed);
    assert!(house.ledger.credentials(source.id).await.unwrap().is_none());
}

#[tokio::test]
async fn account_that_never_had_a_folder_linked_leaves_no_trace() {
    let house = House::new().await;
    for take_back in [false, true] {
        let source = house.connect().await;
        let ended = if take_back {
            house.sync.take_back(house.tenancy, source.id).await.unwrap().unwrap()
        } else {
            house.sync.disconnect(house.tenancy, source.id).await.unwrap()
        };
        assert_eq!(ended, Ended { revocation: Revocation::Revoked, source: None });
        assert!(house.ledger.sources(house.tenancy).await.unwrap().is_empty());
        assert_eq!(house.sync.health(house.tenancy, source.id).await.unwrap(), None);
        let again = house.sync.take_back(house.tenancy, source.id).await;
        assert!(matches!(again, Err(SourceError::Unknown)), "{again:?}");
    }
}

#[tokio::test]
async fn account_that_ever_had_a_folder_linked_is_not_taken_back() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    assert_eq!(house.sync.take_back(house.tenancy, source.id).await.unwrap(), None);
    house.sync.link(house.tenancy, source.id, house.rules(&[])).await.unwrap();
    assert_eq!(house.sync.take_back(house.tenancy, source.id).await.unwrap(), None);
    assert_eq!(house.health(source.id).await.state, State::ChoosingFolders);
    let ended = house.sync.disconnect(house.tenancy, source.id).await.unwrap();
    assert!(ended.source.is_some());
}

#[tokio::test]
async fn disconnecting_at_dropbox_is_noticed_and_causes_no_storm() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    house.admin.clear_requests();
    house.admin.disconnect(APP).unwrap();
    house.files.write("/d/a.txt", "two").unwrap();
    let disconnected =
        |state: &State| matches!(state, State::Disconnected { by: DisconnectedBy::Provider, .. });
    house.until_state(source.id, disconnected).await;
    let calls: u64 = house.calls().values().sum();
    assert!(calls <= 4, "{:?}", house.calls());
    assert!(house.ledger.credentials(source.id).await.unwrap().is_none());
}

#[tokio::test]
async fn connecting_again_continues_the_same_documents_and_fills_the_gap() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    house.sync.disconnect(house.tenancy, source.id).await.unwrap();
    house.files.write("/d/a.txt", "two").unwrap();
    house.files.write("/d/a.txt", "three").unwrap();
    house.files.write("/d/b.txt", "four").unwrap();
    let again = house.connect().await;
    assert_eq!(again.id, source.id);
    house.until_documents(&[("/d/a.txt", "new filled publish"), ("/d/b.txt", "new")]).await;
    house.until_state(source.id, |state| *state == State::UpToDate).await;
}

#[tokio::test]
async fn without_an_app_key_everything_says_so_and_what_was_published_stays() {
    let mut house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let consent = house.consent().await;
    let source = house.linked("/d").await;
    house.restart_with(None).await;
    assert!(!house.sync.configured());
    let refused = house.use_code(&consent).await;
    assert!(matches!(refused, Err(ConnectError::NotConfigured)), "{refused:?}");
    let told = |state: &State| match state {
        State::Failed { reason, .. } => reason.contains("DROPBOX_APP_KEY"),
        _ => false,
    };
    let health = house.until_state(source.id, told).await;
    assert_eq!(health.documents, 1);
}
