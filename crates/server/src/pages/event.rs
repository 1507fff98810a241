//! The permanent page of an event, and its receipt to take home.

use askama::Template;
use axum::{
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use ledger::{Asset, CheckpointSeen, Event, Origin, model::asset::MASKED_NAME};

use super::{
    asset::{asset_url, event_url},
    evidence::{HashLine, Publishing, State, Verdict, hashes},
    log::entry_url,
    render,
    words::{Moment, grouped},
};
use crate::{
    State as Instance,
    archivist::{EventPath, View},
    error::Error,
    openapi::{As, Html, Text},
    query::Ids,
    standing::Standing,
};

#[derive(Template)]
#[template(path = "event.html")]
struct Page {
    verdict: Verdict,
    tone: &'static str,
    publisher: Publishing,
    masked: &'static str,
    identity: String,
    event: String,
    origin: String,
    vkey: String,
    asset_url: String,
    event_url: String,
    newer_url: Option<String>,
    index: String,
    entry_url: String,
    version: u32,
    of: u32,
    kind: &'static str,
    is_filled_in: bool,
    hashes: Vec<HashLine>,
    declared: Moment,
    recorded: Moment,
    sealed: Option<Sealed>,
    proof: Proof,
}

/// How far the event is from being beyond doubt.
struct Proof {
    standing: Standing,
    witnessed: Option<Moment>,
}

/// The first checkpoint over the event.
struct Sealed {
    at: Moment,
    size: String,
}

pub(super) async fn page(
    Shared(instance): Shared<Instance>,
    Ids(EventPath(asset, event)): Ids<EventPath>,
) -> Result<As<Html>, Error> {
    let found = instance.ledger.public_asset(asset).await?;
    let (asset, publisher) = found.ok_or(Error::NotFound)?;
    let event = instance.ledger.event(asset.id, event).await?;
    let event = event.ok_or(Error::NotFound)?;
    let proof = Proof {
        standing: Standing::of(&event, instance.ledger.witnessed_size().await?),
        witnessed: instance.ledger.witnessed_at(event.log_index).await?.map(Moment::new),
    };
    let publisher = Publishing::of(&instance, publisher).await?;
    let page = Page::new(&instance, &asset, publisher, &event, proof);
    Ok(render(StatusCode::OK, &page).into())
}

/// The receipt as a file. An event that is not the asset's is not found, whatever its own address.
pub(super) async fn receipt(
    Shared(instance): Shared<Instance>,
    Ids(EventPath(asset, event)): Ids<EventPath>,
) -> Result<As<Text>, Error> {
    instance.ledger.public_asset(asset).await?.ok_or(Error::NotFound)?;
    let found = instance.ledger.event(asset, event).await?;
    let event = found.ok_or(Error::NotFound)?.id;
    let text = instance.ledger.receipt(event).await?;
    let text = text.ok_or(Error::NotFound)?;
    Ok(receipt_file(&format!("{event}.tlog-proof"), text).into())
}

/// A receipt under the name that it is saved with.
pub(crate) fn receipt_file(name: &str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, text).into_response()
}

impl Page {
    fn new(
        instance: &Instance,
        asset: &Asset,
        publisher: Publishing,
        event: &Event,
        proof: Proof,
    ) -> Self {
        let is_last = event.id == asset.last_event.id;
        let verdict = Verdict::of_event(event, asset);
        Self {
            tone: verdict.tone(&publisher),
            verdict,
            publisher,
            masked: MASKED_NAME,
            identity: View::Public.event(asset.id, event.id),
            event: event.id.to_string(),
            origin: instance.ledger.origin(),
            vkey: instance.ledger.log_key().to_string(),
            asset_url: asset_url(asset.id),
            event_url: event_url(asset.id, event.id),
            newer_url: (!is_last).then(|| event_url(asset.id, asset.last_event.id)),
            index: grouped(event.log_index),
            entry_url: entry_url(event.log_index),
            version: event.version,
            of: asset.versions,
            kind: event.kind.as_str(),
            is_filled_in: event.origin == Origin::FilledIn,
            hashes: hashes(&event.fingerprint),
            declared: Moment::new(event.declared_at),
            recorded: Moment::new(event.accepted_at),
            sealed: event.checkpoint.map(Sealed::from),
            proof,
        }
    }
}

impl From<CheckpointSeen> for Sealed {
    fn from(checkpoint: CheckpointSeen) -> Self {
        Self { at: Moment::new(checkpoint.at), size: grouped(checkpoint.size) }
    }
}
