//! `files/restore`: an older version of a file becomes its newest one, or it comes back.

use serde::Deserialize;

use super::lookup::id_at;
use super::upload::{described, writable};
use crate::content::Incoming;
use crate::edit::{Editor, Trouble, Wish};
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, trouble};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::identifier::Rev;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Restore {
    path: String,
    rev: String,
}

pub(super) fn restore(call: &Call, caller: &Caller) -> Outcome {
    let argument: Restore = call.argument()?;
    let view = &caller.view;
    let place = writable(view, "path", &argument.path, "path_write")?;
    let account = &caller.account;
    let unknown = || Failure::tag("invalid_revision");
    let rev = Rev::parse(&argument.rev).ok_or_else(unknown)?;
    let (id, revision) = account.namespace().by_rev(rev).ok_or_else(unknown)?;
    // A revision is one of the file that is or was there.
    let there = id_at(view, &place.lower).ok_or_else(|| path_lookup("not_found"))?;
    if there != id {
        return Err(unknown());
    }
    let content = account.content_of(rev)?.ok_or_else(unknown)?;
    let content = Incoming::known(content.bytes()?, revision.file.content_hash);
    let wish = Wish { id: Some(id), ..Wish::overwrite(Some(revision.file.client_modified)) };
    let placed = Editor::begin(account).write(&place, &content, &wish);
    let placed = placed.map_err(|error| match error {
        Trouble::Locked => path_lookup("locked"),
        error => trouble(error, "path_write"),
    })?;
    Ok(Reply::Json(described(view, &placed)))
}

fn path_lookup(tag: &str) -> Failure {
    Failure::under("path_lookup", &serde_json::json!({ ".tag": tag }))
}
