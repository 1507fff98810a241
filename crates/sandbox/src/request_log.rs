//! What was asked of the sandbox lately, and how often each route was called.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

const REQUESTS_KEPT_MAX: usize = 1_000;
const ROUTES_COUNTED_MAX: usize = 1_000;

/// One request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// When it was answered.
    pub at: String,
    /// The HTTP method.
    pub method: String,
    /// Which of Dropbox's hosts was called; `localhost` for the sandbox by its own address.
    pub host: String,
    /// `files/list_folder` for the API, the path without its first slash otherwise.
    pub route: String,
    /// The HTTP status.
    pub status: u16,
    /// How long it took until the answer began.
    pub duration_ms: u64,
    /// What the client calls itself.
    pub agent: String,
    /// The answer's `X-Dropbox-Request-Id`.
    pub id: String,
}

/// Calls per route since the start.
pub type RequestCounts = BTreeMap<String, u64>;

#[derive(Default)]
pub(crate) struct RequestLog {
    requests: VecDeque<Request>,
    counts: RequestCounts,
}

impl RequestLog {
    pub(crate) fn record(&mut self, request: Request) {
        let room = self.counts.len() < ROUTES_COUNTED_MAX;
        if room || self.counts.contains_key(&request.route) {
            *self.counts.entry(request.route.clone()).or_default() += 1;
        }
        if self.requests.len() == REQUESTS_KEPT_MAX {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    /// Latest first.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter().rev()
    }

    pub(crate) fn counts(&self) -> &RequestCounts {
        &self.counts
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The name of a route, by its path: `/2/files/list_folder` is `files/list_folder`.
pub(crate) fn route(path: &str) -> &str {
    let versioned = path.strip_prefix("/2/").or_else(|| path.strip_prefix("/1/"));
    versioned.or_else(|| path.strip_prefix('/')).filter(|route| !route.is_empty()).unwrap_or(path)
}
