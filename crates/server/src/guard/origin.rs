//! The cross-site check, without tokens in forms: browsers say where a request comes from, and a
//! request that changes something must come from our own pages.
//!
//! Clients that are no browser send neither header and carry no cookie of a victim, so they pass.

use axum::{
    extract::{Request, State as Shared},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, Method, header};

use crate::{Config, State, error::Error};

/// Refuses requests that would change something on behalf of another site.
pub(crate) async fn check(
    Shared(state): Shared<State>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    if is_safe(request.method()) || is_ours(request.headers(), &state.config) {
        Ok(next.run(request).await)
    } else {
        Err(Error::CrossSite)
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn is_ours(headers: &HeaderMap, config: &Config) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    match headers.get(header::ORIGIN).map(|origin| origin.to_str()) {
        None => true,
        Some(Ok(origin)) => is_public_origin(origin, config) || is_host(origin, headers),
        Some(Err(_)) => false,
    }
}

fn is_public_origin(origin: &str, config: &Config) -> bool {
    config.public_url.origin().ascii_serialization() == origin
}

/// An instance may answer under more names than its public one, such as 127.0.0.1 and localhost.
fn is_host(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let named = origin.split_once("://").map(|(_, named)| named);
    host.is_some() && host == named
}
