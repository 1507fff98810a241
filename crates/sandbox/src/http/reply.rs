//! What a route answers when all went well: JSON, or content with its description in a header.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use headers::{HeaderMapExt, Range};
use serde::Serialize;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use super::failure::json_response;
use crate::content::Content;

pub(super) enum Reply {
    Json(Vec<u8>),
    Download(Download),
}

pub(super) struct Download {
    /// The JSON for `Dropbox-API-Result`.
    pub(super) result: Vec<u8>,
    /// What changes whenever the content does.
    pub(super) version: String,
    pub(super) size: u64,
    pub(super) content: Content,
}

impl Reply {
    pub(super) fn json(value: &impl Serialize) -> Self {
        Self::Json(serde_json::to_vec(value).unwrap_or_default())
    }

    /// What a route without a result answers.
    pub(super) fn void() -> Self {
        Self::Json(b"null".to_vec())
    }

    pub(super) fn response(self, asked: &HeaderMap) -> Response {
        match self {
            Self::Json(body) => json_response(StatusCode::OK, body),
            Self::Download(download) => download.response(asked),
        }
    }
}

/// Which bytes are wanted.
enum Part {
    All,
    /// From the first up to before the second.
    Some(u64, u64),
    Impossible,
}

impl Download {
    fn response(self, asked: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", self.version);
        let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        if known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
            return empty(StatusCode::NOT_MODIFIED, &[(header::ETAG, tag)]);
        }
        let (status, first, end) = match part(asked, self.size) {
            Part::All => (StatusCode::OK, 0, self.size),
            Part::Some(first, end) => (StatusCode::PARTIAL_CONTENT, first, end),
            Part::Impossible => {
                let range = format!("bytes */{}", self.size);
                return empty(StatusCode::RANGE_NOT_SATISFIABLE, &[(header::CONTENT_RANGE, range)]);
            }
        };
        let Some(body) = body(self.content, first, end - first) else {
            return empty(StatusCode::INTERNAL_SERVER_ERROR, &[]);
        };
        let mut headers = vec![
            (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
            (header::CONTENT_LENGTH, (end - first).to_string()),
            (header::ACCEPT_RANGES, "bytes".to_owned()),
            (header::CACHE_CONTROL, "no-cache".to_owned()),
            (header::ETAG, tag),
            (RESULT, header_safe(&self.result)),
        ];
        if status == StatusCode::PARTIAL_CONTENT {
            let range = format!("bytes {first}-{}/{}", end - 1, self.size);
            headers.push((header::CONTENT_RANGE, range));
        }
        let mut response = empty(status, &headers);
        *response.body_mut() = body;
        response
    }
}

const RESULT: header::HeaderName = header::HeaderName::from_static("dropbox-api-result");

/// One range is served; several at once are not, as with most servers.
fn part(asked: &HeaderMap, size: u64) -> Part {
    let Some(range) = asked.typed_get::<Range>() else { return Part::All };
    let mut ranges = range.satisfiable_ranges(size);
    let (Some(only), None) = (ranges.next(), ranges.next()) else {
        // What can't be satisfied is not among them.
        return if asked.contains_key(header::RANGE) && range_is_single(asked) {
            Part::Impossible
        } else {
            Part::All
        };
    };
    let first = match only.0 {
        std::ops::Bound::Included(first) => first,
        std::ops::Bound::Excluded(before) => before + 1,
        std::ops::Bound::Unbounded => 0,
    };
    let end = match only.1 {
        std::ops::Bound::Included(last) => (last + 1).min(size),
        std::ops::Bound::Excluded(end) => end.min(size),
        std::ops::Bound::Unbounded => size,
    };
    if first < end { Part::Some(first, end) } else { Part::Impossible }
}

fn range_is_single(asked: &HeaderMap) -> bool {
    asked.get(header::RANGE).is_some_and(|range| !range.as_bytes().contains(&b','))
}

fn body(content: Content, first: u64, length: u64) -> Option<Body> {
    Some(match content.skip(first).ok()? {
        Content::Memory(bytes) => {
            Body::from(bytes.slice(..usize::try_from(length).ok()?.min(bytes.len())))
        }
        Content::Disk(file) => {
            let file = tokio::fs::File::from_std(file).take(length);
            Body::from_stream(ReaderStream::with_capacity(file, 64 * 1024))
        }
    })
}

fn empty(status: StatusCode, headers: &[(header::HeaderName, String)]) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name.clone(), value);
        }
    }
    response
}

/// JSON for a header: everything beyond ASCII, and DEL, as `\uXXXX`, with surrogate pairs.
pub(super) fn header_safe(json: &[u8]) -> String {
    let text = String::from_utf8_lossy(json);
    let mut safe = String::with_capacity(text.len());
    for symbol in text.chars() {
        if symbol.is_ascii() && symbol != '\u{7f}' {
            safe.push(symbol);
            continue;
        }
        let mut room = [0; 2];
        let units = symbol.encode_utf16(&mut room).iter();
        safe.extend(units.map(|unit| format!("\\u{unit:04x}")));
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_in_headers_are_ascii_with_surrogate_pairs() {
        assert_eq!(header_safe("\"é😀\u{7f}a\"".as_bytes()), "\"\\u00e9\\ud83d\\ude00\\u007fa\"");
    }
}
