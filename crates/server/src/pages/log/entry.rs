//! The page of one entry of the log: its bytes, and the proof that it is there. It never says, and
//! cannot lead to, the asset or event that it belongs to: nobody can list what is public.

use askama::Template;
use axum::{
    extract::{Path, State as Shared},
    response::Redirect,
};
use http::StatusCode;
use ledger::{ProvedEntry, entry::Policy};
use schemars::JsonSchema;
use serde::Deserialize;
use tlog::leaf_hash;

use super::{counted, entry_url, log_url, recipe::recipe};
use crate::{
    State as Instance,
    error::Error,
    openapi::{As, Html},
    pages::{
        render,
        words::{Moment, grouped},
    },
    query::Strict,
};

const NO_SUCH_ENTRY: Error = Error::Protocol {
    status: StatusCode::NOT_FOUND,
    code: "not_found",
    message: "The log has no entry with this number, at least not yet. The page of the log at /log \
              says how many it has; they are counted from 0.",
};

/// What the form on the page of the log sends.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The entry's number, from 0.
    index: String,
}

#[derive(Template)]
#[template(path = "log_entry.html")]
struct Page {
    origin: String,
    vkey: String,
    url: String,
    number: String,
    /// What the log says of itself, where the entry is that.
    policy: Option<String>,
    length: usize,
    bytes: String,
    leaf: String,
    covered: Moment,
    covered_size: String,
    newest: Moment,
    newest_size: String,
    root_hex: String,
    root: String,
    path: Vec<String>,
    recipe: String,
    previous: Option<String>,
    next: Option<String>,
}

pub(super) async fn page(
    Shared(instance): Shared<Instance>,
    Path(index): Path<String>,
) -> Result<As<Html>, Error> {
    let index = canonical(&index).ok_or(NO_SUCH_ENTRY)?;
    let entry = instance.ledger.log_entry(index).await?.ok_or(NO_SUCH_ENTRY)?;
    Ok(render(StatusCode::OK, &Page::new(&instance, &entry)).into())
}

/// Leads to the page of the entry that was asked for, however its number was written.
pub(super) async fn find(Strict(wanted): Strict<Wanted>) -> Result<Redirect, Error> {
    let digits: String =
        wanted.index.chars().filter(|c| !" ,.'\u{a0}\u{202f}".contains(*c)).collect();
    let index = digits.parse().map_err(|_| {
        Error::BadQuery(
            "That is not the number of an entry. Enter digits, such as 18204.".to_owned(),
        )
    })?;
    Ok(Redirect::to(&entry_url(index)))
}

/// An entry has one address, so its number has one spelling.
fn canonical(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|index| index.to_string() == text)
}

impl Page {
    fn new(instance: &Instance, entry: &ProvedEntry) -> Self {
        let ProvedEntry { index, bytes, path, newest, covered } = entry;
        let next = index + 1;
        Self {
            origin: instance.ledger.origin(),
            vkey: instance.ledger.log_key().to_string(),
            url: log_url(instance),
            number: grouped(*index),
            policy: Policy::parse(bytes).ok().map(|policy| policy.to_string()),
            length: bytes.len(),
            bytes: hex::encode(bytes),
            leaf: hex::encode(leaf_hash(bytes).0),
            covered: Moment::new(covered.at),
            covered_size: counted(covered.size),
            newest: Moment::new(newest.at),
            newest_size: counted(newest.size),
            root_hex: hex::encode(newest.root.0),
            root: newest.root.to_string(),
            path: path.iter().map(|hash| hex::encode(hash.0)).collect(),
            recipe: recipe(entry),
            previous: index.checked_sub(1).map(entry_url),
            next: (next < newest.size).then(|| entry_url(next)),
        }
    }
}
