//! `files/upload_session/…`: uploads in pieces, one after another or at the same time, and many of
//! them at once.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::batches::later;
use super::upload::{CommitInfo, check_hash, commit_content, described};
use crate::content::Incoming;
use crate::edit::Placed;
use crate::http::argument::{Union, at_most};
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, internal};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::seal::random_text;
use crate::uploads::{Order, Piece, SessionProblem};
use crate::world::locked;

const ENTRIES_MAX: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    close: Option<bool>,
    session_type: Option<SessionType>,
    content_hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartBatch {
    session_type: Option<SessionType>,
    num_sessions: usize,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "Union")]
struct SessionType(Order);

impl TryFrom<Union> for SessionType {
    type Error = String;

    fn try_from(union: Union) -> Result<Self, String> {
        match union.tag.as_str() {
            "sequential" => Ok(Self(Order::Sequential)),
            "concurrent" => Ok(Self(Order::Concurrent)),
            _ => Err(union.unknown()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    session_id: String,
    offset: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Append {
    cursor: Cursor,
    close: Option<bool>,
    content_hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppendBatch {
    entries: Vec<AppendEntry>,
    content_hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppendEntry {
    cursor: Cursor,
    length: usize,
    close: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Finish {
    cursor: Cursor,
    commit: CommitInfo,
    content_hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FinishBatch {
    entries: Vec<Finish>,
}

pub(super) fn start(call: &Call, caller: &Caller) -> Outcome {
    let argument: Start = call.argument()?;
    check_hash(argument.content_hash.as_deref(), &call.content)?;
    let order = argument.session_type.map_or(Order::Sequential, |order| order.0);
    let closed = argument.close.unwrap_or_default();
    let id = begin(call, caller, order, closed).map_err(start_error)?;
    Ok(Reply::json(&json!({ "session_id": id? })))
}

pub(super) fn start_batch(call: &Call, caller: &Caller) -> Outcome {
    let argument: StartBatch = call.argument()?;
    at_most("num_sessions", argument.num_sessions, ENTRIES_MAX)?;
    let order = argument.session_type.map_or(Order::Sequential, |order| order.0);
    let ids = (0..argument.num_sessions)
        .map(|_| begin(call, caller, order, false).map_err(start_error)?)
        .collect::<Result<Vec<String>, Failure>>()?;
    Ok(Reply::json(&json!({ "session_ids": ids })))
}

fn begin(
    call: &Call,
    caller: &Caller,
    order: Order,
    closed: bool,
) -> Result<Result<String, Failure>, SessionProblem> {
    let Ok(text) = random_text() else { return Ok(Err(Failure::Internal)) };
    let id = format!("pid_upload_session:{text}");
    let now_s = call.world.clock.now_s();
    let owner = (id.clone(), caller.account.id.as_str());
    locked(&call.world.uploads).start(owner, order, &call.content, closed, now_s)?;
    Ok(Ok(id))
}

fn start_error(problem: SessionProblem) -> Failure {
    match problem {
        SessionProblem::CloseNotAllowed => Failure::tag("concurrent_session_close_not_allowed"),
        SessionProblem::DataNotAllowed => Failure::tag("concurrent_session_data_not_allowed"),
        SessionProblem::Disk(error) => internal(&error),
        _ => Failure::tag("other"),
    }
}

pub(super) fn append(call: &Call, caller: &Caller) -> Outcome {
    let argument: Append = call.argument()?;
    check_hash(argument.content_hash.as_deref(), &call.content)?;
    add(call, caller, &argument.cursor, &call.content, argument.close.unwrap_or_default())
}

/// The deprecated form, whose argument is the cursor.
pub(super) fn append_simply(call: &Call, caller: &Caller) -> Outcome {
    let cursor: Cursor = call.argument()?;
    add(call, caller, &cursor, &call.content, false)
}

fn add(call: &Call, caller: &Caller, cursor: &Cursor, content: &Bytes, is_last: bool) -> Outcome {
    let piece = cursor.piece(content, is_last);
    locked(&call.world.uploads).append(&caller.account.id, &piece).map_err(lookup_error)?;
    Ok(Reply::void())
}

pub(super) fn append_batch(call: &Call, caller: &Caller) -> Outcome {
    let argument: AppendBatch = call.argument()?;
    at_most("entries", argument.entries.len(), ENTRIES_MAX)?;
    check_hash(argument.content_hash.as_deref(), &call.content)?;
    let total: usize = argument.entries.iter().map(|entry| entry.length).sum();
    if total != call.content.len() {
        return Err(Failure::tag("length_mismatch"));
    }
    let mut rest = call.content.clone();
    let mut uploads = locked(&call.world.uploads);
    let mut entry = |entry: &AppendEntry| {
        let content = rest.split_to(entry.length);
        let piece = entry.cursor.piece(&content, entry.close.unwrap_or_default());
        match uploads.append(&caller.account.id, &piece).map_err(lookup_error) {
            Ok(()) => Ok(json!({ ".tag": "success" })),
            Err(Failure::Endpoint(error)) => Ok(json!({ ".tag": "failure", "failure": error })),
            Err(other) => Err(other),
        }
    };
    let entries = argument.entries.iter().map(&mut entry).collect::<Result<Vec<Value>, _>>()?;
    Ok(Reply::json(&json!({ "entries": entries })))
}

pub(super) fn finish(call: &Call, caller: &Caller) -> Outcome {
    let argument: Finish = call.argument()?;
    check_hash(argument.content_hash.as_deref(), &call.content)?;
    let placed = commit(call, caller, &argument, &call.content)?;
    Ok(Reply::Json(described(&caller.view, &placed)))
}

fn commit(
    call: &Call,
    caller: &Caller,
    finish: &Finish,
    content: &Bytes,
) -> Result<Placed, Failure> {
    let end = finish.cursor.piece(content, true);
    let whole = locked(&call.world.uploads).content(&caller.account.id, &end);
    let whole = Incoming::read(whole.map_err(finish_error)?)?;
    let placed = commit_content(&caller.view, &finish.commit, &whole)?;
    locked(&call.world.uploads).forget(&finish.cursor.session_id);
    finish.commit.attach_properties(&call.world, &caller.account, &placed)?;
    Ok(placed)
}

pub(super) fn finish_batch(call: &Call, caller: &Caller) -> Outcome {
    let entries = finished(call, caller)?;
    Ok(Reply::json(&json!({ "entries": entries })))
}

/// The deprecated form, which is always answered with a job.
pub(super) fn finish_batch_later(call: &Call, caller: &Caller) -> Outcome {
    let entries = finished(call, caller)?;
    later(call, caller, json!({ ".tag": "complete", "entries": entries }))
}

/// In a batch the sessions have to be closed, and one failure leaves the others alone.
fn finished(call: &Call, caller: &Caller) -> Result<Vec<Value>, Failure> {
    let argument: FinishBatch = call.argument()?;
    at_most("entries", argument.entries.len(), ENTRIES_MAX)?;
    argument.entries.iter().map(|entry| finished_entry(call, caller, entry)).collect()
}

fn finished_entry(call: &Call, caller: &Caller, entry: &Finish) -> Result<Value, Failure> {
    let is_closed =
        locked(&call.world.uploads).is_closed(&caller.account.id, &entry.cursor.session_id);
    let placed = match is_closed {
        Ok(true) => commit(call, caller, entry, &Bytes::new()),
        Ok(false) => Err(finish_error(SessionProblem::NotClosed)),
        Err(problem) => Err(finish_error(problem)),
    };
    match placed {
        Ok(placed) => {
            let described = described(&caller.view, &placed);
            let mut success: Value =
                serde_json::from_slice(&described).map_err(|error| internal(&error.into()))?;
            if let Some(fields) = success.as_object_mut() {
                fields.insert(".tag".to_owned(), json!("success"));
            }
            Ok(success)
        }
        Err(Failure::Endpoint(error)) => Ok(json!({ ".tag": "failure", "failure": error })),
        Err(other) => Err(other),
    }
}

impl Cursor {
    fn piece(&self, content: &Bytes, is_last: bool) -> Piece<'_> {
        let content = content.clone();
        Piece { session: &self.session_id, offset: self.offset, content, is_last }
    }
}

/// Errors that are about the session itself, as they stand when it is appended to.
fn lookup_error(problem: SessionProblem) -> Failure {
    Failure::tag(match problem {
        SessionProblem::NotFound => "not_found",
        SessionProblem::IncorrectOffset(correct) => {
            let error = json!({ ".tag": "incorrect_offset", "correct_offset": correct });
            return Failure::Endpoint(error);
        }
        SessionProblem::Closed => "closed",
        SessionProblem::NotClosed => "not_closed",
        SessionProblem::TooLarge => "too_large",
        SessionProblem::InvalidOffset => "concurrent_session_invalid_offset",
        SessionProblem::InvalidSize => "concurrent_session_invalid_data_size",
        SessionProblem::DataNotAllowed => "concurrent_session_data_not_allowed",
        SessionProblem::CloseNotAllowed => "concurrent_session_close_not_allowed",
        SessionProblem::ConcurrentNotClosed => "concurrent_session_not_closed",
        SessionProblem::MissingData => "concurrent_session_missing_data",
        SessionProblem::Disk(error) => return internal(&error),
    })
}

/// The same when it is finished.
fn finish_error(problem: SessionProblem) -> Failure {
    let is_of_the_route = matches!(
        problem,
        SessionProblem::DataNotAllowed
            | SessionProblem::ConcurrentNotClosed
            | SessionProblem::MissingData
    );
    match lookup_error(problem) {
        Failure::Endpoint(error) if !is_of_the_route => Failure::under("lookup_failed", &error),
        other => other,
    }
}
