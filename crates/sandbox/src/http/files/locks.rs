//! `files/lock_file_batch` and its like: a file that somebody works on is theirs alone.

use serde::Deserialize;
use serde_json::{Value, json};

use super::batches::metadata;
use super::changes::existing;
use crate::account::PerformError;
use crate::edit::{Editor, Placed};
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, internal};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::locks::Lock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
}

pub(super) fn get(call: &Call, caller: &Caller) -> Outcome {
    each(call, caller, |placed| Ok(caller.account.lock(placed.1.id)))
}

/// A file that its caller has locked before stays locked since then.
pub(super) fn lock(call: &Call, caller: &Caller) -> Outcome {
    let now_s = call.world.clock.now_s();
    each(call, caller, |placed| {
        let turn = Editor::begin(&caller.account);
        turn.check_allowed(&placed.0).map_err(|_| Failure::tag("no_write_permission"))?;
        if let Some(lock) = own_lock(caller, placed)? {
            return Ok(Some(lock));
        }
        let lock = Lock { holder: caller.account.id.clone(), since_s: now_s };
        caller.account.set_lock(&placed.0, Some(&lock)).map_err(failed)?;
        Ok(Some(lock))
    })
}

pub(super) fn unlock(call: &Call, caller: &Caller) -> Outcome {
    each(call, caller, |placed| {
        let _turn = Editor::begin(&caller.account);
        if own_lock(caller, placed)?.is_some() {
            caller.account.set_lock(&placed.0, None).map_err(failed)?;
        }
        Ok(None)
    })
}

/// The caller's lock on a file; that of somebody else is a conflict.
fn own_lock(caller: &Caller, placed: &Placed) -> Result<Option<Lock>, Failure> {
    match caller.account.lock(placed.1.id) {
        Some(lock) if lock.holder != caller.account.id => {
            let lock = Lock::described(Some(&lock));
            Err(Failure::Endpoint(json!({ ".tag": "lock_conflict", "lock": lock })))
        }
        lock => Ok(lock),
    }
}

fn failed(error: PerformError) -> Failure {
    internal(&std::io::Error::other(error))
}

fn each(
    call: &Call,
    caller: &Caller,
    work: impl Fn(&Placed) -> Result<Option<Lock>, Failure>,
) -> Outcome {
    let argument: Batch = call.argument()?;
    let entry = |entry: &Entry| -> Result<Value, Failure> {
        let done = file(caller, &entry.path).and_then(|placed| {
            let lock = work(&placed)?;
            Ok(json!({
                ".tag": "success",
                "metadata": metadata(&caller.view, &placed)?,
                "lock": Lock::described(lock.as_ref()),
            }))
        });
        match done {
            Err(Failure::Endpoint(error)) => Ok(json!({ ".tag": "failure", "failure": error })),
            other => other,
        }
    };
    let entries = argument.entries.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    Ok(Reply::json(&json!({ "entries": entries })))
}

fn file(caller: &Caller, path: &str) -> Result<Placed, Failure> {
    let placed = existing(&caller.view, "path", path, "path_lookup")?;
    if placed.1.is_folder() { Err(Failure::tag("cannot_be_locked")) } else { Ok(placed) }
}
