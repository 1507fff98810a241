//! One line per request for whoever looks for one, at the level of debugging: the route as it
//! stands in the table, never the path, the query or the caller. A path may hold a sign-in token,
//! and a query says what somebody looked up.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use tokio::time::Instant;

/// Notes the request when its answer begins.
pub(crate) async fn note(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let begun = Instant::now();
    let response = next.run(request).await;
    tracing::debug!(
        http.method = %method,
        http.route = route.as_ref().map_or("none", MatchedPath::as_str),
        http.status = response.status().as_u16(),
        duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        "Answered"
    );
    response
}
