//! What stands in for pages that were not built.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::render;

#[derive(Template)]
#[template(path = "placeholder.html")]
struct Page;

pub(crate) fn page() -> Response {
    render(StatusCode::OK, &Page)
}
