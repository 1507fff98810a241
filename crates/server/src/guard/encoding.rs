//! What compression does to a tag. A strong tag promises the same bytes, and a compressed answer
//! has others than the plain one, so it gets the weak tag: still good to ask whether anything
//! changed, no longer good to ask for a part.

use axum::response::Response;
use http::{HeaderValue, header};

/// Makes the tag of an encoded answer weak, where it has one.
pub(crate) async fn weaken(mut response: Response) -> Response {
    let headers = response.headers();
    let tag = headers.get(header::ETAG).filter(|_| headers.contains_key(header::CONTENT_ENCODING));
    if let Some(weak) = tag.and_then(weak) {
        response.headers_mut().insert(header::ETAG, weak);
    }
    response
}

fn weak(tag: &HeaderValue) -> Option<HeaderValue> {
    let strong = tag.to_str().ok().filter(|tag| tag.starts_with('"'))?;
    HeaderValue::try_from(format!("W/{strong}")).ok()
}
