//! How long an address may be, and what no address may hold. No query that anybody writes comes near;
//! what is longer is refused before it is looked at, whatever route it is for.

use axum::{extract::Request, middleware::Next, response::Response};
use http::StatusCode;

use crate::error::Error;

/// The longest path with its query. A page token repeats the query that it continues.
pub(crate) const ADDRESS_BYTES_MAX: usize = 32 * 1024;

const TOO_LONG: Error = Error::Protocol {
    status: StatusCode::URI_TOO_LONG,
    code: "address_too_long",
    message: "The address is longer than any that Proofbox takes. Ask for less at once.",
};

const WITH_NOTHING: Error = Error::Protocol {
    status: StatusCode::BAD_REQUEST,
    code: "bad_query",
    message: "The address holds %00. No text holds U+0000; leave it out.",
};

/// Refuses addresses that are too long, and those with a character that no database has to keep.
pub(crate) async fn check(request: Request, next: Next) -> Result<Response, Error> {
    let address = request.uri().path_and_query().map_or("", |address| address.as_str());
    if address.len() > ADDRESS_BYTES_MAX {
        return Err(TOO_LONG);
    }
    if address.contains("%00") {
        return Err(WITH_NOTHING);
    }
    Ok(next.run(request).await)
}
