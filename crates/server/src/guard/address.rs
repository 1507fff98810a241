//! How long an address may be. No query that anybody writes comes near; what is longer is refused
//! before it is looked at, whatever route it is for.

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

/// Refuses addresses that are too long.
pub(crate) async fn check(request: Request, next: Next) -> Result<Response, Error> {
    let address = request.uri().path_and_query();
    let length = address.map_or(0, |address| address.as_str().len());
    if length > ADDRESS_BYTES_MAX { Err(TOO_LONG) } else { Ok(next.run(request).await) }
}
