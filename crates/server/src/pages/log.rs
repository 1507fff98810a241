//! The page that shows the log to people: what it is in one sentence, then the evidence. The bytes
//! themselves are served by `crate::log`.

mod chart;
mod entry;
mod growth;
mod recipe;

use askama::Template;
use axum::{extract::State as Shared, response::Redirect};
use http::StatusCode;
use ledger::{SignedCheckpoint, WitnessSeen};

use self::chart::Chart;
pub(crate) use self::growth::Growth;
use super::{
    render,
    words::{Moment, grouped},
};
use crate::{
    State as Instance,
    caller::Access,
    error::Error,
    openapi::{As, Html},
    query::Strict,
    routes::Routes,
};

/// How many checkpoints are listed.
const CHECKPOINTS: u32 = 10;

pub(super) fn routes(routes: Routes) -> Routes {
    let anonymous = Access::Anonymous;
    routes
        .get("/log", anonymous, "See the log", page)
        .get("/log/", anonymous, "See the log, with a slash", async || Redirect::permanent("/log"))
        .get("/log/entry", anonymous, "Find an entry of the log", entry::find)
        .get("/log/entry/{index}", anonymous, "See an entry of the log", entry::page)
}

/// The address of an entry's page on this site.
pub(super) fn entry_url(index: u64) -> String {
    format!("/log/entry/{index}")
}

#[derive(Template)]
#[template(path = "log.html")]
struct Page {
    origin: String,
    vkey: String,
    url: String,
    entries: String,
    last_index: String,
    newest: Line,
    witnesses: Vec<Witness>,
    /// How much of the log as many of them have signed as it takes, if any.
    witnessed: Option<String>,
    has_second_key: bool,
    checkpoints: Vec<Line>,
    chart: Chart,
}

/// A checkpoint in a list.
struct Line {
    size: String,
    root: String,
    signed: Moment,
}

/// Somebody else who signs that the log only grew, and the newest checkpoint that they signed.
struct Witness {
    name: String,
    newest: Option<(String, Moment)>,
}

async fn page(
    Shared(instance): Shared<Instance>,
    Strict(crate::archivist::Nothing {}): Strict<crate::archivist::Nothing>,
) -> Result<As<Html>, Error> {
    let checkpoints = instance.ledger.newest_checkpoints(CHECKPOINTS).await?;
    let newest = checkpoints.first().ok_or(Error::NotFound)?;
    let witnesses = instance.ledger.witnesses().await?;
    let seen_size = instance.ledger.witnessed_size().await?;
    let growth = instance.growth.until(&instance.ledger, newest.size).await?;
    let page = Page {
        origin: instance.ledger.origin(),
        vkey: instance.ledger.log_key().to_string(),
        url: log_url(&instance),
        entries: counted(newest.size),
        last_index: grouped(newest.size.saturating_sub(1)),
        newest: Line::new(newest),
        witnesses: witnesses.into_iter().map(Witness::new).collect(),
        witnessed: (seen_size > 0).then(|| counted(seen_size)),
        has_second_key: instance.ledger.second_log_key().is_some(),
        checkpoints: checkpoints.iter().map(Line::new).collect(),
        chart: Chart::new(&growth),
    };
    Ok(render(StatusCode::OK, &page).into())
}

/// What commands that read the log from outside are given.
fn log_url(instance: &Instance) -> String {
    format!("{}/log", instance.config.public_url.as_str().trim_end_matches('/'))
}

impl Line {
    fn new(checkpoint: &SignedCheckpoint) -> Self {
        Self {
            size: grouped(checkpoint.size),
            root: checkpoint.root.to_string(),
            signed: Moment::new(checkpoint.at),
        }
    }
}

impl Witness {
    fn new(seen: WitnessSeen) -> Self {
        let newest = seen.newest.map(|(size, at)| (counted(size), Moment::new(at)));
        Self { name: seen.name, newest }
    }
}

fn counted(entries: u64) -> String {
    match entries {
        1 => "1 entry".to_owned(),
        more => format!("{} entries", grouped(more)),
    }
}
