//! Leave for scripts on the pages of other sites to read an answer: whoever writes a verifier that
//! runs in a browser needs the bytes of the log. Nothing else is shared, and nothing with cookies.

use std::time::Duration;

use http::{HeaderName, Method, header};
use tower_http::cors::{Any, CorsLayer};

/// How long a browser may remember the leave.
const REMEMBERED: Duration = Duration::from_hours(24);

/// What a script needs to see of an answer beyond what every script sees.
const EXPOSED: [HeaderName; 3] = [header::ACCEPT_RANGES, header::CONTENT_RANGE, header::ETAG];

/// Answers the browser's question before the request, and says in each answer that it is for all.
pub(crate) fn layer() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([header::IF_NONE_MATCH, header::IF_RANGE, header::RANGE])
        .expose_headers(EXPOSED)
        .max_age(REMEMBERED)
        // The same for all who ask, so a cache need not keep an answer for each of them.
        .vary([])
}
