//! A failure as a page: what happened in one sentence, and what to do next.

use askama::Template;
use axum::response::Response;
use http::{StatusCode, header};

use super::render;
use crate::error::Told;

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    title: &'a str,
    message: &'a str,
    code: &'a str,
}

/// The same failure for a reader in front of a browser. The headers of the answer stay.
pub(crate) fn page(failed: Response) -> Response {
    let Some(told) = failed.extensions().get::<Told>() else { return failed };
    let status = failed.status();
    let page = Page { title: title(status), message: &told.error.message, code: told.error.code };
    let mut response = render(status, &page);
    for (name, value) in failed.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    response
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => "There is nothing here",
        StatusCode::UNAUTHORIZED => "Please sign in",
        StatusCode::FORBIDDEN => "This is not allowed",
        StatusCode::GONE => "This link has done its work",
        StatusCode::TOO_MANY_REQUESTS => "Not so fast",
        status if status.is_server_error() => "This did not work",
        _ => "This could not be done",
    }
}
