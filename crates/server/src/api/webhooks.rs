//! Webhooks of a tenancy: who is told of its events, what was sent, and sending it once more.

use axum::{Json, extract::State as Shared, response::NoContent};
use ledger::{
    TenancyId, WebhookId,
    webhooks::{Attempt, Delivery, Message as Sent, NewWebhook, Progress, Webhook},
};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::{
    State,
    archivist::{Nothing, Once, rfc3339},
    caller::{Access, Caller},
    error::Error,
    query::{FromPath, Ids, Strict, identity},
    routes::Routes,
    webhooks::{Message, attempt, checked},
};

const PAGE_DELIVERIES: u32 = 50;

pub(super) fn routes(routes: Routes) -> Routes {
    const ALL: &str = "/api/webhooks";
    const ONE: &str = "/api/webhooks/{webhook}";
    let manager = Access::Manager;
    routes
        .get(ALL, manager, "List webhooks", list)
        .post(ALL, manager, "Add a webhook", add)
        .get(ONE, manager, "Read a webhook", read)
        .delete(ONE, manager, "Remove a webhook", remove)
        .post("/api/webhooks/{webhook}/test", manager, "Send a test to a webhook", test)
        .post("/api/webhooks/{webhook}/resume", manager, "Let a webhook go on", resume)
        .get("/api/webhooks/{webhook}/deliveries", manager, "List deliveries", deliveries)
        .post(
            "/api/webhooks/{webhook}/events/{index}/redeliver",
            manager,
            "Deliver an event once more",
            redeliver,
        )
}

/// An address to be told of events.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookToAdd")]
pub(crate) struct ToAdd {
    /// Where messages go: a public address, over TLS.
    url: String,
}

/// All webhooks of a tenancy, oldest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Webhooks {
    webhooks: Vec<WebhookBody>,
}

/// An address that is told of events.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Webhook")]
pub(crate) struct WebhookBody {
    identity: String,
    url: String,
    created_at: String,
    state: WebhookState,
    /// How many deliveries in a row failed.
    failures: u32,
    /// When the next one is tried; null unless it waits.
    next_try: Option<String>,
    /// What messages are signed with: shown once, when it is added, and not when the request is repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// How deliveries go.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WebhookState {
    Going,
    Waiting,
    Stopped,
}

/// A page of deliveries, newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Deliveries {
    deliveries: Vec<DeliveryBody>,
    next_page_token: String,
}

/// One attempt to send something.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Delivery")]
pub(crate) struct DeliveryBody {
    number: u64,
    what: DeliveryKind,
    /// The event's place in the log; null for a test.
    index: Option<u64>,
    at: String,
    duration_ms: u64,
    /// The status of the answer; null if there was none.
    status: Option<u16>,
    /// What went wrong, as a sentence; empty if it arrived.
    problem: String,
}

/// What was sent.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryKind {
    /// An event in its turn.
    Event,
    /// An event once more.
    Again,
    /// A test.
    Test,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    /// What the page before said under `next_page_token`.
    page_token: Option<u64>,
}

async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<Webhooks>, Error> {
    let webhooks = state.ledger.webhooks(caller.tenancy()).await?;
    let webhooks = webhooks.into_iter().map(WebhookBody::from).collect();
    Ok(Json(Webhooks { webhooks }))
}

async fn add(
    Shared(state): Shared<State>,
    caller: Caller,
    Once(to_add, once): Once<ToAdd>,
) -> Result<Json<WebhookBody>, Error> {
    let url = checked(&to_add.url, state.config.webhooks)?;
    let NewWebhook { webhook, secret } =
        state.ledger.add_webhook(caller.tenancy(), url.into(), once).await?;
    tracing::info!(webhook.id = %webhook.id, "A webhook was added");
    let secret = secret.map(|secret| secret.expose_secret().to_owned());
    Ok(Json(WebhookBody { secret, ..webhook.into() }))
}

async fn read(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(WebhookPath(id)): Ids<WebhookPath>,
) -> Result<Json<WebhookBody>, Error> {
    let webhook = owned(&state, caller.tenancy(), id).await?;
    Ok(Json(webhook.into()))
}

async fn remove(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(WebhookPath(id)): Ids<WebhookPath>,
) -> Result<NoContent, Error> {
    let was_there = state.ledger.remove_webhook(caller.tenancy(), id).await?;
    was_there.then_some(NoContent).ok_or(Error::NotFound)
}

async fn resume(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(WebhookPath(id)): Ids<WebhookPath>,
) -> Result<Json<WebhookBody>, Error> {
    let webhook = state.ledger.resume_webhook(caller.tenancy(), id).await?;
    webhook.map(|webhook| Json(webhook.into())).ok_or(Error::NotFound)
}

async fn test(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(WebhookPath(id)): Ids<WebhookPath>,
) -> Result<Json<DeliveryBody>, Error> {
    let message = Message::test(jiff::Timestamp::now());
    send(&state, caller.tenancy(), id, &message, Sent::Test).await
}

async fn redeliver(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(EventOfWebhook(id, index)): Ids<EventOfWebhook>,
) -> Result<Json<DeliveryBody>, Error> {
    let event = state.ledger.event_at(caller.tenancy(), index).await?.ok_or(Error::NotFound)?;
    let witnessed = state.ledger.witnessed_size().await?;
    let message = Message::of(&event, witnessed);
    send(&state, caller.tenancy(), id, &message, Sent::Again(index)).await
}

async fn send(
    state: &State,
    tenancy: TenancyId,
    id: WebhookId,
    message: &Message,
    sent: Sent,
) -> Result<Json<DeliveryBody>, Error> {
    let webhook = owned(state, tenancy, id).await?;
    let attempt = attempt(state, id, &webhook.url, message, sent).await?.ok_or(Error::NotFound)?;
    let noted = state.ledger.note_delivery(tenancy, id, attempt).await?;
    noted.map(|delivery| Json(delivery.into())).ok_or(Error::NotFound)
}

async fn deliveries(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(WebhookPath(id)): Ids<WebhookPath>,
    Strict(from): Strict<From>,
) -> Result<Json<Deliveries>, Error> {
    owned(&state, caller.tenancy(), id).await?;
    // One more than is shown says whether there is another page.
    let mut found = state.ledger.deliveries(id, from.page_token, PAGE_DELIVERIES + 1).await?;
    let has_more = found.len() > PAGE_DELIVERIES as usize;
    found.truncate(PAGE_DELIVERIES as usize);
    let last = found.last().filter(|_| has_more);
    let next_page_token = last.map(|last| last.id.to_string()).unwrap_or_default();
    let deliveries = found.into_iter().map(DeliveryBody::from).collect();
    Ok(Json(Deliveries { deliveries, next_page_token }))
}

async fn owned(state: &State, tenancy: TenancyId, id: WebhookId) -> Result<Webhook, Error> {
    state.ledger.webhook(tenancy, id).await?.ok_or(Error::NotFound)
}

/// The path of a webhook.
struct WebhookPath(WebhookId);

impl FromPath for WebhookPath {
    type Raw = String;

    fn from_path(raw: String) -> Result<Self, Error> {
        identity(&raw).map(Self)
    }
}

/// The path of an event that is delivered once more.
struct EventOfWebhook(WebhookId, u64);

impl FromPath for EventOfWebhook {
    type Raw = (String, u64);

    fn from_path((webhook, index): Self::Raw) -> Result<Self, Error> {
        Ok(Self(identity(&webhook)?, index))
    }
}

impl std::convert::From<Webhook> for WebhookBody {
    fn from(webhook: Webhook) -> Self {
        let (state, failures, next_try) = match webhook.progress {
            Progress::Going => (WebhookState::Going, 0, None),
            Progress::Waiting { failures, next_try } => {
                (WebhookState::Waiting, failures, Some(rfc3339(next_try)))
            }
            Progress::Stopped => (WebhookState::Stopped, 0, None),
        };
        Self {
            identity: webhook.id.to_string(),
            url: webhook.url,
            created_at: rfc3339(webhook.created_at),
            state,
            failures,
            next_try,
            secret: None,
        }
    }
}

impl std::convert::From<Delivery> for DeliveryBody {
    fn from(Delivery { id, attempt }: Delivery) -> Self {
        let Attempt { message, at, duration_ms, status, problem } = attempt;
        let (what, index) = match message {
            Sent::Event(index) => (DeliveryKind::Event, Some(index)),
            Sent::Again(index) => (DeliveryKind::Again, Some(index)),
            Sent::Test => (DeliveryKind::Test, None),
        };
        Self { number: id, what, index, at: rfc3339(at), duration_ms, status, problem }
    }
}
