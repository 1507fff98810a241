//! The story of a user, told over HTTP: sign in through the one-time link, connect through
//! Dropbox's own pages, choose folders, wait until everything is recorded, read what is public.
//! It knows addresses and JSON alone, so that it walks through an instance in this process and
//! through a real binary alike.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::form::Form;
use crate::live::Live;

/// Longer than anything that a test waits for takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// Redirects and pages on the way through Dropbox's sign-in and consent.
const PAGES_MAX: usize = 12;

/// A visitor with a browser's memory for cookies, who never follows a redirect unasked.
#[derive(Clone, Debug)]
pub struct Walk {
    http: Client,
    base: String,
    patience: Duration,
}

/// What to answer on Dropbox's consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Give the permissions.
    Allow,
    /// Don't.
    Cancel,
}

impl Walk {
    /// A visitor of the instance at this address, not signed in.
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let http = Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), patience: PATIENCE })
    }

    /// The same visitor, who waits longer or shorter for what is to come.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same visitor, signed in as before, after the instance has moved to another port.
    #[must_use]
    pub fn moved_to(&self, base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), ..self.clone() }
    }

    /// The address that this visitor visits.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Opens a one-time link and presses its button.
    pub async fn sign_in(&self, link: &str) -> anyhow::Result<()> {
        let page = self.http.get(link).send().await?.error_for_status()?;
        let answer = Form::with_button(&page.url().clone(), &page.text().await?, "sign in")?
            .submit(&self.http)
            .await?;
        ensure!(
            answer.status() == StatusCode::SEE_OTHER,
            "signing in answered {}",
            answer.status()
        );
        Ok(())
    }

    /// Connects a Dropbox through its own pages and returns the integration's identity.
    pub async fn connect(&self) -> anyhow::Result<String> {
        let landing = self.consent(Consent::Allow).await?;
        connected(&landing)
    }

    /// Connects the Dropbox of whoever signs in there with this address.
    pub async fn connect_as(&self, email: &str) -> anyhow::Result<String> {
        let anew = json!({ "reauthenticate": true });
        let started = self.post("/api/integrations/dropbox/connect", &anew).await?;
        let authorize = started["authorize_url"].as_str().context("no authorize_url")?;
        let back = self.through_dropbox(authorize, Consent::Allow, Some(email)).await?;
        let answer = self.http.get(&back).send().await?;
        connected(&location(&answer).context("the callback leads nowhere")?)
    }

    /// Goes to Dropbox and answers there; returns where the browser lands in Proofbox.
    pub async fn consent(&self, consent: Consent) -> anyhow::Result<String> {
        let started = self.post("/api/integrations/dropbox/connect", &json!({})).await?;
        let authorize = started["authorize_url"].as_str().context("no authorize_url")?.to_owned();
        let back = self.at_dropbox(&authorize, consent).await?;
        let answer = self.http.get(&back).send().await?;
        location(&answer).with_context(|| format!("the callback answered {}", answer.status()))
    }

    /// Lets the integration of whoever signs in there with this address read contents, which switches
    /// SHA-256 on.
    pub async fn allow_content(&self, integration: &str, email: &str) -> anyhow::Result<()> {
        let way = json!({ "content_for": integration, "reauthenticate": true });
        let started = self.post("/api/integrations/dropbox/connect", &way).await?;
        let authorize = started["authorize_url"].as_str().context("no authorize_url")?;
        let back = self.through_dropbox(authorize, Consent::Allow, Some(email)).await?;
        let landing = location(&self.http.get(&back).send().await?);
        let landing = landing.context("the callback leads nowhere")?;
        ensure!(landing.ends_with(integration), "the callback leads to {landing}");
        Ok(())
    }

    /// Walks through Dropbox's sign-in and consent pages; returns the address it sends back to.
    pub async fn at_dropbox(&self, authorize: &str, consent: Consent) -> anyhow::Result<String> {
        self.through_dropbox(authorize, consent, None).await
    }

    async fn through_dropbox(
        &self,
        authorize: &str,
        consent: Consent,
        email: Option<&str>,
    ) -> anyhow::Result<String> {
        let mut answer = self.http.get(authorize).send().await?;
        for _ in 0..PAGES_MAX {
            if let Some(target) = location(&answer) {
                let target = answer.url().join(&target)?;
                if target.as_str().starts_with(&self.base) {
                    return Ok(target.into());
                }
                answer = self.http.get(target).send().await?;
                continue;
            }
            let (url, status) = (answer.url().clone(), answer.status());
            let page = answer.text().await?;
            ensure!(status.is_success(), "Dropbox answered {status} on {}", url.path());
            let wanted = if consent == Consent::Allow { "allow" } else { "cancel" };
            let form = Form::with_button(&url, &page, wanted)?;
            let form = match email {
                Some(email) => form.filled("email", email),
                None => form,
            };
            answer = form.submit(&self.http).await?;
        }
        bail!("Dropbox's pages go round in circles")
    }

    /// Links everything in the connected Dropbox.
    pub async fn link_all(&self, integration: &str) -> anyhow::Result<()> {
        self.link(integration, &json!([{"folder": "", "path": "", "verdict": "include"}])).await
    }

    /// Links folders by rules.
    pub async fn link(&self, integration: &str, rules: &Value) -> anyhow::Result<()> {
        let path = format!("/api/integrations/{integration}/folders");
        self.send(self.request(Method::PUT, &path).json(&json!({ "rules": rules }))).await?;
        Ok(())
    }

    /// An integration as the API tells it.
    pub async fn integration(&self, identity: &str) -> anyhow::Result<Value> {
        self.get(&format!("/api/integrations/{identity}")).await
    }

    /// Waits for the integration's health to satisfy the caller, woken by the live stream.
    pub async fn until_health(
        &self,
        integration: &str,
        satisfied: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        let path = format!("/api/integrations/{integration}");
        let integration =
            self.until(&path, |integration| satisfied(&integration["health"])).await?;
        Ok(integration["health"].clone())
    }

    /// Waits until the first scan is over and this many documents are there.
    pub async fn until_up_to_date(&self, integration: &str, documents: u64) -> anyhow::Result<()> {
        let done =
            |health: &Value| health["state"] == "up_to_date" && health["documents"] == documents;
        self.until_health(integration, done).await?;
        Ok(())
    }

    /// Reads an address again after every live event, until the answer satisfies the caller.
    pub async fn until(
        &self,
        path: &str,
        satisfied: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        let mut last = Value::Null;
        let waiting = async {
            // Listening starts before the first look: nothing can happen between the two unheard.
            let mut live = Live::open(self.request(Method::GET, "/api/live")).await?;
            loop {
                last = self.get(path).await?;
                if satisfied(&last) {
                    return anyhow::Ok(());
                }
                live.next().await?;
            }
        };
        let result = timeout(self.patience, waiting).await;
        match result {
            Ok(outcome) => outcome.map(|()| last),
            Err(_) => bail!("{path} was still {last} after {} s", self.patience.as_secs()),
        }
    }

    /// All assets of the tenancy, newest first.
    pub async fn assets(&self) -> anyhow::Result<Vec<Value>> {
        self.pages("/archivist/v2/assets", "assets").await
    }

    /// The asset of the file with this path.
    pub async fn asset_at(&self, path: &str) -> anyhow::Result<Value> {
        let assets = self.assets().await?;
        assets
            .into_iter()
            .find(|asset| asset["private"]["path"] == path)
            .with_context(|| format!("no asset at {path}"))
    }

    /// All events of an asset (`assets/…` or `publicassets/…`), newest first.
    pub async fn events(&self, asset: &str) -> anyhow::Result<Vec<Value>> {
        self.pages(&format!("/archivist/v2/{asset}/events"), "events").await
    }

    /// The receipt of an event (`assets/…/events/…`), as anybody may download it.
    pub async fn receipt(&self, event: &str) -> anyhow::Result<String> {
        let public = event.strip_prefix("public").unwrap_or(event);
        self.text(&format!("/public{public}/receipt")).await
    }

    /// The log's verifier key: the first of those that it publishes.
    pub async fn log_key(&self) -> anyhow::Result<String> {
        let keys = self.text("/log/vkey").await?;
        Ok(keys.lines().next().unwrap_or_default().to_owned())
    }

    /// Reads JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.request(Method::GET, path)).await
    }

    /// Posts JSON and reads JSON.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Reads text.
    pub async fn text(&self, path: &str) -> anyhow::Result<String> {
        let answer = self.request(Method::GET, path).send().await?.error_for_status()?;
        Ok(answer.text().await?)
    }

    /// Reads bytes.
    pub async fn bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let answer = self.request(Method::GET, path).send().await?.error_for_status()?;
        Ok(answer.bytes().await?.into())
    }

    /// A request as a page of the instance would send it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).header(header::ORIGIN, &self.base)
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let answer = request.send().await?;
        let (status, path) = (answer.status(), answer.url().path().to_owned());
        let body = answer.text().await?;
        ensure!(status.is_success(), "{path} answered {status}: {body}");
        serde_json::from_str(&body).with_context(|| format!("{path} answered no JSON: {body}"))
    }

    async fn pages(&self, path: &str, member: &str) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let mut page = self.get(&format!("{path}?page_size=200&page_token={token}")).await?;
            let items = page.get_mut(member).and_then(Value::as_array_mut);
            all.append(items.with_context(|| format!("{path} has no {member}"))?);
            match page["next_page_token"].as_str() {
                Some(next) if !next.is_empty() => token = next.to_owned(),
                _ => return Ok(all),
            }
        }
    }
}

fn connected(landing: &str) -> anyhow::Result<String> {
    let identity = landing.split_once("connected=").map(|(_, identity)| identity.to_owned());
    identity.with_context(|| format!("connecting ended at {landing}"))
}

fn location(answer: &Response) -> Option<String> {
    let target = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    answer.status().is_redirection().then(|| target.to_owned())
}
