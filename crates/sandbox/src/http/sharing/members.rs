//! Who is in a shared folder.

use serde::Deserialize;
use serde_json::{Value, json};

use super::folder_shape::members;
use super::folders::member_of;
use super::membership::{leave, tell_member};
use crate::edit::Editor;
use crate::http::argument::{Union, between};
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::files::later;
use crate::http::pages::Rest;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::shared_folders::{Access, Member, SharedFolder};

const MEMBERS_MAX: usize = 1_000;
const LIST: &str = "folder members";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    shared_folder_id: String,
    limit: Option<usize>,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
    #[serde(rename = "path")]
    _path: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    shared_folder_id: String,
    members: Vec<AddMember>,
    #[serde(rename = "quiet")]
    _quiet: Option<bool>,
    #[serde(rename = "custom_message")]
    _custom_message: Option<String>,
    #[serde(rename = "fp_sealed_result")]
    _fp_sealed_result: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddMember {
    member: Union,
    access_level: Option<Union>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    shared_folder_id: String,
    member: Union,
    leave_a_copy: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    shared_folder_id: String,
    member: Union,
    access_level: Union,
}

pub(super) fn list(call: &Call, caller: &Caller) -> Outcome {
    let argument: List = call.argument()?;
    let limit = argument.limit.unwrap_or(MEMBERS_MAX);
    between("limit", limit, 1, MEMBERS_MAX)?;
    let folder = member_of(caller, &argument.shared_folder_id, None)?;
    let rest = Rest::all(LIST, caller, &folder.number, limit);
    Ok(Reply::json(&rest.members(call, members(caller, &folder))))
}

pub(super) fn go_on(call: &Call, caller: &Caller) -> Outcome {
    let rest = Rest::of(LIST, call, caller)?;
    let folder = member_of(caller, &rest.about, Some("access_error"))?;
    Ok(Reply::json(&rest.members(call, members(caller, &folder))))
}

/// People with an account here become members; others are invited by their address.
pub(super) fn add(call: &Call, caller: &Caller) -> Outcome {
    let argument: Add = call.argument()?;
    let folder = managed(caller, &argument.shared_folder_id)?;
    let mut users = Vec::new();
    let mut invitees = Vec::new();
    for wanted in &argument.members {
        let access = level(wanted.access_level.as_ref())?;
        match select(call, &wanted.member)? {
            Selected::Account(id) => users.push((id, access)),
            Selected::Address(email) => invitees.push((email, access)),
        }
    }
    let _turn = Editor::begin(&caller.account);
    let changed = caller.account.shared().change(&folder.number, |folder| {
        folder.invitees.retain(|(email, _)| invitees.iter().all(|(new, _)| new != email));
        folder.invitees.extend(invitees);
        users.retain(|(account, access)| match folder.member_mut(account) {
            Some(member) if member.access != Access::Owner => set_access(member, *access),
            Some(_) => false,
            None => {
                let account = account.clone();
                folder.members.push(Member { account, access: *access, mount: None });
                false
            }
        });
        users
    })?;
    for (account, _) in changed.unwrap_or_default() {
        tell_member(caller, &folder.number, &account)?;
    }
    Ok(Reply::void())
}

/// Whether it makes a difference in what the member is told of the folder.
fn set_access(member: &mut Member, access: Access) -> bool {
    let former = std::mem::replace(&mut member.access, access);
    former.may_write() != access.may_write()
}

pub(super) fn remove(call: &Call, caller: &Caller) -> Outcome {
    let argument: Remove = call.argument()?;
    let folder = managed(caller, &argument.shared_folder_id)?;
    let access = match select(call, &argument.member)? {
        Selected::Account(id) => {
            let member = folder.member(&id).ok_or_else(|| member_error("not_a_member"))?;
            if member.access == Access::Owner {
                return Err(Failure::tag("folder_owner"));
            }
            let _turn = Editor::begin(&caller.account);
            leave(caller, &folder, &id, argument.leave_a_copy)?;
            member.access
        }
        Selected::Address(address) => {
            let removed = caller.account.shared().change(&folder.number, |folder| {
                let at = folder.invitees.iter().position(|(email, _)| *email == address);
                at.map(|at| folder.invitees.remove(at).1)
            })?;
            removed.flatten().ok_or_else(|| member_error("not_a_member"))?
        }
    };
    let outcome = json!({ ".tag": "complete", "access_level": { ".tag": access.tag() } });
    later(call, caller, outcome)
}

pub(super) fn update(call: &Call, caller: &Caller) -> Outcome {
    let argument: Update = call.argument()?;
    let folder = managed(caller, &argument.shared_folder_id)?;
    let access = level(Some(&argument.access_level))?;
    let selected = select(call, &argument.member)?;
    if let Selected::Account(id) = &selected
        && folder.member(id).is_some_and(|member| member.access == Access::Owner)
    {
        return Err(Failure::tag("no_permission"));
    }
    let _turn = Editor::begin(&caller.account);
    let changed = caller.account.shared().change(&folder.number, |folder| match &selected {
        Selected::Account(id) => folder.member_mut(id).map(|member| set_access(member, access)),
        Selected::Address(address) => {
            let invitee = folder.invitees.iter_mut().find(|(email, _)| email == address);
            invitee.map(|(_, held)| *held = access).map(|()| false)
        }
    })?;
    let is_told = changed.flatten().ok_or_else(|| member_error("not_a_member"))?;
    if let (true, Selected::Account(id)) = (is_told, &selected) {
        tell_member(caller, &folder.number, id)?;
    }
    Ok(Reply::json(&json!({ "access_level": { ".tag": access.tag() } })))
}

/// A folder whose members the caller may choose.
fn managed(caller: &Caller, number: &str) -> Result<SharedFolder, Failure> {
    let folder = member_of(caller, number, Some("access_error"))?;
    if folder.is_team_folder {
        return Err(Failure::tag("team_folder"));
    }
    let access = folder.member(&caller.account.id).map(|member| member.access);
    let may = match access {
        Some(Access::Owner) => true,
        Some(Access::Editor) => folder.policy.acl_update == "editors",
        _ => false,
    };
    if may { Ok(folder) } else { Err(Failure::tag("no_permission")) }
}

enum Selected {
    Account(String),
    Address(String),
}

/// Whom a `MemberSelector` means.
fn select(call: &Call, member: &Union) -> Result<Selected, Failure> {
    let text = || member.text().map_err(|text| Failure::Argument(format!("member: {text}")));
    let bad = |inner: Value| Failure::under("bad_member", &inner);
    match member.tag.as_str() {
        "dropbox_id" => {
            let id = text()?;
            let invalid = || bad(json!({ ".tag": "invalid_dropbox_id", "invalid_dropbox_id": id }));
            call.world.account(&id).ok_or_else(invalid)?;
            Ok(Selected::Account(id))
        }
        "email" => {
            let email = text()?;
            if !email.contains('@') {
                return Err(bad(json!({ ".tag": "invalid_email", "invalid_email": email })));
            }
            let account = call.world.account_by_email(&email);
            Ok(account.map_or(Selected::Address(email), |one| Selected::Account(one.id.clone())))
        }
        _ => Err(Failure::Argument(format!("member: {}", member.unknown()))),
    }
}

fn level(wanted: Option<&Union>) -> Result<Access, Failure> {
    let Some(wanted) = wanted else { return Ok(Access::Viewer) };
    let access = Access::parse(&wanted.tag).filter(|access| *access != Access::Owner);
    access.ok_or_else(|| Failure::Argument(format!("access_level: {}", wanted.unknown())))
}

fn member_error(tag: &str) -> Failure {
    Failure::under("member_error", &json!({ ".tag": tag }))
}
