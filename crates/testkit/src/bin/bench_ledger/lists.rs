//! Pages of the lists of a large tenancy, one after another, each list from its beginning.

use std::time::Instant;

use anyhow::Context;
use serde_json::Value;
use testkit::Times;

use crate::filled::Filled;
use crate::http::{Caller, Said};
use crate::{Rows, row};

/// Pages of a list that are read.
const PAGES: usize = 25;

const ASSETS: &str = "/archivist/v2/assets?page_size=200";
const EVENTS: &str = "/archivist/v2/assets/-/events?page_size=200";

pub(crate) async fn measure(filled: &Filled, url: &str) -> anyhow::Result<Rows> {
    let mut caller = Caller::connect(url).await?;
    let hash = hex::encode(filled.content(filled.files / 2).content_hash);
    let name = format!("report {:08}", filled.files / 2);
    let lists: [(&str, String); 11] = [
        ("assets, newest first", ASSETS.to_owned()),
        ("assets by identity", format!("{ASSETS}&order_by=SIMPLEHASHV1")),
        ("assets that are documents", format!("{ASSETS}&attributes.arc_profile=Document")),
        ("assets that were withdrawn", format!("{ASSETS}&attributes.document_status=Withdrawn")),
        ("assets with an attribute that none has", format!("{ASSETS}&attributes.colour=red")),
        ("the asset of a hash", format!("{ASSETS}&attributes.document_hash_value={hash}")),
        ("assets by a name that one has", format!("{ASSETS}&search={}", name.replace(' ', "%20"))),
        ("assets by a name that none has", format!("{ASSETS}&search=nothing-like-it")),
        ("events, newest first", EVENTS.to_owned()),
        ("events that publish", format!("{EVENTS}&event_attributes.arc_display_type=Publish")),
        ("events that withdraw", format!("{EVENTS}&event_attributes.arc_display_type=Withdraw")),
    ];
    let mut rows = Vec::new();
    for (what, path) in &lists {
        let mut times = pages(&mut caller, filled, path).await.context(*what)?;
        let what = format!("a page of {what}, of {} assets", filled.files);
        rows.push(row(&what, "under 50 ms", times.summary()));
    }
    for (what, path) in [("assets", ASSETS), ("events", EVENTS)] {
        let time = counted(&mut caller, filled, path).await?;
        rows.push(row(&format!("a page with the number of all {what}"), "under 50 ms", time));
    }
    Ok(rows)
}

/// Times the first pages of a list.
async fn pages(caller: &mut Caller, filled: &Filled, path: &str) -> anyhow::Result<Times> {
    let (mut times, mut next) = (Times::default(), path.to_owned());
    for _ in 0..PAGES {
        let headers = &[("authorization", filled.authorization.as_str())];
        let started = Instant::now();
        let page = caller.ask(&next, Said { headers, ..Said::default() }).await?;
        times.add(started.elapsed());
        let page: Value = serde_json::from_slice(&page)?;
        let token = page.get("next_page_token").and_then(Value::as_str).unwrap_or_default();
        if token.is_empty() {
            break;
        }
        let (list, _) = path.split_once('?').context("no parameters")?;
        next = format!("{list}?page_token={token}");
    }
    Ok(times)
}

async fn counted(caller: &mut Caller, filled: &Filled, path: &str) -> anyhow::Result<String> {
    let authorization = filled.authorization.as_str();
    let headers = &[("authorization", authorization), ("x-request-total-count", "true")];
    let mut times = Times::default();
    for _ in 0..PAGES {
        let started = Instant::now();
        caller.ask(path, Said { headers, ..Said::default() }).await?;
        times.add(started.elapsed());
    }
    Ok(times.summary())
}
