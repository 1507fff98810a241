//! `sharing/share_folder` and `sharing/unshare_folder`: a folder becomes one that several people
//! have, and its owner's again.

use serde::Deserialize;
use serde_json::{Value, json};

use super::folder_shape::described;
use super::folders::{owned, set};
use super::membership::{Leave, leave, mounted, retell};
use crate::edit::Editor;
use crate::http::argument::{Pattern, Union};
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, trouble, write_error};
use crate::http::files::later;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::identifier::NodeId;
use crate::path;
use crate::shared_folders::{Access, Member, Policy};
use crate::view::Found;

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

pub(super) fn share(call: &Call, caller: &Caller) -> Outcome {
    let argument: Share = call.argument()?;
    let (lower, id, name) = to_be_shared(caller, &argument.path)?;
    let mut policy = Policy::default();
    set(&mut policy.member, argument.member_policy);
    set(&mut policy.acl_update, argument.acl_update_policy);
    set(&mut policy.shared_link, argument.shared_link_policy);
    set(&mut policy.viewer_info, argument.viewer_info_policy);
    let owner =
        Member { account: caller.account.id.clone(), access: Access::Owner, mount: Some(id) };
    let now_s = call.world.clock.now_s();
    let folders = caller.account.shared();
    let shared = folders.share(&name, owner, policy, false, now_s)?;
    retell(&caller.account, lower, now_s)?;
    if let Some(inheritance) = argument.access_inheritance {
        folders.change(&shared.number, |folder| folder.access_inheritance = inheritance.tag)?;
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

/// The folder to be shared, made if there is nothing yet.
fn to_be_shared(caller: &Caller, address: &str) -> Result<(String, NodeId, String), Failure> {
    Pattern::WritePathOrId.check("path", address)?;
    let bad = |tag: &str| Failure::under("bad_path", &json!({ ".tag": tag }));
    let view = &caller.view;
    match view.find(address).map_err(|_| bad("invalid_path"))? {
        Found::Present(lower, node) if node.is_folder() => {
            check_place(caller, &lower)?;
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
            check_place(caller, &place.lower)?;
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
    shared.end(&folder.number)?;
    if let Some(mount) = mount {
        retell(&caller.account, mount.lower, call.world.clock.now_s())?;
    }
    later(call, caller, json!({ ".tag": "complete" }))
}
