//! The style sheet and the icon of the server-rendered pages, in the binary. Their addresses carry
//! a hash of their content, so that browsers may keep them for good.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::header;
use sha2::{Digest, Sha256};

use crate::site::IMMUTABLE;

const CSS: &str = concat!(
    include_str!("../../../../web/src/ui/tokens.css"),
    include_str!("../../static/page.css")
);
const ICON: &str = include_str!("../../static/icon.svg");

/// Digits of the hash in a name: enough to tell apart every version that there will be.
const NAME_DIGITS: usize = 12;

static CSS_NAME: LazyLock<String> = LazyLock::new(|| name("page", CSS, "css"));
static ICON_NAME: LazyLock<String> = LazyLock::new(|| name("icon", ICON, "svg"));

/// The address of the style sheet.
pub(crate) fn sheet() -> String {
    format!("/static/{}", *CSS_NAME)
}

/// The address of the icon.
pub(crate) fn icon() -> String {
    format!("/static/{}", *ICON_NAME)
}

/// One of these files by its name.
pub(crate) fn file(path: &str) -> Option<Response> {
    let (kind, content) = if path == *CSS_NAME {
        ("text/css; charset=utf-8", CSS)
    } else if path == *ICON_NAME {
        ("image/svg+xml", ICON)
    } else {
        return None;
    };
    let kind = (header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    Some(([kind, (header::CACHE_CONTROL, IMMUTABLE)], content).into_response())
}

fn name(stem: &str, content: &str, extension: &str) -> String {
    let digest = hex::encode(Sha256::digest(content));
    format!("{stem}-{digest:.NAME_DIGITS$}.{extension}")
}
