//! Shared folders told, listed and changed.

use serde::Deserialize;
use serde_json::{Value, json};

use super::folder_shape::{described, error_at, metadata};
use super::membership::tell_member;
use crate::edit::Editor;
use crate::http::argument::{Union, between};
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::pages::Rest;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::shared_folders::{Access, Member, SharedFolder};

const FOLDERS_MAX: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    shared_folder_id: String,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
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

pub(super) fn set(policy: &mut String, wanted: Option<Union>) {
    if let Some(wanted) = wanted {
        *policy = wanted.tag;
    }
}

pub(super) fn get(call: &Call, caller: &Caller) -> Outcome {
    let argument: Get = call.argument()?;
    let folder = member_of(caller, &argument.shared_folder_id, None)?;
    Ok(Reply::json(&metadata(caller, &folder)))
}

pub(super) fn list(call: &Call, caller: &Caller) -> Outcome {
    listed(call, caller, Which::All)
}

/// Folders that are shared with the caller and nowhere in their tree.
pub(super) fn list_mountable(call: &Call, caller: &Caller) -> Outcome {
    listed(call, caller, Which::Mountable)
}

/// Of a caller's shared folders.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    /// Nowhere in the caller's tree.
    Mountable,
}

impl Which {
    fn list(self) -> &'static str {
        match self {
            Self::All => "folders",
            Self::Mountable => "mountable folders",
        }
    }

    fn has(self, member: &Member) -> bool {
        self == Self::All || member.mount.is_none()
    }
}

fn listed(call: &Call, caller: &Caller, which: Which) -> Outcome {
    let argument: List = if call.argument.is_empty() || call.argument.trim_ascii() == b"null" {
        List { limit: None, _actions: None }
    } else {
        call.argument()?
    };
    let limit = argument.limit.unwrap_or(FOLDERS_MAX);
    between("limit", limit, 1, FOLDERS_MAX)?;
    Ok(page(call, caller, which, Rest::all(which.list(), caller, "", limit)))
}

pub(super) fn go_on(call: &Call, caller: &Caller) -> Outcome {
    Ok(page(call, caller, Which::All, Rest::of(Which::All.list(), call, caller)?))
}

pub(super) fn go_on_mountable(call: &Call, caller: &Caller) -> Outcome {
    let rest = Rest::of(Which::Mountable.list(), call, caller)?;
    Ok(page(call, caller, Which::Mountable, rest))
}

fn page(call: &Call, caller: &Caller, which: Which, rest: Rest) -> Reply {
    let folders = caller.account.shared().of(&caller.account.id).into_iter();
    let folders = folders.filter(|(_, member)| which.has(member));
    let all = folders.map(|(folder, _)| metadata(caller, &folder)).collect();
    Reply::json(&rest.entries(call, all))
}

pub(super) fn update_policy(call: &Call, caller: &Caller) -> Outcome {
    let argument: Update = call.argument()?;
    let folder = owned(caller, &argument.shared_folder_id)?;
    caller.account.shared().change(&folder.number, |folder| {
        let policy = &mut folder.policy;
        set(&mut policy.member, argument.member_policy);
        set(&mut policy.acl_update, argument.acl_update_policy);
        set(&mut policy.shared_link, argument.shared_link_policy);
        set(&mut policy.viewer_info, argument.viewer_info_policy);
    })?;
    Ok(Reply::json(&described(caller, &folder.number)?))
}

pub(super) fn set_inheritance(call: &Call, caller: &Caller) -> Outcome {
    let argument: Inheritance = call.argument()?;
    let folder = owned(caller, &argument.shared_folder_id)?;
    let wanted = argument.access_inheritance.map_or("inherit".to_owned(), |wanted| wanted.tag);
    let shared = caller.account.shared();
    shared.change(&folder.number, |folder| folder.access_inheritance = wanted)?;
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
    let could_write = member.access.may_write();
    let _turn = Editor::begin(&caller.account);
    caller.account.shared().change(&folder.number, |folder| {
        for member in &mut folder.members {
            if member.account == argument.to_dropbox_id {
                member.access = Access::Owner;
            } else if member.account == caller.account.id {
                member.access = Access::Editor;
            }
        }
    })?;
    if !could_write {
        tell_member(caller, &folder.number, &argument.to_dropbox_id)?;
    }
    Ok(Reply::void())
}

/// A folder that the caller is a member of. `under` is where the error has its reason.
pub(super) fn member_of(
    caller: &Caller,
    number: &str,
    under: Option<&str>,
) -> Result<SharedFolder, Failure> {
    let folder = caller.account.shared().get(number);
    let folder = folder.ok_or_else(|| error_at(under, "invalid_id"))?;
    let is_member = folder.member(&caller.account.id).is_some();
    if is_member { Ok(folder) } else { Err(error_at(under, "not_a_member")) }
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
