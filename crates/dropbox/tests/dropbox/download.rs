//! Content: what is asked for, and what comes of the answers.

use dropbox::{Access, AuthorizeRequest, ErrorKind, Reauthentication, Rev};
use serde_json::json;

use crate::double::{Answer, Double};

const DOWNLOAD: &str = "/2/files/download";

fn rev() -> Rev {
    Rev::new("a1c10ce0dd78")
}

async fn refused(status: u16, error: &serde_json::Value) -> ErrorKind {
    let body = json!({ "error_summary": "of no meaning/..", "error": error });
    let double = Double::answering(DOWNLOAD, Answer::json(status, &body)).await;
    double.session().download(&rev(), 0).await.unwrap_err().kind
}

#[tokio::test]
async fn revision_is_asked_for_by_its_name_without_a_body() {
    let double = Double::answering(DOWNLOAD, Answer::text(200, "content")).await;
    let mut download = double.session().download(&rev(), 0).await.unwrap();
    let mut content = Vec::new();
    while let Some(piece) = download.piece().await.unwrap() {
        content.extend(piece);
    }
    assert_eq!((download.begins_at(), content.as_slice()), (0, &b"content"[..]));
    let asked = double.seen(DOWNLOAD).remove(0);
    assert_eq!(asked.header("dropbox-api-arg"), Some(r#"{"path":"rev:a1c10ce0dd78"}"#));
    assert_eq!((asked.body.as_str(), asked.header("range")), ("", None));
}

#[tokio::test]
async fn rest_is_asked_for_from_a_byte_on_and_may_come_whole_all_the_same() {
    for (status, begins_at) in [(206, 4), (200, 0)] {
        let double = Double::answering(DOWNLOAD, Answer::text(status, "ent")).await;
        let download = double.session().download(&rev(), 4).await.unwrap();
        assert_eq!(download.begins_at(), begins_at);
        assert_eq!(double.seen(DOWNLOAD)[0].header("range"), Some("bytes=4-"));
    }
}

#[tokio::test]
async fn refused_token_is_renewed_once() {
    let expired = json!({ "error": { ".tag": "expired_access_token" } });
    let double = Double::start(move |seen| {
        let old = seen.header("authorization") == Some("Bearer old");
        let answer = || if old { Answer::json(401, &expired) } else { Answer::text(200, "it") };
        (seen.path == DOWNLOAD).then(answer)
    })
    .await;
    double.session().download(&rev(), 0).await.unwrap();
    assert_eq!(double.seen(DOWNLOAD).len(), 2);
}

#[tokio::test]
async fn what_cannot_be_had_is_told_apart_from_what_fails() {
    let path = |tag: &str| json!({ ".tag": "path", "path": { ".tag": tag } });
    assert!(matches!(refused(409, &path("not_found")).await, ErrorKind::NotFound));
    let taken_down = refused(409, &path("restricted_content")).await;
    assert!(matches!(taken_down, ErrorKind::Path(tag) if tag == "restricted_content"));
    let taken_down = refused(461, &json!(null)).await;
    assert!(matches!(taken_down, ErrorKind::Path(tag) if tag == "restricted_content"));
    let no_content = refused(409, &json!({ ".tag": "unsupported_file" })).await;
    assert!(matches!(no_content, ErrorKind::Path(tag) if tag == "unsupported_file"));
    let scope = json!({ ".tag": "missing_scope", "required_scope": "files.content.read" });
    let missing = refused(401, &scope).await;
    assert!(matches!(missing, ErrorKind::MissingScope(scope) if scope == "files.content.read"));
}

#[tokio::test]
async fn content_is_asked_for_beside_what_was_allowed_before() {
    let double = Double::start(|_| None).await;
    let redirect_uri = "https://proofs.example/callback".parse().unwrap();
    let (reauthentication, access) = (Reauthentication::IfNeeded, Access::Content);
    let request = AuthorizeRequest { redirect_uri, reauthentication, access };
    let url = double.client().authorize_url(&request).url;
    let asked =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, is)| is.into());
    let scope: Option<String> = asked("scope");
    assert_eq!(scope.as_deref(), Some("account_info.read files.metadata.read files.content.read"));
    assert_eq!(asked("include_granted_scopes").as_deref(), Some("user"));
}
