//! What all pages have in common: a strict content policy, one style sheet, and no script.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use url::Url;

use super::failure::text_response;

/// Every host that has pages has this.
pub(super) const STYLE_PATH: &str = "/sandbox/style.css";
const STYLE: &str = include_str!("../../templates/style.css");

pub(super) async fn style() -> Response {
    let mut response = Response::new(Body::from(STYLE));
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// A page whose forms may lead to the sandbox alone.
pub(super) fn html(status: StatusCode, template: &impl Template) -> Response {
    html_towards(status, template, None)
}

/// A page with a form that ends, through redirects, at an app. Browsers hold those to the policy.
pub(super) fn html_towards(
    status: StatusCode,
    template: &impl Template,
    target: Option<&Url>,
) -> Response {
    let Ok(text) = template.render() else {
        let sorry = "The sandbox could not write this page.".to_owned();
        return text_response(StatusCode::INTERNAL_SERVER_ERROR, sorry);
    };
    let target = target.map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' {target}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// `303 See other`, or `302 Found` where Dropbox sends that.
pub(super) fn redirect(status: StatusCode, to: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    match HeaderValue::from_str(to) {
        Ok(to) => {
            response.headers_mut().insert(header::LOCATION, to);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
