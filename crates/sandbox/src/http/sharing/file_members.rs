//! Files that are shared with single people. They are remembered and told; the file comes into
//! nobody else's tree, as in Dropbox.

use serde::Deserialize;
use serde_json::{Value, json};

use super::received::{received_as, received_shape};
use crate::edit::Placed;
use crate::http::argument::{Union, between};
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::pages::{Members, Rest};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::identifier::NodeId;
use crate::shared_folders::Access;
use crate::table::Table;
use crate::view::Found;
use crate::world::{World, locked};

const FILES_MAX: usize = 100;
/// So many members or files come on a page when nobody says otherwise, and at most.
pub(super) const LISTED_USUAL: usize = 100;
pub(super) const LISTED_MAX: usize = 300;
const MEMBERS: &str = "file members";

/// Who has a file by name: the address or the id by which they were chosen.
pub(crate) type FileMembers = Table<(String, NodeId), Vec<(String, Access)>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OneFile {
    pub(super) file: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    file: String,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    file: String,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
    #[serde(rename = "link_settings")]
    _link_settings: Option<Value>,
    #[serde(rename = "viewer_info_policy")]
    _viewer_info_policy: Option<Union>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    file: String,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
    #[serde(rename = "include_inherited")]
    _include_inherited: Option<bool>,
    limit: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManyFiles {
    files: Vec<String>,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
    #[serde(rename = "limit")]
    _limit: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    file: String,
    members: Vec<Union>,
    access_level: Option<Union>,
    #[serde(rename = "custom_message")]
    _custom_message: Option<String>,
    #[serde(rename = "quiet")]
    _quiet: Option<bool>,
    #[serde(rename = "add_message_as_comment")]
    _add_message_as_comment: Option<bool>,
    #[serde(rename = "fp_sealed_result")]
    _fp_sealed_result: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneMember {
    file: String,
    member: Union,
    access_level: Option<Union>,
}

pub(super) fn metadata(call: &Call, caller: &Caller) -> Outcome {
    let argument: About = call.argument()?;
    let of_others = received_as(&call.world, caller, &argument.file);
    if let Some(shape) = of_others.and_then(|key| received_shape(&call.world, &key)) {
        return Ok(Reply::json(&shape));
    }
    Ok(Reply::json(&described(caller, &file(caller, &argument.file)?)))
}

/// Nobody tells who looked at a file, so that there is nothing to change.
pub(super) fn update_policy(call: &Call, caller: &Caller) -> Outcome {
    let argument: Update = call.argument()?;
    Ok(Reply::json(&described(caller, &file(caller, &argument.file)?)))
}

pub(super) fn metadata_of_many(call: &Call, caller: &Caller) -> Outcome {
    each(call, caller, |placed| {
        let mut metadata = described(caller, placed);
        if let Some(fields) = metadata.as_object_mut() {
            fields.insert(".tag".to_owned(), json!("metadata"));
        }
        metadata
    })
}

pub(super) fn list(call: &Call, caller: &Caller) -> Outcome {
    let argument: List = call.argument()?;
    let limit = argument.limit.unwrap_or(LISTED_USUAL);
    between("limit", limit, 1, LISTED_MAX)?;
    let placed = file(caller, &argument.file)?;
    let rest = Rest::all(MEMBERS, caller, &placed.1.id.text(), limit);
    Ok(Reply::json(&rest.members(call, members(&call.world, caller, &placed))))
}

pub(super) fn go_on(call: &Call, caller: &Caller) -> Outcome {
    let rest = Rest::of(MEMBERS, call, caller)?;
    let placed = file(caller, &rest.about)?;
    Ok(Reply::json(&rest.members(call, members(&call.world, caller, &placed))))
}

pub(super) fn list_of_many(call: &Call, caller: &Caller) -> Outcome {
    each(call, caller, |placed| {
        let members = members(&call.world, caller, placed);
        let count = members.users.len() + members.invitees.len();
        json!({ ".tag": "result", "members": members.described(), "member_count": count })
    })
}

fn each(call: &Call, caller: &Caller, answer: impl Fn(&Placed) -> Value) -> Outcome {
    let argument: ManyFiles = call.argument()?;
    between("files", argument.files.len(), 0, FILES_MAX)?;
    let entry = |address: &String| {
        let result = match file(caller, address) {
            Ok(placed) => answer(&placed),
            Err(Failure::Endpoint(error)) => error,
            Err(other) => return Err(other),
        };
        Ok(json!({ "file": address, "result": result }))
    };
    let entries = argument.files.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    Ok(Reply::json(&entries))
}

pub(super) fn add(call: &Call, caller: &Caller) -> Outcome {
    let argument: Add = call.argument()?;
    let placed = file(caller, &argument.file)?;
    let access = level(argument.access_level.as_ref())?;
    let mut results = Vec::new();
    for member in &argument.members {
        let whom = selected(&call.world, member)?;
        let mut members = added(&call.world, caller, &placed);
        members.retain(|(other, _)| *other != whom);
        members.push((whom, access));
        locked(&call.world.file_members).put(key(caller, &placed), members)?;
        let success = json!({ ".tag": "success", "success": { ".tag": access.tag() } });
        results.push(json!({ "member": member, "result": success }));
    }
    Ok(Reply::json(&results))
}

pub(super) fn update(call: &Call, caller: &Caller) -> Outcome {
    let argument: OneMember = call.argument()?;
    let placed = file(caller, &argument.file)?;
    let access = level(argument.access_level.as_ref())?;
    let whom = selected(&call.world, &argument.member)?;
    let mut members = added(&call.world, caller, &placed);
    let member = members.iter_mut().find(|(other, _)| *other == whom);
    member.ok_or_else(|| Failure::tag("invalid_member"))?.1 = access;
    locked(&call.world.file_members).put(key(caller, &placed), members)?;
    Ok(Reply::json(&json!({ "access_level": { ".tag": access.tag() } })))
}

pub(super) fn remove(call: &Call, caller: &Caller) -> Outcome {
    let access = take_out(call, caller)?;
    Ok(Reply::json(&json!({ ".tag": "success", "access_level": { ".tag": access.tag() } })))
}

/// The deprecated form.
pub(super) fn remove_simply(call: &Call, caller: &Caller) -> Outcome {
    let access = take_out(call, caller)?;
    Ok(Reply::json(&json!({ ".tag": "success", "success": { ".tag": access.tag() } })))
}

fn take_out(call: &Call, caller: &Caller) -> Result<Access, Failure> {
    let argument: OneMember = call.argument()?;
    let placed = file(caller, &argument.file)?;
    let whom = selected(&call.world, &argument.member)?;
    let mut members = added(&call.world, caller, &placed);
    let at = members.iter().position(|(other, _)| *other == whom);
    let nobody = || Failure::Endpoint(json!({ ".tag": "no_explicit_access" }));
    let (_, access) = members.remove(at.ok_or_else(nobody)?);
    locked(&call.world.file_members).put(key(caller, &placed), members)?;
    Ok(access)
}

pub(super) fn unshare(call: &Call, caller: &Caller) -> Outcome {
    let argument: OneFile = call.argument()?;
    let placed = file(caller, &argument.file)?;
    locked(&call.world.file_members).remove(&key(caller, &placed))?;
    Ok(Reply::void())
}

/// Looks for the file, whose errors are all under `access_error`.
pub(super) fn file(caller: &Caller, address: &str) -> Result<Placed, Failure> {
    let refused = |tag: &str| Failure::under("access_error", &json!({ ".tag": tag }));
    match caller.view.find(address).map_err(|_| refused("invalid_file"))? {
        Found::Present(lower, node) if !node.is_folder() => Ok((lower, node)),
        Found::Present(..) | Found::Root => Err(refused("is_folder")),
        Found::Gone(_) | Found::Nothing => Err(refused("invalid_file")),
    }
}

fn key(caller: &Caller, placed: &Placed) -> (String, NodeId) {
    (caller.account.id.clone(), placed.1.id)
}

/// Whom a file was shared with.
fn added(world: &World, caller: &Caller, placed: &Placed) -> Vec<(String, Access)> {
    locked(&world.file_members).get(&key(caller, placed)).cloned().unwrap_or_default()
}

fn selected(world: &World, member: &Union) -> Result<String, Failure> {
    let text = member.text().map_err(|text| Failure::Argument(format!("member: {text}")))?;
    match member.tag.as_str() {
        "dropbox_id" => Ok(text),
        "email" => Ok(world.account_by_email(&text).map_or(text, |account| account.id.clone())),
        _ => Err(Failure::Argument(format!("member: {}", member.unknown()))),
    }
}

fn level(wanted: Option<&Union>) -> Result<Access, Failure> {
    let Some(wanted) = wanted else { return Ok(Access::Viewer) };
    let access = Access::parse(&wanted.tag).filter(|access| *access != Access::Owner);
    access.ok_or_else(|| Failure::Argument(format!("access_level: {}", wanted.unknown())))
}

fn described(caller: &Caller, (lower, node): &Placed) -> Value {
    let owner = caller.account.person.display_name();
    let mut answer = shape(node.id, node.name(), Access::Owner, &owner);
    let frame = caller.view.frame();
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("path_lower".to_owned(), json!(frame.strip(lower)));
        fields.insert("path_display".to_owned(), json!(frame.strip(&node.path_display)));
    }
    answer
}

/// Dropbox's `SharedFileMetadata`.
pub(super) fn shape(id: NodeId, name: &str, access: Access, owner: &str) -> Value {
    json!({
        "id": id.text(),
        "name": name,
        "access_type": { ".tag": access.tag() },
        "owner_display_names": [owner],
        "permissions": [],
        "policy": {
            "acl_update_policy": { ".tag": "owner" },
            "shared_link_policy": { ".tag": "anyone" },
            "member_policy": { ".tag": "anyone" },
            "resolved_member_policy": { ".tag": "anyone" },
        },
        "preview_url": format!("https://www.dropbox.com/scl/fi/{}", id.text()),
    })
}

/// The owner, and whom they added, as `SharedFileMembers` has them.
fn members(world: &World, caller: &Caller, placed: &Placed) -> Members {
    let added = added(world, caller, placed);
    let own = (caller.account.id.clone(), Access::Owner);
    let mut users = Vec::new();
    let mut invitees = Vec::new();
    for (whom, access) in std::iter::once(own).chain(added) {
        let access = json!({ ".tag": access.tag() });
        match world.account(&whom) {
            Some(account) => users.push(json!({
                "access_type": access,
                "is_inherited": false,
                "user": {
                    "account_id": account.id,
                    "email": account.person.email,
                    "display_name": account.person.display_name(),
                    "same_team": account.is_teammate_of(&caller.account),
                },
            })),
            None => invitees.push(json!({
                "access_type": access,
                "is_inherited": false,
                "invitee": { ".tag": "email", "email": whom },
            })),
        }
    }
    Members { users, invitees }
}
