//! Routes that change one thing: making a folder, deleting, moving, copying.

use serde::Deserialize;
use serde_json::json;

use super::upload::{described, tagged, writable};
use crate::edit::{Editor, Placed, Trouble};
use crate::http::argument::Pattern;
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, trouble};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::view::{Found, View};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateFolder {
    pub(super) path: String,
    pub(super) autorename: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delete {
    pub(super) path: String,
    pub(super) parent_rev: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
pub(super) struct Relocation {
    from_path: String,
    to_path: String,
    autorename: Option<bool>,
    allow_shared_folder: Option<bool>,
    allow_ownership_transfer: Option<bool>,
}

impl Relocation {
    pub(super) fn new(from_path: String, to_path: String, autorename: bool) -> Self {
        let autorename = Some(autorename);
        let (allow_shared_folder, allow_ownership_transfer) = (None, None);
        Self { from_path, to_path, autorename, allow_shared_folder, allow_ownership_transfer }
    }
}

/// What may become of something: another place, or a second one.
#[derive(Clone, Copy)]
pub(super) enum Way {
    Move,
    Copy,
}

pub(super) fn create_folder(call: &Call, caller: &Caller) -> Outcome {
    let argument: CreateFolder = call.argument()?;
    let made = make_folder(&caller.view, &argument.path, argument.autorename.unwrap_or_default())?;
    Ok(under_metadata(&described(&caller.view, &made)))
}

pub(super) fn delete(call: &Call, caller: &Caller) -> Outcome {
    let argument: Delete = call.argument()?;
    let deleted = remove(&caller.view, &argument.path, argument.parent_rev.as_deref())?;
    Ok(under_metadata(&tagged(&caller.view, &deleted)))
}

pub(super) fn relocate(call: &Call, caller: &Caller) -> Outcome {
    let moved = transfer(&caller.view, &call.argument()?, Way::Move)?;
    Ok(under_metadata(&tagged(&caller.view, &moved)))
}

pub(super) fn copy(call: &Call, caller: &Caller) -> Outcome {
    let copied = transfer(&caller.view, &call.argument()?, Way::Copy)?;
    Ok(under_metadata(&tagged(&caller.view, &copied)))
}

fn under_metadata(metadata: &[u8]) -> Reply {
    let mut body = br#"{"metadata":"#.to_vec();
    body.extend(metadata);
    body.push(b'}');
    Reply::Json(body)
}

pub(super) fn make_folder(view: &View, path: &str, autorename: bool) -> Result<Placed, Failure> {
    let place = writable(view, "path", path, "path")?;
    let editor = Editor::begin(&view.account);
    editor.create_folder(&place, autorename).map_err(|error| trouble(error, "path"))
}

/// Deletes what is at an address, and tells what it was.
pub(super) fn remove(
    view: &View,
    address: &str,
    parent_rev: Option<&str>,
) -> Result<Placed, Failure> {
    let (lower, _) = existing(view, "path", address, "path_lookup")?;
    let editor = Editor::begin(&view.account);
    let gone = || Failure::under("path_lookup", &json!({ ".tag": "not_found" }));
    let node = editor.at(&lower).ok_or_else(gone)?;
    let rev = node.file().map(|file| file.rev.text());
    if parent_rev.is_some_and(|expected| rev.as_deref() != Some(expected)) {
        let conflict = json!({ ".tag": "conflict", "conflict": { ".tag": "file" } });
        return Err(Failure::under("path_write", &conflict));
    }
    match editor.delete(&lower) {
        Ok(()) => Ok((lower, node)),
        Err(Trouble::Gone) => Err(gone()),
        Err(Trouble::Locked) => Err(Failure::under("path_lookup", &json!({ ".tag": "locked" }))),
        Err(error) => Err(trouble(error, "path_write")),
    }
}

pub(super) fn transfer(view: &View, wish: &Relocation, way: Way) -> Result<Placed, Failure> {
    let (from, _) = existing(view, "from_path", &wish.from_path, "from_lookup")?;
    let to = writable(view, "to_path", &wish.to_path, "to")?;
    let autorename = wish.autorename.unwrap_or_default();
    let editor = Editor::begin(&view.account);
    let done = match way {
        Way::Move => editor.relocate(&from, &to, autorename),
        Way::Copy => editor.copy(&from, &to, autorename),
    };
    done.map_err(|error| match (error, way) {
        (Trouble::Gone, _) => Failure::under("from_lookup", &json!({ ".tag": "not_found" })),
        (Trouble::Locked, Way::Move) => Failure::under("from_lookup", &json!({ ".tag": "locked" })),
        (Trouble::TeamFolder, _) => Failure::under("from_write", &json!({ ".tag": "team_folder" })),
        (Trouble::IntoItself, Way::Copy) => Failure::tag("duplicated_or_nested_paths"),
        (error, _) => trouble(error, "to"),
    })
}

/// What is at an address; otherwise a `LookupError` under a tag.
pub(super) fn existing(
    view: &View,
    field: &str,
    address: &str,
    under: &str,
) -> Result<Placed, Failure> {
    Pattern::WritePathOrId.check(field, address)?;
    let refused = |tag| Failure::under(under, &json!({ ".tag": tag }));
    match view.find(address).map_err(|_| refused("malformed_path"))? {
        Found::Present(lower, node) => Ok((lower, node)),
        Found::Root => Err(refused("malformed_path")),
        Found::Gone(_) | Found::Nothing => Err(refused("not_found")),
    }
}
