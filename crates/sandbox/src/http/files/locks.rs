//! `files/lock_file_batch` and its like: a file that somebody works on is theirs alone.

use serde::Deserialize;
use serde_json::{Value, json};

use super::batches::metadata;
use super::changes::existing;
use crate::clock;
use crate::edit::Placed;
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::world::locked;

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

/// Who holds a lock, and since when.
#[derive(Clone)]
pub(crate) struct Lock {
    holder: String,
    since_s: i64,
}

pub(super) fn get(call: &Call, caller: &Caller) -> Outcome {
    each(call, caller, |_, placed| Ok(held(call, caller, placed)))
}

pub(super) fn lock(call: &Call, caller: &Caller) -> Outcome {
    each(call, caller, |caller, placed| {
        check_holder(call, caller, placed)?;
        let lock = Lock { holder: caller.account.id.clone(), since_s: call.world.clock.now_s() };
        let key = (caller.account.id.clone(), placed.1.id);
        Ok(Some(locked(&call.world.locks).entry(key).or_insert(lock).clone()))
    })
}

pub(super) fn unlock(call: &Call, caller: &Caller) -> Outcome {
    each(call, caller, |caller, placed| {
        check_holder(call, caller, placed)?;
        locked(&call.world.locks).remove(&(caller.account.id.clone(), placed.1.id));
        Ok(None)
    })
}

fn held(call: &Call, caller: &Caller, placed: &Placed) -> Option<Lock> {
    locked(&call.world.locks).get(&(caller.account.id.clone(), placed.1.id)).cloned()
}

fn check_holder(call: &Call, caller: &Caller, placed: &Placed) -> Result<(), Failure> {
    match held(call, caller, placed) {
        Some(lock) if lock.holder != caller.account.id => {
            let conflict = json!({ ".tag": "lock_conflict", "lock": described(Some(&lock)) });
            Err(Failure::Endpoint(conflict))
        }
        _ => Ok(()),
    }
}

fn each(
    call: &Call,
    caller: &Caller,
    work: impl Fn(&Caller, &Placed) -> Result<Option<Lock>, Failure>,
) -> Outcome {
    let argument: Batch = call.argument()?;
    let entry = |entry: &Entry| -> Result<Value, Failure> {
        let done = file(caller, &entry.path).and_then(|placed| {
            let lock = work(caller, &placed)?;
            let metadata = metadata(&caller.view, &placed)?;
            Ok(json!({
                ".tag": "success",
                "metadata": metadata,
                "lock": described(lock.as_ref()),
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

fn described(lock: Option<&Lock>) -> Value {
    json!({ "content": match lock {
        None => json!({ ".tag": "unlocked" }),
        Some(lock) => json!({
            ".tag": "single_user",
            "created": clock::text(lock.since_s),
            "lock_holder_account_id": lock.holder,
        }),
    } })
}
