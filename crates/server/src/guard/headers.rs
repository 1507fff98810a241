//! Security headers on every answer, failures included.
//!
//! The server-rendered pages run no script at all, so their policy allows none. The built pages run
//! their own files and one WebAssembly module (SHA-256), nothing inline and nothing from elsewhere.

use axum::{
    extract::{Request, State as Shared},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::State;

const STATIC_PAGE: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// For the built pages and for the workers that they start, which take the policy of their file.
pub(crate) const SCRIPTED_PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
     connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, STATIC_PAGE),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not no-referrer: that would blank the Origin of our own forms, which the cross-site check
    // reads.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Adds what is missing; a handler that set its own value keeps it.
pub(crate) async fn secure(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        keep_or_set(headers, name, value);
    }
    keep_or_set(headers, header::CACHE_CONTROL, "no-store");
    if state.config.is_https() {
        keep_or_set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

fn keep_or_set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
