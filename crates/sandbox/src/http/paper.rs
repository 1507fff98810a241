//! `paper/…`: documents as they were before documents became files. Nobody here has any of these, and, as
//! with everybody at Dropbox whose documents are files, nobody can make one: lists are empty, no document is
//! found, and what would make one is not permitted.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::argument::{Time, Union, between};
use super::call::{Call, Caller};
use super::failure::Failure;
use super::reply::Reply;
use super::routes::{Outcome, Route, download, rpc, upload};
use crate::access::Permission::{
    FilesContentRead, FilesContentWrite, FilesMetadataRead, FilesPermanentDelete, SharingRead,
    SharingWrite,
};
use crate::clock;
use crate::host::Host;

pub(super) const ROUTES: &[Route] = &[
    rpc("paper/docs/archive", FilesContentWrite, not_found::<Reference>),
    upload("paper/docs/create", FilesContentWrite, not_permitted::<Create>).on(Host::Api),
    download("paper/docs/download", FilesContentRead, not_found::<Fetch>).on(Host::Api),
    rpc("paper/docs/folder_users/list", SharingRead, not_found::<FolderUsers>),
    rpc("paper/docs/folder_users/list/continue", SharingRead, not_found::<More>),
    rpc("paper/docs/get_folder_info", SharingRead, not_found::<Reference>),
    rpc("paper/docs/get_metadata", FilesMetadataRead, not_found::<Either>),
    rpc("paper/docs/list", FilesMetadataRead, list),
    rpc("paper/docs/list/continue", FilesMetadataRead, go_on),
    rpc("paper/docs/permanently_delete", FilesPermanentDelete, not_found::<Reference>),
    rpc("paper/docs/sharing_policy/get", SharingRead, not_found::<Reference>),
    rpc("paper/docs/sharing_policy/set", SharingWrite, not_found::<SetPolicy>),
    upload("paper/docs/update", FilesContentWrite, not_found::<Edit>).on(Host::Api),
    rpc("paper/docs/users/add", SharingWrite, not_found::<AddUsers>),
    rpc("paper/docs/users/list", SharingRead, not_found::<Users>),
    rpc("paper/docs/users/list/continue", SharingRead, not_found::<More>),
    rpc("paper/docs/users/remove", SharingWrite, not_found::<RemoveUser>),
    rpc("paper/folders/create", FilesContentWrite, not_permitted::<CreateFolder>),
];

/// Where the empty list ends.
const CURSOR: &str = "pdls:end";
const LISTED_MAX: usize = 1_000;
const CURSOR_VALID_S: i64 = 24 * 60 * 60;

fn not_found<T: DeserializeOwned>(call: &Call, _: &Caller) -> Outcome {
    call.argument::<T>()?;
    Err(Failure::tag("doc_not_found"))
}

fn not_permitted<T: DeserializeOwned>(call: &Call, _: &Caller) -> Outcome {
    call.argument::<T>()?;
    Err(Failure::tag("insufficient_permissions"))
}

fn list(call: &Call, caller: &Caller) -> Outcome {
    let argument: List = call.argument()?;
    between("limit", argument.limit.unwrap_or(LISTED_MAX), 1, LISTED_MAX)?;
    Ok(nothing(caller))
}

fn go_on(call: &Call, caller: &Caller) -> Outcome {
    let argument: GoOn = call.argument()?;
    if argument.cursor != CURSOR {
        return Err(Failure::under("cursor_error", &json!({ ".tag": "invalid_cursor" })));
    }
    Ok(nothing(caller))
}

fn nothing(caller: &Caller) -> Reply {
    let expiration = clock::text(caller.account.clock.now_s() + CURSOR_VALID_S);
    let cursor = json!({ "value": CURSOR, "expiration": expiration });
    Reply::json(&json!({ "doc_ids": [], "cursor": cursor, "has_more": false }))
}

/// Declares arguments of which every field is named, since Dropbox refuses others, and none is looked at.
macro_rules! unread {
    ($($name:ident { $($field:ident: $kind:ty),* })*) => {$(
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
        struct $name { $($field: $kind),* }
    )*};
}

unread! {
    Reference { doc_id: String }
    Create { import_format: Union, parent_folder_id: Option<String> }
    CreateFolder { name: String, parent_folder_id: Option<String>, is_team_folder: Option<bool> }
    Fetch { doc_id: String, export_format: Union, include_comments: Option<bool> }
    FolderUsers { doc_id: String, limit: Option<i32> }
    Users { doc_id: String, limit: Option<i32>, filter_by: Option<Union> }
    More { doc_id: String, cursor: String }
    Either { doc_id: Option<String>, file_id: Option<String> }
    SetPolicy { doc_id: String, sharing_policy: Policy }
    Policy { public_sharing_policy: Option<Union>, team_sharing_policy: Option<Union> }
    Edit { doc_id: String, doc_update_policy: Union, revision: i64, import_format: Union }
    AddUsers {
        doc_id: String, members: Vec<User>, custom_message: Option<String>, quiet: Option<bool>
    }
    User { member: Union, permission_level: Option<Union> }
    RemoveUser { doc_id: String, member: Union }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    limit: Option<usize>,
    #[serde(rename = "filter_by")]
    _filter_by: Option<Union>,
    #[serde(rename = "sort_by")]
    _sort_by: Option<Union>,
    #[serde(rename = "sort_order")]
    _sort_order: Option<Union>,
    #[serde(rename = "stop_at_date")]
    _stop_at_date: Option<Time>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoOn {
    cursor: String,
}
