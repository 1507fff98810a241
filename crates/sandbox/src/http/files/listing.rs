//! `files/list_folder` and what continues it. Pages are written as bytes, entry by entry.

use serde::Deserialize;
use serde_json::json;

use super::extras::{extras, wanted};
use crate::account::Account;
use crate::cursor::{Cursor, Wanted};
use crate::http::argument::{Pattern, Union};
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::http::sharing::{LinkProblem, resolve};
use crate::http::shuffle::Shuffle;
use crate::identifier::NodeId;
use crate::namespace::{Position, Scope};
use crate::seal::Purpose;
use crate::view::{Found, View};
use crate::wire::{self, Lens};
use crate::world::{World, locked};

/// What a client gets that names no limit, and the most that it may name.
const PAGE_ENTRIES_USUAL: usize = 500;
const PAGE_ENTRIES_MAX: usize = 2_000;
/// Room for an entry with a path of usual length.
const ENTRY_BYTES: usize = 480;

/// Fields that change nothing here are read all the same: real clients send them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct ListFolder {
    path: String,
    recursive: Option<bool>,
    include_media_info: Option<bool>,
    include_deleted: Option<bool>,
    include_has_explicit_shared_members: Option<bool>,
    include_mounted_folders: Option<bool>,
    include_non_downloadable_files: Option<bool>,
    include_restorable_info: Option<bool>,
    limit: Option<usize>,
    shared_link: Option<SharedLink>,
    include_property_groups: Option<Union>,
}

/// A folder that somebody shows by a link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedLink {
    url: String,
    password: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Continue {
    cursor: String,
}

pub(super) fn list_folder(call: &Call, caller: Option<&Caller>) -> Outcome {
    let (view, mut cursor) = begin(call, caller)?;
    let since = view.account.namespace().tip();
    cursor.position = Position::Listing { since, after: None };
    page(call, &view.account, cursor)
}

pub(super) fn latest_cursor(call: &Call, caller: &Caller) -> Outcome {
    let (_, cursor) = begin(call, Some(caller))?;
    let cursor = call.world.key.seal(Purpose::Cursor, &cursor);
    Ok(Reply::json(&json!({ "cursor": cursor })))
}

pub(super) fn go_on(call: &Call, caller: Option<&Caller>) -> Outcome {
    let argument: Continue = call.argument()?;
    let cursor = open(&call.world, &argument.cursor)?;
    let is_own = caller.is_some_and(|caller| caller.account.id == cursor.account);
    if !is_own && !cursor.by_link {
        return Err(invalid_cursor());
    }
    let account = call.world.account(&cursor.account).cloned().ok_or_else(invalid_cursor)?;
    page(call, &account, cursor)
}

/// Reads a cursor that this sandbox wrote, if it still counts.
pub(super) fn open(world: &World, text: &str) -> Result<Cursor, Failure> {
    let cursor: Cursor = world.key.open(Purpose::Cursor, text).ok_or_else(invalid_cursor)?;
    let account = world.account(&cursor.account).ok_or_else(invalid_cursor)?;
    if locked(&world.bad_days).is_reset(text) {
        return Err(Failure::tag("reset"));
    }
    if cursor.epoch == account.namespace().tree().cursor_epoch() {
        Ok(cursor)
    } else {
        Err(Failure::tag("reset"))
    }
}

pub(super) fn invalid_cursor() -> Failure {
    Failure::Argument("cursor: Invalid \"cursor\" parameter".to_owned())
}

/// A cursor that knows everything up to now, after all arguments were found good.
fn begin(call: &Call, caller: Option<&Caller>) -> Result<(View, Cursor), Failure> {
    let argument: ListFolder = call.argument()?;
    if argument.path == "/" {
        return Err(Failure::Argument(
            "path: Specify the root folder as an empty string rather than as \"/\".".to_owned(),
        ));
    }
    let limit = argument.limit.unwrap_or(PAGE_ENTRIES_USUAL);
    if !(1..=PAGE_ENTRIES_MAX).contains(&limit) {
        let bound = if limit == 0 { "not at least 1" } else { "not at most 2000" };
        return Err(Failure::Argument(format!("limit: {limit} is {bound}")));
    }
    Pattern::PathROrId.check("path", &argument.path)?;
    let by_link = argument.shared_link.is_some();
    let view = match (argument.shared_link, caller) {
        (Some(link), _) => linked(call, &link)?,
        (None, Some(caller)) => caller.view.clone(),
        (None, None) => {
            let text = "shared_link: is required for an app without an account";
            return Err(Failure::Argument(text.to_owned()));
        }
    };
    let groups = argument.include_property_groups.as_ref();
    let wanted = wanted(argument.include_has_explicit_shared_members, groups)?;
    if let Some(id) = locked(&call.world.properties).unknown(&view.account.id, &wanted.templates) {
        let unknown = json!({ ".tag": "template_not_found", "template_not_found": id });
        return Err(Failure::under("template_error", &unknown));
    }
    let (folder, path) = folder(&view, &argument.path)?;
    let namespace = view.account.namespace();
    let cursor = Cursor {
        account: view.account.id.clone(),
        by_link,
        without_mounted: argument.include_mounted_folders == Some(false),
        without_cloud_documents: argument.include_non_downloadable_files == Some(false),
        epoch: namespace.tree().cursor_epoch(),
        frame: view.frame(),
        scope: Scope {
            is_root: path == view.root,
            folder,
            path,
            recursive: argument.recursive.unwrap_or_default(),
            include_deleted: argument.include_deleted.unwrap_or_default(),
        },
        limit,
        position: Position::Changes { since: namespace.tip() },
        wanted: Wanted { media: argument.include_media_info == Some(true), ..wanted },
    };
    drop(namespace);
    Ok((view, cursor))
}

fn linked(call: &Call, link: &SharedLink) -> Result<View, Failure> {
    let linked = resolve(&call.world, &link.url, link.password.as_deref());
    let linked = linked.map_err(|problem| {
        Failure::lookup(match problem {
            LinkProblem::NotFound => "not_found",
            LinkProblem::AccessDenied => "restricted_content",
        })
    })?;
    let is_folder = linked.placed.1.is_folder();
    if is_folder { Ok(linked.view) } else { Err(Failure::lookup("not_folder")) }
}

fn folder(view: &View, path: &str) -> Result<(NodeId, String), Failure> {
    match view.find(path).map_err(|_| Failure::lookup("malformed_path"))? {
        Found::Root => {
            let id = view.account.namespace().at(&view.root).map(|item| item.node.id);
            Ok((id.unwrap_or(NodeId::ROOT), view.root.clone()))
        }
        Found::Present(lower, node) if node.is_folder() => Ok((node.id, lower)),
        Found::Present(..) => Err(Failure::lookup("not_folder")),
        Found::Gone(_) | Found::Nothing => Err(Failure::lookup("not_found")),
    }
}

fn page(call: &Call, account: &Account, mut cursor: Cursor) -> Outcome {
    let (limit, seed) = {
        let mut days = locked(&call.world.bad_days);
        (days.page_limit(cursor.limit), days.quirks().shuffle_seed)
    };
    let mut body = Vec::with_capacity(limit * ENTRY_BYTES + 1_024);
    body.extend(br#"{"entries":["#);
    let begin = body.len();
    let extras = extras(&call.world, account, &cursor.wanted);
    let lens = Lens { extras, ..account.lens(cursor.frame) };
    let mut shuffle = seed.map(Shuffle::new);
    let namespace = account.namespace();
    let slice = namespace.slice(&cursor.scope, &cursor.position, limit, &mut |entry| {
        if cursor.skips(&lens, entry.lower()) {
            return;
        }
        if body.len() > begin {
            body.push(b',');
        }
        let from = body.len();
        wire::entry(&mut body, &lens, &entry);
        if let Some(shuffle) = &mut shuffle {
            shuffle.note(&entry, from..body.len());
        }
    });
    drop(namespace);
    if let Some(shuffle) = shuffle {
        body = shuffle.reordered(&body);
    }
    let slice = slice.map_err(|_gone| Failure::lookup("not_found"))?;
    cursor.position = slice.next;
    body.extend(br#"],"cursor":""#);
    body.extend(call.world.key.seal(Purpose::Cursor, &cursor).as_bytes());
    body.extend(br#"","has_more":"#);
    body.extend(slice.has_more.to_string().as_bytes());
    body.push(b'}');
    Ok(Reply::Json(body))
}
