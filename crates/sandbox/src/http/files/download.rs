//! `files/download`: the content of a file or of one of its revisions, whole or in part.

use serde::Deserialize;

use super::lookup;
use super::upload::described;
use crate::content::Content;
use crate::edit::Placed;
use crate::http::argument::Pattern;
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, internal};
use crate::http::reply::{Download, Reply};
use crate::http::routes::Outcome;
use crate::identifier::Rev;
use crate::namespace::{File, Mark};
use crate::view::{Found, View};
use crate::wire::{self, Tag};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Argument {
    path: String,
    /// An older way to name a revision.
    rev: Option<String>,
}

pub(super) fn download(call: &Call, caller: &Caller) -> Outcome {
    let argument: Argument = call.argument()?;
    Pattern::ReadPath.check("path", &argument.path)?;
    let rev = argument.rev.as_deref().or_else(|| argument.path.strip_prefix("rev:"));
    let download = if let Some(rev) = rev {
        version(&caller.view, rev)?
    } else {
        current(&caller.view, &file_at(&caller.view, &argument.path)?)?
    };
    Ok(Reply::Download(download))
}

/// The file at an address; a `LookupError` under `path` otherwise.
pub(super) fn file_at(view: &View, address: &str) -> Result<Placed, Failure> {
    match lookup::find(view, address)? {
        Found::Present(lower, node) if !node.is_folder() => Ok((lower, node)),
        Found::Root | Found::Present(..) => Err(Failure::lookup("not_file")),
        Found::Gone(_) | Found::Nothing => Err(Failure::lookup("not_found")),
    }
}

/// A file as it is now, under its own description.
pub(in crate::http) fn current(view: &View, placed: &Placed) -> Result<Download, Failure> {
    let file = placed.1.file().ok_or_else(|| Failure::lookup("not_file"))?;
    check_mark(file)?;
    if wire::is_cloud_document(&placed.0) {
        return Err(Failure::tag("unsupported_file"));
    }
    let content = content(view, placed)?;
    Ok(Download {
        result: described(view, placed),
        version: file.rev.text(),
        size: file.size,
        content,
    })
}

/// What is at a key; a file that is just being replaced is not there.
pub(super) fn content(view: &View, (lower, node): &Placed) -> Result<Content, Failure> {
    let content = view.account.content(lower, node).map_err(|error| internal(&error))?;
    content.ok_or_else(|| Failure::lookup("not_found"))
}

/// What a test has said about a file may keep its content back.
fn check_mark(file: &File) -> Result<(), Failure> {
    match file.mark {
        Some(Mark::Restricted) => Err(Failure::lookup("restricted_content")),
        Some(Mark::Paper) => Err(Failure::tag("unsupported_file")),
        Some(Mark::Locked) | None => Ok(()),
    }
}

fn version(view: &View, rev: &str) -> Result<Download, Failure> {
    let missing = || Failure::lookup("not_found");
    let rev = Rev::parse(rev).ok_or_else(missing)?;
    let found = view.account.namespace().by_rev(rev);
    let (id, revision) = found.ok_or_else(missing)?;
    check_mark(&revision.file)?;
    if wire::is_cloud_document(&crate::path::lower(&revision.path_display)) {
        return Err(Failure::tag("unsupported_file"));
    }
    let content = view.account.content_of(rev).map_err(|error| internal(&error))?;
    let mut result = Vec::new();
    lookup::version(&mut result, &view.lens(), Tag::Implied, id, &revision);
    Ok(Download {
        result,
        version: rev.text(),
        size: revision.file.size,
        content: content.ok_or_else(missing)?,
    })
}
