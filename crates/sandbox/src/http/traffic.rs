//! What happens to every request that counts: the request log, the faults that a test ordered, and
//! the request id that Dropbox puts on every reply.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{StreamExt, stream};

use super::pending::then;
use crate::clock;
use crate::faults::Fault;
use crate::host::Host;
use crate::request_log::{self, route};
use crate::world::{World, locked};

/// How long a body that breaks off hangs in the air before.
const CUT_PAUSE: Duration = Duration::from_millis(50);
/// Of what a client calls itself, so much is remembered.
const AGENT_CHARACTERS_MAX: usize = 200;

pub(super) async fn observe(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let method = request.method().to_string();
    let route = route(request.uri().path()).to_owned();
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default().chars().take(AGENT_CHARACTERS_MAX).collect();
    let host = request.extensions().get::<Host>().copied().unwrap_or(Host::Sandbox);
    let response = weathered(&world, &route, request, next).await;
    then(response, move |mut response| {
        let id = format!("{:032x}", world.next_serial());
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HeaderName::from_static("x-dropbox-request-id"), id);
        }
        world.note(request_log::Request {
            at: clock::text(world.clock.now_s()),
            method,
            host: host.name().to_owned(),
            route,
            status: response.status().as_u16(),
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            agent,
            id,
        });
        response
    })
}

/// The answer as it comes on a day like this.
async fn weathered(world: &World, route: &str, request: Request, next: Next) -> Response {
    let (fault, delay) = {
        let mut days = locked(&world.bad_days);
        (days.take(route), days.quirks().delay(world.next_serial()))
    };
    let is_api = request.uri().path().starts_with("/2/");
    if is_api && !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match fault {
        Some(fault) => suffer(fault, request, next).await,
        None => next.run(request).await,
    }
}

async fn suffer(fault: Fault, request: Request, next: Next) -> Response {
    tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    let fault = match fault.like {
        Some(trouble) => trouble.put_into(fault),
        None => fault,
    };
    let cut_after = fault.cut_after;
    let response = match fault.status {
        Some(status) => instead(status, fault),
        None => next.run(request).await,
    };
    match cut_after {
        Some(bytes) => then(response, move |response| response.map(|body| cut(body, bytes))),
        None => response,
    }
}

/// The beginning of a body; then its connection breaks.
fn cut(body: Body, bytes: u64) -> Body {
    let mut left = usize::try_from(bytes).unwrap_or(usize::MAX);
    let begun = body.into_data_stream().map(move |piece| {
        let mut piece = piece.map_err(io::Error::other)?;
        piece.truncate(left);
        left -= piece.len();
        Ok(piece)
    });
    let end = stream::once(async {
        // Otherwise the connection ends before what came so far is sent.
        tokio::time::sleep(CUT_PAUSE).await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    let kept = begun.take_while(|piece| {
        let more = piece.as_ref().is_ok_and(|piece| !piece.is_empty());
        std::future::ready(more)
    });
    Body::from_stream(kept.chain(end))
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
