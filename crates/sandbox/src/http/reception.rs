//! Which host a request means, and whether it may come in. No web site elsewhere may press our
//! buttons or read our pages: neither by a form or a script (the browser says where it comes from),
//! nor by a name of its own that leads to this machine.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;

use super::failure::text_response;
use super::routes::host_of;
use crate::host::Host;

/// Lets in what is for us. The host is among the request's extensions from here on.
pub(super) async fn receive(mut request: Request, next: Next) -> Response {
    let authority = authority(request.uri(), request.headers());
    // HTTP/1.0 knows no hosts; whoever speaks it called this address.
    let host = authority.map_or(Some(Host::Sandbox), |authority| Host::of(without_port(authority)));
    let Some(host) = host else { return stranger() };
    let path = request.uri().path();
    if is_called_by_programs(path) {
        if let Some(refusal) = elsewhere(host, path) {
            return refusal;
        }
    } else if !is_page_of(host, path) {
        return text_response(StatusCode::NOT_FOUND, "There is nothing here.".to_owned());
    } else if !is_ours(request.method(), request.headers(), authority) {
        return stranger();
    }
    request.extensions_mut().insert(host);
    next.run(request).await
}

/// Host and port. HTTP/2 and clients of a proxy put them into the address.
fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let given = || headers.get("host").map(|host| host.to_str().unwrap_or_default());
    uri.authority().map(Authority::as_str).or_else(given)
}

fn without_port(authority: &str) -> &str {
    let port = authority.rfind(':').filter(|at| *at > authority.rfind(']').unwrap_or_default());
    port.map_or(authority, |at| authority.split_at(at).0)
}

fn is_called_by_programs(path: &str) -> bool {
    path.starts_with("/2/") || path.ends_with("/oauth2/token")
}

/// A route on another host than its own.
fn elsewhere(host: Host, path: &str) -> Option<Response> {
    let route = path.strip_prefix("/2/").unwrap_or(path);
    let home = host_of(route);
    if host == Host::Sandbox || host == home {
        return None;
    }
    let text = format!(
        "Incorrect host for API function \"{route}\". You must issue the request to \"{}\".",
        home.name()
    );
    Some(text_response(StatusCode::NOT_FOUND, text))
}

fn is_page_of(host: Host, path: &str) -> bool {
    match host {
        Host::Sandbox => true,
        Host::Web => !path.starts_with("/sandbox/") || path == super::page::STYLE_PATH,
        Host::Api | Host::Content | Host::Notify => false,
    }
}

fn stranger() -> Response {
    let sorry = "The sandbox answers to its own pages and to programs on this machine.";
    text_response(StatusCode::FORBIDDEN, sorry.to_owned())
}

/// What changes something has to come from one of our own pages, or from no browser at all.
fn is_ours(method: &Method, headers: &HeaderMap, authority: Option<&str>) -> bool {
    if method.is_safe() {
        return true;
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // A form on a page without referrer has the origin "null", so the better witness goes first.
    let site = text("sec-fetch-site").map(|site| matches!(site, "same-origin" | "none"));
    let here = format!("//{}", authority.unwrap_or_default());
    site.unwrap_or_else(|| text("origin").is_none_or(|origin| origin.ends_with(&here)))
}
