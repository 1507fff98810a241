//! Many changes by one call. They are done at once, in order; a client that asked to be answered
//! later gets a job, whose outcome is there already.

use serde::Deserialize;
use serde_json::{Value, json};

use super::changes::{Relocation, Way, make_folder, remove, transfer};
use super::upload::{described, tagged};
use crate::edit::Placed;
use crate::http::argument::at_most;
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, internal};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::seal::random_text;
use crate::view::View;
use crate::world::locked;

const ENTRIES_MAX: usize = 1_000;
const FOLDERS_MAX: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateFolders {
    paths: Vec<String>,
    autorename: Option<bool>,
    force_async: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeleteBatch {
    entries: Vec<DeleteEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeleteEntry {
    path: String,
    parent_rev: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
pub(super) struct RelocationBatch {
    pub(super) entries: Vec<RelocationPath>,
    pub(super) autorename: Option<bool>,
    allow_shared_folder: Option<bool>,
    allow_ownership_transfer: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RelocationPath {
    from_path: String,
    to_path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Poll {
    async_job_id: String,
}

impl RelocationBatch {
    pub(super) fn wishes(self) -> Result<Vec<Relocation>, Failure> {
        if self.entries.is_empty() {
            return Err(Failure::Argument("entries: minimum item count is 1".to_owned()));
        }
        at_most("entries", self.entries.len(), ENTRIES_MAX)?;
        let autorename = self.autorename.unwrap_or_default();
        let wish =
            |entry: RelocationPath| Relocation::new(entry.from_path, entry.to_path, autorename);
        Ok(self.entries.into_iter().map(wish).collect())
    }
}

pub(super) fn create_folders(call: &Call, caller: &Caller) -> Outcome {
    let argument: CreateFolders = call.argument()?;
    at_most("paths", argument.paths.len(), FOLDERS_MAX)?;
    let autorename = argument.autorename.unwrap_or_default();
    let entries = argument.paths.iter().map(|path| {
        let made = make_folder(&caller.view, path, autorename);
        entry(
            made.map(|made| plain(&caller.view, &made)),
            |metadata| json!({ ".tag": "success", "metadata": metadata }),
        )
    });
    let complete = complete(entries)?;
    if argument.force_async.unwrap_or_default() {
        return later(call, caller, complete);
    }
    Ok(Reply::json(&complete))
}

pub(super) fn delete(call: &Call, caller: &Caller) -> Outcome {
    let argument: DeleteBatch = call.argument()?;
    at_most("entries", argument.entries.len(), ENTRIES_MAX)?;
    let entries = argument.entries.iter().map(|wish| {
        let deleted = remove(&caller.view, &wish.path, wish.parent_rev.as_deref());
        entry(
            deleted.map(|deleted| metadata(&caller.view, &deleted)),
            |metadata| json!({ ".tag": "success", "metadata": metadata }),
        )
    });
    Ok(Reply::json(&complete(entries)?))
}

pub(super) fn relocate(call: &Call, caller: &Caller) -> Outcome {
    transfer_all(call, caller, Way::Move)
}

pub(super) fn copy(call: &Call, caller: &Caller) -> Outcome {
    transfer_all(call, caller, Way::Copy)
}

fn transfer_all(call: &Call, caller: &Caller, way: Way) -> Outcome {
    let argument: RelocationBatch = call.argument()?;
    let wishes = argument.wishes()?;
    let entries = wishes.iter().map(|wish| match transfer(&caller.view, wish, way) {
        Ok(placed) => Ok(json!({ ".tag": "success", "success": metadata(&caller.view, &placed)? })),
        Err(Failure::Endpoint(error)) => {
            let failure = json!({ ".tag": "relocation_error", "relocation_error": error });
            Ok(json!({ ".tag": "failure", "failure": failure }))
        }
        Err(other) => Err(other),
    });
    Ok(Reply::json(&complete(entries)?))
}

/// One entry of an answer. What is wrong with the request itself is wrong with all of it.
fn entry(
    done: Result<Result<Value, Failure>, Failure>,
    success: fn(Value) -> Value,
) -> Result<Value, Failure> {
    match done {
        Ok(metadata) => Ok(success(metadata?)),
        Err(Failure::Endpoint(error)) => Ok(json!({ ".tag": "failure", "failure": error })),
        Err(other) => Err(other),
    }
}

fn complete(entries: impl Iterator<Item = Result<Value, Failure>>) -> Result<Value, Failure> {
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ ".tag": "complete", "entries": entries }))
}

/// Keeps an outcome, and answers with the job by which it can be asked for.
pub(in crate::http) fn later(call: &Call, caller: &Caller, outcome: Value) -> Outcome {
    let text = random_text().map_err(|_| Failure::Internal)?;
    let id = format!("dbjid:{text}");
    locked(&call.world.jobs).keep(id.clone(), &caller.account.id, outcome);
    Ok(Reply::json(&json!({ ".tag": "async_job_id", "async_job_id": id })))
}

/// How a job stands. All that were begun are over.
pub(in crate::http) fn check(call: &Call, caller: &Caller) -> Outcome {
    let poll: Poll = call.argument()?;
    let jobs = locked(&call.world.jobs);
    let outcome = jobs.outcome(&poll.async_job_id, &caller.account.id);
    outcome.map(Reply::json).ok_or_else(|| Failure::tag("invalid_async_job_id"))
}

/// Metadata with a tag, to be put into something larger.
pub(super) fn metadata(view: &View, placed: &Placed) -> Result<Value, Failure> {
    serde_json::from_slice(&tagged(view, placed)).map_err(|error| internal(&error.into()))
}

/// The same without a tag.
pub(super) fn plain(view: &View, placed: &Placed) -> Result<Value, Failure> {
    serde_json::from_slice(&described(view, placed)).map_err(|error| internal(&error.into()))
}
