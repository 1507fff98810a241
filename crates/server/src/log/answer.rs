//! Bytes in memory as an answer over HTTP: a strong tag, 304 for whoever has them already, and a
//! part of them for whoever asks for a part (RFC 9110, sections 13 and 14).
//!
//! Compression is not done here. Whoever compresses an answer makes its tag a weak one; see
//! `guard::encoding`.

use axum::response::{IntoResponse, Response};
use headers::{AcceptRanges, ETag, HeaderMapExt, IfNoneMatch, IfRange};
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use sha2::{Digest, Sha256};

use super::range::{Part, part};
use crate::error::Error;

pub(super) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
pub(super) const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Hexadecimal digits of a tag: 128 bits, so that no two answers of one address ever share one.
const TAG_DIGITS: usize = 32;

/// Any page may embed these bytes, not only read them through a script.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What is sent for these bytes to somebody who asked with these headers.
pub(super) fn answer(
    bytes: Vec<u8>,
    kind: HeaderValue,
    cache: HeaderValue,
    asked: &Parts,
) -> Response {
    let tag = tag(&bytes);
    let mut response = if has_it(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        whole_or_part(bytes, asked, &tag)
    };
    if response.status().is_client_error() {
        return response;
    }
    if response.status().is_success() {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response.headers_mut().typed_insert(AcceptRanges::bytes());
    }
    response.headers_mut().typed_insert(tag);
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response.headers_mut().insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

fn tag(bytes: &[u8]) -> ETag {
    let digest = hex::encode(Sha256::digest(bytes));
    let tag = format!("\"{digest:.TAG_DIGITS$}\"");
    tag.parse().expect("invariant: hexadecimal digits in quotes are a tag")
}

fn has_it(asked: &Parts, tag: &ETag) -> bool {
    asked.headers.typed_get::<IfNoneMatch>().is_some_and(|known| !known.precondition_passes(tag))
}

fn whole_or_part(mut bytes: Vec<u8>, asked: &Parts, tag: &ETag) -> Response {
    let length = bytes.len();
    match part_asked_for(asked, length, tag) {
        Part::Whole => bytes.into_response(),
        Part::Of(range) => {
            let place = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            bytes.truncate(range.end);
            let bytes = bytes.split_off(range.start);
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, place)], bytes).into_response()
        }
        Part::Outside => outside(length),
    }
}

/// In plain text, and carrying what it says, so that it is not given another form on its way out.
fn outside(length: usize) -> Response {
    const REFUSED: Error = Error::Protocol {
        status: StatusCode::RANGE_NOT_SATISFIABLE,
        code: "range_not_satisfiable",
        message: "The range begins behind the end. Ask for bytes that are there.",
    };
    let headers = [
        (header::CONTENT_RANGE, format!("bytes */{length}")),
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let told = REFUSED.tell();
    let say = format!("{}\n", told.error.message);
    let mut response = (StatusCode::RANGE_NOT_SATISFIABLE, headers, say).into_response();
    response.extensions_mut().insert(told);
    response
}

/// A part of another version than the one that the asker has begun to read would be a trap, and so
/// would be one for a condition that we cannot read. Parts are defined for GET alone.
fn part_asked_for(asked: &Parts, length: usize, tag: &ETag) -> Part {
    let is_same_version = match asked.headers.typed_try_get::<IfRange>() {
        Ok(condition) => condition.is_none_or(|version| !version.is_modified(Some(tag), None)),
        Err(_) => false,
    };
    if !is_same_version || asked.method != Method::GET {
        return Part::Whole;
    }
    let range = asked.headers.get(header::RANGE);
    range.and_then(|range| range.to_str().ok()).map_or(Part::Whole, |range| part(range, length))
}
