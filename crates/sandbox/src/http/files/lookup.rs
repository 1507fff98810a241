//! What is at an address, and what it was: `files/get_metadata` and `files/list_revisions`.

use std::sync::Arc;

use serde::Deserialize;

use super::extras::{extras, wanted};
use crate::account::Account;
use crate::clock;
use crate::http::argument::{Pattern, Union};
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::identifier::{NodeId, Rev};
use crate::namespace::{Gone, Item, Revision};
use crate::path;
use crate::view::{Found, View};
use crate::wire::{self, Lens, Tag};

const REVISIONS_USUAL: usize = 10;
const REVISIONS_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct GetMetadata {
    path: String,
    include_media_info: Option<bool>,
    include_deleted: Option<bool>,
    include_has_explicit_shared_members: Option<bool>,
    include_property_groups: Option<Union>,
    /// Of the alpha route.
    include_property_templates: Option<Vec<String>>,
}

pub(super) fn metadata(call: &Call, caller: &Caller) -> Outcome {
    let argument: GetMetadata = call.argument()?;
    let groups = argument.include_property_groups.as_ref();
    let mut wanted = wanted(argument.include_has_explicit_shared_members, groups)?;
    wanted.templates.extend(argument.include_property_templates.unwrap_or_default());
    let extras = extras(&call.world, &caller.account, &wanted);
    let lens = Lens { extras, ..caller.view.lens() };
    let mut body = Vec::new();
    if argument.path.is_empty() {
        return Err(root_unsupported());
    }
    Pattern::ReadPath.check("path", &argument.path)?;
    if let Some(rev) = argument.path.strip_prefix("rev:") {
        let found = Rev::parse(rev).and_then(|rev| caller.account.namespace().by_rev(rev));
        let (id, revision) = found.ok_or_else(|| Failure::lookup("not_found"))?;
        version(&mut body, &lens, Tag::Named, id, &revision);
        return Ok(Reply::Json(body));
    }
    match find(&caller.view, &argument.path)? {
        Found::Root => return Err(root_unsupported()),
        Found::Present(lower, node) => {
            wire::present(&mut body, &lens, Item { lower: &lower, node: &node });
        }
        Found::Gone(gone) if argument.include_deleted.unwrap_or_default() => {
            wire::deleted(&mut body, &lens, &path::lower(&gone.path_display), &gone.path_display);
        }
        Found::Gone(_) | Found::Nothing => return Err(Failure::lookup("not_found")),
    }
    Ok(Reply::Json(body))
}

fn root_unsupported() -> Failure {
    Failure::Argument("path: The root folder is unsupported.".to_owned())
}

/// What is at an address, for routes that name no other field.
pub(in crate::http) fn find(view: &View, address: &str) -> Result<Found, Failure> {
    view.find(address).map_err(|_| Failure::lookup("malformed_path"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListRevisions {
    path: String,
    mode: Option<Union>,
    limit: Option<usize>,
    before_rev: Option<String>,
    include_restorable_info: Option<bool>,
}

fn is_by_id(mode: Option<&Union>) -> Result<bool, Failure> {
    match mode.map_or("path", |mode| mode.tag.as_str()) {
        "path" => Ok(false),
        "id" => Ok(true),
        unknown => Err(Failure::Argument(format!("mode: unknown tag '{unknown}'"))),
    }
}

pub(super) fn revisions(call: &Call, caller: &Caller) -> Outcome {
    let argument: ListRevisions = call.argument()?;
    let limit = argument.limit.unwrap_or(REVISIONS_USUAL);
    if !(1..=REVISIONS_MAX).contains(&limit) {
        return Err(Failure::Argument(format!("limit: {limit} is not between 1 and 100")));
    }
    Pattern::PathROrId.check("path", &argument.path)?;
    let by_id = is_by_id(argument.mode.as_ref())?;
    if by_id && argument.before_rev.is_some() {
        return Err(Failure::tag("before_rev_not_supported"));
    }
    let (id, gone) = match find(&caller.view, &argument.path)? {
        Found::Present(_, node) if !node.is_folder() => (node.id, None),
        Found::Gone(gone) if gone.is_file => (gone.id, Some(gone)),
        Found::Root | Found::Present(..) => return Err(Failure::lookup("not_file")),
        Found::Gone(_) | Found::Nothing => return Err(Failure::lookup("not_found")),
    };
    let lens = caller.view.lens();
    // What is gone from one path may be alive at another.
    let mut namespace = caller.account.namespace();
    let gone = gone.filter(|_| !by_id || namespace.by_id(id).is_none());
    let history = namespace.tree().history(id);
    let mut newest: Vec<&Revision> = history.iter().rev().collect();
    if !by_id {
        let last = newest.first().map(|revision| path::lower(&revision.path_display));
        let wanted = gone.as_ref().map(|gone| path::lower(&gone.path_display)).or(last);
        newest.retain(|revision| Some(path::lower(&revision.path_display)) == wanted);
    }
    if let Some(before) = &argument.before_rev {
        let at = newest.iter().position(|revision| revision.file.rev.text() == *before);
        let at = at.ok_or_else(|| Failure::tag("invalid_before_rev"))?;
        newest.drain(..=at);
    }
    let page: Vec<Revision> = newest.iter().take(limit).map(|one| Revision::clone(one)).collect();
    let has_more = newest.len() > limit;
    drop(namespace);
    let restorable = argument.include_restorable_info.unwrap_or_default();
    let restorable = restorable.then_some(&caller.account);
    Ok(Reply::Json(revisions_body(id, &lens, &page, has_more, gone.as_ref(), restorable)?))
}

fn revisions_body(
    id: NodeId,
    lens: &Lens,
    page: &[Revision],
    has_more: bool,
    gone: Option<&Gone>,
    restorable: Option<&Arc<Account>>,
) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    body.extend(format!("{{\"is_deleted\":{}", gone.is_some()).as_bytes());
    if let Some(gone) = gone {
        body.extend(format!(",\"server_deleted\":\"{}\"", clock::text(gone.at)).as_bytes());
    }
    body.extend(br#","entries":["#);
    for (number, revision) in page.iter().enumerate() {
        if number > 0 {
            body.push(b',');
        }
        version(&mut body, lens, Tag::Implied, id, revision);
        if let Some(account) = restorable {
            let is_restorable = account.content_of(revision.file.rev)?.is_some();
            body.pop();
            body.extend(format!(",\"is_restorable\":{is_restorable}}}").as_bytes());
        }
    }
    body.extend(format!("],\"has_more\":{has_more}}}").as_bytes());
    Ok(body)
}

/// A version of a file, under the path that it had then.
pub(super) fn version(body: &mut Vec<u8>, lens: &Lens, tag: Tag, id: NodeId, revision: &Revision) {
    let lower = path::lower(&revision.path_display);
    wire::file(body, lens, tag, id, (&lower, &revision.path_display), &revision.file);
}

/// The id of what is at a key, or was last.
pub(super) fn id_at(view: &View, lower: &str) -> Option<NodeId> {
    let mut namespace = view.account.namespace();
    if let Some(item) = namespace.at(lower) {
        return Some(item.node.id);
    }
    namespace.tree().gone_at(lower).map(|gone| gone.id)
}
