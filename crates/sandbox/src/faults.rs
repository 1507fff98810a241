//! Bad days on demand: what the next calls of a route answer instead, how pages come, and in which
//! of its ways Dropbox behaves.

mod quirks;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub(crate) use quirks::random;
pub use quirks::{Coalescing, ContentAuthErrors, Emoji, MalformedTokens, Normalization, Quirks};
pub use trouble::Trouble;

const FAULTS_WAITING_MAX: usize = 1_000;

/// What happens to the next calls of one route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// As in the request log: `files/list_folder`, `oauth2/token`. `files/*` is every route that
    /// begins so, `*` every one.
    pub route: String,
    /// How many calls it takes.
    #[serde(default = "once")]
    pub calls: u32,
    /// How long the call waits first.
    #[serde(default)]
    pub delay_ms: u64,
    /// Answer what Dropbox answers on such a day; takes the place of status, headers and body.
    #[serde(default)]
    pub like: Option<Trouble>,
    /// Answer this instead of doing anything; without it the call is only delayed or cut.
    #[serde(default)]
    pub status: Option<u16>,
    /// Headers of that answer. Without a content type it is `text/plain`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Its body.
    #[serde(default)]
    pub body: String,
    /// The connection ends after so many bytes of the answer's body.
    #[serde(default)]
    pub cut_after: Option<u64>,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// The next `calls` calls of a route answer this.
    pub fn answer(route: &str, calls: u32, status: u16, body: &str) -> Self {
        Self {
            route: route.to_owned(),
            calls,
            delay_ms: 0,
            like: None,
            status: Some(status),
            headers: BTreeMap::new(),
            body: body.to_owned(),
            cut_after: None,
        }
    }

    /// The next `calls` calls of a route meet what Dropbox's clients have met.
    pub fn like(route: &str, calls: u32, trouble: Trouble) -> Self {
        Self { like: Some(trouble), ..Self::delay(route, calls, 0) }
    }

    /// The answers to the next `calls` calls of a route break off.
    pub fn cut(route: &str, calls: u32, after_bytes: u64) -> Self {
        Self { cut_after: Some(after_bytes), ..Self::delay(route, calls, 0) }
    }

    /// The next `calls` calls of a route wait first.
    pub fn delay(route: &str, calls: u32, delay_ms: u64) -> Self {
        Self { delay_ms, status: None, ..Self::answer(route, calls, 0, "") }
    }

    fn fits(&self, route: &str) -> bool {
        match self.route.strip_suffix('*') {
            Some(beginning) => route.starts_with(beginning),
            None => self.route == route,
        }
    }

    /// The same with a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// How listings are cut into pages, whatever limit the client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pages {
    /// At most this many entries on a page.
    pub entries_max: Option<usize>,
    /// Every so many pages one comes empty, with more to follow.
    pub empty_every: Option<u32>,
}

#[derive(Default)]
pub(crate) struct BadDays {
    faults: Vec<Fault>,
    pages: Pages,
    pages_given: u32,
    frozen_apps: BTreeSet<String>,
    reset_cursors: BTreeSet<String>,
    quirks: Quirks,
}

impl BadDays {
    pub(crate) fn inject(&mut self, fault: Fault) {
        if fault.calls > 0 && self.faults.len() < FAULTS_WAITING_MAX {
            self.faults.push(fault);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.faults.clear();
        self.pages = Pages::default();
        self.frozen_apps.clear();
        self.quirks = Quirks::default();
    }

    /// Nobody can link the app any more, as if it had too many users.
    pub(crate) fn freeze(&mut self, app: &str) {
        self.frozen_apps.insert(app.to_owned());
    }

    pub(crate) fn is_frozen(&self, app: &str) -> bool {
        self.frozen_apps.contains(app)
    }

    pub(crate) fn set_pages(&mut self, pages: Pages) {
        self.pages = pages;
        self.pages_given = 0;
    }

    pub(crate) fn waiting(&self) -> &[Fault] {
        &self.faults
    }

    pub(crate) fn pages(&self) -> Pages {
        self.pages
    }

    pub(crate) fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    pub(crate) fn set_quirks(&mut self, quirks: Quirks) {
        self.quirks = quirks;
    }

    /// This one cursor is answered with `reset` from now on.
    pub(crate) fn reset_cursor(&mut self, cursor: &str) {
        if self.reset_cursors.len() < FAULTS_WAITING_MAX {
            self.reset_cursors.insert(cursor.to_owned());
        }
    }

    pub(crate) fn is_reset(&self, cursor: &str) -> bool {
        self.reset_cursors.contains(cursor)
    }

    /// The oldest fault for a route, one call shorter.
    pub(crate) fn take(&mut self, route: &str) -> Option<Fault> {
        let at = self.faults.iter().position(|fault| fault.fits(route))?;
        let fault = self.faults.get_mut(at)?;
        fault.calls -= 1;
        if fault.calls == 0 { Some(self.faults.remove(at)) } else { Some(fault.clone()) }
    }

    /// How many entries the next page may have.
    pub(crate) fn page_limit(&mut self, asked: usize) -> usize {
        self.pages_given = self.pages_given.wrapping_add(1);
        let empty = self.pages.empty_every.filter(|every| *every > 1);
        if empty.is_some_and(|every| self.pages_given.is_multiple_of(every)) {
            return 0;
        }
        self.pages.entries_max.map_or(asked, |most| most.max(1).min(asked))
    }
}
