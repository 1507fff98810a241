//! CONNECT: a client whose proxy this is asks for one of Dropbox's hosts and gets the sandbox. Any
//! other host is refused, and nothing is ever forwarded: what runs against the sandbox can't reach
//! anything else by mistake.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;

use super::{Door, Place};
use crate::host::Host;
use crate::{clock, request_log};

const HTTPS_PORT: u16 = 443;

/// Answers a CONNECT, and serves what comes through the tunnel in a task of its own.
pub(super) fn open(door: &Arc<Door>, request: Request<Incoming>, place: Place) -> Response<Body> {
    let target = request.uri().authority().cloned();
    let known = target.as_ref().filter(|target| target.port_u16() == Some(HTTPS_PORT));
    let known = known.and_then(|target| Host::of_dropbox(target.host()));
    let target = target.map(|target| target.to_string()).unwrap_or_default();
    if known.is_none() {
        note(door, target.clone(), StatusCode::FORBIDDEN);
        return refusal(&target);
    }
    note(door, target, StatusCode::OK);
    let tunnel = Arc::clone(door);
    door.spawn(async move {
        if let Ok(stream) = hyper::upgrade::on(request).await {
            tunnel.secured(TokioIo::new(stream), place).await;
        }
    });
    Response::new(Body::empty())
}

fn refusal(target: &str) -> Response<Body> {
    let text = format!(
        "This proxy leads to a Dropbox sandbox and nowhere else. It knows Dropbox's hosts on port \
         443, and not {target:?}.\n"
    );
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

fn note(door: &Door, target: String, status: StatusCode) {
    door.world.note(request_log::Request {
        at: clock::text(door.world.clock.now_s()),
        method: "CONNECT".to_owned(),
        host: Host::Sandbox.name().to_owned(),
        route: target,
        status: status.as_u16(),
        duration_ms: 0,
        agent: String::new(),
        id: String::new(),
    });
}
