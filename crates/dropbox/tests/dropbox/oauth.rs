//! Consent: what is asked for, what is sent, and what comes of the answers.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use dropbox::{
    Access, App, AuthorizeRequest, Client, Error, ErrorKind, Grant, Hosts, Interruption,
    Reauthentication,
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::double::{Answer, Double};

const TOKEN: &str = "/oauth2/token";

fn redirect_uri() -> Url {
    "https://proofs.example/integrations/dropbox/callback".parse().unwrap()
}

fn request(reauthentication: Reauthentication) -> AuthorizeRequest {
    let access = Access::Metadata;
    AuthorizeRequest { redirect_uri: redirect_uri(), reauthentication, access }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn exchange(double: &Double) -> Result<Grant, Error> {
    let verifier = SecretString::from("v".repeat(43));
    double.client().exchange_code("the-code", &verifier, &redirect_uri()).await
}

fn tokens(change: impl FnOnce(&mut Value)) -> Answer {
    let mut tokens = json!({
        "access_token": "sl.u.AF", "token_type": "bearer", "expires_in": 14400,
        "refresh_token": "oDf", "scope": "account_info.read files.metadata.read",
        "uid": "12345", "account_id": "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc",
    });
    change(&mut tokens);
    Answer::ok(&tokens)
}

#[test]
fn consent_is_asked_for_two_permissions_with_pkce_and_offline_access() {
    let app = App { key: "appkey".to_owned(), secret: None };
    let client = Client::new(Hosts::dropbox(), app).unwrap();
    let authorization = client.authorize_url(&request(Reauthentication::IfNeeded));
    let url = &authorization.url;
    assert!(url.as_str().starts_with("https://www.dropbox.com/oauth2/authorize?"));
    let expected = [
        ("response_type", "code"),
        ("client_id", "appkey"),
        ("redirect_uri", redirect_uri().as_str()),
        ("token_access_type", "offline"),
        ("code_challenge_method", "S256"),
        ("scope", "account_info.read files.metadata.read"),
        ("state", &authorization.state),
    ]
    .map(|(name, value)| (name, Some(value.to_owned())));
    assert_eq!(expected.clone().map(|(name, _)| (name, parameter(url, name))), expected);
    assert_eq!(parameter(url, "force_reauthentication"), None);

    let verifier = authorization.verifier.expose_secret();
    assert!((43..=128).contains(&verifier.len()));
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    assert_eq!(parameter(url, "code_challenge"), Some(challenge));
}

#[test]
fn every_consent_has_a_state_and_a_verifier_of_its_own() {
    let app = App { key: "appkey".to_owned(), secret: None };
    let client = Client::new(Hosts::dropbox(), app).unwrap();
    let [one, two] = [(); 2].map(|()| client.authorize_url(&request(Reauthentication::Always)));
    assert_ne!(one.state, two.state);
    assert_ne!(one.verifier.expose_secret(), two.verifier.expose_secret());
    assert_eq!(parameter(&one.url, "force_reauthentication").as_deref(), Some("true"));
}

#[tokio::test]
async fn code_is_exchanged_with_the_verifier_and_without_a_secret() {
    let double = Double::answering(TOKEN, tokens(|_| {})).await;
    let before = Timestamp::now();
    let grant = exchange(&double).await.unwrap();

    assert_eq!(grant.account_id.as_str(), "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc");
    assert_eq!(grant.access_token.expose_secret(), "sl.u.AF");
    assert_eq!(grant.refresh_token.expose_secret(), "oDf");
    assert_eq!(grant.scope, ["account_info.read", "files.metadata.read"]);
    let lifetime = grant.expires_at.duration_since(before).as_secs();
    assert!((14400..14460).contains(&lifetime));

    let sent = double.seen(TOKEN).remove(0);
    assert_eq!(sent.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(sent.header("authorization"), None);
    let expected = [
        ("grant_type", Some("authorization_code")),
        ("code", Some("the-code")),
        ("client_id", Some("appkey")),
        ("client_secret", None),
        ("redirect_uri", Some(redirect_uri().as_str())),
        ("code_verifier", Some(&*"v".repeat(43))),
    ]
    .map(|(name, value)| (name, value.map(str::to_owned)));
    assert_eq!(expected.clone().map(|(name, _)| (name, sent.form(name))), expected);
}

#[tokio::test]
async fn app_secret_is_sent_where_there_is_one() {
    let double = Double::answering(TOKEN, tokens(|_| {})).await;
    let app = App { key: "appkey".to_owned(), secret: Some("appsecret".into()) };
    let client = Client::new(Hosts::single(double.origin.clone()), app).unwrap();
    client.refresh(&"oDf".into()).await.unwrap();
    let sent = double.seen(TOKEN).remove(0);
    assert_eq!(sent.form("client_secret").as_deref(), Some("appsecret"));
    assert_eq!(sent.form("grant_type").as_deref(), Some("refresh_token"));
    assert_eq!(sent.form("refresh_token").as_deref(), Some("oDf"));
}

#[tokio::test]
async fn lifetime_of_a_token_is_read_leniently() {
    for (sent, expected) in [
        (json!("7200"), 7200),
        (json!(60), 60),
        (json!(null), 14400),
        (json!({ "odd": true }), 14400),
        (json!(u64::MAX), 365 * 24 * 3600),
    ] {
        let double = Double::answering(TOKEN, tokens(|it| it["expires_in"] = sent.clone())).await;
        let before = Timestamp::now();
        let lifetime = exchange(&double).await.unwrap().expires_at.duration_since(before);
        assert!((expected..expected + 60).contains(&lifetime.as_secs()), "{sent}: {lifetime}");
    }
}

#[tokio::test]
async fn consent_to_fewer_permissions_is_refused_by_name() {
    let double =
        Double::answering(TOKEN, tokens(|it| it["scope"] = json!("account_info.read"))).await;
    let error = exchange(&double).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::MissingScope(scope) if scope == "files.metadata.read"));
}

#[tokio::test]
async fn consent_to_more_permissions_or_to_unnamed_ones_is_taken() {
    let more = "files.metadata.read account_info.read sharing.read";
    let double = Double::answering(TOKEN, tokens(|it| it["scope"] = json!(more))).await;
    assert_eq!(exchange(&double).await.unwrap().scope.len(), 3);
    let unnamed = tokens(|it| drop(it.as_object_mut().unwrap().remove("scope")));
    let double = Double::answering(TOKEN, unnamed).await;
    assert_eq!(exchange(&double).await.unwrap().scope, dropbox::SCOPES);
}

#[tokio::test]
async fn grant_without_an_account_or_a_refresh_token_is_refused() {
    for part in ["account_id", "refresh_token", "access_token"] {
        let answer = tokens(|it| drop(it.as_object_mut().unwrap().remove(part)));
        let double = Double::answering(TOKEN, answer).await;
        let error = exchange(&double).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Unexpected(_)), "{part}: {error}");
    }
}

#[tokio::test]
async fn refused_code_says_why() {
    let why = "code has already been used";
    let body = json!({ "error": "invalid_grant", "error_description": why });
    let double = Double::answering(TOKEN, Answer::json(400, &body)).await;
    let error = exchange(&double).await.unwrap_err();
    assert_eq!(error.request_id.as_deref(), Some("0123456789abcdef0123456789abcdef"));
    assert!(matches!(error.kind, ErrorKind::CodeRejected(text) if text == why));
}

#[tokio::test]
async fn failed_token_calls_are_told_apart() {
    type Check = fn(&ErrorKind) -> bool;
    let oauth = |error: &str, description: &str| {
        Answer::json(400, &json!({ "error": error, "error_description": description }))
    };
    let cases: [(Answer, Check); 9] = [
        (oauth("invalid_grant", "refresh token is invalid or revoked"), |kind| {
            matches!(kind, ErrorKind::Disconnected)
        }),
        (
            oauth("invalid_client", "Invalid client_id or client_secret"),
            |kind| matches!(kind, ErrorKind::AppRejected(text) if text.contains("client_secret")),
        ),
        (
            oauth("invalid request", "No auth function available for given request"),
            |kind| matches!(kind, ErrorKind::AppRejected(text) if text.contains("auth function")),
        ),
        (
            oauth("unsupported_grant_type", "what?"),
            |kind| matches!(kind, ErrorKind::BadRequest(text) if text == "unsupported_grant_type: what?"),
        ),
        (
            Answer::text(400, "Invalid redirect_uri"),
            |kind| matches!(kind, ErrorKind::BadRequest(text) if text == "Invalid redirect_uri"),
        ),
        (
            Answer::json(500, &json!({ "error": "The server has either erred or is incapable." })),
            |kind| matches!(kind, ErrorKind::Transient(Interruption::Status(_))),
        ),
        (Answer::html(502), |kind| matches!(kind, ErrorKind::Transient(_))),
        (
            Answer::text(429, "slow down").with("retry-after", "7"),
            |kind| matches!(kind, ErrorKind::RateLimited { retry_after } if retry_after.as_secs() == 7),
        ),
        (Answer::html(200), |kind| matches!(kind, ErrorKind::Unexpected(_))),
    ];
    for (answer, check) in cases {
        let double = Double::answering(TOKEN, answer.clone()).await;
        let error = double.client().refresh(&"oDf".into()).await.unwrap_err();
        assert!(check(&error.kind), "{answer:?} became {error:?}");
        assert!(error.request_id.is_some(), "{error:?}");
    }
}
