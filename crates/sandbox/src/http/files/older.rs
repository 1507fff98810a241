//! Deprecated forms that clients still call: the same work, answered as it was before.

use serde::Deserialize;
use serde_json::{Value, json};

use super::batches::{RelocationBatch, later, metadata};
use super::changes::{CreateFolder, Delete, Way, make_folder, remove, transfer};
use super::search::{Query, matches};
use super::upload::{described, tagged};
use crate::http::argument::{Pattern, Union};
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;

pub(super) fn create_folder(call: &Call, caller: &Caller) -> Outcome {
    let CreateFolder { path, autorename } = call.argument()?;
    let made = make_folder(&caller.view, &path, autorename.unwrap_or_default())?;
    Ok(Reply::Json(described(&caller.view, &made)))
}

pub(super) fn delete(call: &Call, caller: &Caller) -> Outcome {
    let Delete { path, parent_rev } = call.argument()?;
    let deleted = remove(&caller.view, &path, parent_rev.as_deref())?;
    Ok(Reply::Json(tagged(&caller.view, &deleted)))
}

pub(super) fn relocate(call: &Call, caller: &Caller) -> Outcome {
    let moved = transfer(&caller.view, &call.argument()?, Way::Move)?;
    Ok(Reply::Json(tagged(&caller.view, &moved)))
}

pub(super) fn copy(call: &Call, caller: &Caller) -> Outcome {
    let copied = transfer(&caller.view, &call.argument()?, Way::Copy)?;
    Ok(Reply::Json(tagged(&caller.view, &copied)))
}

pub(super) fn relocate_batch(call: &Call, caller: &Caller) -> Outcome {
    transfer_all(call, caller, Way::Move)
}

pub(super) fn copy_batch(call: &Call, caller: &Caller) -> Outcome {
    transfer_all(call, caller, Way::Copy)
}

/// Always a job; the first failure is that of the whole batch.
fn transfer_all(call: &Call, caller: &Caller, way: Way) -> Outcome {
    let argument: RelocationBatch = call.argument()?;
    let mut entries: Vec<Value> = Vec::new();
    for wish in argument.wishes()? {
        match transfer(&caller.view, &wish, way) {
            Ok(placed) => entries.push(json!({ "metadata": metadata(&caller.view, &placed)? })),
            Err(Failure::Endpoint(error)) => {
                return later(call, caller, json!({ ".tag": "failed", "failed": error }));
            }
            Err(other) => return Err(other),
        }
    }
    later(call, caller, json!({ ".tag": "complete", "entries": entries }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    path: String,
    query: String,
    start: Option<usize>,
    max_results: Option<usize>,
    mode: Option<Union>,
}

pub(super) fn search(call: &Call, caller: &Caller) -> Outcome {
    let argument: Search = call.argument()?;
    Pattern::PathROrId.check("path", &argument.path)?;
    let start = argument.start.unwrap_or_default();
    let wanted = argument.max_results.unwrap_or(100);
    let deleted = argument.mode.is_some_and(|mode| mode.tag == "deleted_filename");
    let query = Query::simple(&argument.query, &argument.path, deleted);
    let found = matches(&caller.view, &query, None, start.saturating_add(wanted))?;
    let more = found.next.is_some();
    let entries = found.entries.into_iter().skip(start).take(wanted);
    let matches: Vec<Value> = entries
        .map(|entry| json!({ "match_type": { ".tag": "filename" }, "metadata": entry }))
        .collect();
    let start = start + matches.len();
    Ok(Reply::json(&json!({ "matches": matches, "more": more, "start": start })))
}
