//! What all pages have in common: a strict content policy, one style sheet, no script, and the
//! refusal of requests that another web site made a browser send.

use askama::Template;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use url::Url;

use super::failure::text_response;

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

/// No web site elsewhere may press our buttons or read our pages: neither by a form or a script
/// (the browser says where it comes from), nor by a name of its own that leads to this machine.
pub(super) async fn refuse_strangers(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_api = path.starts_with("/2/") || path.ends_with("/oauth2/token");
    if is_api || is_ours(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let sorry = "The sandbox answers to its own pages and to programs on this machine.";
    text_response(StatusCode::FORBIDDEN, sorry.to_owned())
}

fn is_ours(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(host) = text("host") else { return true };
    // A bare IP address or localhost can't be pointed here by somebody else's name server.
    let url = Url::parse(&format!("http://{host}/")).ok();
    let known = match url.as_ref().and_then(Url::host) {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(_) => true,
        None => false,
    };
    if method.is_safe() {
        return known;
    }
    // A form on a page without referrer has the origin "null", so the better witness goes first.
    let origin = || text("origin").is_none_or(|origin| origin.ends_with(&format!("//{host}")));
    let site = text("sec-fetch-site").map(|site| matches!(site, "same-origin" | "none"));
    known && site.unwrap_or_else(origin)
}
