//! How a session keeps its access token fresh, and how a link ends.

use std::sync::Arc;

use dropbox::{Entry, Error, ErrorKind, PathRef, Session};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::double::{Answer, Double, Seen, credentials};

const TOKEN: &str = "/oauth2/token";
const METADATA: &str = "/2/files/get_metadata";

fn folder() -> Answer {
    Answer::ok(&json!({ ".tag": "folder", "id": "id:a", "name": "a" }))
}

fn refused(error: &Value) -> Answer {
    Answer::json(401, &json!({ "error_summary": "whatever/..", "error": error }))
}

fn revoked() -> Answer {
    let why = "refresh token is invalid or revoked";
    Answer::json(400, &json!({ "error": "invalid_grant", "error_description": why }))
}

/// Refuses the token `old` for the given reason and takes any other.
fn refusing_old(seen: &Seen, error: &Value) -> Option<Answer> {
    let old = seen.header("authorization") == Some("Bearer old");
    match seen.path.as_str() {
        TOKEN => None,
        _ if old => Some(refused(error)),
        METADATA => Some(folder()),
        _ => None,
    }
}

async fn get(session: &Session) -> Result<Option<Entry>, Error> {
    session.get_metadata(&"/a".parse::<PathRef>().unwrap()).await
}

#[tokio::test]
async fn token_is_refreshed_five_minutes_before_its_time_and_not_earlier() {
    for (seconds_left, refreshes) in [(-10, 1), (0, 1), (290, 1), (310, 0)] {
        let double = Double::answering(METADATA, folder()).await;
        let session = Session::new(double.client(), credentials("old", seconds_left));
        get(&session).await.unwrap();
        get(&session).await.unwrap();
        assert_eq!(double.seen(TOKEN).len(), refreshes, "{seconds_left} s before its time");
        let token = if refreshes == 0 { "Bearer old" } else { "Bearer fresh" };
        assert_eq!(double.seen(METADATA)[0].header("authorization"), Some(token));
    }
}

#[tokio::test]
async fn link_without_an_access_token_begins_with_a_refresh() {
    let double = Double::answering(METADATA, folder()).await;
    let mut stored = credentials("old", 3600);
    stored.access_token = None;
    get(&Session::new(double.client(), stored)).await.unwrap();
    assert_eq!(double.seen(TOKEN)[0].form("refresh_token").unwrap(), "the-refresh-token");
}

#[tokio::test]
async fn token_refused_before_its_time_is_refreshed_once_and_the_call_repeated() {
    let wrapped = json!({ "error": { ".tag": "expired_access_token" }, "error_summary": "x" });
    for error in [
        json!({ ".tag": "expired_access_token" }),
        json!({ ".tag": "invalid_access_token" }),
        json!({ ".tag": "other", "user_message": { "text": wrapped.to_string() } }),
        json!({ ".tag": "other" }),
        json!({ ".tag": "brand_new" }),
    ] {
        let double = Double::start(move |seen| refusing_old(seen, &error)).await;
        assert!(get(&double.session()).await.unwrap().is_some());
        assert_eq!(double.seen(TOKEN).len(), 1);
    }
}

#[tokio::test]
async fn malformed_token_is_refreshed_though_dropbox_says_400() {
    let text = "Error in call to API function \"files/get_metadata\": \
                The given OAuth 2 access token is malformed.";
    let double = Double::start(move |seen| {
        let old = seen.header("authorization") == Some("Bearer old");
        match (seen.path.as_str(), old) {
            (TOKEN, _) => None,
            (_, true) => Some(Answer::text(400, text)),
            (METADATA, false) => Some(folder()),
            _ => None,
        }
    })
    .await;
    assert!(get(&double.session()).await.unwrap().is_some());
}

#[tokio::test]
async fn many_calls_that_find_their_token_expired_make_one_refresh() {
    let expired = json!({ ".tag": "expired_access_token" });
    let all_refused = Arc::new(Barrier::new(16));
    let double = Double::start(move |seen| match seen.path.as_str() {
        METADATA if seen.header("authorization") == Some("Bearer old") => {
            Some(refused(&expired).behind(&all_refused))
        }
        METADATA => Some(folder()),
        _ => None,
    })
    .await;
    let session = double.session();
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { get(&session).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(double.seen(METADATA).len(), 32);
    assert_eq!(double.seen(TOKEN).len(), 1);
}

#[tokio::test]
async fn refresh_that_does_not_help_is_not_repeated() {
    let expired = json!({ ".tag": "expired_access_token" });
    let double = Double::start(move |seen| (seen.path != TOKEN).then(|| refused(&expired))).await;
    let error = get(&double.session()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unexpected(_)), "{error:?}");
    assert_eq!(double.seen(TOKEN).len(), 1);
}

#[tokio::test]
async fn link_that_was_ended_at_dropbox_is_noticed_and_dropbox_left_alone() {
    let invalid = json!({ ".tag": "invalid_access_token" });
    let double = Double::start(move |seen| match seen.path.as_str() {
        TOKEN => Some(revoked()),
        _ => Some(refused(&invalid)),
    })
    .await;
    let session = double.session();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.current_account().await })
        })
        .collect();
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Disconnected), "{error:?}");
    }
    assert_eq!(double.seen(TOKEN).len(), 1);

    let before = double.seen("/2/users/get_current_account").len();
    let error = get(&session).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Disconnected));
    assert_eq!(double.seen("/2/users/get_current_account").len(), before);
    assert_eq!(double.seen(METADATA).len(), 0);
}

#[tokio::test]
async fn token_refused_twice_ends_the_link() {
    let invalid = json!({ ".tag": "invalid_access_token" });
    let double = Double::start(move |seen| (seen.path != TOKEN).then(|| refused(&invalid))).await;
    let session = double.session();
    for _ in 0..2 {
        let error = session.current_account().await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Disconnected), "{error:?}");
    }
    assert_eq!(double.seen("/2/users/get_current_account").len(), 2);
}

#[tokio::test]
async fn trouble_at_the_token_endpoint_does_not_end_the_link() {
    let double = Double::start(|seen| match seen.path.as_str() {
        TOKEN => Some(Answer::html(503)),
        _ => Some(refused(&json!({ ".tag": "invalid_access_token" }))),
    })
    .await;
    let session = double.session();
    for calls in 1..=2 {
        let error = session.current_account().await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Transient(_)), "{error:?}");
        assert_eq!(double.seen(TOKEN).len(), calls);
    }
}

#[tokio::test]
async fn permission_or_account_trouble_is_told_apart_and_never_refreshed() {
    type Check = fn(&ErrorKind) -> bool;
    let missing = json!({ ".tag": "missing_scope", "required_scope": "files.metadata.read" });
    let wrapped = json!({ "error_summary": "missing_scope/", "error": missing }).to_string();
    let cases: [(Answer, Check); 4] = [
        (
            refused(&missing),
            |kind| matches!(kind, ErrorKind::MissingScope(scope) if scope == "files.metadata.read"),
        ),
        (
            Answer::json(
                401,
                &json!({ "error": { ".tag": "other" }, "error_summary": "other/...",
                    "user_message": { "locale": "en", "text": wrapped } }),
            ),
            |kind| matches!(kind, ErrorKind::MissingScope(scope) if scope == "files.metadata.read"),
        ),
        (refused(&json!({ ".tag": "user_suspended" })), |kind| {
            matches!(kind, ErrorKind::Suspended)
        }),
        (
            refused(&json!({ ".tag": "route_access_denied" })),
            |kind| matches!(kind, ErrorKind::Forbidden(tag) if tag == "route_access_denied"),
        ),
    ];
    for (answer, check) in cases {
        let double = Double::answering(METADATA, answer).await;
        let error = get(&double.session()).await.unwrap_err();
        assert!(check(&error.kind), "{error:?}");
        assert_eq!(double.seen(TOKEN).len(), 0);
    }
}

#[tokio::test]
async fn revoked_link_makes_no_more_calls() {
    let double = Double::answering("/2/auth/token/revoke", Answer::ok(&json!(null))).await;
    let session = double.session();
    session.revoke().await.unwrap();
    let sent = double.seen("/2/auth/token/revoke").remove(0);
    assert_eq!(sent.header("authorization"), Some("Bearer old"));
    assert_eq!(sent.body, "null");

    for error in [session.revoke().await.unwrap_err(), get(&session).await.unwrap_err()] {
        assert!(matches!(error.kind, ErrorKind::Disconnected), "{error:?}");
    }
    assert_eq!(double.seen("/2/auth/token/revoke").len(), 1);
}
