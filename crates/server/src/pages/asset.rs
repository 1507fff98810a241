//! The permanent page of an asset: what it is in one sentence, then its history and its facts.

use askama::Template;
use axum::extract::State as Shared;
use http::StatusCode;
use ledger::{Asset, AssetId, Event, EventId, EventKind, Origin, model::asset::MASKED_NAME};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    evidence::{HashLine, Publishing, State, Verdict, hashes},
    render,
    words::{Moment, grouped},
};
use crate::{
    State as Instance,
    archivist::{AssetPath, View},
    error::Error,
    openapi::{As, Html},
    query::{Ids, Strict},
};

/// How much of a history one page shows.
const TRAIL_MAX: u32 = 100;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// The log index before which the history goes on.
    before: Option<u64>,
}

#[derive(Template)]
#[template(path = "asset.html")]
struct Page {
    verdict: Verdict,
    tone: &'static str,
    publisher: Publishing,
    masked: &'static str,
    identity: String,
    origin: String,
    asset_url: String,
    last_url: String,
    last_index: String,
    status: &'static str,
    version: u32,
    versions: String,
    hashes: Vec<HashLine>,
    created: Moment,
    trail: Vec<Step>,
    older: Option<u64>,
}

/// One event of the history.
struct Step {
    title: String,
    verb: &'static str,
    recorded: Moment,
    url: String,
    is_last: bool,
    is_filled_in: bool,
}

pub(super) async fn page(
    Shared(instance): Shared<Instance>,
    Ids(AssetPath(id)): Ids<AssetPath>,
    Strict(part): Strict<Part>,
) -> Result<As<Html>, Error> {
    let found = instance.ledger.public_asset(id).await?;
    let (asset, publisher) = found.ok_or(Error::NotFound)?;
    let events = instance.ledger.events(id, part.before, TRAIL_MAX).await;
    let events = events?.ok_or(Error::NotFound)?;
    let publisher = Publishing::of(&instance, publisher).await?;
    let page = Page::new(&asset, publisher, &events, instance.ledger.origin());
    Ok(render(StatusCode::OK, &page).into())
}

/// The public address of an asset on this site.
pub(super) fn asset_url(asset: AssetId) -> String {
    format!("/{}", View::Public.asset(asset))
}

/// The public address of an event on this site.
pub(super) fn event_url(asset: AssetId, event: EventId) -> String {
    format!("/{}", View::Public.event(asset, event))
}

impl Page {
    fn new(asset: &Asset, publisher: Publishing, events: &[Event], origin: String) -> Self {
        let last = &asset.last_event;
        let verdict = Verdict::of_asset(asset);
        Self {
            tone: verdict.tone(&publisher),
            verdict,
            publisher,
            masked: MASKED_NAME,
            identity: View::Public.asset(asset.id),
            origin,
            asset_url: asset_url(asset.id),
            last_url: event_url(asset.id, last.id),
            last_index: grouped(last.log_index),
            status: asset.status.as_str(),
            version: asset.version,
            versions: counted(asset.versions),
            hashes: hashes(&last.fingerprint),
            created: Moment::new(asset.created_at),
            trail: events.iter().map(|event| Step::new(event, last.id)).collect(),
            older: older(events),
        }
    }
}

impl Step {
    fn new(event: &Event, last: EventId) -> Self {
        Self {
            title: match event.kind {
                EventKind::Withdraw => "Withdrawal".to_owned(),
                EventKind::Record => "Record".to_owned(),
                EventKind::NewAsset | EventKind::Publish => format!("Version {}", event.version),
            },
            verb: match event.kind {
                EventKind::NewAsset => "First published",
                EventKind::Publish => "Published",
                EventKind::Withdraw => "Withdrawn",
                EventKind::Record => "Recorded",
            },
            recorded: Moment::new(event.accepted_at),
            url: event_url(event.asset, event.id),
            is_last: event.id == last,
            is_filled_in: event.origin == Origin::FilledIn,
        }
    }
}

fn counted(versions: u32) -> String {
    match versions {
        1 => "1 version".to_owned(),
        more => format!("{} versions", grouped(more.into())),
    }
}

/// Where the history goes on, when this part is full and did not reach its beginning.
fn older(events: &[Event]) -> Option<u64> {
    let last = events.last()?;
    let is_full = u32::try_from(events.len()).is_ok_and(|count| count >= TRAIL_MAX);
    (is_full && last.kind != EventKind::NewAsset).then_some(last.log_index)
}
