//! `riviera/…`: text, pictures, metadata and transcripts of files, which Dropbox's converters make. Here are
//! no converters: every job ends at once, and says that the file is not there, is a folder, or has a format
//! that can't be read.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::argument::Union;
use super::call::{Call, Caller};
use super::failure::Failure;
use super::files::{check, find, later};
use super::routes::{Outcome, Route, download, rpc};
use crate::access::Permission::FilesContentRead;
use crate::view::{Found, View};

pub(super) const ROUTES: &[Route] = &[
    rpc("riviera/get_keyframes_async", FilesContentRead, start::<Keyframes>),
    rpc("riviera/get_keyframes_async/check", FilesContentRead, check),
    rpc("riviera/get_markdown_async", FilesContentRead, start::<Markdown>),
    rpc("riviera/get_markdown_async/check", FilesContentRead, check),
    rpc("riviera/get_metadata_async", FilesContentRead, start::<Plain>),
    rpc("riviera/get_metadata_async/check", FilesContentRead, check),
    rpc("riviera/get_ocr_async", FilesContentRead, start::<Plain>),
    rpc("riviera/get_ocr_async/check", FilesContentRead, check),
    rpc("riviera/get_text_async", FilesContentRead, start::<Plain>),
    rpc("riviera/get_text_async/check", FilesContentRead, check),
    rpc("riviera/get_transcript_async", FilesContentRead, start::<Transcript>),
    rpc("riviera/get_transcript_async/check", FilesContentRead, check),
    rpc("riviera/get_transform_async", FilesContentRead, start::<Conversion>),
    rpc("riviera/get_transform_async/check", FilesContentRead, check),
    download("riviera/download_transform_output", FilesContentRead, output),
];

/// What is to be converted, and how its refusal is called.
trait Order: DeserializeOwned {
    const REFUSED: &str = "unsupported_format_error";

    fn file(&self) -> Option<&Union>;
}

/// Keeps what becomes of the order, for whoever asks about the job.
fn start<T: Order>(call: &Call, caller: &Caller) -> Outcome {
    let order: T = call.argument()?;
    let failed = match order.file() {
        Some(file) => why_not(&caller.view, file, T::REFUSED)?,
        None => json!({ ".tag": "user_error", "user_error": "file_id_or_url is not set" }),
    };
    later(call, caller, json!({ ".tag": "failed", "failed": failed }))
}

fn why_not(view: &View, file: &Union, refused: &str) -> Result<Value, Failure> {
    let bad = |text| Failure::Argument(format!("file_id_or_url: {text}"));
    let address = match file.tag.as_str() {
        "path" | "file_id" | "url" => file.text().map_err(bad)?,
        _ => return Err(bad(file.unknown())),
    };
    // The sandbox fetches nothing: behind a URL is nothing.
    let found = if file.tag == "url" { Ok(Found::Nothing) } else { find(view, &address) };
    Ok(json!({ ".tag": match found {
        Ok(Found::Present(_, node)) if !node.is_folder() => refused,
        Ok(Found::Present(..) | Found::Root) => "is_a_folder_error",
        Ok(Found::Gone(_) | Found::Nothing) | Err(_) => "not_found_error",
    } }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fetch {
    #[serde(rename = "output_handle")]
    _output_handle: String,
}

/// No job has left anything.
fn output(call: &Call, _: &Caller) -> Outcome {
    let Fetch { .. } = call.argument()?;
    Err(Failure::tag("expired_handle_error"))
}

/// Declares orders of which every field is named, since Dropbox refuses others.
macro_rules! orders {
    ($($name:ident { $($field:ident: $kind:ty),* } $($refused:literal)?)*) => {$(
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
        struct $name { file_id_or_url: Option<Union>, $($field: $kind),* }

        impl Order for $name {
            $(const REFUSED: &str = $refused;)?

            fn file(&self) -> Option<&Union> {
                self.file_id_or_url.as_ref()
            }
        }
    )*};
}

orders! {
    Keyframes { scene_change_threshold: Option<f64>, include_images: Option<bool> }
    Markdown { enable_ocr: Option<bool>, embed_images: Option<bool> }
    Transcript {
        timestamp_level: Option<Union>, included_special_words: Option<String>,
        audio_language: Option<String>
    } "no_audio_error"
    Conversion {
        transform_type: Union, thumbnail: Option<Thumbnail>, image: Option<Image>,
        video_frame: Option<VideoFrame>
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    file_id_or_url: Option<Union>,
}

impl Order for Plain {
    fn file(&self) -> Option<&Union> {
        self.file_id_or_url.as_ref()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct Thumbnail {
    size: Option<Union>,
    mode: Option<Union>,
    format: Option<Union>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct Image {
    page_number: Option<i64>,
    scale_percent: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct VideoFrame {
    offset_in_seconds: Option<f64>,
    scale_percent: Option<f64>,
}
