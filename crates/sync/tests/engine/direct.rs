//! The sandbox's API asked directly, as any client would, and answers that are changed on their way
//! to the engine: what Dropbox can say and the sandbox never would by itself.

use reqwest::{Client, StatusCode};
use sandbox::Fault;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::house::{APP, Consent, House};

pub(crate) const LIST: &str = "files/list_folder";
pub(crate) const CONTINUE: &str = "files/list_folder/continue";
pub(crate) const LONGPOLL: &str = "files/list_folder/longpoll";
pub(crate) const REVISIONS: &str = "files/list_revisions";
pub(crate) const DOWNLOAD: &str = "files/download";
pub(crate) const TOKEN: &str = "oauth2/token";

/// A client of the sandbox that is not the engine.
pub(crate) struct Direct<'a> {
    house: &'a House,
    http: Client,
    token: String,
}

impl House {
    /// Links an app of its own.
    pub(crate) async fn direct(&self) -> Direct<'_> {
        let Consent { code, verifier, redirect_uri } = self.consent().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("client_id", APP),
            ("code_verifier", verifier.expose_secret()),
            ("redirect_uri", redirect_uri.as_str()),
        ];
        let http = Client::new();
        let url = self.sandbox.url().join(TOKEN).unwrap();
        let grant: Value = http.post(url).form(&form).send().await.unwrap().json().await.unwrap();
        Direct { house: self, http, token: grant["access_token"].as_str().unwrap().to_owned() }
    }

    /// The next call of a route is answered so, whatever is true.
    pub(crate) fn answer_next(&self, route: &str, body: &Value) {
        let answer = Fault::answer(route, 1, 200, &body.to_string());
        self.admin.inject(answer.with_header("content-type", "application/json"));
    }

    /// The next call of a route fails with this error of its own.
    pub(crate) fn fail_next(&self, route: &str, status: u16, error: &Value) {
        let body = json!({ "error_summary": "of no meaning/..", "error": error });
        let answer = Fault::answer(route, 1, status, &body.to_string());
        self.admin.inject(answer.with_header("content-type", "application/json"));
    }
}

impl Direct<'_> {
    /// A call that succeeds.
    pub(crate) async fn call(&self, route: &str, argument: &Value) -> Value {
        let (status, body) = self.attempt(route, argument).await;
        assert_eq!(status, StatusCode::OK, "{route}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// A call that may be refused: the status and the body.
    pub(crate) async fn attempt(&self, route: &str, argument: &Value) -> (StatusCode, String) {
        let url = self.house.sandbox.url().join(&format!("2/{route}")).unwrap();
        let call = self.http.post(url).bearer_auth(&self.token).json(argument);
        let answer = call.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Everything in a folder, as the answer to the engine's first call would be.
    pub(crate) async fn listing(&self, folder: &str) -> Value {
        self.call(LIST, &json!({ "path": folder, "recursive": true, "limit": 2_000 })).await
    }

    /// The entry of a file or folder, to be changed.
    pub(crate) async fn entry(&self, path: &str) -> Value {
        self.call("files/get_metadata", &json!({ "path": path })).await
    }

    /// A page of changes in a folder with these entries, after which nothing is missed.
    pub(crate) async fn page(&self, folder: &str, entries: Vec<Value>) -> Value {
        let listing = self.listing(folder).await;
        json!({ "entries": entries, "cursor": listing["cursor"], "has_more": false })
    }
}
