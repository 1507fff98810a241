//! How shared folders and their members are told to clients.

use serde_json::{Value, json};

use crate::clock;
use crate::http::call::Caller;
use crate::http::failure::Failure;
use crate::http::pages::Members;
use crate::shared_folders::{Access, Member, SharedFolder};

/// Dropbox's `SharedFolderMetadata`, by number.
pub(super) fn described(caller: &Caller, number: &str) -> Result<Value, Failure> {
    let folder = caller.account.shared().get(number);
    folder.map(|folder| metadata(caller, &folder)).ok_or(Failure::Internal)
}

pub(super) fn metadata(caller: &Caller, folder: &SharedFolder) -> Value {
    let member = folder.member(&caller.account.id);
    let access = member.map_or(Access::Viewer, |member| member.access);
    let mounts = caller.account.mounts();
    let mount = mounts.iter().find(|mount| mount.number == folder.number);
    let name = mount.map_or(folder.name.as_str(), |mount| crate::path::name(&mount.display));
    let shared = caller.account.shared();
    let owners = folder.members.iter().filter(|member| member.access == Access::Owner);
    let owners = owners.filter_map(|owner| shared.account(&owner.account));
    let owners: Vec<String> = owners.map(|owner| owner.person.display_name()).collect();
    let policy = &folder.policy;
    let mut answer = json!({
        "access_type": { ".tag": access.tag() },
        "access_inheritance": { ".tag": folder.access_inheritance },
        "is_inside_team_folder": false,
        "is_team_folder": folder.is_team_folder,
        "name": name,
        "owner_display_names": owners,
        "policy": {
            "member_policy": { ".tag": policy.member },
            "resolved_member_policy": { ".tag": policy.member },
            "acl_update_policy": { ".tag": policy.acl_update },
            "shared_link_policy": { ".tag": policy.shared_link },
            "viewer_info_policy": { ".tag": policy.viewer_info },
        },
        "preview_url": format!("https://www.dropbox.com/scl/fo/{}", folder.number),
        "shared_folder_id": folder.number,
        "time_invited": clock::text(folder.since_s),
    });
    let Some(fields) = answer.as_object_mut() else { return answer };
    if let Some(mount) = mount {
        let frame = caller.view.frame();
        fields.insert("path_lower".to_owned(), json!(frame.strip(&mount.lower)));
        fields.insert("path_display".to_owned(), json!(frame.strip(&mount.display)));
    }
    if let Some(id) = member.and_then(|member| member.mount) {
        fields.insert("folder_id".to_owned(), json!(id.text()));
    }
    answer
}

/// Everybody in a folder, as `SharedFolderMembers` has them.
pub(super) fn members(caller: &Caller, folder: &SharedFolder) -> Members {
    let users = folder.members.iter().filter_map(|member| user(caller, member)).collect();
    let invitees = folder.invitees.iter().map(|(email, access)| {
        json!({
            "access_type": { ".tag": access.tag() },
            "invitee": { ".tag": "email", "email": email },
            "is_inherited": false,
        })
    });
    Members { users, invitees: invitees.collect() }
}

fn user(caller: &Caller, member: &Member) -> Option<Value> {
    let account = caller.account.shared().account(&member.account)?;
    let mut user = json!({
        "account_id": account.id,
        "email": account.person.email,
        "display_name": account.person.display_name(),
        "same_team": account.is_teammate_of(&caller.account),
    });
    if let (Some(id), Some(fields)) = (account.team_member_id(), user.as_object_mut()) {
        fields.insert("team_member_id".to_owned(), json!(id));
    }
    Some(json!({
        "access_type": { ".tag": member.access.tag() },
        "user": user,
        "permissions": [],
        "initials": initials(&account.person.display_name()),
        "is_inherited": false,
    }))
}

fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).collect()
}

/// An error by itself, or under a tag of the route.
pub(super) fn error_at(under: Option<&str>, tag: &str) -> Failure {
    match under {
        None => Failure::tag(tag),
        Some(under) => Failure::under(under, &json!({ ".tag": tag })),
    }
}
