//! What is at an address, and what it was: `files/get_metadata` and `files/list_revisions`.

use serde::Deserialize;

use super::call::Call;
use super::failure::Failure;
use crate::access::Permission;
use crate::account::Account;
use crate::clock;
use crate::identifier::{NodeId, Rev};
use crate::namespace::{Gone, Item, Node, Revision};
use crate::path::{self, Location};
use crate::wire::{self, Tag};

const REVISIONS_USUAL: usize = 10;
const REVISIONS_MAX: usize = 100;
const PATTERN: &str = "(/(.|[\\r\\n])*)?|id:.*|(ns:[0-9]+(/(.|[\\r\\n])*)?)";

/// What an address leads to.
pub(super) enum Found {
    Root,
    Present(String, Node),
    Gone(Gone),
    Nothing,
}

/// Follows a path, `id:…`, `id:…/below` or `ns:…/below`.
pub(super) fn find(account: &Account, address: &str) -> Result<Found, Failure> {
    if let Some(rest) = address.strip_prefix("id:") {
        let (id, below) = split(rest);
        return NodeId::parse(id).map_or(Ok(Found::Nothing), |id| below_id(account, id, below));
    }
    if let Some(rest) = address.strip_prefix("ns:") {
        let (number, below) = split(rest);
        let ours = number == account.number.to_string();
        return if ours { at(account, below) } else { Ok(Found::Nothing) };
    }
    if !address.is_empty() && !address.starts_with('/') {
        return Err(Failure::Argument(format!(
            "request body: path: '{address}' did not match pattern '{PATTERN}'"
        )));
    }
    at(account, address)
}

fn split(address: &str) -> (&str, &str) {
    let end = address.find('/').unwrap_or(address.len());
    address.split_at(end)
}

fn below_id(account: &Account, id: NodeId, below: &str) -> Result<Found, Failure> {
    let mut namespace = account.namespace();
    let Some(item) = namespace.by_id(id) else {
        let gone = namespace.tree().gone_by_id(id).filter(|_| below.is_empty()).cloned();
        return Ok(gone.map_or(Found::Nothing, Found::Gone));
    };
    if below.is_empty() {
        return Ok(Found::Present(item.lower.to_owned(), item.node.clone()));
    }
    let path = format!("{}{below}", item.lower);
    drop(namespace);
    at(account, &path)
}

fn at(account: &Account, address: &str) -> Result<Found, Failure> {
    let location = Location::parse(address).map_err(|_| Failure::lookup("malformed_path"))?;
    if location.lower.is_empty() {
        return Ok(Found::Root);
    }
    let mut namespace = account.namespace();
    if let Some(item) = namespace.at(&location.lower) {
        return Ok(Found::Present(item.lower.to_owned(), item.node.clone()));
    }
    let gone = namespace.tree().gone_at(&location.lower).cloned();
    Ok(gone.map_or(Found::Nothing, Found::Gone))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct GetMetadata {
    path: String,
    include_media_info: Option<bool>,
    include_deleted: Option<bool>,
    include_has_explicit_shared_members: Option<bool>,
    include_property_groups: Option<serde_json::Value>,
}

pub(super) fn metadata(call: &Call<'_>) -> Result<Vec<u8>, Failure> {
    let caller = call.caller(Some(Permission::FilesMetadataRead))?;
    let argument: GetMetadata = call.argument()?;
    let mut body = Vec::new();
    if let Some(rev) = argument.path.strip_prefix("rev:") {
        let found = Rev::parse(rev).and_then(|rev| caller.account.namespace().by_rev(rev));
        let (id, revision) = found.ok_or_else(|| Failure::lookup("not_found"))?;
        version(&mut body, Tag::Named, id, &revision);
        return Ok(body);
    }
    match find(&caller.account, &argument.path)? {
        Found::Root => {
            let text = "request body: path: The root folder is unsupported.";
            return Err(Failure::Argument(text.to_owned()));
        }
        Found::Present(lower, node) => {
            wire::present(&mut body, Item { lower: &lower, node: &node });
        }
        Found::Gone(gone) if argument.include_deleted.unwrap_or_default() => {
            wire::deleted(&mut body, &path::lower(&gone.path_display), &gone.path_display);
        }
        Found::Gone(_) | Found::Nothing => return Err(Failure::lookup("not_found")),
    }
    Ok(body)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct ListRevisions {
    path: String,
    mode: Option<Mode>,
    limit: Option<usize>,
    before_rev: Option<String>,
    include_restorable_info: Option<bool>,
}

/// A union of void members, which clients also write as a bare string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Mode {
    Bare(String),
    Tagged {
        #[serde(rename = ".tag")]
        tag: String,
    },
}

impl Mode {
    fn is_id(this: Option<Self>) -> Result<bool, Failure> {
        let name = match this {
            None => return Ok(false),
            Some(Self::Bare(name) | Self::Tagged { tag: name }) => name,
        };
        match name.as_str() {
            "path" => Ok(false),
            "id" => Ok(true),
            _ => Err(Failure::Argument(format!("request body: mode: unknown tag '{name}'"))),
        }
    }
}

pub(super) fn revisions(call: &Call<'_>) -> Result<Vec<u8>, Failure> {
    let caller = call.caller(Some(Permission::FilesMetadataRead))?;
    let argument: ListRevisions = call.argument()?;
    let limit = argument.limit.unwrap_or(REVISIONS_USUAL);
    if !(1..=REVISIONS_MAX).contains(&limit) {
        return Err(Failure::Argument(format!(
            "request body: limit: {limit} is not between 1 and 100"
        )));
    }
    let by_id = Mode::is_id(argument.mode)?;
    if by_id && argument.before_rev.is_some() {
        return Err(Failure::tag("before_rev_not_supported"));
    }
    let (id, gone) = match find(&caller.account, &argument.path)? {
        Found::Present(_, node) if !node.is_folder() => (node.id, None),
        Found::Gone(gone) if gone.is_file => (gone.id, Some(gone)),
        Found::Root | Found::Present(..) => return Err(Failure::lookup("not_file")),
        Found::Gone(_) | Found::Nothing => return Err(Failure::lookup("not_found")),
    };
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
    Ok(revisions_body(id, &newest, limit, gone.as_ref()))
}

fn revisions_body(id: NodeId, newest: &[&Revision], limit: usize, gone: Option<&Gone>) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(format!("{{\"is_deleted\":{}", gone.is_some()).as_bytes());
    if let Some(gone) = gone {
        body.extend(format!(",\"server_deleted\":\"{}\"", clock::text(gone.at)).as_bytes());
    }
    body.extend(br#","entries":["#);
    for (number, revision) in newest.iter().take(limit).enumerate() {
        if number > 0 {
            body.push(b',');
        }
        version(&mut body, Tag::Implied, id, revision);
    }
    body.extend(format!("],\"has_more\":{}}}", newest.len() > limit).as_bytes());
    body
}

fn version(body: &mut Vec<u8>, tag: Tag, id: NodeId, revision: &Revision) {
    let lower = path::lower(&revision.path_display);
    wire::file(body, tag, id, &lower, &revision.path_display, &revision.file);
}
