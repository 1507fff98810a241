//! `files/permanently_delete`: gone with its history, so that nothing of it can be restored.

use serde::Deserialize;
use serde_json::json;

use super::changes::remove;
use crate::http::argument::Pattern;
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, internal};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::namespace::Operation;
use crate::view::Found;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Argument {
    path: String,
    parent_rev: Option<String>,
}

/// What is there is deleted first; what was deleted before is forgotten.
pub(super) fn delete(call: &Call, caller: &Caller) -> Outcome {
    let argument: Argument = call.argument()?;
    Pattern::WritePathOrId.check("path", &argument.path)?;
    let view = &caller.view;
    let refused = |tag: &str| Failure::under("path_lookup", &json!({ ".tag": tag }));
    let path = match view.find(&argument.path).map_err(|_| refused("malformed_path"))? {
        Found::Present(..) => remove(view, &argument.path, argument.parent_rev.as_deref())?.0,
        Found::Gone(gone) => crate::path::lower(&gone.path_display),
        Found::Root => return Err(refused("malformed_path")),
        Found::Nothing => return Err(refused("not_found")),
    };
    let forgotten = caller.account.perform(&Operation::Forget { path });
    forgotten.map_err(|error| internal(&std::io::Error::other(error)))?;
    Ok(Reply::void())
}
