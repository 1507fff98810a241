//! `files/copy_reference/…`: a text by which anybody can copy something into their own Dropbox.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::batches::metadata;
use super::download::file_at;
use super::lookup::find;
use super::upload::writable;
use crate::clock;
use crate::edit::{Editor, Trouble};
use crate::http::argument::Pattern;
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, trouble};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::identifier::NodeId;
use crate::seal::Purpose;
use crate::view::Found;

/// Copy references of today have no end in sight.
const VALID_S: i64 = 30 * 365 * 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Save {
    copy_reference: String,
    path: String,
}

#[derive(Serialize, Deserialize)]
struct Reference {
    account: String,
    id: NodeId,
}

pub(super) fn get(call: &Call, caller: &Caller) -> Outcome {
    let argument: Get = call.argument()?;
    Pattern::ReadPath.check("path", &argument.path)?;
    let placed = match find(&caller.view, &argument.path)? {
        Found::Present(lower, node) => (lower, node),
        _ => file_at(&caller.view, &argument.path)?,
    };
    let reference = Reference { account: caller.account.id.clone(), id: placed.1.id };
    Ok(Reply::json(&json!({
        "metadata": metadata(&caller.view, &placed)?,
        "copy_reference": call.world.key.seal(Purpose::CopyReference, &reference),
        "expires": clock::text(call.world.clock.now_s() + VALID_S),
    })))
}

pub(super) fn save(call: &Call, caller: &Caller) -> Outcome {
    let argument: Save = call.argument()?;
    let invalid = || Failure::tag("invalid_copy_reference");
    let reference: Reference = call
        .world
        .key
        .open(Purpose::CopyReference, &argument.copy_reference)
        .ok_or_else(invalid)?;
    let to = writable(&caller.view, "path", &argument.path, "path")?;
    let source = call.world.account(&reference.account).ok_or_else(invalid)?;
    let from = source.namespace().by_id(reference.id).map(|item| item.lower.to_owned());
    let from = from.ok_or_else(|| Failure::tag("not_found"))?;
    let copied = Editor::begin(&caller.account).copy_from(source, &from, &to, false);
    let copied = copied.map_err(|error| match error {
        Trouble::Gone => Failure::tag("not_found"),
        error => trouble(error, "path"),
    })?;
    Ok(Reply::json(&json!({ "metadata": metadata(&caller.view, &copied)? })))
}
