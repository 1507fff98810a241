//! What an integration could not record, and why: nothing is skipped in silence.

use axum::{Json, extract::State as Shared};
use ledger::UnrecordedItem;
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    page_token: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Unrecorded {
    unrecorded: Vec<Item>,
    next_page_token: String,
}

#[derive(Serialize)]
struct Item {
    path: String,
    reason: String,
    first_seen: String,
    last_seen: String,
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
            first_seen: rfc3339(listed.first_seen),
            last_seen: rfc3339(listed.last_seen),
        }
    }
}
