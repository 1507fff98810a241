//! What a member does with a shared folder: takes it into their tree, out of it, or leaves it.

use serde::Deserialize;
use serde_json::json;

use super::folder_shape::described;
use super::folders::member_of;
use crate::account::{Account, PerformError};
use crate::edit::Editor;
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::namespace::Operation;
use crate::shared_folders::{Access, Mount, SharedFolder};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ById {
    shared_folder_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leave {
    pub(super) shared_folder_id: String,
    pub(super) leave_a_copy: Option<bool>,
}

pub(super) fn mount(call: &Call, caller: &Caller) -> Outcome {
    let argument: ById = call.argument()?;
    let folder = member_of(caller, &argument.shared_folder_id, Some("access_error"))?;
    let account = &caller.account;
    let editor = Editor::begin(account);
    if mounted(caller, &folder.number).is_some() {
        return Err(Failure::tag("already_mounted"));
    }
    let place = editor.free_place(&format!("{}/{}", account.home, folder.name));
    account
        .shared()
        .mount(&folder.number, account, &place.display)
        .map_err(|error| failed(&error))?;
    drop(editor);
    Ok(Reply::json(&described(caller, &folder.number)?))
}

pub(super) fn unmount(call: &Call, caller: &Caller) -> Outcome {
    let argument: ById = call.argument()?;
    let folder = member_of(caller, &argument.shared_folder_id, Some("access_error"))?;
    if folder.is_team_folder {
        return Err(Failure::tag("not_unmountable"));
    }
    let editor = Editor::begin(&caller.account);
    let mount = mounted(caller, &folder.number);
    let mount =
        mount.ok_or_else(|| Failure::under("access_error", &json!({ ".tag": "unmounted" })))?;
    caller.account.shared().unmount(&mount, &caller.account).map_err(|error| failed(&error))?;
    drop(editor);
    Ok(Reply::void())
}

/// Whoever follows a tree learns that a folder of it is shared, or no longer so.
pub(super) fn retell(account: &Account, path: String, at: i64) -> Result<(), Failure> {
    let told = account.perform_here(&Operation::Retell { path, at });
    told.map_err(|error| failed(&error))
}

/// What a member may do in a folder is part of what they are told of it.
pub(super) fn tell_member(caller: &Caller, number: &str, account: &str) -> Result<(), Failure> {
    let mounted = caller.account.shared().mounted_by(number);
    match mounted.into_iter().find(|(member, _)| member.id == account) {
        Some((member, mount)) => retell(&member, mount.lower, caller.account.clock.now_s()),
        None => Ok(()),
    }
}

/// Leaves a folder that somebody else shares.
pub(super) fn relinquish(call: &Call, caller: &Caller) -> Outcome {
    let argument: Leave = call.argument()?;
    let folder = member_of(caller, &argument.shared_folder_id, Some("access_error"))?;
    if folder.is_team_folder {
        return Err(Failure::tag("team_folder"));
    }
    if folder.member(&caller.account.id).is_some_and(|member| member.access == Access::Owner) {
        return Err(Failure::tag("folder_owner"));
    }
    let _turn = Editor::begin(&caller.account);
    leave(caller, &folder, &caller.account.id, argument.leave_a_copy.unwrap_or_default())?;
    Ok(Reply::json(&json!({ ".tag": "complete" })))
}

/// Takes a member out of a folder, and the folder out of the member's tree.
pub(super) fn leave(
    caller: &Caller,
    folder: &SharedFolder,
    account: &str,
    leave_a_copy: bool,
) -> Result<(), Failure> {
    let shared = caller.account.shared();
    let member = shared.mounted_by(&folder.number).into_iter().find(|(one, _)| one.id == account);
    if let Some((member, mount)) = member.as_ref().filter(|_| !leave_a_copy) {
        shared.unmount(mount, member).map_err(|error| failed(&error))?;
    }
    shared.change(&folder.number, |folder| {
        folder.members.retain(|member| member.account != account);
    })?;
    match member.filter(|_| leave_a_copy) {
        Some((member, mount)) => {
            let (path, at) = (mount.lower, caller.account.clock.now_s());
            let kept = member.perform_here(&Operation::Detach { path, at });
            kept.map_err(|error| failed(&error))
        }
        None => Ok(()),
    }
}

pub(super) fn mounted(caller: &Caller, number: &str) -> Option<Mount> {
    caller.account.mounts().into_iter().find(|mount| mount.number == number)
}

pub(super) fn failed(error: &PerformError) -> Failure {
    tracing::error!(%error, "a shared folder can't be changed");
    Failure::Internal
}
