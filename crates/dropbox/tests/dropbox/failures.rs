//! What every kind of failure becomes.

use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use dropbox::{Cursor, Error, ErrorKind, Interruption, Page, Session};
use serde_json::{Value, json};

use crate::double::{Answer, Double, client, credentials};

const CONTINUE: &str = "/2/files/list_folder/continue";

async fn proceed(session: &Session) -> Result<Page, Error> {
    session.list_folder_continue(&Cursor::new("AAE")).await
}

async fn failure(answer: Answer) -> Error {
    let double = Double::answering(CONTINUE, answer).await;
    proceed(&double.session()).await.unwrap_err()
}

/// The summary lies on purpose: only the tags count.
fn tagged(status: u16, error: &Value) -> Answer {
    let body = json!({ "error_summary": "reset/not_found/...", "error": error,
        "user_message": { "locale": "en", "text": "Sorry" } });
    Answer::json(status, &body)
}

#[tokio::test]
async fn refusals_are_told_apart_by_their_tags_alone() {
    type Check = fn(&ErrorKind) -> bool;
    let cases: [(Answer, Check); 10] = [
        (tagged(409, &json!({ ".tag": "reset" })), |kind| matches!(kind, ErrorKind::CursorReset)),
        (tagged(409, &json!("reset")), |kind| matches!(kind, ErrorKind::CursorReset)),
        (tagged(409, &json!({ ".tag": "path", "path": { ".tag": "not_found" } })), |kind| {
            matches!(kind, ErrorKind::NotFound)
        }),
        (
            tagged(409, &json!({ ".tag": "path", "path": { ".tag": "not_folder" } })),
            |kind| matches!(kind, ErrorKind::Path(tag) if tag == "not_folder"),
        ),
        (
            tagged(
                409,
                &json!({ ".tag": "path",
                "path": { ".tag": "malformed_path", "malformed_path": "no slash" } }),
            ),
            |kind| matches!(kind, ErrorKind::Path(tag) if tag == "malformed_path"),
        ),
        (
            tagged(409, &json!({ ".tag": "brand_new" })),
            |kind| matches!(kind, ErrorKind::Unexpected(text) if text.contains("brand_new")),
        ),
        (Answer::html(409), |kind| matches!(kind, ErrorKind::Unexpected(_))),
        (
            tagged(
                403,
                &json!({ ".tag": "invalid_account_type",
                "invalid_account_type": { ".tag": "endpoint" } }),
            ),
            |kind| matches!(kind, ErrorKind::Forbidden(tag) if tag == "invalid_account_type/endpoint"),
        ),
        (tagged(422, &json!({ ".tag": "no_permission" })), |kind| {
            matches!(kind, ErrorKind::Forbidden(_))
        }),
        (Answer::text(404, "no such route"), |kind| matches!(kind, ErrorKind::Unexpected(_))),
    ];
    for (answer, check) in cases {
        let error = failure(answer.clone()).await;
        assert!(check(&error.kind), "{answer:?} became {error:?}");
    }
}

#[tokio::test]
async fn bad_request_says_what_dropbox_says() {
    let text = "Error in call to API function \"files/list_folder/continue\": \
                request body: unknown field 'path'";
    let error = failure(Answer::text(400, text)).await;
    assert!(matches!(&error.kind, ErrorKind::BadRequest(said) if said == text), "{error:?}");
}

#[tokio::test]
async fn error_names_its_call_and_its_request() {
    let error = failure(tagged(409, &json!({ ".tag": "reset" }))).await;
    assert_eq!(error.route, "files/list_folder/continue");
    assert_eq!(error.request_id.as_deref(), Some("0123456789abcdef0123456789abcdef"));
    assert!(
        error
            .to_string()
            .ends_with("(files/list_folder/continue, request 0123456789abcdef0123456789abcdef)")
    );
}

#[tokio::test]
async fn wait_is_taken_from_the_header_then_from_the_body_then_guessed() {
    let writes = "{\"error_summary\": \"too_many_write_operations/\", \
                  \"error\": {\"reason\": {\".tag\": \"too_many_write_operations\"}}}";
    let requests = json!({ ".tag": "too_many_requests" });
    let with_wait = json!({ "reason": requests, "retry_after": 15 });
    for (answer, seconds) in [
        (Answer::text(429, writes).with("retry-after", "1"), 1),
        (tagged(429, &with_wait).with("retry-after", "300"), 300),
        (tagged(429, &with_wait), 15),
        (Answer::text(429, "too many requests").with("retry-after", "42"), 42),
        (Answer::text(429, "too many requests"), 15),
        (Answer::text(429, "").with("retry-after", "0"), 1),
        (Answer::text(429, "").with("retry-after", "99999999999"), 3600),
        (Answer::text(429, "").with("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"), 15),
    ] {
        let error = failure(answer.clone()).await;
        let expected = Duration::from_secs(seconds);
        let ErrorKind::RateLimited { retry_after } = error.kind else { panic!("{error:?}") };
        assert_eq!(retry_after, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn while_dropbox_asks_for_patience_no_call_is_made_but_revoking() {
    let double = Double::start(|seen| match seen.path.as_str() {
        CONTINUE => Some(Answer::text(429, "later").with("retry-after", "300")),
        "/2/auth/token/revoke" => Some(Answer::ok(&json!(null))),
        _ => None,
    })
    .await;
    let session = double.session();
    assert_eq!(session.wait(), None);
    for _ in 0..3 {
        let error = proceed(&session).await.unwrap_err();
        let ErrorKind::RateLimited { retry_after } = error.kind else { panic!("{error:?}") };
        assert!((290..=300).contains(&retry_after.as_secs()));
    }
    assert_eq!(double.seen(CONTINUE).len(), 1);
    assert!(session.wait().unwrap() > Duration::from_secs(290));
    // Another account of the same app goes on.
    assert!(double.session().current_account().await.is_ok());
    session.revoke().await.unwrap();
}

#[tokio::test]
async fn calls_are_made_again_once_the_wait_is_over() {
    let double = Double::answering(CONTINUE, Answer::text(429, "").with("retry-after", "1")).await;
    let session = double.session();
    proceed(&session).await.unwrap_err();
    tokio::time::pause();
    tokio::time::advance(session.wait().unwrap()).await;
    tokio::time::resume();
    proceed(&session).await.unwrap_err();
    assert_eq!(double.seen(CONTINUE).len(), 2);
}

#[tokio::test]
async fn trouble_at_dropbox_is_transient_whatever_its_body() {
    let endless = "x".repeat(1_000_000);
    for answer in [
        Answer::html(500),
        Answer::html(502),
        Answer::text(503, &endless),
        Answer::json(504, &json!({})),
        Answer::text(408, ""),
    ] {
        let error = failure(answer).await;
        assert!(matches!(error.kind, ErrorKind::Transient(Interruption::Status(_))), "{error:?}");
    }
}

#[tokio::test]
async fn nobody_listening_is_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = proceed(&Session::new(client(origin), credentials("old", 3600))).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Transient(Interruption::Network(_))), "{error:?}");
}

#[tokio::test]
async fn answer_that_breaks_off_is_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"entries\":";
        connection.write_all(answer).unwrap();
    });
    let session = Session::new(client(origin), credentials("old", 3600));
    let error = session.current_account().await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Transient(Interruption::Network(_))), "{error:?}");
    server.join().unwrap();
}

#[tokio::test]
async fn answer_that_is_no_json_or_another_json_is_unexpected() {
    for answer in [Answer::html(200), Answer::ok(&json!({ "entries": 1 })), Answer::text(302, "")] {
        let error = failure(answer).await;
        assert!(matches!(error.kind, ErrorKind::Unexpected(_)), "{error:?}");
    }
}

#[tokio::test]
async fn answer_beyond_the_limit_is_refused_rather_than_held() {
    let body = json!({ "entries": [], "cursor": "x".repeat(33 * 1024 * 1024), "has_more": false });
    let error = failure(Answer::ok(&body)).await;
    assert!(matches!(&error.kind, ErrorKind::Unexpected(text) if text.contains("bytes")));
}
