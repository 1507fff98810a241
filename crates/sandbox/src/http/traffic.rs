//! What happens to every request that counts: the request log, the faults that a test ordered, and
//! the request id that Dropbox puts on every reply.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::clock;
use crate::faults::Fault;
use crate::request_log::{self, route};
use crate::world::{World, locked};

pub(super) async fn observe(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().to_string();
    let route = route(request.uri().path()).to_owned();
    let fault = locked(&world.bad_days).take(&route);
    let mut response = match fault {
        Some(fault) => suffer(fault, request, next).await,
        None => next.run(request).await,
    };
    let id = format!("{:032x}", world.next_serial());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-dropbox-request-id"), id);
    }
    let at = clock::text(world.clock.now_s());
    let status = response.status().as_u16();
    world.note(request_log::Request { at, method, route, status });
    response
}

async fn suffer(fault: Fault, request: Request, next: Next) -> Response {
    tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    match fault.status {
        Some(status) => instead(status, fault),
        None => next.run(request).await,
    }
}

fn instead(status: u16, fault: Fault) -> Response {
    let mut response = Response::new(Body::from(fault.body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value))
        {
            headers.insert(name, value);
        }
    }
    response
}
