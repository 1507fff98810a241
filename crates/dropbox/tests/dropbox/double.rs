//! A stand-in for Dropbox that a test scripts, answer by answer. It keeps what it was asked.
//!
//! It knows nothing of Dropbox beyond a few captured answers: no state, no permissions.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use dropbox::{AccessToken, App, Client, Credentials, Hosts, Session};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinHandle;
use url::Url;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn form(&self, name: &str) -> Option<String> {
        let mut fields = url::form_urlencoded::parse(self.body.as_bytes());
        fields.find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// An answer to send.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    gate: Option<Arc<Barrier>>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    pub(crate) fn html(status: u16) -> Self {
        Self::new(status, "text/html", "<html><h1>Bad gateway</h1></html>")
    }

    pub(crate) fn with(mut self, header: &'static str, value: &str) -> Self {
        self.headers.push((header, value.to_owned()));
        self
    }

    /// Held back until as many answers as the gate counts are due.
    pub(crate) fn behind(mut self, gate: &Arc<Barrier>) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.into(), gate: None }
    }
}

type Script = Box<dyn Fn(&Seen) -> Option<Answer> + Send + Sync>;

struct Shared {
    script: Script,
    seen: Mutex<Vec<Seen>>,
}

/// The stand-in, listening until dropped.
pub(crate) struct Double {
    pub(crate) origin: Url,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Double {
    /// Answers by the script; where that is silent, tokens are given and the account is Franz.
    pub(crate) async fn start(
        script: impl Fn(&Seen) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let shared = Arc::new(Shared { script: Box::new(script), seen: Mutex::default() });
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, shared, server }
    }

    /// Answers every call of one route alike.
    pub(crate) async fn answering(route: &'static str, answer: Answer) -> Self {
        Self::start(move |seen| (seen.path == route).then(|| answer.clone())).await
    }

    pub(crate) fn client(&self) -> Client {
        client(self.origin.clone())
    }

    /// A link whose access token `old` is good for another hour by the clock.
    pub(crate) fn session(&self) -> Session {
        Session::new(self.client(), credentials("old", 3600))
    }

    pub(crate) fn seen(&self, route: &str) -> Vec<Seen> {
        let seen = self.shared.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.path == route).cloned().collect()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) fn client(origin: Url) -> Client {
    let app = App { key: "appkey".to_owned(), secret: None };
    Client::new(Hosts::single(origin), app).unwrap()
}

pub(crate) fn credentials(access_token: &str, seconds: i64) -> Credentials {
    let expires_at = Timestamp::now() + SignedDuration::from_secs(seconds);
    let access_token = AccessToken { secret: access_token.into(), expires_at };
    Credentials { refresh_token: "the-refresh-token".into(), access_token: Some(access_token) }
}

pub(crate) fn franz(root: &str, home: &str) -> Value {
    json!({
        "account_id": "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc",
        "name": { "given_name": "Franz", "surname": "Ferdinand", "familiar_name": "Franz",
            "display_name": "Franz Ferdinand (Personal)", "abbreviated_name": "FF" },
        "email": "franz@dropbox.com", "email_verified": true, "disabled": false, "country": "US",
        "locale": "en", "referral_link": "https://db.tt/ZITNuhtI", "is_paired": false,
        "account_type": { ".tag": "basic" },
        "root_info": { ".tag": "user", "root_namespace_id": root, "home_namespace_id": home },
    })
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let seen = Seen { path: uri.path().to_owned(), headers, body };
    shared.seen.lock().unwrap().push(seen.clone());
    let answer = (shared.script)(&seen).unwrap_or_else(|| usual(&seen));
    if let Some(gate) = answer.gate {
        gate.wait().await;
    }
    let mut response = Response::builder()
        .status(answer.status)
        .header("x-dropbox-request-id", "0123456789abcdef0123456789abcdef");
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(answer.body.into()).unwrap()
}

fn usual(seen: &Seen) -> Answer {
    match seen.path.as_str() {
        "/oauth2/token" => Answer::ok(
            &json!({ "access_token": "fresh", "token_type": "bearer", "expires_in": 14400 }),
        ),
        "/2/users/get_current_account" => Answer::ok(&franz("3235641", "3235641")),
        path => Answer::text(404, &format!("the script says nothing about {path}")),
    }
}
