//! A plain client: it signs in, allows, and calls the API with what it got.

use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, StatusCode};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use url::Url;

use crate::oracle;

pub(crate) const APP: &str = "testapp";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:9/back";
pub(crate) const SCOPE: &str = "account_info.read files.metadata.read";
/// The example of RFC 7636.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A browser and an app in one.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    cookie: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// A reply, held against the types of the specification.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let (path, reply) = Self::at_path(request).await;
        if let Some(route) = path.strip_prefix("/2/") {
            oracle::check_reply(route, reply.status, reply.result());
        }
        reply
    }

    /// A reply of a bad day, which need not be one of the route's own.
    pub(crate) async fn unchecked(request: RequestBuilder) -> Self {
        Self::at_path(request).await.1
    }

    async fn at_path(request: RequestBuilder) -> (String, Self) {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let path = response.url().path().to_owned();
        (path, Self { status, headers, text: response.text().await.unwrap() })
    }

    /// What the API says, wherever it says it.
    pub(crate) fn result(&self) -> &str {
        let result = self.headers.get("dropbox-api-result");
        result.map_or(&self.text, |result| result.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> Url {
        Url::parse(self.header(LOCATION.as_str())).unwrap()
    }

    /// A parameter of the address that it leads to.
    pub(crate) fn outcome(&self, name: &str) -> Option<String> {
        let location = self.location();
        let found = location.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// The error's tags as a path, without the dots that nobody should read.
    pub(crate) fn tags(&self) -> String {
        let json = self.json();
        let summary = json["error_summary"].as_str().unwrap().trim_end_matches('.');
        summary.trim_end_matches('/').to_owned()
    }
}

pub(crate) async fn start() -> Sandbox {
    Sandbox::start(Options::default()).await.unwrap()
}

/// A sandbox with an app that may read its files.
pub(crate) async fn linked() -> (Sandbox, Client) {
    let sandbox = start().await;
    let client = Client::linked(&sandbox).await;
    (sandbox, client)
}

/// The same with an app that may change them, too.
pub(crate) async fn linked_to_write() -> (Sandbox, Client) {
    let sandbox = start().await;
    let all = "account_info.read files.content.read files.content.write files.metadata.read";
    let client = Client::linked_for(&sandbox, all).await;
    (sandbox, client)
}

impl Client {
    pub(crate) fn new(base: &Url) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self {
            http,
            base: base.clone(),
            cookie: String::new(),
            access_token: String::new(),
            refresh_token: String::new(),
        }
    }

    pub(crate) async fn linked(sandbox: &Sandbox) -> Self {
        Self::linked_for(sandbox, SCOPE).await
    }

    /// An app that may do what the scope says.
    pub(crate) async fn linked_for(sandbox: &Sandbox, scope: &str) -> Self {
        Self::linked_as(sandbox, "ada@example.org", scope).await
    }

    pub(crate) async fn linked_as(sandbox: &Sandbox, email: &str, scope: &str) -> Self {
        let mut client = Self::new(sandbox.url());
        client.sign_in(email).await;
        client.link(scope).await;
        client
    }

    /// The same browser with another token.
    pub(crate) fn with_token(&self, access_token: &str) -> Self {
        Self { access_token: access_token.to_owned(), ..self.clone() }
    }

    /// The same app, at the address of the next run.
    pub(crate) fn moved_to(&self, sandbox: &Sandbox) -> Self {
        Self { base: sandbox.url().clone(), ..self.clone() }
    }

    pub(crate) fn at(&self, path: &str) -> Url {
        self.base.join(path).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.at(path)).header("cookie", &self.cookie)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.at(path)).header("cookie", &self.cookie)
    }

    pub(crate) fn put(&self, path: &str) -> RequestBuilder {
        self.http.put(self.at(path))
    }

    pub(crate) fn delete(&self, path: &str) -> RequestBuilder {
        self.http.delete(self.at(path))
    }

    pub(crate) async fn sign_in(&mut self, email: &str) {
        let form = [("email", email), ("password", "anything"), ("cont", "")];
        let reply = Reply::of(self.post("/login").form(&form)).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        let cookie = reply.header(SET_COOKIE.as_str());
        self.cookie = cookie.split(';').next().unwrap().to_owned();
    }

    /// Asks for access, allows it, and takes the tokens.
    pub(crate) async fn link(&mut self, scope: &str) {
        let code = self.code(&[("scope", scope)]).await;
        let reply = self.token(&exchange(&code)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        self.access_token = reply.json()["access_token"].as_str().unwrap().to_owned();
        self.refresh_token = reply.json()["refresh_token"].as_str().unwrap().to_owned();
    }

    /// An authorization code, allowed by whoever is signed in.
    pub(crate) async fn code(&self, more: &[(&str, &str)]) -> String {
        let reply = Reply::of(self.get(authorize(more).as_str())).await;
        let reply = if reply.status == 200 { self.decide(&reply, "allow").await } else { reply };
        reply.outcome("code").unwrap()
    }

    /// Presses a button of the consent page.
    pub(crate) async fn decide(&self, page: &Reply, choice: &str) -> Reply {
        assert_eq!(page.status, 200, "{}", page.text);
        let form = hidden(&page.text, "form");
        let fields = [("form", form.as_str()), ("choice", choice)];
        Reply::of(self.post("/oauth2/authorize").form(&fields)).await
    }

    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> Reply {
        Reply::of(self.http.post(self.at("/oauth2/token")).form(fields)).await
    }

    /// A call of the API with this client's token.
    pub(crate) async fn call(&self, route: &str, argument: Value) -> Reply {
        let body = if argument.is_null() { String::new() } else { argument.to_string() };
        let request = self.post(&format!("/2/{route}")).bearer_auth(&self.access_token);
        Reply::of(request.header("content-type", "application/json").body(body)).await
    }

    /// The same when it has to succeed.
    pub(crate) async fn ok(&self, route: &str, argument: Value) -> Value {
        let reply = self.call(route, argument).await;
        assert_eq!(reply.status, 200, "{route}: {}", reply.text);
        assert_eq!(reply.header("content-type"), "application/json");
        assert!(!reply.header("x-dropbox-request-id").is_empty());
        reply.json()
    }

    /// A call with content.
    pub(crate) async fn upload(
        &self,
        route: &str,
        argument: &Value,
        content: impl Into<reqwest::Body>,
    ) -> Reply {
        let request = self.post(&format!("/2/{route}")).bearer_auth(&self.access_token);
        let request = request.header("dropbox-api-arg", ascii(argument));
        Reply::of(request.header("content-type", "application/octet-stream").body(content)).await
    }

    /// The content of a file, perhaps with one more header.
    pub(crate) async fn download(&self, argument: &Value, more: Option<(&str, &str)>) -> Reply {
        self.fetch("files/download", argument, more).await
    }

    /// What a route that gives content answers.
    pub(crate) async fn fetch(
        &self,
        route: &str,
        argument: &Value,
        more: Option<(&str, &str)>,
    ) -> Reply {
        let request = self.post(&format!("/2/{route}")).bearer_auth(&self.access_token);
        let request = request.header("dropbox-api-arg", ascii(argument));
        let request =
            more.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        Reply::of(request).await
    }

    pub(crate) async fn longpoll(&self, cursor: &str) -> Reply {
        let argument = json!({ "cursor": cursor, "timeout": 30 });
        Reply::of(self.post("/2/files/list_folder/longpoll").json(&argument)).await
    }

    /// All entries from a first page or a cursor on, and the cursor at the end.
    pub(crate) async fn drain(&self, mut page: Value) -> (Vec<Value>, String) {
        let mut entries = Vec::new();
        loop {
            entries.extend(page["entries"].as_array().unwrap().iter().cloned());
            let cursor = page["cursor"].as_str().unwrap().to_owned();
            if page["has_more"] == false {
                return (entries, cursor);
            }
            page = self.ok("files/list_folder/continue", json!({ "cursor": cursor })).await;
        }
    }

    /// A whole recursive listing.
    pub(crate) async fn list(&self, path: &str) -> (Vec<Value>, String) {
        let argument = json!({ "path": path, "recursive": true });
        self.drain(self.ok("files/list_folder", argument).await).await
    }

    /// What changed since a cursor.
    pub(crate) async fn changes(&self, cursor: &str) -> (Vec<Value>, String) {
        let argument = json!({ "cursor": cursor });
        self.drain(self.ok("files/list_folder/continue", argument).await).await
    }
}

/// JSON as it may stand in a header.
fn ascii(argument: &Value) -> String {
    let escaped = |unit: u16| match u8::try_from(unit) {
        Ok(plain @ b' '..=b'~') => char::from(plain).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    argument.to_string().encode_utf16().map(escaped).collect()
}

pub(crate) fn authorize(more: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("client_id", APP),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("token_access_type", "offline"),
        ("scope", SCOPE),
        ("state", "a state & more"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("/oauth2/authorize?{query}")
}

pub(crate) fn exchange(code: &str) -> [(&str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", APP),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&start).unwrap_or_else(|| panic!("no {name} in {page}")).1;
    rest.split('"').next().unwrap().replace("&#38;", "&")
}

/// Tag and path of each entry: what most tests look at.
pub(crate) fn short(entries: &[Value]) -> Vec<String> {
    let line = |entry: &Value| {
        let tag = entry[".tag"].as_str().unwrap();
        format!("{tag} {}", entry["path_display"].as_str().unwrap())
    };
    entries.iter().map(line).collect()
}

/// The entry at a path.
pub(crate) fn at<'a>(entries: &'a [Value], path: &str) -> &'a Value {
    let found = entries.iter().find(|entry| entry["path_display"] == path);
    found.unwrap_or_else(|| panic!("{path} is not in {entries:#?}"))
}

pub(crate) fn is_redirect(status: u16) -> bool {
    StatusCode::from_u16(status).unwrap().is_redirection()
}
