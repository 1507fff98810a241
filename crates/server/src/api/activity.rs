//! What an integration did, step by step: to read page by page, and whole as a file.

use axum::{Json, extract::State as Shared, response::IntoResponse};
use http::header;
use ledger::{ACTIVITY_KEPT, Activity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{IntegrationPath, owned};
use crate::{
    State,
    archivist::rfc3339,
    caller::Caller,
    error::Error,
    openapi::{As, Csv},
    query::{Ids, Strict},
};

const PAGE_STEPS: u32 = 50;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    /// What the page before said under `next_page_token`.
    page_token: Option<u64>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The form of the file.
    format: Format,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "lowercase")]
enum Format {
    Csv,
    Json,
}

/// A page of what an integration did, newest first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ActivityPage")]
pub(crate) struct Page {
    activity: Vec<Step>,
    next_page_token: String,
}

/// A step of an integration.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ActivityStep")]
pub(crate) struct Step {
    number: u64,
    at: String,
    what: &'static str,
    /// A sentence, often empty.
    detail: String,
    events: u64,
    gone: u64,
    not_recorded: u64,
}

pub(super) async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Strict(from): Strict<From>,
) -> Result<Json<Page>, Error> {
    owned(&state, &caller, id).await?;
    // One more than is shown says whether there is another page.
    let mut steps = state.ledger.activity(id, from.page_token, PAGE_STEPS + 1).await?;
    let has_more = steps.len() > PAGE_STEPS as usize;
    steps.truncate(PAGE_STEPS as usize);
    let last = steps.last().filter(|_| has_more);
    let next_page_token = last.map(|last| last.id.to_string()).unwrap_or_default();
    let activity = steps.into_iter().map(Step::new).collect();
    Ok(Json(Page { activity, next_page_token }))
}

/// Everything that is kept, newest first: bounded, so that it is made in one piece.
pub(super) async fn export(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Strict(Wanted { format }): Strict<Wanted>,
) -> Result<As<(Csv, Json<Vec<Step>>)>, Error> {
    owned(&state, &caller, id).await?;
    let limit = u32::try_from(ACTIVITY_KEPT).unwrap_or(u32::MAX);
    let steps = state.ledger.activity(id, None, limit).await?;
    let steps: Vec<_> = steps.into_iter().map(Step::new).collect();
    let (kind, ending, body) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv", csv(&steps)),
        Format::Json => {
            let json = serde_json::to_string_pretty(&steps).map_err(Error::internal)?;
            ("application/json", "json", json)
        }
    };
    let name = format!("attachment; filename=\"activity-{id}.{ending}\"");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, &name)];
    Ok((headers, body).into_response().into())
}

impl Step {
    fn new(activity: Activity) -> Self {
        Self {
            number: activity.id,
            at: rfc3339(activity.at),
            what: activity.step.kind.as_str(),
            detail: activity.step.detail,
            events: activity.step.events,
            gone: activity.step.gone,
            not_recorded: activity.step.unrecorded,
        }
    }
}

/// Lines of RFC 4180. The only free text is the detail.
fn csv(steps: &[Step]) -> String {
    let mut lines = String::from("number,at,what,events,gone,not_recorded,detail\r\n");
    for step in steps {
        let Step { number, at, what, detail, events, gone, not_recorded } = step;
        let detail = cell(detail);
        let line = format!("{number},{at},{what},{events},{gone},{not_recorded},{detail}\r\n");
        lines.push_str(&line);
    }
    lines
}

/// Quoted, and never the formula that a spreadsheet would make of a path that begins like one.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_any_text_and_no_formula() {
        assert_eq!(cell("a, \"b\"\nc"), "\"a, \"\"b\"\"\nc\"");
        assert_eq!(cell("=cmd()"), "\"'=cmd()\"");
    }
}
