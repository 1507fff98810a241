//! The API as an `OpenAPI` 3.1 document, read off the table of routes: what a route takes and gives is
//! told by the types of its handler, so that the document cannot say anything else than the code does.
//!
//! ```text
//!  route ──► handler's arguments: Takes ─┐
//!        └─► handler's answer:    Gives ─┴─► Operation ─┐
//!  method, path, access, summary, section ──────────────┴─► Document ──► docs/openapi.json, /api
//! ```
//!
//! What is sent and what is answered have schemas of their own: a member that may be left out of a
//! request is always there in an answer, as null. Where one type goes both ways and its schemas differ,
//! the one of requests is called `…Input`.
//!
//! Not here: the page that shows the document (`pages::api`).

mod document;
mod gives;
mod schemas;
mod takes;

use std::collections::BTreeMap;

use serde_json::Value;

use self::schemas::Schemas;
pub(crate) use self::{
    document::document,
    gives::{As, Bytes, Csv, Events, Html, Text},
    takes::{Described, Parameters, idempotency_key},
};

/// One route while its types tell about it.
pub(crate) struct Description<'a> {
    schemas: &'a mut Schemas,
    operation: Operation,
}

/// What a route takes and gives.
#[derive(Default)]
struct Operation {
    /// Of the query and of headers; those of the path stand in the path.
    parameters: Vec<Value>,
    body: Option<Value>,
    /// By status.
    answers: BTreeMap<String, Value>,
}

/// What a handler takes: an extractor that adds what it reads of the request.
pub(crate) trait Takes {
    /// Whether it takes the caller's own key for the request, and so has its handler remember.
    const WITH_KEY: bool = false;

    /// Reads nothing that a caller sends, unless it says so.
    fn takes(_: &mut Description<'_>) {}
}

/// What a handler answers.
pub(crate) trait Gives {
    /// Adds the answers, by their status.
    fn gives(description: &mut Description<'_>);
}
