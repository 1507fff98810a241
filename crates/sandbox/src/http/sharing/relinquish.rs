//! `sharing/relinquish_access`: gives up whatever a caller was given of a file or a folder.

use serde::Deserialize;
use serde_json::json;

use super::membership::leave;
use super::received::give_up;
use crate::edit::Editor;
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::shared_folders::{Access, Mount};
use crate::view::Found;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Relinquish {
    file_id: String,
}

pub(super) fn relinquish(call: &Call, caller: &Caller) -> Outcome {
    let Relinquish { file_id } = call.argument()?;
    if !give_up(&call.world, caller, &file_id)? {
        let found = caller.view.find(&file_id).ok().filter(|_| file_id.starts_with("id:"));
        let Some(Found::Present(lower, _)) = found else { return Err(unknown()) };
        leave_folder(caller, &lower)?;
    }
    Ok(Reply::json(&json!({})))
}

/// Only the shared folder itself can be left, and not by whoever shares it.
fn leave_folder(caller: &Caller, lower: &str) -> Result<(), Failure> {
    let concerns = |mount: &Mount| mount.lower == lower || mount.has_inside(lower);
    let mount = caller.account.mounts().into_iter().find(concerns);
    let mount = mount.filter(|mount| mount.access != Access::Owner);
    let mount = mount.ok_or_else(|| Failure::tag("owner"))?;
    if mount.is_team_folder {
        return Err(Failure::tag("team_folder"));
    }
    if mount.lower != lower {
        return Err(Failure::tag("no_explicit_access"));
    }
    let folder = caller.account.shared().get(&mount.number);
    let folder = folder.ok_or_else(unknown)?;
    let _turn = Editor::begin(&caller.account);
    leave(caller, &folder, &caller.account.id, false)
}

fn unknown() -> Failure {
    Failure::tag("invalid_file_id")
}
