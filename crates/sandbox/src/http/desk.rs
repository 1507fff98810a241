//! The API's front desk: which route is meant, who asks, where the argument is, and the answer or
//! the failure as a response. Answers are worked out off the async threads: disks may be slow.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;
use headers::{ContentLength, HeaderMapExt};
use url::form_urlencoded;

use super::call::{Call, caller};
use super::failure::Failure;
use super::files::longpoll;
use super::people;
use super::reply::Reply;
use super::routes::{self, Desk, Style};
use crate::faults::ContentAuthErrors;
use crate::host::Host;
use crate::world::{World, locked};

/// Arguments are small: the largest are batches of a thousand.
const ARGUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most that one upload may bring.
const CONTENT_BYTES_MAX: usize = 150 * 1024 * 1024;

const ARGUMENT_TYPES: [&str; 3] = [
    "application/json",
    "application/json; charset=utf-8",
    "text/plain; charset=dropbox-cors-hack",
];
const CONTENT_TYPES: [&str; 2] =
    ["application/octet-stream", "text/plain; charset=dropbox-cors-hack"];

/// Where an argument was, in the words of error messages.
#[derive(Clone, Copy)]
enum Source {
    Body,
    Header,
    Query,
}

pub(super) async fn call(State(world): State<Arc<World>>, request: Request) -> Response {
    let path = request.uri().path();
    let name = path.strip_prefix("/2/").unwrap_or(path).to_owned();
    let serial = world.next_serial();
    let mut source = Source::Body;
    let (parts, body) = request.into_parts();
    let mut body = Some(body);
    let wraps = routes::host_of(&name) == Host::Content
        && locked(&world.bad_days).quirks().content_auth_errors == ContentAuthErrors::Wrapped;
    match answer(world, &name, parts, &mut body, &mut source).await {
        Ok(response) => response,
        Err(failure) => {
            drain(body).await;
            let failure = if wraps { failure.wrapped() } else { failure };
            failure.response(&name, source.text(), serial)
        }
    }
}

async fn answer(
    world: Arc<World>,
    name: &str,
    parts: Parts,
    body: &mut Option<Body>,
    source: &mut Source,
) -> Result<Response, Failure> {
    let Some(route) = routes::find(name) else {
        return Err(Failure::Text(format!("Unknown API function: \"{name}\"")));
    };
    let Parts { method, uri, mut headers, .. } = parts;
    let query = Query::read(uri.query().unwrap_or_default());
    drop(uri);
    check_method(route.style, &method)?;
    query.authorize(&mut headers);
    let known = match &route.desk {
        Desk::Token(needed, _) => Some(caller(&world, &headers, *needed)?),
        Desk::Either(needed, _) if !people::names_an_app(&world, &headers)? => {
            Some(caller(&world, &headers, Some(*needed))?)
        }
        Desk::Either(..) | Desk::App(_) | Desk::Longpoll => None,
    };
    check_content_type(route.style, &headers)?;
    let body = read(route.style, &headers, body.take().unwrap_or_default()).await?;
    let (argument, content) = match route.style {
        Style::Rpc => (body, Bytes::new()),
        Style::Upload | Style::Download => (in_header(&headers, &query, source)?, body),
    };
    if route.style == Style::Download && !content.is_empty() {
        return Err(not_empty());
    }
    let asked = headers.clone();
    let call = Call { world, headers, argument, content };
    let reply = match (&route.desk, known) {
        (Desk::Token(_, answer), Some(caller)) => {
            let answer = *answer;
            off_thread(move || answer(&call, &caller)).await?
        }
        (Desk::Either(_, answer), known) => {
            let answer = *answer;
            off_thread(move || answer(&call, known.as_ref())).await?
        }
        (Desk::App(answer), _) => answer(&call)?,
        (Desk::Longpoll | Desk::Token(..), _) => return longpoll::wait(&call),
    };
    Ok(reply.response(&asked))
}

/// Reads what nobody wants to know, unless it is much: a connection with something left in it can't
/// be used again, and clients that keep theirs would find it closed.
async fn drain(body: Option<Body>) {
    if let Some(body) = body {
        let _unwanted = to_bytes(body, ARGUMENT_BYTES_MAX).await;
    }
}

async fn off_thread(
    work: impl FnOnce() -> Result<Reply, Failure> + Send + 'static,
) -> Result<Reply, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| {
        tracing::error!(error = %panic, "a call ended with a panic");
        Err(Failure::Internal)
    })
}

fn check_method(style: Style, method: &Method) -> Result<(), Failure> {
    if *method == Method::POST || (style == Style::Download && *method == Method::GET) {
        return Ok(());
    }
    Err(Failure::Request(format!(
        "Your request's HTTP request method is \"{method}\".  This function only accepts the HTTP \
         request method \"POST\"."
    )))
}

/// A body without a type is taken as what it should be; an empty one needs none.
fn check_content_type(style: Style, headers: &HeaderMap) -> Result<(), Failure> {
    let expected: &[&str] = match style {
        Style::Rpc => &ARGUMENT_TYPES,
        Style::Upload => &CONTENT_TYPES,
        Style::Download => return Ok(()),
    };
    let is_empty = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0")
        && !headers.contains_key(header::TRANSFER_ENCODING);
    let given = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let given = String::from_utf8_lossy(given);
    let fits = expected.iter().any(|expected| given.eq_ignore_ascii_case(expected));
    if given.is_empty() || fits || (is_empty && style == Style::Rpc) {
        return Ok(());
    }
    let names: Vec<_> = expected.iter().map(|name| format!("\"{name}\"")).collect();
    Err(Failure::Request(format!(
        "Bad HTTP \"Content-Type\" header: \"{given}\".  Expecting one of {}.",
        names.join(", ")
    )))
}

async fn read(style: Style, headers: &HeaderMap, body: Body) -> Result<Bytes, Failure> {
    let limit = match style {
        Style::Rpc => ARGUMENT_BYTES_MAX,
        Style::Upload => CONTENT_BYTES_MAX,
        Style::Download => 1,
    };
    // What says how long it is need not be read to be refused.
    let length = headers.typed_get::<ContentLength>();
    if length.is_some_and(|ContentLength(length)| length > limit as u64) {
        return Err(too_large(style));
    }
    to_bytes(body, limit).await.map_err(|error| {
        let is_too_large = std::error::Error::source(&error)
            .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>);
        let broken = || Failure::Request("The request body could not be read.".to_owned());
        if is_too_large { too_large(style) } else { broken() }
    })
}

fn too_large(style: Style) -> Failure {
    match style {
        Style::Upload => Failure::tag("payload_too_large"),
        Style::Download => not_empty(),
        Style::Rpc => Failure::Request("The request body is too large.".to_owned()),
    }
}

fn not_empty() -> Failure {
    Failure::Request("The request body is supposed to be empty, but it isn't".to_owned())
}

/// Some clients escape the header, some send UTF-8 as it is; both are read.
fn in_header(headers: &HeaderMap, query: &Query, source: &mut Source) -> Result<Bytes, Failure> {
    if let Some(value) = headers.get("dropbox-api-arg") {
        *source = Source::Header;
        return Ok(Bytes::copy_from_slice(value.as_bytes()));
    }
    if let Some(argument) = &query.argument {
        *source = Source::Query;
        return Ok(Bytes::copy_from_slice(argument.as_bytes()));
    }
    Err(Failure::Request(
        "Must provide HTTP header \"Dropbox-API-Arg\" or URL parameter \"arg\".".to_owned(),
    ))
}

impl Source {
    fn text(self) -> &'static str {
        match self {
            Self::Body => "request body",
            Self::Header => "HTTP header \"Dropbox-API-Arg\"",
            Self::Query => "URL parameter \"arg\"",
        }
    }
}

/// What browsers put into the address, because they can't set headers.
#[derive(Default)]
struct Query {
    argument: Option<String>,
    authorization: Option<String>,
}

impl Query {
    fn read(query: &str) -> Self {
        let mut found = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "arg" => found.argument = Some(value.into_owned()),
                "authorization" => found.authorization = Some(value.into_owned()),
                _ => {}
            }
        }
        found
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        let value = self.authorization.as_ref().and_then(|text| HeaderValue::from_str(text).ok());
        if let Some(value) = value.filter(|_| !headers.contains_key(header::AUTHORIZATION)) {
            headers.insert(header::AUTHORIZATION, value);
        }
    }
}
