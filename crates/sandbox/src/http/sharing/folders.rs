//! `sharing/share_folder` and what follows: folders that several people have.

use serde::Deserialize;
use serde_json::{Value, json};

use super::folder_shape::{described, error_at, metadata};
use crate::account::PerformError;
use crate::edit::Editor;
use crate::http::argument::{Pattern, Union, between};
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, trouble, write_error};
use crate::http::files::later;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::namespace::Operation;
use crate::path;
use crate::shared_folders::{Access, Member, Mount, Policy, SharedFolder};
use crate::view::Found;

const FOLDERS_MAX: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    path: String,
    acl_update_policy: Option<Union>,
    force_async: Option<bool>,
    member_policy: Option<Union>,
    shared_link_policy: Option<Union>,
    viewer_info_policy: Option<Union>,
    access_inheritance: Option<Union>,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
    #[serde(rename = "link_settings")]
    _link_settings: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ById {
    shared_folder_id: String,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leave {
    shared_folder_id: String,
    leave_a_copy: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    limit: Option<usize>,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    shared_folder_id: String,
    member_policy: Option<Union>,
    acl_update_policy: Option<Union>,
    viewer_info_policy: Option<Union>,
    shared_link_policy: Option<Union>,
    #[serde(rename = "link_settings")]
    _link_settings: Option<Value>,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inheritance {
    shared_folder_id: String,
    access_inheritance: Option<Union>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transfer {
    shared_folder_id: String,
    to_dropbox_id: String,
}

pub(super) fn share(call: &Call, caller: &Caller) -> Outcome {
    let argument: Share = call.argument()?;
    let (lower, id, name) = to_be_shared(caller, &argument.path)?;
    check_place(caller, &lower)?;
    let mut policy = Policy::default();
    set(&mut policy.member, argument.member_policy);
    set(&mut policy.acl_update, argument.acl_update_policy);
    set(&mut policy.shared_link, argument.shared_link_policy);
    set(&mut policy.viewer_info, argument.viewer_info_policy);
    let owner =
        Member { account: caller.account.id.clone(), access: Access::Owner, mount: Some(id) };
    let now_s = call.world.clock.now_s();
    let shared = caller.account.shared().share(&name, owner, policy, false, now_s);
    retell(caller, lower, now_s)?;
    if let Some(inheritance) = argument.access_inheritance
        && let Some(folder) = caller.account.shared().folders().get_mut(&shared.number)
    {
        folder.access_inheritance = inheritance.tag;
    }
    let mut answer = described(caller, &shared.number)?;
    if let Some(fields) = answer.as_object_mut() {
        fields.insert(".tag".to_owned(), json!("complete"));
    }
    if argument.force_async.unwrap_or_default() {
        return later(call, caller, answer);
    }
    Ok(Reply::json(&answer))
}

/// Whoever follows the tree learns that a folder is shared, or no longer so.
fn retell(caller: &Caller, path: String, at: i64) -> Result<(), Failure> {
    let told = caller.account.perform_here(&Operation::Retell { path, at });
    told.map_err(|error| failed(&error))
}

/// The folder to be shared, made if there is nothing yet.
fn to_be_shared(
    caller: &Caller,
    address: &str,
) -> Result<(String, crate::identifier::NodeId, String), Failure> {
    Pattern::WritePathOrId.check("path", address)?;
    let bad = |tag: &str| Failure::under("bad_path", &json!({ ".tag": tag }));
    let view = &caller.view;
    match view.find(address).map_err(|_| bad("invalid_path"))? {
        Found::Present(lower, node) if node.is_folder() => {
            let name = node.name().to_owned();
            Ok((lower, node.id, name))
        }
        Found::Present(..) => Err(bad("is_file")),
        Found::Root => Err(bad("invalid_path")),
        Found::Gone(_) | Found::Nothing if address.starts_with("id:") => Err(bad("invalid_path")),
        Found::Gone(_) | Found::Nothing => {
            let place = view.locate(address).map_err(|_| bad("invalid_path"))?;
            let place = place.ok_or_else(|| bad("invalid_path"))?;
            let place = path::Location::parse_new(&place.display)
                .map_err(|problem| Failure::under("bad_path", &write_error(problem)))?;
            let made = Editor::begin(&caller.account).create_folder(&place, false);
            let (lower, node) = made.map_err(|error| match trouble(error, "bad_path") {
                Failure::Endpoint(_) => bad("invalid_path"),
                other => other,
            })?;
            let name = node.name().to_owned();
            Ok((lower, node.id, name))
        }
    }
}

fn check_place(caller: &Caller, lower: &str) -> Result<(), Failure> {
    let bad = |tag: &str| Failure::under("bad_path", &json!({ ".tag": tag }));
    for mount in caller.account.mounts() {
        if mount.lower == lower {
            let mut there = described(caller, &mount.number)?;
            if let Some(fields) = there.as_object_mut() {
                fields.insert(".tag".to_owned(), json!("already_shared"));
            }
            return Err(Failure::under("bad_path", &there));
        }
        if mount.has_inside(lower) {
            return Err(bad("inside_shared_folder"));
        }
        if path::is_below(&mount.lower, lower) {
            return Err(bad("contains_shared_folder"));
        }
    }
    Ok(())
}

fn set(policy: &mut String, wanted: Option<Union>) {
    if let Some(wanted) = wanted {
        *policy = wanted.tag;
    }
}

pub(super) fn get(call: &Call, caller: &Caller) -> Outcome {
    let argument: ById = call.argument()?;
    let folder = member_of(caller, &argument.shared_folder_id, None)?;
    Ok(Reply::json(&metadata(caller, &folder)))
}

pub(super) fn list(call: &Call, caller: &Caller) -> Outcome {
    listed(call, caller, |_| true)
}

/// Folders that are shared with the caller and nowhere in their tree.
pub(super) fn list_mountable(call: &Call, caller: &Caller) -> Outcome {
    listed(call, caller, |member| member.mount.is_none())
}

/// All of them come at once, so there is nothing to continue.
fn listed(call: &Call, caller: &Caller, wanted: fn(&Member) -> bool) -> Outcome {
    let argument: List = if call.argument.is_empty() || call.argument.trim_ascii() == b"null" {
        List { limit: None, _actions: None }
    } else {
        call.argument()?
    };
    between("limit", argument.limit.unwrap_or(FOLDERS_MAX), 1, FOLDERS_MAX)?;
    let folders: Vec<SharedFolder> = {
        let folders = caller.account.shared().folders();
        let ours =
            folders.values().filter(|folder| folder.member(&caller.account.id).is_some_and(wanted));
        ours.cloned().collect()
    };
    let entries: Vec<Value> = folders.iter().map(|folder| metadata(caller, folder)).collect();
    Ok(Reply::json(&json!({ "entries": entries })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Continue {
    #[serde(rename = "cursor")]
    _cursor: String,
}

/// No cursor was ever handed out.
pub(super) fn go_on(call: &Call, _caller: &Caller) -> Outcome {
    let _argument: Continue = call.argument()?;
    Err(Failure::tag("invalid_cursor"))
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

/// Ends the sharing. The owner keeps the folder, the others only if they may.
pub(super) fn unshare(call: &Call, caller: &Caller) -> Outcome {
    let argument: Leave = call.argument()?;
    let folder = owned(caller, &argument.shared_folder_id)?;
    let _turn = Editor::begin(&caller.account);
    let shared = caller.account.shared();
    for member in folder.members.iter().filter(|member| member.account != caller.account.id) {
        leave(caller, &folder, &member.account, argument.leave_a_copy.unwrap_or_default())?;
    }
    let mount = mounted(caller, &folder.number);
    shared.folders().remove(&folder.number);
    if let Some(mount) = mount {
        retell(caller, mount.lower, call.world.clock.now_s())?;
    }
    later(call, caller, json!({ ".tag": "complete" }))
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
    if let Some(member) = shared.account(account).filter(|_| !leave_a_copy) {
        let mounts = shared.mounts_of(&member);
        if let Some(mount) = mounts.iter().find(|mount| mount.number == folder.number) {
            shared.unmount(mount, &member).map_err(|error| failed(&error))?;
        }
    }
    if let Some(folder) = shared.folders().get_mut(&folder.number) {
        folder.members.retain(|member| member.account != account);
    }
    Ok(())
}

pub(super) fn update_policy(call: &Call, caller: &Caller) -> Outcome {
    let argument: Update = call.argument()?;
    let folder = owned(caller, &argument.shared_folder_id)?;
    let mut policy = folder.policy.clone();
    set(&mut policy.member, argument.member_policy);
    set(&mut policy.acl_update, argument.acl_update_policy);
    set(&mut policy.shared_link, argument.shared_link_policy);
    set(&mut policy.viewer_info, argument.viewer_info_policy);
    if let Some(folder) = caller.account.shared().folders().get_mut(&folder.number) {
        folder.policy = policy;
    }
    Ok(Reply::json(&described(caller, &folder.number)?))
}

pub(super) fn set_inheritance(call: &Call, caller: &Caller) -> Outcome {
    let argument: Inheritance = call.argument()?;
    let folder = owned(caller, &argument.shared_folder_id)?;
    let wanted = argument.access_inheritance.map_or("inherit".to_owned(), |wanted| wanted.tag);
    if let Some(folder) = caller.account.shared().folders().get_mut(&folder.number) {
        folder.access_inheritance = wanted;
    }
    let mut answer = described(caller, &folder.number)?;
    if let Some(fields) = answer.as_object_mut() {
        fields.insert(".tag".to_owned(), json!("complete"));
    }
    Ok(Reply::json(&answer))
}

pub(super) fn transfer(call: &Call, caller: &Caller) -> Outcome {
    let argument: Transfer = call.argument()?;
    let folder = owned(caller, &argument.shared_folder_id)?;
    if call.world.account(&argument.to_dropbox_id).is_none() {
        return Err(Failure::tag("invalid_dropbox_id"));
    }
    let member = folder.member(&argument.to_dropbox_id);
    let member = member.ok_or_else(|| Failure::tag("new_owner_not_a_member"))?;
    if member.mount.is_none() {
        return Err(Failure::tag("new_owner_unmounted"));
    }
    if let Some(folder) = caller.account.shared().folders().get_mut(&folder.number) {
        for member in &mut folder.members {
            if member.account == argument.to_dropbox_id {
                member.access = Access::Owner;
            } else if member.account == caller.account.id {
                member.access = Access::Editor;
            }
        }
    }
    Ok(Reply::void())
}

fn mounted(caller: &Caller, number: &str) -> Option<Mount> {
    caller.account.mounts().into_iter().find(|mount| mount.number == number)
}

/// A folder that the caller is a member of. `under` is where the error has its reason.
pub(super) fn member_of(
    caller: &Caller,
    number: &str,
    under: Option<&str>,
) -> Result<SharedFolder, Failure> {
    let folders = caller.account.shared().folders();
    let folder = folders.get(number).ok_or_else(|| error_at(under, "invalid_id"))?;
    if folder.member(&caller.account.id).is_none() {
        return Err(error_at(under, "not_a_member"));
    }
    Ok(folder.clone())
}

/// A folder that is the caller's to change.
pub(super) fn owned(caller: &Caller, number: &str) -> Result<SharedFolder, Failure> {
    let folder = member_of(caller, number, Some("access_error"))?;
    if folder.is_team_folder {
        return Err(Failure::tag("team_folder"));
    }
    let access = folder.member(&caller.account.id).map(|member| member.access);
    if access == Some(Access::Owner) { Ok(folder) } else { Err(Failure::tag("no_permission")) }
}

fn failed(error: &PerformError) -> Failure {
    tracing::error!(%error, "a shared folder can't be changed");
    Failure::Internal
}
