//! Other forms of a file: the export of a cloud document, previews and thumbnails. The sandbox makes
//! no pictures, so it says about each file that it can't be converted.

use serde::Deserialize;
use serde_json::{Value, json};

use super::batches::plain;
use super::download::{content, file_at};
use crate::content_hash::ContentHash;
use crate::http::argument::{Pattern, Union, at_most};
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, internal};
use crate::http::reply::{Download, Reply};
use crate::http::routes::Outcome;
use crate::path;
use crate::{content::Content, wire};

const THUMBNAILS_MAX: usize = 25;
const PICTURES: [&str; 8] = ["jpg", "jpeg", "png", "tiff", "tif", "gif", "webp", "bmp"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    path: String,
    export_format: Option<String>,
}

/// The text of a cloud document.
pub(super) fn export(call: &Call, caller: &Caller) -> Outcome {
    let argument: Export = call.argument()?;
    Pattern::ReadPath.check("path", &argument.path)?;
    let view = &caller.view;
    let placed = file_at(view, &argument.path)?;
    if !wire::is_cloud_document(&placed.0) {
        return Err(Failure::tag("non_exportable"));
    }
    let format = argument.export_format.as_deref().unwrap_or("html");
    let ending = match format {
        "html" => "html",
        "markdown" => "md",
        _ => return Err(Failure::tag("invalid_export_format")),
    };
    let text = content(view, &placed)?.bytes().map_err(|error| internal(&error))?;
    let name = placed.1.name();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let hash = ContentHash::of(&text).to_string();
    let result = json!({
        "export_metadata": {
            "name": format!("{stem}.{ending}"),
            "size": text.len(),
            "export_hash": hash,
        },
        "file_metadata": plain(view, &placed)?,
    });
    Ok(Reply::Download(Download {
        result: result.to_string().into_bytes(),
        version: hash,
        size: text.len() as u64,
        content: Content::Memory(text),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct Preview {
    path: String,
    rev: Option<String>,
}

pub(super) fn preview(call: &Call, caller: &Caller) -> Outcome {
    let argument: Preview = call.argument()?;
    Pattern::ReadPath.check("path", &argument.path)?;
    file_at(&caller.view, &argument.path)?;
    Err(Failure::tag("unsupported_extension"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct Thumbnail {
    path: String,
    format: Option<Union>,
    size: Option<Union>,
    mode: Option<Union>,
    quality: Option<Union>,
    exclude_media_info: Option<bool>,
}

pub(super) fn thumbnail(call: &Call, caller: &Caller) -> Outcome {
    let argument: Thumbnail = call.argument()?;
    Err(no_picture(caller, &argument.path))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct ThumbnailOf {
    resource: Union,
    format: Option<Union>,
    size: Option<Union>,
    mode: Option<Union>,
    quality: Option<Union>,
    exclude_media_info: Option<bool>,
    preserve_transparency: Option<bool>,
}

pub(super) fn thumbnail_of(call: &Call, caller: Option<&Caller>) -> Outcome {
    let argument: ThumbnailOf = call.argument()?;
    Err(match argument.resource.tag.as_str() {
        "path" => {
            let caller = caller.ok_or_else(|| Failure::tag("access_denied"))?;
            let path = argument.resource.text();
            no_picture(
                caller,
                &path.map_err(|text| Failure::Argument(format!("resource: {text}")))?,
            )
        }
        "link" => Failure::tag("unsupported_image"),
        _ => Failure::Argument(format!("resource: {}", argument.resource.unknown())),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThumbnailBatch {
    entries: Vec<Thumbnail>,
}

pub(super) fn thumbnails(call: &Call, caller: &Caller) -> Outcome {
    let argument: ThumbnailBatch = call.argument()?;
    if at_most("entries", argument.entries.len(), THUMBNAILS_MAX).is_err() {
        return Err(Failure::tag("too_many_files"));
    }
    let entry = |entry: &Thumbnail| match no_picture(caller, &entry.path) {
        Failure::Endpoint(error) => Ok(json!({ ".tag": "failure", "failure": error })),
        other => Err(other),
    };
    let entries = argument.entries.iter().map(entry).collect::<Result<Vec<Value>, _>>()?;
    Ok(Reply::json(&json!({ "entries": entries })))
}

/// Why there is no small picture of a file.
fn no_picture(caller: &Caller, address: &str) -> Failure {
    let found =
        Pattern::ReadPath.check("path", address).and_then(|()| file_at(&caller.view, address));
    match found {
        Err(failure) => failure,
        Ok((lower, _)) => {
            let ending = path::name(&lower).rsplit_once('.').map_or("", |(_, ending)| ending);
            let is_picture = PICTURES.contains(&ending);
            Failure::tag(if is_picture { "unsupported_image" } else { "unsupported_extension" })
        }
    }
}
