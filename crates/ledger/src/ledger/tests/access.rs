use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::Bench;
use super::bench::new_source;
use crate::{DisconnectedBy, Ledger, Role, SourceStatus, UserId};

const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn instance_begins_with_a_tenancy_and_its_administrator() {
    let bench = Bench::new().await;
    let administrator = bench.ledger.first_administrator().await.unwrap();
    assert_eq!((administrator.tenancy, administrator.role), (bench.tenancy, Role::Administrator));
    let renamed = bench.ledger.set_tenancy_name(bench.tenancy, "ACME".to_owned()).await.unwrap();
    assert_eq!(renamed.unwrap().display_name, "ACME");
    let bench = bench.reopen().await;
    assert_eq!(bench.ledger.first_tenancy().await.unwrap().display_name, "ACME");
    assert_eq!(bench.ledger.first_administrator().await.unwrap(), administrator);
}

#[tokio::test]
async fn sign_in_link_works_once_and_not_late() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let user = ledger.first_administrator().await.unwrap();
    let link = ledger.create_sign_in_link(user.id).await.unwrap().unwrap();
    let late = ledger.create_sign_in_link(user.id).await.unwrap().unwrap();
    let redeemed = ledger.redeem_sign_in_link(link.expose_secret()).await.unwrap();
    assert_eq!(redeemed, Some(user));
    assert_eq!(ledger.redeem_sign_in_link(link.expose_secret()).await.unwrap(), None);
    bench.pass(16 * 60_000);
    assert_eq!(ledger.redeem_sign_in_link(late.expose_secret()).await.unwrap(), None);
    assert_eq!(ledger.redeem_sign_in_link("").await.unwrap(), None);
    let nobody = UserId::from_bytes([1; 16]);
    assert!(ledger.create_sign_in_link(nobody).await.unwrap().is_none());
}

#[tokio::test]
async fn second_process_makes_links_that_the_first_redeems() {
    let bench = Bench::new().await;
    let beside = Ledger::attach(bench.location()).unwrap();
    let user = beside.first_administrator().unwrap();
    bench.pass(Timestamp::now().as_millisecond() - 1_700_000_000_000);
    let link = beside.create_sign_in_link(user.id).unwrap().unwrap();
    let redeemed = bench.ledger.redeem_sign_in_link(link.expose_secret()).await.unwrap();
    assert_eq!(redeemed, Some(user));
}

#[tokio::test]
async fn session_lives_until_it_ends() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let end = Timestamp::from_millisecond(1_700_000_000_000 + HOUR_MS).unwrap();
    ledger.save_session("one", b"data".to_vec(), end).await.unwrap();
    ledger.save_session("two", b"more".to_vec(), end).await.unwrap();
    ledger.save_session("one", b"new data".to_vec(), end).await.unwrap();
    let loaded = ledger.load_session("one").await.unwrap();
    assert_eq!(loaded, Some((b"new data".to_vec(), end)));
    ledger.delete_session("one").await.unwrap();
    assert_eq!(ledger.load_session("one").await.unwrap(), None);
    bench.pass(HOUR_MS);
    assert_eq!(ledger.load_session("two").await.unwrap(), None);
}

#[tokio::test]
async fn api_token_belongs_to_its_registration_for_an_hour() {
    let bench = Bench::new().await;
    let (ledger, source) = (&bench.ledger, bench.source.id);
    let secret = ledger.regenerate_secret(source).await.unwrap().unwrap();
    assert!(ledger.check_client_secret(source, secret.expose_secret()).await.unwrap());
    assert!(!ledger.check_client_secret(source, "guess").await.unwrap());

    let token = ledger.issue_api_token(source).await.unwrap().unwrap();
    let owner = ledger.api_token(token.token.expose_secret()).await.unwrap();
    assert_eq!(owner, Some((source, bench.tenancy)));
    bench.pass(HOUR_MS);
    assert_eq!(ledger.api_token(token.token.expose_secret()).await.unwrap(), None);

    let token = ledger.issue_api_token(source).await.unwrap().unwrap();
    ledger.regenerate_secret(source).await.unwrap().unwrap();
    assert!(!ledger.check_client_secret(source, secret.expose_secret()).await.unwrap());
    let ended = ledger.api_token(token.token.expose_secret()).await.unwrap();
    assert_eq!(ended, None, "a new secret ends the tokens of the old one");
}

#[tokio::test]
async fn disconnecting_forgets_every_secret_and_nothing_else() {
    let bench = Bench::new().await;
    let (ledger, source) = (&bench.ledger, bench.source.id);
    let credentials = ledger.credentials(source).await.unwrap().unwrap();
    assert_eq!(credentials.expose_secret(), "refresh-token");
    let secret = ledger.regenerate_secret(source).await.unwrap().unwrap();
    let token = ledger.issue_api_token(source).await.unwrap().unwrap().token;

    let gone = ledger.disconnect_source(source, DisconnectedBy::Provider).await.unwrap().unwrap();
    let SourceStatus::Disconnected { by, .. } = gone.status else { panic!("{:?}", gone.status) };
    assert_eq!(by, DisconnectedBy::Provider);
    assert_eq!((gone.rules.as_str(), gone.secret_valid_until), ("all", None));
    assert!(ledger.credentials(source).await.unwrap().is_none());
    assert!(!ledger.check_client_secret(source, secret.expose_secret()).await.unwrap());
    assert_eq!(ledger.api_token(token.expose_secret()).await.unwrap(), None);
    assert!(ledger.issue_api_token(source).await.unwrap().is_none());
    assert!(ledger.regenerate_secret(source).await.unwrap().is_none());
    assert_eq!(ledger.linked_sources().await.unwrap(), []);

    let back = ledger.connect_source(new_source(bench.tenancy, "dbid:first")).await.unwrap();
    assert_eq!((back.id, back.status), (source, SourceStatus::Linked));
    assert_eq!(ledger.linked_sources().await.unwrap(), [back]);
}

#[tokio::test]
async fn source_that_never_had_anything_linked_is_forgotten_when_its_owner_disconnects_it() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let connect = || ledger.connect_source(new_source(bench.tenancy, "dbid:mistake"));
    let mistake = connect().await.unwrap();
    let token = ledger.issue_api_token(mistake.id).await.unwrap().unwrap().token;
    let gone = ledger.disconnect_source(mistake.id, DisconnectedBy::Owner).await.unwrap();
    assert_eq!(gone, None);
    assert_eq!(ledger.sources(bench.tenancy).await.unwrap().len(), 1);
    assert_eq!(ledger.api_token(token.expose_secret()).await.unwrap(), None);

    let again = connect().await.unwrap();
    assert_ne!(again.id, mistake.id);
    let steps = ledger.activity(again.id, None, 10).await.unwrap();
    assert_eq!(steps.len(), 1, "nothing of the one that is forgotten: {steps:?}");
    let by_provider = ledger.disconnect_source(again.id, DisconnectedBy::Provider).await.unwrap();
    assert!(by_provider.is_some(), "its owner must see that Dropbox ended it");
    ledger.set_rules(again.id, String::new(), Some("done".to_owned())).await.unwrap();
    let kept = ledger.disconnect_source(again.id, DisconnectedBy::Owner).await.unwrap();
    assert!(kept.is_some(), "something was linked once");
}

#[tokio::test]
async fn no_secret_stands_readable_in_any_file() {
    let bench = Bench::new().await;
    let secret = bench.ledger.regenerate_secret(bench.source.id).await.unwrap().unwrap();
    let user = bench.ledger.first_administrator().await.unwrap();
    let link = bench.ledger.create_sign_in_link(user.id).await.unwrap().unwrap();
    bench.ledger.close().await;
    for entry in std::fs::read_dir(bench.directory.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds("refresh-token"), "{}", path.display());
        assert!(!holds(secret.expose_secret()) && !holds(link.expose_secret()));
    }
}
