//! What an integration could not record, and why: nothing is skipped in silence.

use axum::{Json, extract::State as Shared};
use ledger::{Lack, UnrecordedItem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{IntegrationPath, owned};
use crate::{
    State,
    archivist::rfc3339,
    caller::Caller,
    error::Error,
    query::{Ids, Strict},
};

const PAGE_ITEMS_MAX: u32 = 100;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    /// What the page before said under `next_page_token`.
    page_token: Option<String>,
}

/// A page of what is not recorded.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UnrecordedPage")]
pub(crate) struct Unrecorded {
    unrecorded: Vec<Item>,
    next_page_token: String,
}

/// Something in a linked folder that could not be recorded.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Unrecorded")]
struct Item {
    path: String,
    /// A sentence for the owner.
    reason: String,
    lacks: Lacks,
    first_seen: String,
    last_seen: String,
}

/// What it lacks: an event, or only the SHA-256 of one.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Lacks {
    Event,
    Sha256,
}

pub(super) async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Strict(from): Strict<From>,
) -> Result<Json<Unrecorded>, Error> {
    owned(&state, &caller, id).await?;
    // One more than is shown says whether there is another page.
    let mut items = state.ledger.unrecorded(id, from.page_token, PAGE_ITEMS_MAX + 1).await?;
    let has_more = items.len() > PAGE_ITEMS_MAX as usize;
    items.truncate(PAGE_ITEMS_MAX as usize);
    let last = items.last().filter(|_| has_more);
    let next_page_token = last.map(|last| last.item.key.clone()).unwrap_or_default();
    let unrecorded = items.into_iter().map(Item::new).collect();
    Ok(Json(Unrecorded { unrecorded, next_page_token }))
}

impl Item {
    fn new(listed: UnrecordedItem) -> Self {
        Self {
            path: listed.item.path,
            reason: listed.item.reason,
            lacks: match listed.lack {
                Lack::Event => Lacks::Event,
                Lack::Sha256 => Lacks::Sha256,
            },
            first_seen: rfc3339(listed.first_seen),
            last_seen: rfc3339(listed.last_seen),
        }
    }
}
