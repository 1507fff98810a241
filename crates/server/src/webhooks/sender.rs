//! Sending one message and saying how it went.

use std::{error::Error as StdError, time::Duration};

use jiff::Timestamp;
use ledger::{
    WebhookId,
    webhooks::{Attempt, Message as Sent},
};
use reqwest::{Client, Response, redirect};
use tokio::time::Instant;

use super::{
    address::{Reach, Resolver, checked},
    message::{Message, Sealed},
};
use crate::{State, error::Error};

/// How long an address may take to answer. What it answers is not read.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Sends messages: straight, without proxies and without following anybody elsewhere.
pub(crate) struct Sender {
    client: Client,
    reach: Reach,
}

impl Sender {
    pub(crate) fn new(reach: Reach) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .dns_resolver(Resolver(reach))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .user_agent(concat!("Proofbox/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, reach })
    }

    async fn send(&self, url: &str, sealed: Sealed) -> Result<u16, Problem> {
        // Checked again, because what is allowed may have become less since it was added.
        let url = checked(url, self.reach).map_err(|error| Problem::unsent(&error.to_string()))?;
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", sealed.id)
            .header("webhook-timestamp", sealed.timestamp)
            .header("webhook-signature", sealed.signature)
            .body(sealed.body);
        let response = request.send().await.map_err(|error| Problem::unsent(&told(&error)))?;
        arrived(&response)
    }
}

/// Why a message did not arrive, with the status of the answer if there was one.
struct Problem {
    status: Option<u16>,
    words: String,
}

impl Problem {
    fn unsent(words: &str) -> Self {
        Self { status: None, words: words.to_owned() }
    }
}

fn arrived(response: &Response) -> Result<u16, Problem> {
    let status = response.status();
    if status.is_success() {
        return Ok(status.as_u16());
    }
    let words = if status.is_redirection() {
        "It answered with a redirection, which is not followed.".to_owned()
    } else {
        format!("It answered with {status}.")
    };
    Err(Problem { status: Some(status.as_u16()), words })
}

/// What the owner of the webhook may know. The address is theirs, so nothing of it is secret to them.
fn told(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("It did not answer within {} seconds.", TIMEOUT.as_secs());
    }
    let mut cause: &dyn StdError = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("It could not be reached: {cause}.")
}

/// Sends a message to a webhook once. `None` if the webhook is gone.
pub(crate) async fn attempt(
    state: &State,
    id: WebhookId,
    url: &str,
    message: &Message,
    sent: Sent,
) -> Result<Option<Attempt>, Error> {
    let Some(secret) = state.ledger.webhook_secret(id).await? else { return Ok(None) };
    let (at, begun) = (Timestamp::now(), Instant::now());
    let outcome = state.webhooks.send(url, message.seal(&secret, at)?).await;
    let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (status, problem) = match outcome {
        Ok(status) => (Some(status), String::new()),
        Err(problem) => (problem.status, problem.words),
    };
    Ok(Some(Attempt { message: sent, at, duration_ms, status, problem }))
}
