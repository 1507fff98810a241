//! Tokens, codes, verifiers and cursors appear in no log, no Debug and no message.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dropbox::{
    Access, AccessToken, AuthorizeRequest, Credentials, Cursor, ListFolder, PathRef,
    Reauthentication,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::double::{Answer, Double};

const ACCESS: &str = "sl.u.ACCESS-ACCESS-ACCESS-ACCESS-ACCESS-ACCESS";
const REFRESH: &str = "REFRESH-REFRESH-REFRESH-REFRESH-REFRESH";
const CODE: &str = "CODE-CODE-CODE-CODE-CODE-CODE-CODE-CODE";
const VERIFIER: &str = "VERIFIER-VERIFIER-VERIFIER-VERIFIER-VERIFIER";
const CURSOR: &str = "CURSOR-CURSOR-CURSOR-CURSOR-CURSOR-CURSOR";

fn assert_silent(text: &str) {
    for secret in ["ACCESS", "REFRESH", "CODE-", "VERIFIER", "CURSOR"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Answers well to everything, or quotes back all that it was sent.
async fn double(quoting: bool) -> Double {
    Double::start(move |seen| {
        let quoted = format!(
            "Invalid value in HTTP header \"Authorization\": {:?}, body: {}",
            seen.header("authorization").unwrap_or_default(),
            seen.body.replace(['=', '&', '"'], " ")
        );
        Some(match seen.path.as_str() {
            "/2/users/get_current_account" => return None,
            _ if quoting => Answer::text(400, &quoted),
            "/oauth2/token" => Answer::ok(&json!({ "access_token": ACCESS, "expires_in": 1,
                "refresh_token": REFRESH, "account_id": "dbid:x" })),
            "/2/files/list_folder/longpoll" => Answer::ok(&json!({ "changes": true })),
            "/2/files/list_folder" | "/2/files/list_folder/continue" => {
                Answer::ok(&json!({ "entries": [], "cursor": CURSOR, "has_more": false }))
            }
            _ => return None,
        })
    })
    .await
}

/// Makes every call that carries a secret and tells everything that can be shown of them.
async fn told(double: &Double, access_token: Option<AccessToken>) -> String {
    let client = double.client();
    let redirect_uri = "https://proofs.example/callback".parse().unwrap();
    let grant = client.exchange_code(CODE, &VERIFIER.into(), &redirect_uri).await;
    let credentials = Credentials { refresh_token: REFRESH.into(), access_token };
    let session = dropbox::Session::new(client.clone(), credentials.clone());
    let page = session.list_folder(&ListFolder::tree(PathRef::root())).await;
    let cursor = Cursor::new(CURSOR);
    let next = session.list_folder_continue(&cursor).await;
    let changes = session.longpoll(&cursor, Duration::from_secs(30)).await;
    let refreshed = client.refresh(&REFRESH.into()).await;
    let errors = [
        grant.as_ref().err().map(ToString::to_string),
        page.as_ref().err().map(ToString::to_string),
        next.as_ref().err().map(ToString::to_string),
        changes.as_ref().err().map(ToString::to_string),
    ];
    format!(
        "{client:?} {grant:?} {credentials:?} {session:?} {page:?} {cursor:?} {next:?} \
         {changes:?} {refreshed:?} {errors:?}"
    )
}

#[tokio::test]
async fn nothing_that_is_shown_or_logged_holds_a_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let guard = tracing::subscriber::set_default(subscriber.with_writer(log.clone()).finish());
    for quoting in [false, true] {
        let expires_at = Timestamp::now() + SignedDuration::from_hours(1);
        let access_token = AccessToken { secret: ACCESS.into(), expires_at };
        for access_token in [None, Some(access_token)] {
            assert_silent(&told(&double(quoting).await, access_token).await);
        }
    }
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("Dropbox answered") && log.contains("dropbox.request_id"));
    assert_silent(&log);
}

#[tokio::test]
async fn authorization_shows_neither_state_nor_verifier() {
    let double = double(false).await;
    let redirect_uri = "https://proofs.example/callback".parse().unwrap();
    let reauthentication = Reauthentication::IfNeeded;
    let access = Access::Metadata;
    let request = AuthorizeRequest { redirect_uri, reauthentication, access };
    let authorization = double.client().authorize_url(&request);
    let shown = format!("{authorization:?}");
    let verifier: &SecretString = &authorization.verifier;
    assert!(!shown.contains(&authorization.state) && !shown.contains(verifier.expose_secret()));
}
