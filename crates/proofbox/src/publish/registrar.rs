//! The server that documents are registered with, over the API that everybody else has.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use reqwest::{Client, RequestBuilder, header};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use url::Url;

/// What a document is called whose name stays private.
const MASKED_NAME: &str = "xxx...";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// No answer to these questions is larger.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

/// A server with a token for it. The token lasts an hour and is fetched again when it has ended.
pub(super) struct Registrar {
    runtime: Runtime,
    client: Client,
    address: Url,
    token: std::cell::RefCell<SecretString>,
    credentials: Credentials,
}

#[derive(Serialize)]
struct Credentials {
    grant_type: &'static str,
    client_id: String,
    #[serde(serialize_with = "exposed")]
    client_secret: SecretString,
}

#[derive(Deserialize)]
struct Token {
    access_token: SecretString,
}

#[derive(Deserialize)]
struct Assets {
    assets: Vec<Asset>,
}

#[derive(Deserialize)]
struct Asset {
    identity: String,
    last_event: LastEvent,
}

#[derive(Deserialize)]
struct LastEvent {
    identity: String,
}

#[derive(Deserialize)]
struct Failure {
    error: Words,
}

#[derive(Deserialize)]
struct Words {
    message: String,
}

/// What was registered.
#[derive(Default)]
pub(super) struct Registered {
    pub(super) asset: String,
    pub(super) event: Option<String>,
}

fn exposed<S: serde::Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose_secret())
}

impl Registrar {
    /// Fetches a token, which shows that server, id and secret are right.
    pub(super) fn connect(
        mut address: Url,
        client_id: &str,
        secret: &SecretString,
    ) -> anyhow::Result<Self> {
        if !address.path().ends_with('/') {
            address.set_path(&format!("{}/", address.path()));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = Client::builder().timeout(REQUEST_TIMEOUT).build()?;
        let credentials = Credentials {
            grant_type: "client_credentials",
            client_id: client_id.to_owned(),
            client_secret: secret.clone(),
        };
        let token = SecretString::default().into();
        let registrar = Self { runtime, client, address, token, credentials };
        registrar.renew()?;
        Ok(registrar)
    }

    fn renew(&self) -> anyhow::Result<()> {
        let request = self.client.post(self.at("iam/v1/appidp/token")?).form(&self.credentials);
        let (status, body) = self.send(request)?;
        ensure!(status.is_success(), "{}", self.refusal(status, &body));
        let Token { access_token } = self.parse(&body)?;
        self.token.replace(access_token);
        Ok(())
    }

    /// The tenancy's document with this hash as its current version, if there is one.
    pub(super) fn find(&self, sha256: &str) -> anyhow::Result<Option<String>> {
        let query = [
            ("attributes.document_hash_value", sha256),
            ("attributes.arc_profile", "Document"),
            ("privacy", "PUBLIC"),
            ("page_size", "1"),
        ];
        let at = self.at("v2/assets")?;
        let found: Assets = self.ask(|| self.client.get(at.clone()).query(&query))?;
        Ok(found.assets.into_iter().next().map(|asset| asset.identity))
    }

    /// Registers a public document.
    pub(super) fn register(&self, sha256: &str, name: Option<&str>) -> anyhow::Result<Registered> {
        let body: Value = json!({
            "behaviours": ["RecordEvidence"],
            "public": true,
            "attributes": {
                "arc_display_name": name.unwrap_or(MASKED_NAME),
                "arc_display_type": "Document",
                "arc_profile": "Document",
                "document_hash_alg": "sha256",
                "document_hash_value": sha256,
                "document_status": "Published",
                "document_version": "1",
            },
        });
        let at = self.at("v2/assets")?;
        let key = format!("proofbox-publish-{sha256}");
        let request = || self.client.post(at.clone()).header("idempotency-key", &key).json(&body);
        let made: Asset = self.ask(request)?;
        Ok(Registered { asset: made.identity, event: Some(made.last_event.identity) })
    }

    /// Asks with the token, and once more with a new one where it has ended.
    fn ask<T: DeserializeOwned>(&self, request: impl Fn() -> RequestBuilder) -> anyhow::Result<T> {
        let send = || {
            let bearer = format!("Bearer {}", self.token.borrow().expose_secret());
            self.send(request().header(header::AUTHORIZATION, bearer))
        };
        let (mut status, mut body) = send()?;
        if status == reqwest::StatusCode::UNAUTHORIZED {
            self.renew()?;
            (status, body) = send()?;
        }
        if !status.is_success() {
            bail!("{}", self.refusal(status, &body));
        }
        self.parse(&body)
    }

    fn send(&self, request: RequestBuilder) -> anyhow::Result<(reqwest::StatusCode, Vec<u8>)> {
        let answer = self.runtime.block_on(async {
            let mut answer = request.send().await.map_err(reqwest::Error::without_url)?;
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                body.extend_from_slice(&chunk);
                ensure!(body.len() as u64 <= ANSWER_BYTES_MAX, "the answer is too long");
            }
            Ok((answer.status(), body))
        });
        answer.with_context(|| format!("cannot reach {}; check the address", self.address))
    }

    /// The server's own sentence where it has one.
    fn refusal(&self, status: reqwest::StatusCode, body: &[u8]) -> String {
        match serde_json::from_slice::<Failure>(body) {
            Ok(failure) => format!("{}: {}", self.address, failure.error.message),
            Err(_) => format!("{} answered {status}", self.address),
        }
    }

    fn parse<T: DeserializeOwned>(&self, body: &[u8]) -> anyhow::Result<T> {
        serde_json::from_slice(body)
            .with_context(|| format!("{} does not answer like a Proofbox server", self.address))
    }

    fn at(&self, path: &str) -> anyhow::Result<Url> {
        Ok(self.address.join(&format!("archivist/{path}"))?)
    }
}
