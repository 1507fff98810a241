//! `files/paper/…`: documents that are written in the browser. Here they are the text that was sent.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::changes::existing;
use super::download::content;
use super::upload::writable;
use crate::content::Incoming;
use crate::edit::{Editor, Placed, Wish};
use crate::http::argument::Union;
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, internal, trouble};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::path::Location;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    path: String,
    import_format: Union,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    path: String,
    import_format: Union,
    doc_update_policy: Union,
    paper_revision: Option<usize>,
}

pub(super) fn create(call: &Call, caller: &Caller) -> Outcome {
    let argument: Create = call.argument()?;
    check_format(&argument.import_format)?;
    let place = writable(&caller.view, "path", &argument.path, "path");
    let place = place.map_err(|failure| match failure {
        Failure::Endpoint(_) => Failure::tag("invalid_path"),
        other => other,
    })?;
    if !is_paper(&place.lower) {
        return Err(Failure::tag("invalid_file_extension"));
    }
    let wish = Wish { autorename: true, ..Wish::overwrite(None) };
    let placed =
        write(caller, &place, &call.content, &Wish { mode: crate::edit::Mode::Add, ..wish })?;
    Ok(Reply::json(&json!({
        "url": format!("{}scl/fi/{}", call.world.url, placed.1.id.text()),
        "result_path": caller.view.frame().strip(&placed.1.path_display),
        "file_id": placed.1.id.text(),
        "paper_revision": revision(caller, &placed),
    })))
}

pub(super) fn update(call: &Call, caller: &Caller) -> Outcome {
    let argument: Update = call.argument()?;
    check_format(&argument.import_format)?;
    let placed = existing(&caller.view, "path", &argument.path, "path")?;
    if !is_paper(&placed.0) {
        return Err(Failure::lookup("unsupported_content_type"));
    }
    let before = content(&caller.view, &placed)?.bytes().map_err(|error| internal(&error))?;
    let content: Bytes = match argument.doc_update_policy.tag.as_str() {
        "overwrite" => call.content.clone(),
        "append" => [before, call.content.clone()].concat().into(),
        "prepend" => [call.content.clone(), before].concat().into(),
        "update" if argument.paper_revision == Some(revision(caller, &placed)) => {
            call.content.clone()
        }
        "update" => return Err(Failure::tag("revision_mismatch")),
        _ => {
            let text = format!("doc_update_policy: {}", argument.doc_update_policy.unknown());
            return Err(Failure::Argument(text));
        }
    };
    let place = Location { display: placed.1.path_display.clone(), lower: placed.0 };
    let written = write(caller, &place, &content, &Wish::overwrite(None))?;
    Ok(Reply::json(&json!({ "paper_revision": revision(caller, &written) })))
}

fn check_format(format: &Union) -> Result<(), Failure> {
    let known = matches!(format.tag.as_str(), "html" | "markdown" | "plain_text" | "other");
    let unknown = || Failure::Argument(format!("import_format: {}", format.unknown()));
    if known { Ok(()) } else { Err(unknown()) }
}

fn write(
    caller: &Caller,
    place: &Location,
    content: &Bytes,
    wish: &Wish,
) -> Result<Placed, Failure> {
    let content = Incoming::of(content.clone());
    let written = Editor::begin(&caller.account).write(place, &content, wish);
    written.map_err(|error| trouble(error, "path"))
}

/// Documents count their versions.
fn revision(caller: &Caller, placed: &Placed) -> usize {
    caller.account.namespace().tree().history(placed.1.id).len()
}

/// By the key, which is in lower case.
fn is_paper(lower: &str) -> bool {
    lower.rsplit_once('.').is_some_and(|(_, ending)| ending == "paper")
}
